#include "server/vault/vault_access.h"

#include <algorithm>

#include "server/business_service.h"
#include "server/vault/vault_refusal.h"

namespace kw::server {
namespace {

constexpr unsigned kMostWalks = 5;
constexpr Duration kWalkSpan = std::chrono::minutes(10);

}  // namespace

VaultAccess::VaultAccess(Changes& changes, VaultTables& tables)
    : changes_(changes), tables_(tables), walks_(kMostWalks, kWalkSpan) {}

masking::PersonId VaultAccess::subject(const store::VaultCase& row) {
  // Out of his pseudonym, or of his session where nobody knows who he is.
  RawId raw{};
  const ByteView from = row.owner.empty() ? ByteView(row.session.bytes()) : ByteView(row.owner);
  std::copy_n(from.begin(), std::min(from.size(), raw.size()), raw.begin());
  return masking::PersonId(raw);
}

std::string VaultAccess::name_of(const VaultAsker& who) {
  return who.session ? who.session->id.text() : who.actor.person;
}

Result<VaultTable*> VaultAccess::table_of(const std::string& matter) const {
  auto* table = tables_.find(matter);
  if (table == nullptr) return vault_refusal(Errc::not_found, "matter_unknown", "nothing of this matter is stored");
  return table;
}

std::optional<VaultAccess::Looker> VaultAccess::looker(const VaultAsker& who, const store::VaultCase& row) const {
  const auto about = subject(row);
  if (!who.session) {
    const bool inside = !who.within || std::ranges::find(*who.within, row.site) != who.within->end();
    if (!inside) return std::nullopt;
    return masking::Official{who.actor.role};
  }
  const bool same_person = !row.owner.empty() && row.owner == who.session->owner;
  const bool same_session = row.owner.empty() && row.session == who.session->id;
  if (!same_person && !same_session) return std::nullopt;
  if (row.for_another) return masking::Agent{about, about};
  return masking::Applicant{about};
}

Happening VaultAccess::happening(const VaultAsker& who, std::string type, std::string result,
                                 std::map<std::string, std::string> params) const {
  std::erase_if(params, [](const auto& one) { return one.second.empty(); });
  if (who.session) return happened_in(*who.session, std::move(type), std::move(result), std::move(params));
  return {.type = std::move(type), .result = std::move(result), .actor = who.actor, .params = std::move(params)};
}

Result<> VaultAccess::record(const VaultAsker& who, std::string type, std::string result,
                             std::map<std::string, std::string> params) {
  return changes_.run([&](Change& change) {
    return change.record(happening(who, std::move(type), std::move(result), std::move(params)));
  });
}

Result<> VaultAccess::walked(const VaultAsker& who, const std::string& matter, const store::VaultCaseId& id,
                             std::string_view act) {
  const auto now = changes_.clock().now();
  const auto times = walks_.count(name_of(who), now);
  const bool stop = times == walks_.most();
  KW_CHECK(changes_.run([&](Change& change) -> Result<> {
    KW_CHECK(change.record(happening(who, "vault.refused", "refused",
                                     {{"matter", matter},
                                      {"case", id.is_nil() ? "" : id.text()},
                                      {"act", std::string(act)},
                                      {"why", "case_unknown"}})));
    if (!stop) return {};
    KW_CHECK(change.record(
        happening(who, "vault.walked", "refused", {{"matter", matter}, {"refused", std::to_string(times)}})));
    if (!who.session) return {};
    // The session is over: the kiosk hears it with its next message.
    KW_CHECK(change.repositories().business().end(who.session->id, "locked", now));
    change.device_changed(who.session->device);
    return change.record(happened_in(*who.session, "business.session.ended", "observed",
                                     {{"span", to_hex(who.session->span)}, {"reason", "locked"}}));
  }));
  if (stop) return vault_refusal(Errc::forbidden, "locked", "too many cases that are not the asker's");
  return vault_refusal(Errc::not_found, "case_unknown", "");
}

Result<std::vector<store::VaultCase>> VaultAccess::rows_of(const VaultAsker& who, VaultTable& table,
                                                           const std::vector<store::VaultCaseId>& ids,
                                                           std::string_view act) {
  if (walks_.over(name_of(who), changes_.clock().now()))
    return vault_refusal(Errc::forbidden, "locked", "too many cases that are not the asker's");
  std::vector<store::VaultCase> out;
  for (const auto& id : ids) {
    auto row = changes_.store().read([&](auto& r) { return r.vault().get(table.matter(), id); });
    if (!row && row.code() != Errc::not_found) return row.error();
    if (!row || !looker(who, *row)) return walked(who, table.matter(), id, act).error();
    out.push_back(std::move(*row));
  }
  return out;
}

}  // namespace kw::server
