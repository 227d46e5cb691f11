#pragma once
// PersonService finds the natural persons of whom the platform keeps data, and forgets them.
//
//   forget   the wrapped key is overwritten and deleted, and with it all by which he was found; his names leave the
//   tables
//            that still have them (disabled kiosks, disabled accounts, decided requests); then the store is scrubbed.
//            The ledger's entries stay octet for octet as they are: nobody can read in them who it was.
//
// Who is in office cannot be forgotten: the register of custodians and the accounts have to say who is responsible
// (clauses 9.2, 9.3). Another custodian takes his place first, or the account is disabled. Thread-safe. Why: ADR 72.
#include "server/subject_keys.h"

namespace kw::server {

struct PersonInfo {
  store::Subject subject;
  std::string shown;  // masked name, or number where he has none; empty once forgotten
};
struct PersonDetail {
  PersonInfo info;
  std::vector<std::uint64_t> entries;  // of the ledger, newest first; at most kMostEntries
  std::vector<DeviceId> devices;       // which name him as custodian
  std::vector<std::string> accounts;
  std::string in_office;  // "custodian", "account", "request" (one that waits names him), or empty: may be forgotten
};

class PersonService {
 public:
  static constexpr std::size_t kMostEntries = 1000, kMostListed = 200;
  PersonService(Changes& changes, const SubjectKeys& keys) : changes_(changes), keys_(keys) {}

  /// list: newest first, from before an ID.
  Result<std::vector<PersonInfo>> list(std::optional<store::SubjectId> before);
  /// find looks for exactly this staff number, name or telephone (one of them); it is recorded that somebody looked.
  Result<std::vector<PersonInfo>> find(const Person& person, const std::string& reason, const Actor& who);
  Result<PersonDetail> get(const store::SubjectId& id);
  /// check says in words who would be forgotten: Errc::wrong_state for who is forgotten already or in office,
  /// Errc::invalid for a reason that names him.
  Result<std::map<std::string, std::string>> check(const store::SubjectId& id, const std::string& reason);
  /// forget: errors as check.
  Result<PersonInfo> forget(const store::SubjectId& id, const std::string& reason, const Actor& who);
  /// adopt makes subjects of everybody whom the registers name already. At start.
  Result<> adopt();
  /// tick scrubs the store where that was not possible when somebody was forgotten.
  Result<> tick();

 private:
  struct Standing {
    Person person;
    PersonDetail detail;
    std::vector<UserId> users;
  };
  Result<PersonInfo> info(store::Repositories& r, store::Subject subject) const;
  Result<Standing> standing(store::Repositories& r, const store::SubjectId& id) const;
  Result<Standing> ready(store::Repositories& r, const store::SubjectId& id, const std::string& reason) const;
  Result<> scrub();
  Changes& changes_;
  const SubjectKeys& keys_;
};

}  // namespace kw::server
