#include "server/audit_service.h"

namespace kw::server {

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
    KW_TRY(auto entry, keeper_.entry(row.index));
    out.items.push_back({row.index, std::move(entry), row.device.is_nil() ? std::string() : names[row.device]});
  }
  if (rows.size() == query.limit && !rows.empty()) out.next_before = rows.back().index;
  KW_CHECK(changes_.run([&](Change& change) {
    return change.record({.type = "audit.read", .actor = who, .params = {{"query", words}}});
  }));
  return out;
}

}  // namespace kw::server
