#include "agent/enforcer/enforcer.h"

#include "schema/codec.h"

namespace kw::agent {
namespace {

constexpr std::size_t kMostApproval = 4096;

std::string family() { return std::string(policy::kFamily); }

}  // namespace

Result<std::unique_ptr<NetworkEnforcer>> NetworkEnforcer::open(const StateDirectory& state, Command command,
                                                               Ports ports) {
  KW_TRY(auto orders, OrderBook::load(state));
  std::unique_ptr<NetworkEnforcer> out(new NetworkEnforcer(state, std::move(command), ports, std::move(orders)));
  out->compiled_ = policy::compile(policy::CheckedPolicy{});
  return out;
}

v1::CutRequest NetworkEnforcer::new_cut(std::string_view cause) {
  v1::CutRequest out;
  out.set_case_id(copy_text(make_raw_id(ports_.clock.now(), ports_.random)));
  out.set_cause(std::string(cause));
  return out;
}

Result<std::optional<crypto::Digest>> NetworkEnforcer::observe(std::string_view table) {
  auto listing = ports_.ruleset->read_back(family(), std::string(table));
  if (listing) return std::optional(policy::ruleset_digest(*listing));
  if (listing.code() == Errc::not_found) return std::optional<crypto::Digest>{};
  return listing.error();
}

Result<bool> NetworkEnforcer::kernel_tripped() {
  auto elements =
      ports_.ruleset->set_elements(family(), std::string(policy::kPolicyTable), std::string(policy::kTripSet));
  if (elements) return !elements->empty();
  if (elements.code() == Errc::not_found) return false;
  return elements.error();
}

Result<> NetworkEnforcer::apply_cut_table() {
  if (ports_.ruleset == nullptr) return {};
  return ports_.ruleset->apply(compiled_.cut_script);
}

Result<> NetworkEnforcer::apply_and_note(const policy::CompiledNetwork& compiled) {
  if (ports_.ruleset == nullptr) return {};
  // While the network is cut the trip set stays filled; the release script empties it.
  KW_CHECK(ports_.ruleset->apply(cut_ ? compiled.policy_script_tripped : compiled.policy_script));
  KW_TRY(wanted_policy_, observe(policy::kPolicyTable));
  if (!wanted_policy_ && compiled.mode != v1::OFF)
    return fail(Errc::conflict, "the policy table is gone after applying");
  return {};
}

Result<> NetworkEnforcer::approved(const policy::VerifiedBundle& offered) const {
  if (ports_.persons.needed(pki::PersonAct::policy) == 0U) return {};
  if (!offered.common || !offered.approval) return fail(Errc::bad_signature, "no persons' approval");
  KW_CHECK(ports_.persons.approved(*offered.approval, "policy-approval", pki::PersonAct::policy));
  KW_TRY(const auto said, schema::parse<v1::PolicyApproval>(bytes_of(offered.approval->payload()), kMostApproval));
  if (said.version() != 1) return fail(Errc::unsupported, "version of an approval");
  if (said.revision() != offered.bundle.revision() || !equal(bytes_of(said.common()), *offered.common) ||
      offered.bundle.expires_ns() > said.not_after_ns())
    return fail(Errc::bad_signature, "an approval of something else");
  return {};
}

NetworkEnforcer::Outcome NetworkEnforcer::apply_policy(const v1::Signed& object) {
  using policy::BundleRefusal;
  if (object.kind() != "policy") return refused(policy::name(BundleRefusal::malformed));
  if (!pki::verify_object(object, "policy", command_.rule.keys, command_.rule.policy_threshold))
    return refused(policy::name(BundleRefusal::bad_signature));
  const auto bundle = policy::parse_bundle(bytes_of(object.payload()));
  if (!bundle) return refused(policy::name(BundleRefusal::malformed));
  if (const auto good = approved(*bundle); !good) {
    ports_.log.warning("policy.not_approved", {{"detail", good.error().text()}});
    return refused(policy::name(BundleRefusal::not_approved));
  }
  auto decision = policy::accept(in_force_, *bundle, command_.device, ports_.clock.now());
  if (const auto* why = std::get_if<policy::RefusedBundle>(&decision)) {
    ports_.log.warning("policy.refused", {{"reason", policy::name(why->why)}, {"detail", why->detail}});
    return refused(policy::name(why->why));
  }
  if (std::holds_alternative<policy::Unchanged>(decision)) return {};
  const auto& accepted = std::get<policy::AcceptedBundle>(decision);
  auto compiled = policy::compile(accepted.policy);

  // A trip that user space has not heard of yet must not be emptied by the new table.
  if (ports_.ruleset != nullptr && !cut_) {
    if (const auto tripped = kernel_tripped(); tripped && *tripped) {
      if (const auto done = cut(new_cut("net.outbound.illegal")); done.outcome != "done") return done;
    }
  }
  auto applied = apply_and_note(compiled);
  if (applied) applied = state_.write(StateFile::policy, schema::serialise(object));
  if (!applied) {
    ports_.log.error("policy.apply_failed", {{"error", applied.error().text()}});
    if (in_force_.revision != 0) {
      if (auto back = apply_and_note(compiled_); !back) {
        matches_ = false;
        ports_.log.error("policy.restore_failed", {{"error", back.error().text()}});
      }
    }
    return refused(policy::name(BundleRefusal::apply_failed));
  }
  in_force_ = {accepted.revision, accepted.digest};
  compiled_ = std::move(compiled);
  matches_ = true;
  if (cut_) {  // what a cut leaves may have changed
    if (auto again = apply_cut_table(); !again) return failed(again.error());
    wanted_cut_.reset();
  }
  return {};
}

NetworkEnforcer::Outcome NetworkEnforcer::cut(const v1::CutRequest& request) {
  if (request.case_id().size() != 16) return refused("malformed");
  if (cut_) return {};
  const auto applied = apply_cut_table();  // the kernel first; the disk takes longer
  cut_ = request;
  wanted_cut_.reset();
  const auto stored = state_.write(StateFile::cut, schema::serialise(request));
  if (!applied) {
    matches_ = false;
    return failed(applied.error());
  }
  return stored ? Outcome{} : failed(stored.error());
}

NetworkEnforcer::Outcome NetworkEnforcer::order(const v1::Signed& object) {
  const auto order = orders_.verify(object, command_, ports_.persons, ports_.clock.now());
  if (!order) return refused(name(order.error()));
  if (order->kind == v1::UNINSTALL) return refused(name(OrderRefusal::wrong_state));  // needs a person at the kiosk
  if (order->kind == v1::RELEASE) return release(*order);
  if (order->kind == v1::SECTION) {  // the section carries it out; once told, it does not work again
    if (auto remembered = orders_.remember(*order, ports_.clock.now()); !remembered) return failed(remembered.error());
    return {};
  }
  if (ports_.ruleset == nullptr) return refused("watching");  // "done" would be a lie: nothing is cut here
  auto request = new_cut("device.cut.ordered");
  if (!order->case_id.empty()) request.set_case_id(copy_text(order->case_id));
  auto done = cut(request);
  if (done.outcome != "done") return done;
  if (auto remembered = orders_.remember(*order, ports_.clock.now()); !remembered) return failed(remembered.error());
  return done;
}

NetworkEnforcer::Outcome NetworkEnforcer::uninstall(const v1::Signed& object) {
  const auto order = orders_.verify(object, command_, ports_.persons, ports_.clock.now());
  if (!order) return refused(name(order.error()));
  if (order->kind != v1::UNINSTALL) return refused(name(OrderRefusal::malformed));
  if (auto remembered = orders_.remember(*order, ports_.clock.now()); !remembered) return failed(remembered.error());
  return {};
}

NetworkEnforcer::Outcome NetworkEnforcer::release(const VerifiedOrder& order) {
  if (!cut_) return refused(name(OrderRefusal::wrong_state));
  if (!equal(order.case_id, bytes_of(cut_->case_id()))) return refused(name(OrderRefusal::wrong_case));
  // A crash between these steps leaves the stored cut, which comes back: fail closed. The platform sends the order
  // again.
  if (ports_.ruleset != nullptr) {
    if (auto applied = ports_.ruleset->apply(compiled_.release_script); !applied) return failed(applied.error());
  }
  auto stored = orders_.remember(order, ports_.clock.now());
  if (stored) stored = state_.remove(StateFile::cut);
  if (!stored) {
    if (auto again = apply_cut_table(); !again)
      ports_.log.error("cut.restore_failed", {{"error", again.error().text()}});
    return failed(stored.error());
  }
  cut_.reset();
  wanted_cut_.reset();
  return {};
}

NetworkEnforcer::Outcome NetworkEnforcer::read_back() {
  if (ports_.ruleset == nullptr) return {"done", "watching"};
  const auto observed_policy = observe(policy::kPolicyTable);
  if (!observed_policy) return failed(observed_policy.error());
  bool repaired = false;
  if (in_force_.revision != 0) {
    const auto changes = policy::plan(compiled_, wanted_policy_, *observed_policy, cut_.has_value());
    if (changes.policy == policy::Step::apply) {
      matches_ = false;
      if (auto applied = apply_and_note(compiled_); !applied) return failed(applied.error());
      repaired = true;
    }
  }
  const auto observed_cut = observe(policy::kCutTable);
  if (!observed_cut) return failed(observed_cut.error());
  if (cut_ && !wanted_cut_ && *observed_cut) wanted_cut_ = *observed_cut;  // first look after the cut
  if (cut_ && (!*observed_cut || *observed_cut != wanted_cut_)) {
    matches_ = false;
    if (auto applied = apply_cut_table(); !applied) return failed(applied.error());
    auto again = observe(policy::kCutTable);
    if (!again) return failed(again.error());
    wanted_cut_ = *again;
    if (!wanted_cut_) return failed(Error(Errc::conflict, "the cut table is gone after applying"));
    repaired = true;
  }
  matches_ = true;
  return {"done", repaired ? "repaired" : ""};
}

v1::EnforceReply NetworkEnforcer::handle(const v1::EnforceRequest& request) {
  Outcome outcome;
  switch (request.body_case()) {
    case v1::EnforceRequest::kApplyPolicy:
      outcome = apply_policy(request.apply_policy());
      break;
    case v1::EnforceRequest::kCut:
      outcome = cut(request.cut());
      break;
    case v1::EnforceRequest::kRelease:
      outcome = order(request.release());
      break;
    case v1::EnforceRequest::kUninstall:
      outcome = uninstall(request.uninstall());
      break;
    case v1::EnforceRequest::kReadBack:
      outcome = read_back();
      break;
    case v1::EnforceRequest::BODY_NOT_SET:
      outcome = refused("malformed");
      break;
  }
  v1::EnforceReply reply;
  reply.set_id(request.id());
  reply.set_outcome(std::string(outcome.outcome));
  reply.set_reason(outcome.reason);
  fill_state(*reply.mutable_state());
  return reply;
}

void NetworkEnforcer::fill_state(v1::EnforceState& state) {
  state.set_policy_revision(in_force_.revision);
  if (in_force_.revision != 0) state.set_policy_digest(copy_text(in_force_.digest));
  state.set_cut(cut_.has_value());
  if (cut_) {
    state.set_case_id(cut_->case_id());
    state.set_cause(cut_->cause());
  }
  if (wanted_policy_) state.set_ruleset_digest(copy_text(*wanted_policy_));
  state.set_matches(matches_ && ports_.ruleset != nullptr);
}

}  // namespace kw::agent
