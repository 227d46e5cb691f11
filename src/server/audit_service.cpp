#include "server/audit_service.h"

#include "schema/event_catalogue.h"

namespace kw::server {
namespace {

/// What the index knows of an entry that is not here any more.
v1::AuditEntry known_of(const store::AuditRow& row) {
  v1::AuditEntry out;
  out.set_version(1);
  out.set_id(copy_text(row.id.bytes()));
  out.set_time_ns(row.time.unix_ns);
  out.set_received_ns(row.time.unix_ns);
  out.set_type(row.type);
  out.set_person(row.person);
  if (!row.device.is_nil()) out.set_device_id(copy_text(row.device.bytes()));
  if (const auto* type = schema::find_event_type(row.type)) {
    out.set_severity(type->severity);
    out.set_clause(std::string(type->clause));
  }
  return out;
}

}  // namespace

Result<AuditList> AuditService::list(const store::AuditQuery& query, const std::string& words, const Actor& who) {
  AuditList out;
  KW_TRY(auto head, keeper_.head());
  out.checkpoint = head.checkpoint;
  std::map<DeviceId, std::string> names;
  auto searched = changes_.store().read([&](store::Repositories& r) -> Result<std::vector<store::AuditRow>> {
    KW_TRY(auto found, r.audit().search(query));
    for (const auto& row : found) {
      if (row.device.is_nil() || names.contains(row.device)) continue;
      auto device = r.devices().get(row.device);
      if (!device && device.code() != Errc::not_found) return device.error();
      names[row.device] = device ? device->name : std::string();
    }
    return found;
  });
  KW_TRY(const auto rows, std::move(searched));
  for (const auto& row : rows) {
    auto entry = keeper_.entry(row.index);
    const bool archived = !entry && entry.code() == Errc::wrong_state;
    if (!entry && !archived) return entry.error();
    out.items.push_back({row.index, archived ? known_of(row) : std::move(*entry),
                         row.device.is_nil() ? std::string() : names[row.device], archived});
  }
  if (rows.size() == query.limit && !rows.empty()) out.next_before = rows.back().index;
  KW_CHECK(changes_.run([&](Change& change) {
    return change.record({.type = "audit.read", .actor = who, .params = {{"query", words}}});
  }));
  return out;
}

Result<std::string> AuditService::receipt(std::uint64_t index, const Actor& who) {
  KW_TRY(const auto receipt, keeper_.receipt(index));
  KW_CHECK(changes_.run([&](Change& change) {
    return change.record({.type = "audit.receipt", .actor = who, .params = {{"index", std::to_string(index)}}});
  }));
  return ledger::receipt_text(receipt);
}

}  // namespace kw::server
