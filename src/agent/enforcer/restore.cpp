// What the enforcer does at its start, and early at boot: the cut first, then the policy.
#include "agent/enforcer/enforcer.h"
#include "schema/codec.h"

namespace kw::agent {

Result<> NetworkEnforcer::load_policy() {
  KW_TRY(auto file, state_.read(StateFile::policy));
  if (!file) return {};
  const auto object = schema::parse<v1::Signed>(*file, 2U << 20);
  if (!object) return fail(Errc::corrupt, state_.path(StateFile::policy));
  KW_CHECK(pki::verify_object(*object, "policy", command_.rule.keys, command_.rule.policy_threshold));
  KW_TRY(auto bundle, policy::parse_bundle(bytes_of(object->payload())));
  auto decision = policy::reload(bundle, command_.device);
  const auto* accepted = std::get_if<policy::AcceptedBundle>(&decision);
  if (accepted == nullptr) return fail(Errc::corrupt, "the stored policy is not for this device");
  compiled_ = policy::compile(accepted->policy);
  in_force_ = {accepted->revision, accepted->digest};
  return {};
}

Result<> NetworkEnforcer::load_cut() {
  KW_TRY(auto file, state_.read(StateFile::cut));
  if (!file) return {};
  auto stored = schema::parse<v1::CutRequest>(*file, 4096);
  if (stored && stored->case_id().size() == 16) {
    cut_ = std::move(*stored);
    return {};
  }
  // A damaged note of a cut is still a cut.
  ports_.log.error("cut.state_damaged", {{"file", state_.path(StateFile::cut)}});
  cut_ = new_cut("agent.spool.damaged");
  return state_.write(StateFile::cut, schema::serialise(*cut_));
}

Result<Restored> NetworkEnforcer::restore() {
  const auto policy_loaded = load_policy();  // tells what a cut leaves; judged below, after the cut stands
  KW_CHECK(load_cut());
  Restored out;
  if (ports_.ruleset != nullptr) {
    if (cut_) KW_CHECK(apply_cut_table());
    KW_TRY(auto tripped, kernel_tripped());
    if (tripped && !cut_) {
      out.tripped = true;
      const auto done = cut(new_cut("net.outbound.illegal"));
      if (done.outcome != "done") return fail(Errc::unavailable, "cut: " + done.reason);
    }
  }
  out.cut = cut_.has_value();
  KW_CHECK(policy_loaded);
  if (in_force_.revision != 0) KW_CHECK(apply_and_note(compiled_));
  return out;
}

}  // namespace kw::agent
