#include "server/views.h"

#include <array>

#include "base/text.h"
#include "kioskward/v1/device.pb.h"
#include "schema/codec.h"

namespace kw::server {
namespace {
constexpr std::size_t kMostShownHardware = 65536;
constexpr std::size_t kMostTpm = 128;
std::string text(std::string_view from) { return std::string(from); }
v1::HardwareDigest hardware_of(ByteView octets) {
  auto parsed = schema::parse<v1::HardwareDigest>(octets, kMostShownHardware);
  return parsed ? *parsed : v1::HardwareDigest();  // checked when it was stored
}
/// "IFX 7.85.4555.0", of what was checked when it was stored; a kiosk's own words.
std::string tpm_of(ByteView binding) {
  const auto parsed = schema::parse<v1::TpmBinding>(binding, kMostShownHardware);
  if (binding.empty() || !parsed) return {};
  return clean_text(parsed->identity().manufacturer() + " " + parsed->identity().firmware(), kMostTpm);
}
}  // namespace

std::string time_text(const std::optional<Timestamp>& time) { return time ? to_rfc3339(*time) : std::string(); }

std::string severity_text(int severity) {
  constexpr std::array<std::string_view, 6> kNames{"info", "info", "notice", "warning", "serious", "critical"};
  return text(severity >= 0 && severity < 6 ? kNames.at(static_cast<std::size_t>(severity)) : kNames[0]);
}

std::vector<SourceView> sources_of(ByteView hardware) {
  std::vector<SourceView> out;
  const auto parsed = hardware_of(hardware);
  for (const auto& source : parsed.sources()) out.push_back({source.name(), source.present()});
  return out;
}
std::string digest_of(ByteView hardware) { return to_hex(bytes_of(hardware_of(hardware).digest())); }

CheckpointView view(const ledger::Checkpoint& from) {
  return {from.origin, from.size, to_hex(from.root), to_rfc3339(from.time)};
}
RegionView view(const store::Region& from) {
  return {from.id.text(), optional_id(from.parent), from.name, text(name(from.kind)), from.sites};
}
SiteView view(const store::Site& from) {
  return {from.id.text(), from.name, from.district, from.region.text(), from.address, from.devices};
}

TokenView view(const store::EnrolToken& from, Timestamp now) {
  const std::string_view state = from.used ? "used" : from.expires <= now ? "expired" : "unused";
  return {from.id.text(), from.site.text(), from.note, to_rfc3339(from.created), to_rfc3339(from.expires), text(state)};
}

EnrolmentView view(const store::Enrolment& from) {
  return {from.id.text(),
          text(name(from.state)),
          to_rfc3339(from.requested),
          from.peer,
          from.address,
          from.mac,
          from.interface,
          from.hostname,
          digest_of(from.hardware),
          sources_of(from.hardware),
          tpm_of(from.tpm),
          from.agent_version,
          from.site.text(),
          optional_id(from.device),
          from.reason};
}

DeviceView view(const store::Device& from) {
  return {from.id.text(),        from.name,
          from.site.text(),      from.site_name,
          from.address,          from.mac,
          from.custodian,        from.custodian_phone,
          text(name(from.live)), from.policy_revision,
          from.policy_wanted,    time_text(from.last_seen),
          from.alarms_open,      from.agent_version,
          to_hex(from.case_id)};
}

CertificateView view(const store::CertificateRecord& from, Timestamp now) {
  const std::string_view state = from.revoked ? "revoked" : from.not_after <= now ? "expired" : "valid";
  return {to_hex(from.serial), from.usage, to_rfc3339(from.not_before), to_rfc3339(from.not_after), text(state)};
}
OrderView view(const store::Order& from) {
  return {from.id.text(), from.kind, to_rfc3339(from.issued), from.reason, text(name(from.state)), from.section,
          from.action,    from.args};
}
BaselineView view(const store::Baseline& from) {
  return {from.id.text(),
          from.device.text(),
          from.section,
          from.revision,
          text(name(from.state)),
          to_rfc3339(from.proposed),
          time_text(from.decided),
          from.decided_by,
          from.reason,
          from.size,
          to_hex(from.digest),
          from.outcome,
          from.outcome_reason};
}
RequestView view(const store::Request& from, Timestamp now) {
  const bool over = from.state == store::RequestState::waiting && from.expires <= now;
  return {from.id.text(),
          optional_id(from.device),
          from.device_name,
          from.section,
          from.action,
          from.args,
          from.reason,
          from.asked_by,
          to_rfc3339(from.asked),
          to_rfc3339(from.expires),
          text(name(over ? store::RequestState::lapsed : from.state)),
          from.decided_by,
          from.decision,
          time_text(from.decided),
          optional_id(from.order),
          from.operation,
          from.subject,
          from.outcome,
          {}};
}
SigningView view(const store::Signing& from, Timestamp now) {
  const bool over = from.state == store::SigningState::waiting && from.expires <= now;
  return {from.id.text(),
          from.kind,
          from.subject,
          optional_id(from.device),
          from.device_name,
          from.act,
          from.needed,
          from.must,
          from.words,
          from.asked_by,
          to_rfc3339(from.asked),
          to_rfc3339(from.expires),
          text(name(over ? store::SigningState::lapsed : from.state)),
          time_text(from.decided),
          from.decided_by,
          from.decision};
}
MediaView view(const store::Media& from, std::uint64_t retention_days) {
  const auto days = std::chrono::hours(24) * static_cast<std::int64_t>(retention_days);
  return {from.id.text(),
          from.device.text(),
          from.kind,
          from.content_type,
          text(name(from.state)),
          from.asked_by,
          from.purpose,
          to_rfc3339(from.taken),
          to_rfc3339(from.began),
          from.octets,
          from.pieces,
          to_hex(from.digest),
          from.stored > 0 ? to_rfc3339(from.began + days) : std::string()};
}
PolicyView view(const store::Policy& from) {
  return {from.revision, to_rfc3339(from.published), from.publisher, from.note, to_hex(from.digest), from.devices,
          from.applied,  text(name(from.state))};
}
AlarmView view(const store::Alarm& from) {
  return {from.id.text(),
          optional_id(from.device),
          from.device_name,
          from.site_name,
          from.type,
          from.clause,
          severity_text(from.severity),
          text(name(from.state)),
          to_rfc3339(from.first),
          to_rfc3339(from.last),
          from.count,
          from.params,
          to_hex(from.case_id),
          from.acknowledged_by,
          from.note};
}

UserView view(const store::User& from, Timestamp now) {
  const bool locked = from.state != store::UserState::disabled && from.locked_until && *from.locked_until > now;
  const bool over = from.state != store::UserState::disabled && from.ends && *from.ends <= now;
  UserView out;
  out.id = from.id.text();
  out.account = from.account;
  out.display_name = from.display_name;
  out.person = from.person;
  out.role = from.role;
  out.state = over ? "ended" : locked ? "locked" : text(name(from.state));
  out.last_login = time_text(from.last_login);
  for (const auto& region : from.scope.regions) out.regions.push_back(region.text());
  out.ends = time_text(from.ends);
  if (from.password_changed.unix_ns > 0) out.password_changed = to_rfc3339(from.password_changed);
  return out;
}

AuditView view(const v1::AuditEntry& from, std::uint64_t index, const std::string& device_name, bool archived) {
  AuditView out;
  out.index = index;
  out.id = to_hex(bytes_of(from.id()));
  out.type = from.type();
  out.result = from.result();
  out.time = to_rfc3339({from.time_ns()});
  out.received = to_rfc3339({from.received_ns()});
  out.device = to_hex(bytes_of(from.device_id()));
  out.device_name = device_name;
  out.person = from.person();
  out.role = from.role();
  out.clause = from.clause();
  out.severity = severity_text(from.severity());
  for (const auto& [key, value] : from.params()) out.params[key] = value;
  out.case_id = to_hex(bytes_of(from.case_id()));
  out.trace = to_hex(bytes_of(from.trace_id()));
  out.archived = archived;
  if (archived) out.time = out.received = "";  // not known here
  return out;
}

}  // namespace kw::server
