#include "agent/identity/persons.h"

#include "schema/codec.h"

namespace kw::agent {
namespace {

constexpr std::size_t kMostPersonsFile = 256U << 10;

std::string_view code_of(const Error& why) {
  switch (why.code()) {
    case Errc::bad_signature:
      return "not_approved";
    case Errc::forbidden:
      return "not_pinned";
    default:
      return name(why.code());
  }
}

}  // namespace

Result<Persons> Persons::load(const StateDirectory& state, pki::CommandRule command) {
  Persons out(state, std::move(command));
  KW_TRY(const auto pin, state.read(StateFile::persons_pin));
  if (pin) {
    KW_TRY(out.pin_, to_array<32>(*pin));
  }
  KW_TRY(const auto stored, state.read(StateFile::persons));
  if (stored) {
    KW_TRY(const auto object, schema::parse<v1::Signed>(*stored, kMostPersonsFile));
    KW_TRY(out.rule_, pki::parse_person_rule(bytes_of(object.payload())));
    return out;
  }
  KW_TRY(const auto identity, state.read(StateFile::identity));
  if (!identity) return out;
  KW_TRY(const auto reply, schema::parse<v1::EnrolReply>(*identity, 2U << 20));
  if (!reply.has_persons()) return out;
  if (const auto taken = out.take(reply.persons()); taken.outcome() != "applied")
    return fail(Errc::untrusted, "the rule of persons that came with the approval: " + taken.reason());
  return out;
}

Result<pki::PersonRule> Persons::judge(const v1::Signed& offered) const {
  KW_CHECK(pki::verify_object(offered, "persons", command_.keys, command_.policy_threshold));
  if (rule_) return pki::succeed(*rule_, offered);
  KW_TRY(auto first, pki::parse_person_rule(bytes_of(offered.payload())));
  if (pin_ && first.digest != *pin_) return fail(Errc::forbidden, "not the rule that was pinned");
  return first;
}

v1::PersonsReport Persons::take(const v1::Signed& offered) {
  v1::PersonsReport out;
  out.set_outcome("applied");
  out.set_revision(revision());
  if (rule_ && equal(crypto::sm3(bytes_of(offered.payload())), rule_->digest)) return out;
  auto next = judge(offered);
  if (!next) {
    out.set_outcome("refused");
    out.set_reason(std::string(code_of(next.error())));
    return out;
  }
  if (const auto kept = state_->write(StateFile::persons, schema::serialise(offered)); !kept) {
    out.set_outcome("failed");
    out.set_reason(std::string(name(kept.code())));
    return out;
  }
  rule_ = std::move(*next);
  out.set_revision(rule_->revision);
  return out;
}

std::optional<std::uint32_t> Persons::needed(pki::PersonAct act) const {
  if (rule_) return rule_->needed_for(act);
  if (pin_) return std::nullopt;
  return 0;
}

Result<> Persons::approved(const v1::Signed& object, std::string_view kind, pki::PersonAct act,
                           std::string_view account) const {
  if (rule_) return pki::approved_by(object, kind, *rule_, act, account);
  if (pin_) return fail(Errc::bad_signature, "the rule of persons that is pinned has not come");
  return {};
}

}  // namespace kw::agent
