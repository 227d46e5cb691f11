#include "bench/fleet/stand.h"

#include <algorithm>

#include "bench/fleet/script.h"
#include "device/defence.h"
#include "pki/persons.h"
#include "policy/compile.h"
#include "schema/codec.h"

namespace kw::fleet {
namespace {

constexpr std::size_t kMostOrder = 64U << 10;

std::string_view word_of(v1::Mode mode) noexcept {
  return mode == v1::ENFORCE ? "enforce" : mode == v1::WATCH ? "watch" : "off";
}

}  // namespace

Result<Stand> Stand::make(DeviceId device, pki::CommandRule rule, std::string boot_id) {
  KW_TRY(auto key, crypto::Sm2PrivateKey::generate());
  return Stand(device, std::move(rule), std::move(boot_id), std::move(key));
}

std::string Stand::digest() const { return in_force_.revision == 0 ? std::string() : copy_text(in_force_.digest); }

void Stand::cut(const std::string& case_id) {
  if (case_id_.empty()) case_id_ = case_id;
}

void Stand::fill(v1::AdmissionReport& report) const {
  report.set_version(1);
  report.set_device_id(copy_text(device_.bytes()));
  report.set_boot_id(boot_id_);
  report.set_state(state());
  report.set_policy_revision(in_force_.revision);
  report.set_policy_digest(digest());
  report.set_liveness_key(copy_text(key_.public_key().spki()));
  report.set_persons_revision(persons_);
}

Result<> Stand::fill(v1::Heartbeat& beat, const std::string& nonce, Duration boot_time) {
  beat.set_state(state());
  beat.set_policy_revision(in_force_.revision);
  beat.set_policy_digest(digest());
  beat.set_case_id(case_id_);
  if (nonce.empty()) return {};
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(boot_time).count();
  counter_ = std::max(counter_ + 1, static_cast<std::uint64_t>(std::max<std::int64_t>(now, 0)));
  v1::Liveness statement;
  statement.set_version(1);
  statement.set_device_id(copy_text(device_.bytes()));
  statement.set_nonce(nonce);
  statement.set_state(beat.state());
  statement.set_policy_revision(beat.policy_revision());
  statement.set_policy_digest(beat.policy_digest());
  statement.set_boot_id(boot_id_);
  statement.set_counter(counter_);
  KW_TRY(*beat.mutable_liveness(), pki::sign_object("liveness", schema::serialise(statement), key_));
  return {};
}

v1::PolicyReport Stand::take_policy(const v1::Signed& bundle, Timestamp now, const Tell& tell) {
  v1::PolicyReport out;
  if (const auto claimed = schema::parse<v1::PolicyBundle>(bytes_of(bundle.payload()), policy::kMostBundleOctets)) {
    out.set_bundle_id(claimed->bundle_id());
    out.set_revision(claimed->revision());
  }
  const auto refuse = [&](policy::BundleRefusal why) {
    out.set_outcome("refused");
    out.set_reason(std::string(policy::name(why)));
    tell(device::defence_event("policy.refused", "refused",
                               {{"revision", std::to_string(out.revision())},
                                {"in_force", std::to_string(in_force_.revision)},
                                {"reason", out.reason()}}));
    return out;
  };
  if (!pki::verify_object(bundle, "policy", rule_.keys, rule_.policy_threshold))
    return refuse(policy::BundleRefusal::bad_signature);
  const auto offered = policy::parse_bundle(bytes_of(bundle.payload()));
  if (!offered) return refuse(policy::BundleRefusal::malformed);
  const auto decision = policy::accept(in_force_, *offered, device_, now);
  if (const auto* refused = std::get_if<policy::RefusedBundle>(&decision)) return refuse(refused->why);
  out.set_outcome("applied");
  if (const auto* accepted = std::get_if<policy::AcceptedBundle>(&decision)) {
    in_force_ = {accepted->revision, accepted->digest};
    const auto compiled = policy::compile(accepted->policy);
    tell(device::defence_event("policy.applied", "success",
                               {{"revision", std::to_string(accepted->revision)},
                                {"digest", to_hex(accepted->digest)},
                                {"rules", std::to_string(compiled.rules)},
                                {"mode", std::string(word_of(compiled.mode))}}));
  }
  return out;
}

std::string Stand::carry_out(const v1::Order& order, Timestamp now, const Tell& tell) {
  if (!equal(bytes_of(order.device_id()), device_.bytes())) return "wrong_device";
  if (order.expires_ns() <= now.unix_ns) return "expired";
  const auto id = to_hex(bytes_of(order.order_id()));
  switch (order.kind()) {
    case v1::RELEASE:
      if (!is_cut()) return "wrong_state";
      if (order.case_id() != case_id_) return "wrong_case";
      tell(released(case_id_, id));
      case_id_.clear();
      return {};
    case v1::CUT_OFF: {
      if (is_cut()) return {};
      if (order.case_id().size() != 16) return "malformed";
      cut(order.case_id());
      auto event = device::defence_event("net.cut", "success", {{"cause", "device.cut.ordered"}, {"left", "platform"}});
      event.set_case_id(case_id_);
      tell(std::move(event));
      return {};
    }
    default:
      return "unsupported";  // nothing of a section's is simulated
  }
}

v1::OrderReport Stand::take_order(const v1::Signed& object, Timestamp now, const Tell& tell) {
  v1::OrderReport out;
  const auto order = schema::parse<v1::Order>(bytes_of(object.payload()), kMostOrder);
  std::string reason = "malformed";
  if (order) {
    out.set_order_id(order->order_id());
    reason = pki::verify_object(object, "order", rule_.keys, rule_.order_threshold) ? carry_out(*order, now, tell)
                                                                                    : "bad_signature";
  }
  out.set_outcome(reason.empty() ? "done" : "refused");
  out.set_reason(reason);
  if (!reason.empty())
    tell(device::defence_event("order.refused", "refused",
                               {{"order", to_hex(bytes_of(out.order_id()))}, {"reason", reason}}));
  return out;
}

v1::PersonsReport Stand::take_persons(const v1::Signed& rule) {
  v1::PersonsReport out;
  const auto parsed = pki::verify_object(rule, "persons", rule_.keys, rule_.policy_threshold)
                          ? pki::parse_person_rule(bytes_of(rule.payload()))
                          : Result<pki::PersonRule>(fail(Errc::bad_signature, "rule of persons"));
  if (parsed) persons_ = parsed->revision;
  out.set_revision(persons_);
  out.set_outcome(parsed ? "applied" : "refused");
  if (!parsed) out.set_reason(std::string(name(parsed.code())));
  return out;
}

v1::BaselineReport Stand::take_baseline(const v1::Signed& baseline) const {
  v1::BaselineReport out;
  const auto parsed = schema::parse<v1::Baseline>(bytes_of(baseline.payload()), 1U << 20);
  if (!parsed) return out;
  out.set_section(parsed->section());
  out.set_revision(parsed->revision());
  const bool good = pki::verify_object(baseline, "baseline", rule_.keys, rule_.policy_threshold).has_value();
  out.set_outcome(good ? "applied" : "refused");
  if (!good) out.set_reason("bad_signature");
  return out;
}

}  // namespace kw::fleet
