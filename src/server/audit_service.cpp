#include "server/audit_service.h"

namespace kw::server {

Result<> AuditService::name_devices(std::vector<AuditItem>& items) {
  std::map<std::string, std::string> names;
  return changes_.store().read([&](store::Repositories& r) -> Result<> {
    for (auto& item : items) {
      const auto id = DeviceId::from_bytes(bytes_of(item.entry.device_id()));
      if (!id) continue;  // the platform's own
      const auto [at, fresh] = names.try_emplace(item.entry.device_id());
      if (fresh) {
        auto device = r.devices().get(*id);
        if (!device && device.code() != Errc::not_found) return device.error();
        if (device) at->second = device->name;
      }
      item.device_name = at->second;
    }
    return {};
  });
}

Result<std::vector<AuditItem>> AuditService::find(const store::AuditQuery& query) {
  KW_TRY(const auto found, changes_.store().read([&](auto& r) { return r.audit().search(query); }));
  std::vector<AuditItem> out;
  for (const auto index : found) {
    auto entry = keeper_.entry(index);
    const bool archived = !entry && entry.code() == Errc::wrong_state;
    if (!entry && !archived) return entry.error();
    out.push_back({index, archived ? v1::AuditEntry() : std::move(*entry), {}, archived});
  }
  KW_CHECK(name_devices(out));
  return out;
}

Result<AuditList> AuditService::list(const store::AuditQuery& query, const std::string& words, const Actor& who) {
  AuditList out;
  KW_TRY(auto head, keeper_.head());
  out.checkpoint = head.checkpoint;
  KW_TRY(out.items, find(query));
  KW_CHECK(changes_.store().read([&](store::Repositories& r) -> Result<> {
    for (auto& item : out.items) KW_CHECK(subjects_.show(r, item.entry, Showing::masked));
    return {};
  }));
  if (out.items.size() == query.limit && !out.items.empty()) out.next_before = out.items.back().index;
  KW_CHECK(changes_.run([&](Change& change) {
    return change.record({.type = "audit.read", .actor = who, .params = {{"query", words}}});
  }));
  return out;
}

Result<std::map<std::string, std::string>> AuditService::personal(std::uint64_t index, const Actor& who) {
  KW_TRY(auto entry, keeper_.entry(index));
  const auto sealed = entry.params();
  std::string people;
  for (const auto& subject : subjects_of(entry)) people += (people.empty() ? "" : " ") + privacy::pseudonym(subject);
  if (people.empty()) return fail(Errc::not_found, "nothing personal in it");
  KW_CHECK(changes_.store().read([&](store::Repositories& r) { return subjects_.show(r, entry, Showing::plain); }));
  std::map<std::string, std::string> out;
  for (const auto& [param, text] : sealed)
    if (privacy::says_sealed(text)) out[param] = entry.params().at(param);
  KW_CHECK(changes_.run([&](Change& change) {
    return change.record(
        {.type = "person.read", .actor = who, .params = {{"index", std::to_string(index)}, {"person", people}}});
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
