#pragma once
// VaultService puts, gives, finds, reveals and removes cases: for a person before a kiosk, or an official over the API.
//
//   KW_TRY(const auto put, vault.put(asker, "residence-permit", {"entry", "C-2026-1"}, {new_case}));
//   KW_TRY(const auto shown, vault.get(asker, "residence-permit", {"listing", "C-2026-1"}, {id}));   masked by role
//   KW_TRY(const auto whole, vault.reveal(asker, matter, with, {id, "entry_screen", {"phone"}}));
//
// Whoever asks says what for (`purpose`) and by whose consent; both are in the record, which stands before the answer
// does. A person sees cases of his own, the trunk of what he filed for another; an official those of his sites. Cases
// that are not his do not exist for him, and who asks for many of them is stopped (VaultWalks). Refusals: the error's
// detail begins with a word of trail::is_reason: "field_unknown: phones". Thread-safe. Source: clauses 7.1 to 7.5, 9.1;
// ADR 111.
#include "matters/matter_book.h"
#include "server/vault/vault_access.h"
#include "server/vault/vault_keys.h"

namespace kw::server {

class LandingDesk;

struct NewCase {
  std::optional<store::VaultCaseId> id;  // of one that is written anew
  std::uint64_t version = 0;             // that it has now
  std::string number, status;
  bool for_another = false;
  CaseValues values;
};
struct PutCase {
  store::VaultCaseId id;
  std::uint64_t version = 0;
};
struct ShownField {
  std::string field, text;
  bool whole = false;  // not masked
};
struct ShownCase {
  store::VaultCaseId id;
  std::uint64_t version = 0;
  std::string number, status, name;  // name: masked, of the first field of type name
  bool trunk = false;                // nothing but the above may be seen
  bool damaged = false;              // it does not open: there is nothing but the above
  Timestamp made, changed;
  std::vector<ShownField> values;
};
struct RevealWish {
  store::VaultCaseId id;
  std::string place;  // entry_screen, printer
  std::vector<std::string> fields;
};

class VaultService {
 public:
  static constexpr std::size_t kMostCases = 500, kMostFound = 50, kMostValues = 32 * 1024;
  struct Parts {
    const matters::MatterBook& book;
    VaultKeys& keys;
    VaultAccess& access;
  };
  VaultService(Changes& changes, Parts parts, Log& log);
  /// set_landing: who knows the operator's rules and tells of what was met. Before the first put.
  void set_landing(LandingDesk& landing) { landing_ = &landing; }

  Result<std::vector<PutCase>> put(const VaultAsker& who, const std::string& matter, const VaultTerms& terms,
                                   std::vector<NewCase> cases);
  Result<std::vector<ShownCase>> get(const VaultAsker& who, const std::string& matter, const VaultTerms& terms,
                                     const std::vector<store::VaultCaseId>& ids);
  /// find looks for equal values of one searchable field: at most kMostFound, masked; `too_often` above 30 a minute.
  Result<std::vector<ShownCase>> find(const VaultAsker& who, const std::string& matter, const VaultTerms& terms,
                                      const std::string& field, std::string_view value);
  /// newest gives the newest cases that the asker may see, masked.
  Result<std::vector<ShownCase>> newest(const VaultAsker& who, const std::string& matter, const VaultTerms& terms,
                                        std::size_t most);
  /// reveal gives whole values: all fields or none.
  Result<ShownCase> reveal(const VaultAsker& who, const std::string& matter, const VaultTerms& terms,
                           const RevealWish& wish);
  Result<> remove(const VaultAsker& who, const std::string& matter, const VaultTerms& terms,
                  const store::VaultCaseId& id, std::uint64_t version);
  /// sweep takes values away whose time is over, and cases without any: at most 200 cases. It gives how many.
  Result<std::size_t> sweep();
  [[nodiscard]] const matters::MatterBook& book() const noexcept { return parts_.book; }

 private:
  Result<> check_case(const vault::DataMatter& matter, const NewCase& one) const;
  Result<store::VaultCase> row_of(const VaultAsker& who, const vault::DataMatter& matter, const NewCase& one);
  Result<ShownCase> shown(const VaultAsker& who, const VaultTable& table, const store::VaultCase& row) const;
  Result<ShownCase> shown(const VaultAsker& who, const VaultTable& table, const store::VaultCase& row,
                          const CaseValues& values) const;
  Result<CaseValues> opened(const VaultTable& table, const store::VaultCase& row) const;
  [[nodiscard]] masking::Filing filing(const VaultTable& table, const store::VaultCase& row, const CaseValues& values,
                                       std::map<std::string, std::string> fields) const;
  Result<> sweep_one(VaultTable& table, const store::VaultCase& row);

  Changes& changes_;
  Parts parts_;
  Log& log_;
  VaultWalks finds_;
  LandingDesk* landing_ = nullptr;
};

}  // namespace kw::server
