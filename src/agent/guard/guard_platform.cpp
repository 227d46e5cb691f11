// The platform's side of the agent: what the link asks, bundles and orders that come in, facts that go out.
#include "agent/guard/guard.h"
#include "agent/version.h"
#include "base/text.h"
#include "policy/bundle.h"
#include "policy/compile.h"
#include "schema/codec.h"

namespace kw::agent {
namespace {

constexpr std::size_t kMostFact = 1024;
constexpr auto kMeasureEvery = std::chrono::seconds(60);

}  // namespace

v1::DeviceState Guard::state() const {
  if (network_.cut()) return v1::CUT;
  if (facts_.watching) return v1::WATCHING;
  return enforced_.matches() && ports_.defences.holds() && ports_.shield.holds() ? v1::NORMAL : v1::DEGRADED;
}

v1::AdmissionReport Guard::admission_report() {
  v1::AdmissionReport out;
  *out.mutable_hardware() = facts_.hardware;
  if (const auto mac = known_facts_.find("net.interface." + facts_.interface + ".mac"); mac != known_facts_.end())
    out.set_mac(mac->second.value());
  for (const auto& seen : present()) {
    const auto* link = std::get_if<device::LinkObserved>(&seen);
    if (link != nullptr && link->name == facts_.interface) out.set_mac(link->mac);
  }
  out.set_agent_version(std::string(kVersion));
  out.set_boot_id(facts_.boot_id);
  out.set_policy_revision(enforced_.policy_revision());
  out.set_policy_digest(enforced_.policy_digest());
  out.set_persons_revision(ports_.persons.revision());
  out.set_state(state());
  out.set_liveness_key(copy_text(ports_.liveness.public_key()));
  if (ports_.tpm != nullptr && ports_.tpm->identity()) *out.mutable_tpm() = *ports_.tpm->identity();
  return out;
}

void Guard::note_fact(const std::string& key, const std::string& value, const std::string& source) {
  // Names of interfaces are the kernel's octets; a heartbeat that is no UTF-8 would end the link, and the next one too.
  const auto text = clean_text(value, kMostFact);
  auto& fact = known_facts_[key];
  if (fact.value() == text && !fact.key().empty()) return;
  fact.set_key(clean_text(key, kMostFact));
  fact.set_value(text);
  fact.set_source(source);
  fact.set_time_ns(ports_.clock.now().unix_ns);
  changed_facts_.insert(key);
}

void Guard::measure() {
  note_fact("net.ruleset.digest", to_hex(bytes_of(enforced_.ruleset_digest())), "nft");
  const auto steady = ports_.clock.steady();
  if (ports_.ruleset == nullptr || enforced_.policy_revision() == 0 ||
      (measured_.count() != 0 && steady - measured_ < kMeasureEvery))
    return;
  measured_ = steady;
  const auto counters = ports_.ruleset->counters(std::string(policy::kFamily), std::string(policy::kPolicyTable));
  if (!counters) {
    ports_.log.warning("counters.unreadable", {{"error", counters.error().text()}});
    return;
  }
  for (const auto& counter : *counters)
    note_fact("net.counter." + counter.name + ".packets", std::to_string(counter.packets), "nft");
}

void Guard::note_tpm(const std::string& nonce) {
  if (ports_.tpm == nullptr) return;
  if (!nonce.empty())
    ports_.tpm->want(nonce, [this, alive = alive_] {
      if (*alive && link_ != nullptr) link_->beat_now();
    });
  for (const auto& [key, value] : ports_.tpm->facts()) note_fact(key, value, "tpm");
}

v1::Heartbeat Guard::heartbeat(const v1::HeartbeatWanted& wanted) {
  measure();
  note_tpm(wanted.quote_nonce());
  v1::Heartbeat out;
  out.set_state(state());
  out.set_policy_revision(enforced_.policy_revision());
  out.set_policy_digest(enforced_.policy_digest());
  if (network_.cut()) out.set_case_id(copy_text(*network_.case_id()));
  for (const auto& [key, fact] : known_facts_)
    if (wanted.all_facts() || changed_facts_.contains(key)) *out.add_facts() = fact;
  changed_facts_.clear();
  if (ports_.tpm != nullptr)
    if (auto quote = ports_.tpm->take()) *out.mutable_quote() = std::move(*quote);
  if (wanted.nonce().empty()) return out;  // a platform that does not ask
  v1::Liveness statement;
  statement.set_device_id(copy_text(facts_.device.bytes()));
  statement.set_nonce(wanted.nonce());
  statement.set_state(out.state());
  statement.set_policy_revision(out.policy_revision());
  statement.set_policy_digest(out.policy_digest());
  statement.set_ruleset_digest(enforced_.ruleset_digest());
  statement.set_boot_id(facts_.boot_id);
  if (auto signed_statement = ports_.liveness.answer(std::move(statement), ports_.clock.steady()))
    *out.mutable_liveness() = std::move(*signed_statement);
  else
    ports_.log.error("liveness.not_signed", {{"error", signed_statement.error().text()}});
  return out;
}

v1::PolicyReport Guard::on_policy(const v1::Signed& bundle) {
  v1::PolicyReport report;
  if (const auto claimed = schema::parse<v1::PolicyBundle>(bytes_of(bundle.payload()), 1U << 20)) {
    report.set_bundle_id(claimed->bundle_id());
    report.set_revision(claimed->revision());
  }
  const auto before = enforced_.policy_digest();
  const auto before_revision = enforced_.policy_revision();
  v1::EnforceRequest request;
  *request.mutable_apply_policy() = bundle;
  const auto reply = enforce(std::move(request));
  report.set_read_back_digest(enforced_.ruleset_digest());
  if (reply.outcome() != "done") {
    report.set_outcome("refused");
    report.set_reason(reply.outcome() == "refused" ? reply.reason() : "apply_failed");
    ports_.log.warning("policy.refused", {{"reason", reply.reason()}});
    ports_.events.record(make_event("policy.refused", "refused",
                                    {{"revision", std::to_string(report.revision())},
                                     {"in_force", std::to_string(enforced_.policy_revision())},
                                     {"reason", report.reason()}}));
    note_unapproved(report.reason(), "policy", std::to_string(report.revision()));
    return report;
  }
  report.set_outcome("applied");
  if (facts_.watching) report.set_reason("watching");
  if (before == enforced_.policy_digest() && before_revision == enforced_.policy_revision()) return report;
  take_policy_from_disk();
  ports_.log.info("policy.applied", {{"revision", std::to_string(report.revision())}});
  if (policy_) {
    ports_.events.record(make_event("policy.applied", "success",
                                    {{"revision", std::to_string(enforced_.policy_revision())},
                                     {"digest", to_hex(bytes_of(enforced_.policy_digest()))},
                                     {"rules", std::to_string(policy_->rules)},
                                     {"mode", std::string(mode_word(policy_->bundle.network().mode()))}}));
  }
  // A cut that the enforcer made by itself (the kernel had tripped) is the guard's from now on.
  if (enforced_.cut() && !network_.cut()) {
    if (const auto id = to_array<16>(bytes_of(enforced_.case_id()))) network_.restore_cut(*id, enforced_.cause());
    cut_since_ = ports_.clock.now();
  }
  take_snapshot();
  configure_defences();
  show();
  if (link_ != nullptr) link_->beat_now();
  return report;
}

v1::OrderReport Guard::on_order(const v1::Signed& order) {
  v1::OrderReport report;
  const auto claimed = schema::parse<v1::Order>(bytes_of(order.payload()), 64U << 10);
  if (claimed) report.set_order_id(claimed->order_id());
  const auto before = enforced_;
  v1::EnforceRequest request;
  *request.mutable_release() = order;
  const auto reply = enforce(std::move(request));
  const auto order_text = to_hex(bytes_of(report.order_id()));
  if (reply.outcome() != "done") {
    report.set_outcome("refused");
    report.set_reason(reply.outcome() == "refused" ? reply.reason() : "failed");
    ports_.log.warning("order.refused", {{"order", order_text}, {"reason", reply.reason()}});
    ports_.events.record(make_event("order.refused", "refused", {{"order", order_text}, {"reason", report.reason()}}));
    note_unapproved(report.reason(), "order", order_text);
    return report;
  }
  if (claimed && claimed->kind() == v1::SECTION) {
    if (const auto done = section_order(*claimed); !done) {
      report.set_outcome("refused");
      report.set_reason(std::string(name(done.code())));
      return report;
    }
  }
  report.set_outcome("done");
  if (before.cut() && !enforced_.cut()) {
    auto event = make_event("net.released", "success", {{"order", order_text}});
    event.set_case_id(before.case_id());
    ports_.events.record(std::move(event));
    auto judged = network_.release(present(), now(), [this] { return new_case(); });
    if (judged) {
      apply(std::move(*judged), std::nullopt);
    } else {
      ports_.log.error("guard.release", {{"error", judged.error().text()}});
    }
    ports_.defences.released();
  } else if (!before.cut() && enforced_.cut()) {
    if (const auto id = to_array<16>(bytes_of(enforced_.case_id())))
      apply(network_.order_cut(*id, now()), std::nullopt);
  }
  show();
  if (link_ != nullptr) link_->beat_now();
  return report;
}

void Guard::note_unapproved(std::string_view reason, std::string_view what, const std::string& id) {
  if (reason != policy::name(policy::BundleRefusal::not_approved)) return;
  ports_.log.warning("command.unapproved", {{"what", what}, {"id", id}});
  ports_.events.record(make_event("command.unapproved", "refused", {{"what", std::string(what)}, {"id", id}}));
}

v1::BaselineReport Guard::on_baseline(const v1::Signed& baseline) {
  auto report = ports_.baselines.take(baseline);
  note_unapproved(report.reason(), "baseline", report.section());
  return report;
}

v1::PersonsReport Guard::on_persons(const v1::Signed& rule) {
  const auto before = ports_.persons.revision();
  auto report = ports_.persons.take(rule);
  const auto revision = std::to_string(report.revision());
  if (report.outcome() != "applied") {
    ports_.log.warning("persons.refused", {{"reason", report.reason()}});
    ports_.events.record(
        make_event("persons.refused", "refused", {{"in_force", revision}, {"reason", report.reason()}}));
  } else if (before != report.revision()) {
    ports_.log.info("persons.applied", {{"revision", revision}});
    ports_.events.record(make_event("persons.applied", "success", {{"revision", revision}}));
  }
  note_fact("persons.revision", revision, "agent");
  return report;
}

Result<> Guard::section_order(const v1::Order& order) {
  const auto id = to_hex(bytes_of(order.order_id()));
  const auto done = ports_.defences.order(order);
  if (!done) {
    ports_.log.warning("order.refused", {{"order", id}, {"reason", done.error().text()}});
    ports_.events.record(
        make_event("order.refused", "refused", {{"order", id}, {"reason", std::string(name(done.code()))}}));
    return done;
  }
  ports_.events.record(
      make_event("order.done", "success", {{"order", id}, {"section", order.section()}, {"action", order.action()}}));
  return {};
}

Result<> Guard::uninstall(const v1::Signed& order) {
  const auto claimed = schema::parse<v1::Order>(bytes_of(order.payload()), 64U << 10);
  const auto id = claimed ? to_hex(bytes_of(claimed->order_id())) : std::string();
  std::string reason = "no_order";
  if (!order.payload().empty()) {
    v1::EnforceRequest request;
    *request.mutable_uninstall() = order;
    const auto reply = enforce(std::move(request));
    if (reply.outcome() == "done") {
      ports_.log.warning("agent.uninstall", {{"order", id}});
      ports_.shield.lower();
      ports_.events.record(make_event("agent.uninstalled", "success", {{"order", id}}));
      return {};
    }
    reason = reply.outcome() == "refused" ? reply.reason() : "failed";
  }
  ports_.log.warning("agent.uninstall_refused", {{"order", id}, {"reason", reason}});
  ports_.events.record(make_event("agent.uninstall.refused", "refused", {{"order", id}, {"reason", reason}}));
  return fail(Errc::forbidden, reason);
}

}  // namespace kw::agent
