#pragma once
// platform_facts makes what the platform knows of itself into facts that requirements are judged by; each group is a
// function of its own over data.
//
// What cannot be known is absent, never guessed: a platform without a vault knows no key of it, one whose ledger nobody
// has signed yet knows no quorum. Facts are of the time when they were gathered. PURE; thread-safe. Why: ADR 133.
#include "compliance/fact.h"
#include "store/accounts.h"
#include "store/compliance.h"
#include "store/vault.h"

namespace kw::server {

/// What the platform's parts say of themselves.
struct OwnState {
  Timestamp gathered;
  std::optional<bool> quorum_held{};  // nothing: nobody has signed a head yet, and nobody is overdue
  std::uint64_t retention_days = 0;
  std::uint64_t databases = 0;  // whose audit is read, and was heard
  bool landing = false;         // writers are guarded
  bool vault = false;
  std::optional<bool> masks_passed{};  // nothing: there is no catalogue
  std::optional<std::uint64_t> matters{}, fields_without_class{};
  std::string store = "embedded";
  std::uint64_t store_nodes = 1;
};
struct AccountState {
  store::User user;
  bool second_factor = false;  // one that is registered
};

void own_facts(const OwnState& state, compliance::Facts& out);
void account_facts(const std::vector<AccountState>& accounts, Timestamp now, compliance::Facts& out);
/// vault_facts: `overdue` counts cases and files kept beyond their time.
void vault_facts(const std::vector<store::VaultKey>& keys, std::uint64_t overdue, Timestamp now,
                 compliance::Facts& out);
/// platform_events takes what the platform saw itself, and of what kiosks tell only the types that are theirs: a kiosk
/// settles nothing of the platform's. The platform's own events are all there; kiosks' are there as far as the kiosk
/// that is furthest behind (`kiosks_complete`; nothing: one has never said so).
void platform_events(const std::vector<store::LastEvent>& newest, std::optional<Timestamp> kiosks_complete,
                     Timestamp now, compliance::Facts& out);
/// is_kiosks tells whether events of a type come from kiosks, at the platform's requirements.
[[nodiscard]] bool is_kiosks(std::string_view type) noexcept;

}  // namespace kw::server
