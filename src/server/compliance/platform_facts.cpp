#include "server/compliance/platform_facts.h"

#include <algorithm>
#include <array>
#include <set>

#include "server/compliance/kiosk_facts.h"
#include "server/permissions.h"

namespace kw::server {
namespace {

using compliance::Facts;

constexpr Duration kDormant = std::chrono::hours(24 * 90);
constexpr std::int64_t kNsOfOneDay = std::int64_t{24} * 3600 * 1'000'000'000;
constexpr std::array<std::string_view, 4> kKiosksTypes{"agent.spool.removed", "camera.recording.damaged",
                                                       "file.restore.failed", "file.restored"};

void put_own(Facts& out, std::string key, std::string value, Timestamp time) {
  out.put({.key = std::move(key), .value = std::move(value), .time = time, .source = "platform"});
}

bool excludes_others(const store::User& user) {
  const auto* role = find_role(user.role);
  return role != nullptr && role->administrator;
}

}  // namespace

bool is_kiosks(std::string_view type) noexcept { return std::ranges::find(kKiosksTypes, type) != kKiosksTypes.end(); }

void own_facts(const OwnState& state, Facts& out) {
  const auto at = state.gathered;
  if (state.quorum_held) put_own(out, "platform.ledger.quorum", *state.quorum_held ? "held" : "lost", at);
  put_own(out, "platform.retention_days", std::to_string(state.retention_days), at);
  put_own(out, "platform.databases.audited", std::to_string(state.databases), at);
  put_own(out, "platform.landing", state.landing ? "on" : "off", at);
  put_own(out, "platform.vault", state.vault ? "on" : "off", at);
  if (state.masks_passed) put_own(out, "platform.masks.gate", *state.masks_passed ? "passed" : "refused", at);
  if (state.matters) put_own(out, "platform.catalogue.matters", std::to_string(*state.matters), at);
  if (state.fields_without_class)
    put_own(out, "platform.catalogue.fields_without_class", std::to_string(*state.fields_without_class), at);
  put_own(out, "platform.store", state.store, at);
  put_own(out, "platform.store.nodes", std::to_string(state.store_nodes), at);
}

void account_facts(const std::vector<AccountState>& accounts, Timestamp now, Facts& out) {
  std::uint64_t dormant = 0, single = 0, exclusive = 0;
  std::map<std::string, std::set<std::string>> roles;  // by person
  for (const auto& [user, second_factor] : accounts) {
    if (user.state == store::UserState::disabled) continue;
    if (excludes_others(user)) roles[user.person].insert(user.role);
    if (user.state != store::UserState::active) continue;
    if (now - user.last_login.value_or(user.created) > kDormant) ++dormant;
    if (!second_factor && user.totp_sealed.empty()) ++single;
  }
  for (const auto& [person, held] : roles)
    if (held.size() > 1) ++exclusive;
  put_own(out, "platform.accounts.dormant", std::to_string(dormant), now);
  put_own(out, "platform.accounts.exclusive_pairs", std::to_string(exclusive), now);
  put_own(out, "platform.accounts.single_factor", std::to_string(single), now);
}

void vault_facts(const std::vector<store::VaultKey>& keys, std::uint64_t overdue, Timestamp now, Facts& out) {
  std::optional<Timestamp> oldest;
  for (const auto& key : keys)
    if (vault::may_seal(key.state) && (!oldest || key.made < *oldest)) oldest = key.made;
  if (oldest)
    put_own(out, "platform.vault.key_days",
            std::to_string(std::max<std::int64_t>((now - *oldest).count() / kNsOfOneDay, 0)), now);
  put_own(out, "platform.vault.overdue", std::to_string(overdue), now);
}

void platform_events(const std::vector<store::LastEvent>& newest, std::optional<Timestamp> kiosks_complete,
                     Timestamp now, Facts& out) {
  std::vector<store::LastEvent> taken;
  std::ranges::copy_if(newest, std::back_inserter(taken),
                       [](const auto& event) { return !event.by_kiosk || is_kiosks(event.type); });
  event_facts(taken, out);
  put_own(out, std::string(compliance::kEventsComplete), "", now);
  for (const auto type : kKiosksTypes) {
    // A time long past says "not known": it is older than any requirement allows.
    put_own(out, std::string(compliance::kEventsCompleteOf) + std::string(type), "",
            std::min(kiosks_complete.value_or(Timestamp{}), now));
  }
}

}  // namespace kw::server
