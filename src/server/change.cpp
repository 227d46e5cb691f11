#include "server/change.h"

#include <algorithm>

#include "base/text.h"
#include "ledger/hash.h"
#include "privacy/sealed_value.h"
#include "schema/codec.h"
#include "server/landing_desk.h"
#include "server/subject_keys.h"

namespace kw::server {
namespace {

constexpr std::size_t kMostValue = 512;

Result<> check_params(const schema::EventType& type, const std::map<std::string, std::string>& params) {
  for (const auto& [key, value] : params) {
    const std::string list = "," + std::string(type.params) + ",";
    if (list.find("," + key + ",") == std::string::npos) {
      return fail(Errc::internal, std::string(type.type) + " has no parameter " + key);
    }
  }
  return {};
}

/// raw_of: an ID is always 16 octets.
template <class AnyId>
RawId raw_of(const AnyId& id) {
  RawId out{};
  std::ranges::copy(id.bytes(), out.begin());
  return out;
}

}  // namespace

store::ComplianceSubject subject_of(const DeviceId& device) {
  return {device.is_nil() ? store::SubjectOf::platform : store::SubjectOf::device, raw_of(device)};
}
store::ComplianceSubject subject_of(const SiteId& site) { return {store::SubjectOf::site, raw_of(site)}; }

Result<> Change::append(const v1::AuditEntry& entry, const DeviceId& device) {
  KW_TRY(auto id, EventId::from_bytes(bytes_of(entry.id())));
  store::OutboxEntry row;
  row.id = id;
  row.device = device;
  row.sequence = entry.device_sequence();
  row.octets = schema::serialise(entry);
  // The feeder would stop at an entry that cannot be read back, and with it the ledger of the whole platform.
  if (const auto readable = schema::parse<v1::AuditEntry>(row.octets, ledger::kMaxEntry); !readable)
    return fail(Errc::internal, entry.type() + " makes no entry: " + readable.error().text());
  KW_TRY(effects_.position, repositories_.outbox().append(row));
  if (watched_ == nullptr || !watched_->events.contains(entry.type())) return {};
  to_judge(subject_of(device));
  return repositories_.compliance().note_event(
      device, {entry.type(), entry.result(), Timestamp{entry.received_ns()}, entry.device_sequence() > 0});
}

Result<> Change::raise(const v1::AuditEntry& entry, const DeviceId& device) {
  store::Alarm alarm;
  alarm.id = AlarmId::make(clock_.now(), random_);
  alarm.device = device;
  alarm.type = entry.type();
  alarm.clause = entry.clause();
  alarm.severity = entry.severity();
  alarm.first = alarm.last = Timestamp{entry.time_ns()};
  for (const auto& [key, value] : entry.params()) alarm.params[key] = value;
  alarm.case_id = copy(bytes_of(entry.case_id()));
  KW_TRY(auto stored, repositories_.alarms().raise(alarm));
  effects_.alarms.push_back(std::move(stored));
  if (!device.is_nil()) device_changed(device);
  return {};
}

Happening happened(const DeviceId& device, std::string type, std::string result,
                   std::map<std::string, std::string> params) {
  Happening out;
  out.type = std::move(type);
  out.result = std::move(result);
  out.device = device;
  out.params = std::move(params);
  return out;
}

std::string Changes::masked(LandingPlace place, std::string_view text) const {
  return masked_by(landing_, place, text);
}

Result<std::string> Change::value_of(const schema::EventType& type, const Happening& happening,
                                     const v1::AuditEntry& entry, const std::string& param, const std::string& value) {
  if (!type.is_personal(param)) {
    return clean_text(schema::is_free_text(param) ? masked_by(landing_, LandingPlace::audit, value) : value,
                      kMostValue);
  }
  if (!happening.about || subjects_ == nullptr)
    return fail(Errc::internal, std::string(type.type) + " is about nobody and tells " + param);
  if (value.empty()) return std::string();
  return subjects_->seal(repositories_, *happening.about, entry, param, clean_text(value, kMostValue), random_);
}

Result<> Change::record(const Happening& happening) {
  const auto* type = schema::find_event_type(happening.type);
  if (type == nullptr) return fail(Errc::internal, "event type " + happening.type);
  KW_CHECK(check_params(*type, happening.params));
  const auto now = clock_.now();
  v1::AuditEntry entry;
  entry.set_version(1);
  entry.set_id(copy_text(EventId::make(now, random_).bytes()));
  entry.set_type(happening.type);
  entry.set_result(happening.result);
  entry.set_time_ns(now.unix_ns);
  entry.set_received_ns(now.unix_ns);
  if (!happening.device.is_nil()) entry.set_device_id(copy_text(happening.device.bytes()));
  entry.set_person(happening.actor.person);
  entry.set_role(happening.actor.role);
  entry.set_clause(std::string(type->clause));
  entry.set_severity(type->severity);
  for (const auto& [key, value] : happening.params) {
    KW_TRY((*entry.mutable_params())[key], value_of(*type, happening, entry, key, value));
  }
  entry.set_case_id(copy_text(happening.case_id));
  if (auto trace = TraceId::parse(happening.actor.trace)) entry.set_trace_id(copy_text(trace->bytes()));
  KW_CHECK(append(entry, happening.device));
  if (type->alarm) KW_CHECK(raise(entry, happening.device));
  return {};
}

Result<bool> Change::record_event(const DeviceId& device, const v1::Event& event) {
  const auto* type = schema::find_event_type(event.type());
  if (type == nullptr) return fail(Errc::invalid, "event type");
  KW_TRY(auto id, EventId::from_bytes(bytes_of(event.id())));
  KW_TRY(const bool fresh, repositories_.events().remember(device, event.sequence(), id));
  if (!fresh) return false;
  v1::AuditEntry entry;
  entry.set_version(1);
  entry.set_id(event.id());
  entry.set_type(event.type());
  entry.set_result(event.result());
  entry.set_time_ns(event.time_ns());
  entry.set_clock(event.clock());
  entry.set_received_ns(clock_.now().unix_ns);
  entry.set_device_id(copy_text(device.bytes()));
  entry.set_device_sequence(event.sequence());
  entry.set_clause(std::string(type->clause));
  entry.set_severity(type->severity);
  for (const auto& [key, value] : event.params()) {
    // A kiosk knows no subject: it has nothing personal to tell.
    if (type->is_personal(key) || privacy::says_sealed(value))
      return fail(Errc::invalid, "personal parameter of a device");
    (*entry.mutable_params())[key] =
        schema::is_free_text(key) ? masked_by(landing_, LandingPlace::audit, value) : value;
  }
  entry.set_case_id(event.case_id());
  entry.set_trace_id(event.trace_id());
  KW_CHECK(append(entry, device));
  if (type->alarm) KW_CHECK(raise(entry, device));
  return true;
}

}  // namespace kw::server
