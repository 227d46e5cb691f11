#pragma once
// VaultAccess says who may look at which case, stops who asks for others' again and again, and writes what happened.
//
//   KW_TRY(auto* table, access.table_of(matter));
//   KW_TRY(const auto rows, access.rows_of(asker, *table, {id}, "get"));    case_unknown, locked
//   const auto as = access.looker(asker, rows.front());                    whole, as an agent, as an official
//
// What VaultService and VaultFiles share. Thread-safe. Source: clauses 7.2, 9.1; ADR 111.
#include <variant>

#include "masking/view.h"
#include "server/vault/vault_tables.h"
#include "server/vault/vault_walks.h"

namespace kw::server {

/// Who asks. With a session: the person in it, whatever the rest says.
struct VaultAsker {
  std::optional<store::BusinessSession> session;
  SiteId site;                                // where he stands; nil: nowhere
  std::string district;                       // whose keys a new case is under
  Actor actor;                                // of an official
  std::optional<std::vector<SiteId>> within;  // an official's sites; absent: all
  [[nodiscard]] std::string role() const { return session ? "applicant" : actor.role; }
};
/// What for, and by whose consent.
struct VaultTerms {
  std::string purpose;  // entry, certificate, listing, support: masking::Purpose
  std::string consent;  // 1 to 64 of A-Z a-z 0-9 . _ -
};

class VaultAccess {
 public:
  using Looker = std::variant<masking::Applicant, masking::Agent, masking::Official>;
  VaultAccess(Changes& changes, VaultTables& tables);

  Result<VaultTable*> table_of(const std::string& matter) const;
  [[nodiscard]] VaultTables& tables() const noexcept { return tables_; }
  /// looker says as what the asker may look at a row; nothing: the case does not exist for him.
  [[nodiscard]] std::optional<Looker> looker(const VaultAsker& who, const store::VaultCase& row) const;
  /// rows_of gives cases that the asker may look at: all, or an error after the first that is none of his was counted.
  Result<std::vector<store::VaultCase>> rows_of(const VaultAsker& who, VaultTable& table,
                                                const std::vector<store::VaultCaseId>& ids, std::string_view act);
  /// walked counts a case that is none of the asker's, and stops him where there were too many. It always fails.
  Result<> walked(const VaultAsker& who, const std::string& matter, const store::VaultCaseId& id, std::string_view act);
  Result<> record(const VaultAsker& who, std::string type, std::string result,
                  std::map<std::string, std::string> params);
  [[nodiscard]] Happening happening(const VaultAsker& who, std::string type, std::string result,
                                    std::map<std::string, std::string> params) const;
  /// subject is whom a case is about, for the views.
  [[nodiscard]] static masking::PersonId subject(const store::VaultCase& row);
  /// name_of is who is counted: a session, or an official's account.
  [[nodiscard]] static std::string name_of(const VaultAsker& who);

 private:
  Changes& changes_;
  VaultTables& tables_;
  VaultWalks walks_;
};

}  // namespace kw::server
