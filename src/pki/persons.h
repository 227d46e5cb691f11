#pragma once
// PersonRule says whose signatures a kiosk asks for beside the platform's own, parsed; approved_by counts them.
//
// A platform whose disk and keys are stolen has the command key and no person's: what needs persons it cannot command.
// Persons are told apart by account; several keys of one count once. PURE.
#include <array>
#include <optional>
#include <set>
#include <string>

#include "crypto/sm3.h"
#include "kioskward/v1/device.pb.h"
#include "kioskward/v1/persons.pb.h"
#include "pki/signed.h"

namespace kw::pki {

/// What persons sign for. The order is that of PersonRule::needed.
enum class PersonAct { policy, baseline, release, action, cut, uninstall, rule };
inline constexpr std::size_t kPersonActs = 7;
[[nodiscard]] std::string_view name(PersonAct act) noexcept;
/// act_of is what an order of this kind takes.
[[nodiscard]] PersonAct act_of(v1::OrderKind kind) noexcept;

inline constexpr int kMostPersonKeys = 64;
inline constexpr std::uint32_t kMostPersonsNeeded = 5;  // beside the platform's, below kMostSignatures
inline constexpr std::size_t kMostRuleOctets = 64U << 10;

struct PersonRule {
  struct Key {
    std::string account;
    crypto::Sm2PublicKey key;
  };
  std::uint64_t revision = 0;
  crypto::Digest digest{};  // SM3 of the payload octets
  std::optional<crypto::Digest> previous;
  std::vector<Key> keys;
  std::array<std::uint32_t, kPersonActs> needed{};

  [[nodiscard]] std::uint32_t needed_for(PersonAct act) const { return needed.at(static_cast<std::size_t>(act)); }
};

/// parse_person_rule reads the payload of a Signed{kind="persons"}. Errc::unsupported (version), too_large, malformed:
/// no keys or a key twice, numbers that the accounts cannot reach or above kMostPersonsNeeded, none for `rule`.
Result<PersonRule> parse_person_rule(ByteView payload);

/// signers_of gives the accounts of the rule that have signed. Errc::malformed, or bad_signature for a false one by a
/// key of the rule; signatures by other keys do not count and do no harm.
Result<std::set<std::string>> signers_of(const v1::Signed& object, std::string_view kind, const PersonRule& rule);

/// approved_by succeeds when as many persons as the rule asks for have signed, `account` among them where one is named
/// and any are asked for. Errc::bad_signature otherwise, which says what is missing.
Result<> approved_by(const v1::Signed& object, std::string_view kind, const PersonRule& rule, PersonAct act,
                     std::string_view account = {});

/// succeed judges the rule that is to follow `in_force`: the next revision, made from it, signed by its persons.
/// Errc::conflict (revision, previous), bad_signature, and those of parse_person_rule. The command key's signature is
/// the caller's to check.
Result<PersonRule> succeed(const PersonRule& in_force, const v1::Signed& offered);

}  // namespace kw::pki
