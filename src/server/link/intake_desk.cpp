#include "server/link/intake_desk.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/sm3.h"
#include "policy/baseline.h"
#include "policy/sections/section.h"
#include "schema/event_catalogue.h"
#include "server/business_service.h"

namespace kw::server {
namespace {

constexpr int kMostEvents = 256;
constexpr int kMostFacts = 512;
constexpr std::size_t kMostFactKey = 128;
constexpr std::size_t kMostFactValue = 1024;
constexpr std::size_t kMostReason = 64;

/// The console learns of a cut and of a release from the event itself; the next heartbeat confirms it.
Result<> follow(Change& change, const DeviceId& device, const v1::Event& event) {
  store::LiveUpdate update;
  if (event.type() == "net.cut") {
    update.state = v1::CUT;
    update.case_id = copy(bytes_of(event.case_id()));
  } else if (event.type() == "net.released") {
    update.state = v1::NORMAL;
    update.case_id = Bytes{};
    KW_TRY(auto closed, change.repositories().alarms().close_case(device, bytes_of(event.case_id())));
    for (auto& alarm : closed) change.alarm_changed(std::move(alarm));
  } else {
    return {};
  }
  KW_CHECK(change.repositories().devices().update_live(device, update));
  change.device_changed(device);
  return {};
}

/// record: false where the event was stored before; what is wrong with it as an error.
Result<bool> record(Change& change, const DeviceId& device, const v1::Event& event) {
  KW_CHECK(schema::check_event(event));
  if (event.sequence() == 0) return fail(Errc::malformed, "event sequence");
  return change.record_event(device, event);
}

/// Everything else is this machine's, and no reason to pass an event over.
bool is_the_events_fault(Errc code) {
  return code == Errc::malformed || code == Errc::unsupported || code == Errc::too_large || code == Errc::conflict ||
         code == Errc::already_exists;
}

bool is_empty_or(std::size_t size, const std::string& octets) { return octets.empty() || octets.size() == size; }

Result<> check(const v1::Heartbeat& beat) {
  if (!v1::DeviceState_IsValid(beat.state())) return fail(Errc::malformed, "device state");
  if (!is_empty_or(32, beat.policy_digest())) return fail(Errc::malformed, "policy digest");
  if (!is_empty_or(16, beat.case_id())) return fail(Errc::malformed, "case id");
  return {};
}

std::vector<store::StoredFact> stored(const google::protobuf::RepeatedPtrField<v1::Fact>& facts, Timestamp heard) {
  std::vector<store::StoredFact> out;
  for (const auto& fact : facts) {
    if (out.size() == static_cast<std::size_t>(kMostFacts)) break;
    if (fact.key().empty() || fact.key().size() > kMostFactKey) continue;
    out.push_back({fact.key(), clean_text(fact.value(), kMostFactValue), Timestamp{fact.time_ns()},
                   clean_text(fact.source(), kMostFactKey), heard});
  }
  return out;
}

/// moves_watched tells whether one of these is another value than before, of a fact that a requirement looks at.
Result<bool> moves_watched(Change& change, const DeviceId& device, const std::vector<store::StoredFact>& told) {
  const auto& watched = change.watched()->facts;
  if (std::ranges::none_of(told, [&](const auto& fact) { return watched.contains(fact.key); })) return false;
  KW_TRY(const auto before, change.repositories().devices().facts(device));
  return std::ranges::any_of(told, [&](const auto& fact) {
    const auto at = std::ranges::find(before, fact.key, &store::StoredFact::key);
    return watched.contains(fact.key) && (at == before.end() || at->value != fact.value);
  });
}

/// Above this gap what was stale may speak again.
constexpr std::chrono::minutes kQuiet{10};

/// hear keeps what a heartbeat says of the kiosk's word, and has it judged where that changes something.
Result<> hear(Change& change, Timestamp now, const store::Device& before, const v1::Heartbeat& beat,
              const BeatWorth& worth, const std::vector<store::StoredFact>& facts) {
  KW_TRY(auto word, change.repositories().compliance().word(before.id));
  KW_TRY(bool moved, moves_watched(change, before.id, facts));
  if (worth.all_facts) {
    word.facts_since = now;
    moved = true;
  }
  if (worth.vouched) {
    const auto quiet = [&](const std::optional<Timestamp>& last) { return !last || now - *last > kQuiet; };
    // The heartbeat before was no vouched one: what it told was not counted yet.
    moved = moved || quiet(word.vouched) || word.vouched != before.last_seen || word.state != beat.state() ||
            word.policy_revision != beat.policy_revision() ||
            !equal(word.policy_digest, bytes_of(beat.policy_digest()));
    word.vouched = now;
    word.state = beat.state();
    word.policy_revision = beat.policy_revision();
    word.policy_digest = copy(bytes_of(beat.policy_digest()));
    if (beat.spool_waiting() == 0) {
      moved = moved || quiet(word.events_complete);
      word.events_complete = now;
    }
  }
  if (worth.vouched || worth.all_facts) KW_CHECK(change.repositories().compliance().put_word(before.id, word));
  if (moved) change.to_judge(subject_of(before.id));
  return {};
}

}  // namespace

Result<IntakeDesk::Batch> IntakeDesk::events(const DeviceId& device, const std::string& peer,
                                             const v1::EventBatch& batch) {
  if (batch.events_size() < 1 || batch.events_size() > kMostEvents) return fail(Errc::malformed, "event batch size");
  for (int i = 1; i < batch.events_size(); ++i)
    if (batch.events(i).sequence() <= batch.events(i - 1).sequence()) return fail(Errc::malformed, "event order");
  return changes_.run([&](Change& change) -> Result<Batch> {
    Batch out;
    for (const auto& event : batch.events()) {
      auto fresh = record(change, device, event);
      if (!fresh && !is_the_events_fault(fresh.code())) return fresh.error();
      if (!fresh) {
        KW_CHECK(change.record(
            happened(device, "link.bad_message", "refused", {{"peer", peer}, {"reason", fresh.error().text()}})));
      } else if (*fresh) {
        KW_CHECK(follow(change, device, event));
        KW_CHECK(follow_business(change, device, event));
      }
    }
    out.through = batch.events(batch.events_size() - 1).sequence();
    out.position = change.position();
    // All known already: they may still wait in the outbox, so the acknowledgement waits for its newest row.
    if (out.position == 0) {
      KW_TRY(out.position, change.repositories().outbox().last_position());
    }
    return out;
  });
}

Result<> IntakeDesk::heartbeat(const DeviceId& device, const v1::Heartbeat& beat, const BeatWorth& worth) {
  KW_CHECK(check(beat));
  return changes_.run([&](Change& change) -> Result<> {
    KW_TRY(const auto before, change.repositories().devices().get(device));
    store::LiveUpdate update;
    update.online = true;
    update.state = beat.state();
    update.policy_revision = beat.policy_revision();
    update.policy_digest = copy(bytes_of(beat.policy_digest()));
    update.last_seen = change.now();
    update.case_id = beat.state() == v1::CUT ? copy(bytes_of(beat.case_id())) : Bytes{};
    KW_CHECK(change.repositories().devices().update_live(device, update));
    const auto facts = stored(beat.facts(), *update.last_seen);
    if (change.watched() != nullptr) KW_CHECK(hear(change, *update.last_seen, before, beat, worth, facts));
    if (!facts.empty()) KW_CHECK(change.repositories().devices().put_facts(device, facts));
    const bool moved = before.state != *update.state || before.policy_revision != *update.policy_revision ||
                       before.case_id != *update.case_id || !before.online;
    if (moved) change.device_changed(device);
    return {};
  });
}

Result<> IntakeDesk::facts(const DeviceId& device, const google::protobuf::RepeatedPtrField<v1::Fact>& facts) {
  return changes_.run([&](Change& change) -> Result<> {
    const auto told = stored(facts, changes_.clock().now());
    if (change.watched() != nullptr) {
      KW_TRY(const bool moved, moves_watched(change, device, told));
      if (moved) change.to_judge(subject_of(device));
    }
    return change.repositories().devices().put_facts(device, told);
  });
}

Result<> IntakeDesk::policy_report(const DeviceId& device, const v1::PolicyReport& report) {
  KW_TRY(const auto id, BundleId::from_bytes(bytes_of(report.bundle_id())));
  return changes_.run([&](Change& change) -> Result<> {
    KW_TRY(const auto bundle, change.repositories().bundles().get(id));
    if (bundle.device != device) return fail(Errc::forbidden, "a report about another device's bundle");
    if (report.revision() != bundle.revision) return fail(Errc::malformed, "revision of a policy report");
    const bool applied = report.outcome() == "applied";
    if (!applied && report.outcome() != "refused") return fail(Errc::malformed, "outcome of a policy report");
    KW_CHECK(change.repositories().bundles().set_outcome(id, applied ? "applied" : "refused",
                                                         clean_text(report.reason(), kMostReason)));
    if (applied) {
      store::LiveUpdate update;
      update.policy_revision = report.revision();
      KW_CHECK(change.repositories().devices().update_live(device, update));
    }
    change.device_changed(device);
    change.policy_changed(bundle.revision);
    return {};
  });
}

Result<> IntakeDesk::order_report(const DeviceId& device, const v1::OrderReport& report) {
  KW_TRY(const auto id, OrderId::from_bytes(bytes_of(report.order_id())));
  return changes_.run([&](Change& change) -> Result<> {
    KW_TRY(const auto order, change.repositories().orders().get(id));
    if (order.device != device) return fail(Errc::forbidden, "a report about another device's order");
    const bool done = report.outcome() == "done";
    if (!done && report.outcome() != "refused") return fail(Errc::malformed, "outcome of an order report");
    const auto state = done ? store::OrderState::done : store::OrderState::refused;
    auto settled = change.repositories().orders().settle(id, state, clean_text(report.reason(), kMostReason));
    if (!settled && settled.code() != Errc::conflict) return settled;  // told twice: the first word counts
    change.device_changed(device);
    return {};
  });
}

Result<> IntakeDesk::baseline_proposal(const DeviceId& device, const std::string& peer,
                                       const v1::BaselineProposal& proposal) {
  const auto content = bytes_of(proposal.content());
  if (content.size() > policy::kMostBaselineContent) return fail(Errc::malformed, "baseline size");
  if (!equal(crypto::sm3(content), bytes_of(proposal.digest()))) return fail(Errc::malformed, "baseline digest");
  if (policy::find_section(proposal.section()) == nullptr)
    return bad_message(device, peer, "baseline of an unknown section: " + clean_text(proposal.section(), kMostReason));
  return changes_.run([&](Change& change) -> Result<> {
    store::Baseline row;
    row.id = BaselineId::make(changes_.clock().now(), changes_.random());
    row.device = device;
    row.section = proposal.section();
    row.content = copy(content);
    row.digest = copy(bytes_of(proposal.digest()));
    row.proposed = changes_.clock().now();
    KW_TRY(const bool fresh, change.repositories().baselines().propose(row));
    if (!fresh) return {};
    change.device_changed(device);
    return change.record(
        happened(device, "baseline.proposed", "observed", {{"section", row.section}, {"digest", to_hex(row.digest)}}));
  });
}

Result<> IntakeDesk::baseline_report(const DeviceId& device, const v1::BaselineReport& report) {
  const auto& outcome = report.outcome();
  if (outcome != "applied" && outcome != "refused" && outcome != "failed")
    return fail(Errc::malformed, "baseline outcome");
  return changes_.run([&](Change& change) -> Result<> {
    KW_TRY(const bool known,
           change.repositories().baselines().report(device, report.section(), report.revision(), outcome,
                                                    clean_text(report.reason(), kMostReason)));
    if (!known) return fail(Errc::not_found, "a report about a baseline that nobody approved");
    change.device_changed(device);
    return {};
  });
}

Result<> IntakeDesk::gone(const DeviceId& device, const std::string& peer, const std::string& reason) {
  return changes_.run([&](Change& change) -> Result<> {
    store::LiveUpdate update;
    update.online = false;
    KW_CHECK(change.repositories().devices().update_live(device, update));
    change.device_changed(device);
    return change.record(happened(device, "link.lost", "observed", {{"peer", peer}, {"reason", reason}}));
  });
}

Result<> IntakeDesk::fake(const DeviceId& device, const std::string& peer, const std::string& reason) {
  return changes_.run([&](Change& change) {
    return change.record(happened(device, "agent.fake", "observed", {{"peer", peer}, {"reason", reason}}));
  });
}

Result<> IntakeDesk::bad_message(const DeviceId& device, const std::string& peer, const std::string& reason) {
  return changes_.run([&](Change& change) {
    return change.record(happened(device, "link.bad_message", "refused", {{"peer", peer}, {"reason", reason}}));
  });
}

}  // namespace kw::server
