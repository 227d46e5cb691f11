#pragma once
// Persons is the kiosk's rule of persons: whose signatures it asks for beside the platform's (ADR 81).
//
//   in force | offered                                     | becomes
//   none     | any good rule by the platform               | that one; with a pin only the one whose digest is pinned
//   n        | n again, the same octets                    | unchanged
//   n        | n + 1, made from n, signed by n's persons   | n + 1
//   n        | anything else                               | refused: conflict, not_approved, bad_signature, malformed
// The rule is stored before it counts. One thread.
#include <optional>

#include "agent/identity/identity.h"
#include "pki/persons.h"

namespace kw::agent {

class Persons {
 public:
  /// load reads the rule in force, or takes the one that came with the approval of this kiosk. Errc::corrupt. `state`
  /// must outlive it.
  static Result<Persons> load(const StateDirectory& state, pki::CommandRule command);

  /// take judges an offered rule and stores it; the report says what is in force then.
  v1::PersonsReport take(const v1::Signed& offered);
  /// approved succeeds when enough persons have signed, `account` among them where persons are asked for at all.
  /// Errc::bad_signature; where a rule is pinned and none is in force, nothing is approved.
  [[nodiscard]] Result<> approved(const v1::Signed& object, std::string_view kind, pki::PersonAct act,
                                  std::string_view account = {}) const;
  /// needed is how many persons an act asks for; nothing where a pinned rule has not come.
  [[nodiscard]] std::optional<std::uint32_t> needed(pki::PersonAct act) const;
  [[nodiscard]] std::uint64_t revision() const noexcept { return rule_ ? rule_->revision : 0; }

 private:
  Persons(const StateDirectory& state, pki::CommandRule command) : state_(&state), command_(std::move(command)) {}
  Result<pki::PersonRule> judge(const v1::Signed& offered) const;

  const StateDirectory* state_;
  pki::CommandRule command_;
  std::optional<crypto::Digest> pin_;
  std::optional<pki::PersonRule> rule_;
};

}  // namespace kw::agent
