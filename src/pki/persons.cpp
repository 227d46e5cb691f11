#include "pki/persons.h"

#include <algorithm>

#include "schema/codec.h"

namespace kw::pki {
namespace {

constexpr std::array<std::string_view, kPersonActs> kActNames{"policy", "baseline",  "release", "action",
                                                              "cut",    "uninstall", "rule"};
constexpr std::size_t kMostAccount = 64;

std::size_t persons_in(const PersonRule& rule) {
  std::set<std::string_view> out;
  for (const auto& key : rule.keys) out.insert(key.account);
  return out.size();
}

Result<> read_keys(const v1::PersonRule& wire, PersonRule& out) {
  if (wire.keys_size() < 1 || wire.keys_size() > kMostPersonKeys) return fail(Errc::malformed, "keys of persons");
  for (const auto& key : wire.keys()) {
    if (key.account().empty() || key.account().size() > kMostAccount) return fail(Errc::malformed, "account");
    KW_TRY(auto parsed, crypto::Sm2PublicKey::from_spki(bytes_of(key.spki())));
    if (std::ranges::any_of(out.keys, [&](const auto& there) { return there.key == parsed; }))
      return fail(Errc::malformed, "a key stands twice");
    out.keys.push_back({key.account(), std::move(parsed)});
  }
  return {};
}

}  // namespace

std::string_view name(PersonAct act) noexcept { return kActNames.at(static_cast<std::size_t>(act)); }

PersonAct act_of(v1::OrderKind kind) noexcept {
  switch (kind) {
    case v1::RELEASE:
      return PersonAct::release;
    case v1::CUT_OFF:
      return PersonAct::cut;
    case v1::UNINSTALL:
      return PersonAct::uninstall;
    default:
      return PersonAct::action;
  }
}

Result<PersonRule> parse_person_rule(ByteView payload) {
  KW_TRY(const auto wire, schema::parse<v1::PersonRule>(payload, kMostRuleOctets));
  if (wire.version() != 1) return fail(Errc::unsupported, "version of a rule of persons");
  PersonRule out;
  out.revision = wire.revision();
  out.digest = crypto::sm3(payload);
  if (out.revision == 0 || (out.revision == 1) != wire.previous().empty())
    return fail(Errc::malformed, "revision of a rule of persons");
  if (!wire.previous().empty()) {
    KW_TRY(out.previous, to_array<32>(bytes_of(wire.previous())));
  }
  KW_CHECK(read_keys(wire, out));
  out.needed = {wire.policy(), wire.baseline(),  wire.release(), wire.action(),
                wire.cut(),    wire.uninstall(), wire.rule()};
  const auto most = std::min<std::size_t>(persons_in(out), kMostPersonsNeeded);
  for (const auto needed : out.needed)
    if (needed > most) return fail(Errc::malformed, "more persons are needed than there are, or than can sign");
  if (out.needed_for(PersonAct::rule) == 0) return fail(Errc::malformed, "a rule that nobody has to sign for");
  return out;
}

Result<std::set<std::string>> signers_of(const v1::Signed& object, std::string_view kind, const PersonRule& rule) {
  KW_CHECK(check_form(object, kind));
  const Bytes message = octets_to_sign(kind, bytes_of(object.payload()));
  std::set<std::string> out;
  for (const auto& signature : object.signatures()) {
    const auto key = std::ranges::find_if(
        rule.keys, [&](const auto& one) { return equal(one.key.key_id(), bytes_of(signature.key_id())); });
    if (key == rule.keys.end()) continue;
    KW_CHECK(key->key.verify(message, bytes_of(signature.value())));
    out.insert(key->account);
  }
  return out;
}

Result<> approved_by(const v1::Signed& object, std::string_view kind, const PersonRule& rule, PersonAct act,
                     std::string_view account) {
  const auto needed = rule.needed_for(act);
  if (needed == 0) return {};
  KW_TRY(const auto signers, signers_of(object, kind, rule));
  if (signers.size() < needed)
    return fail(Errc::bad_signature, std::to_string(signers.size()) + " of " + std::to_string(needed) + " persons");
  if (!account.empty() && !signers.contains(std::string(account)))
    return fail(Errc::bad_signature, "not signed by who asked");
  return {};
}

Result<PersonRule> succeed(const PersonRule& in_force, const v1::Signed& offered) {
  KW_CHECK(check_form(offered, "persons"));
  KW_TRY(auto next, parse_person_rule(bytes_of(offered.payload())));
  if (next.revision != in_force.revision + 1) return fail(Errc::conflict, "revision of a rule of persons");
  if (next.previous != in_force.digest) return fail(Errc::conflict, "a rule that follows another one");
  KW_CHECK(approved_by(offered, "persons", in_force, PersonAct::rule));
  return next;
}

}  // namespace kw::pki
