#include "server/link/intake_desk.h"

#include "crypto/sm3.h"
#include "policy/baseline.h"
#include "server/testing/kiosk.h"

namespace kw::server {
namespace {

using testing::batch;
using testing::code;
using testing::event;
using testing::good;
using testing::Kiosk;
using testing::take;

class IntakeDeskTest : public ::testing::Test {
 protected:
  IntakeDesk::Batch in(const v1::EventBatch& events) { return in(events, kiosk_); }
  IntakeDesk::Batch in(const v1::EventBatch& events, const Kiosk& of) {
    return take(desk_.events(of.id, of.address, events));
  }
  Errc refused(const v1::EventBatch& events) { return code(desk_.events(kiosk_.id, kiosk_.address, events)); }
  /// stored gives the sequences of a device's events as they stand in the outbox.
  std::vector<std::uint64_t> stored(const Kiosk& of) {
    std::vector<std::uint64_t> out;
    for (const auto& entry : p_.outbox()) {
      if (entry.device_sequence() > 0 && entry.device_id() == copy_text(of.id.bytes()))
        out.push_back(entry.device_sequence());
    }
    return out;
  }
  std::vector<std::uint64_t> stored() { return stored(kiosk_); }
  std::int64_t last_position() {
    return take(p_.store->read([](auto& r) { return r.outbox().last_position(); }));
  }
  store::Device device() { return take(p_.devices.get(kiosk_.id)); }

  testing::Platform p_;
  IntakeDesk desk_{p_.changes};
  Kiosk kiosk_ = Kiosk::enrolled(p_, "127.0.0.2"), other_ = Kiosk::enrolled(p_, "127.0.0.3");
};

using Sequences = std::vector<std::uint64_t>;

TEST_F(IntakeDeskTest, ABatchIsStoredInItsOrder) {
  const auto done = in(batch({1, 2, 3}));
  EXPECT_EQ(stored(), (Sequences{1, 2, 3}));
  EXPECT_EQ(done.through, 3u);
  EXPECT_EQ(done.position, last_position());
  EXPECT_EQ(p_.effects.back().position, done.position) << "the feeder is told";
}

TEST_F(IntakeDeskTest, WhatIsSentAgainIsStoredOnceAndWaitsForTheSamePlace) {
  const auto first = in(batch({1, 2, 3}));
  const auto whole = in(batch({1, 2, 3}));
  EXPECT_EQ(whole.through, 3u);
  EXPECT_EQ(whole.position, first.position) << "not acknowledged before the first copy is durable";
  const auto overlapping = in(batch({2, 3, 4}));
  EXPECT_EQ(overlapping.through, 4u);
  EXPECT_EQ(stored(), (Sequences{1, 2, 3, 4}));
}

TEST_F(IntakeDeskTest, GapsArePossibleAndFilledLater) {
  EXPECT_EQ(in(batch({1, 5})).through, 5u);
  in(batch({2, 3, 4}));
  EXPECT_EQ(stored(), (Sequences{1, 5, 2, 3, 4}));
  EXPECT_EQ(in(batch({4097})).through, 4097u) << "a spool that was damaged goes on above what it reserved";
}

/// A spool that was restored from an old copy numbers its events anew; their IDs stay (docs/design/spool.md).
TEST_F(IntakeDeskTest, EventsThatWereNumberedAnewAreKnownByTheirIds) {
  in(batch({1, 2}));
  auto again = batch({1, 2, 3});
  for (int i = 0; i < 3; ++i) again.mutable_events(i)->set_sequence(101 + static_cast<std::uint64_t>(i));
  EXPECT_EQ(in(again).through, 103u);
  EXPECT_EQ(stored(), (Sequences{1, 2, 103}));
  EXPECT_EQ(p_.count("link.bad_message"), 0u);
}

TEST_F(IntakeDeskTest, AnotherEventUnderAKnownNumberIsNotLostWithoutAWord) {
  in(batch({1}));
  auto other = batch({1});
  other.mutable_events(0)->set_id(std::string(16, 'x'));
  in(other);
  EXPECT_EQ(stored(), Sequences{1});
  EXPECT_EQ(p_.outbox().back().params().at("reason"), "conflict: event sequence used twice");
}

TEST_F(IntakeDeskTest, AnotherKiosksEventIsRefusedAndTheRestStored) {
  in(batch({1}), other_);
  in(batch({1, 2}));
  EXPECT_EQ(stored(), Sequences{2});
  EXPECT_EQ(stored(other_), Sequences{1});
  EXPECT_EQ(p_.count("link.bad_message"), 1u);
}

TEST_F(IntakeDeskTest, TwoKiosksMayUseTheSameSequence) {
  in(batch({1}));
  auto theirs = batch({1});
  theirs.mutable_events(0)->set_id(std::string(16, 'o'));
  in(theirs, other_);
  EXPECT_EQ(stored(kiosk_), Sequences{1});
  EXPECT_EQ(stored(other_), Sequences{1});
}

TEST_F(IntakeDeskTest, ABatchThatIsNoneStoresNothing) {
  EXPECT_EQ(refused({}), Errc::malformed);
  EXPECT_EQ(refused(batch({2, 1})), Errc::malformed);
  EXPECT_EQ(refused(batch({1, 1})), Errc::malformed);
  v1::EventBatch large;
  for (std::uint64_t i = 1; i <= 257; ++i) *large.add_events() = event(i);
  EXPECT_EQ(refused(large), Errc::malformed);
  EXPECT_TRUE(stored().empty());
  large.mutable_events()->RemoveLast();
  EXPECT_EQ(in(large).through, 256u);
  EXPECT_EQ(stored().size(), 256u);
}

TEST_F(IntakeDeskTest, AnEventThatIsNoneIsRecordedAndDoesNotHoldUpTheRest) {
  using Spoil = std::function<void(v1::Event&)>;
  const std::tuple<std::string, std::string, Spoil> cases[] = {
      {"sequence 0", "malformed: event sequence", [](auto& e) { e.set_sequence(0); }},
      {"version", "unsupported: event version", [](auto& e) { e.set_version(2); }},
      {"unknown type", "unsupported: event type", [](auto& e) { e.set_type("no.such.type"); }},
      {"no id", "malformed: event id", [](auto& e) { e.clear_id(); }},
      {"long id", "malformed: event id", [](auto& e) { e.set_id(std::string(17, 'e')); }},
      {"case", "malformed: case id", [](auto& e) { e.set_case_id("case"); }},
      {"trace", "malformed: trace id", [](auto& e) { e.set_trace_id("trace"); }},
      {"result", "malformed: event result", [](auto& e) { e.set_result("perhaps"); }},
      {"another type's parameter", "malformed: event parameter not of this type",
       [](auto& e) { (*e.mutable_params())["process"] = "x"; }},
      {"too many parameters", "too_large: event parameters",
       [](auto& e) {
         for (int i = 0; i < 33; ++i) (*e.mutable_params())[std::to_string(i)] = "x";
       }},
      {"too much in one", "too_large: event parameter value",
       [](auto& e) { (*e.mutable_params())["display"] = std::string(513, 'x'); }},
  };
  std::uint64_t at = 0;
  for (const auto& [name, reason, spoil] : cases) {
    SCOPED_TRACE(name);
    auto events = batch({at + 1, at + 2, at + 3});
    const bool first = name == "sequence 0";  // only there the order allows it
    spoil(*events.mutable_events(first ? 0 : 1));
    EXPECT_EQ(in(events).through, at + 3);
    EXPECT_EQ(stored().size(), 2 * (at / 3 + 1));
    const auto entries = p_.outbox();
    const auto bad =
        std::find_if(entries.rbegin(), entries.rend(), [](auto& e) { return e.type() == "link.bad_message"; });
    ASSERT_NE(bad, entries.rend());
    EXPECT_EQ(bad->params().at("reason"), reason);
    EXPECT_EQ(bad->params().at("peer"), kiosk_.address);
    EXPECT_EQ(bad->device_id(), copy_text(kiosk_.id.bytes()));
    at += 3;
  }
  EXPECT_EQ(p_.count("link.bad_message"), std::size(cases));
}

TEST_F(IntakeDeskTest, WhatIsStoredIsWhatWasSentWithTheCataloguesWord) {
  auto events = batch({7});
  auto& sent = *events.mutable_events(0);
  sent.set_type("net.outbound.illegal");
  sent.set_result("blocked");
  sent.set_time_ns(123);
  sent.set_clock(v1::CLOCK_STEPPED);
  sent.set_case_id(std::string(16, 'c'));
  sent.set_trace_id(std::string(16, 't'));
  (*sent.mutable_params())["destination"] = "203.0.113.9";
  in(events);
  const auto entry = p_.outbox().back();
  EXPECT_EQ(entry.id(), sent.id());
  EXPECT_EQ(entry.time_ns(), 123);
  EXPECT_EQ(entry.received_ns(), p_.clock.now().unix_ns);
  EXPECT_EQ(entry.clock(), v1::CLOCK_STEPPED);
  EXPECT_EQ(entry.case_id(), sent.case_id());
  EXPECT_EQ(entry.trace_id(), sent.trace_id());
  EXPECT_EQ(entry.clause(), "9.5");
  EXPECT_EQ(entry.severity(), v1::CRITICAL);
  EXPECT_EQ(entry.params().at("destination"), "203.0.113.9");
  EXPECT_EQ(device().alarms_open, 1u);
  in(events);
  EXPECT_EQ(take(p_.alarms.page({})).items.at(0).count, 1u) << "sent again, counted once";
}

TEST_F(IntakeDeskTest, CutAndReleaseAreFollowedAtOnceAndOnce) {
  auto cut = batch({1}), released = batch({2});
  for (auto* events : {&cut, &released}) events->mutable_events(0)->set_case_id(std::string(16, 'c'));
  cut.mutable_events(0)->set_type("net.cut");
  released.mutable_events(0)->set_type("net.released");
  in(cut);
  EXPECT_EQ(device().live, store::DeviceLive::cut);
  EXPECT_EQ(device().case_id, Bytes(16, 'c'));
  EXPECT_TRUE(p_.effects.back().devices.contains(kiosk_.id));
  in(released);
  EXPECT_EQ(device().state, v1::NORMAL);
  EXPECT_TRUE(device().case_id.empty());
  in(cut);
  EXPECT_EQ(device().state, v1::NORMAL) << "an old event that is sent again cuts nobody";
}

TEST_F(IntakeDeskTest, AStoreThatCannotCommitKeepsNothing) {
  const auto told = p_.effects.size();
  p_.store->full = true;
  EXPECT_EQ(refused(batch({1, 2})), Errc::no_space);
  p_.store->full = false;
  EXPECT_TRUE(stored().empty());
  EXPECT_EQ(p_.effects.size(), told) << "nobody is told of what did not happen";
  EXPECT_EQ(in(batch({1, 2})).through, 2u);
  EXPECT_EQ(stored(), (Sequences{1, 2}));
}

TEST_F(IntakeDeskTest, AHeartbeatIsTheDevicesState) {
  v1::Heartbeat beat;
  beat.set_state(v1::CUT);
  beat.set_policy_revision(3);
  beat.set_policy_digest(std::string(32, 'p'));
  beat.set_case_id(std::string(16, 'c'));
  auto* fact = beat.add_facts();
  fact->set_key("k");
  fact->set_value("v");
  fact->set_time_ns(5);
  fact->set_source("s");
  p_.effects.clear();
  good(desk_.heartbeat(kiosk_.id, beat));
  EXPECT_TRUE(device().online);
  EXPECT_EQ(device().live, store::DeviceLive::cut);
  EXPECT_EQ(device().case_id, Bytes(16, 'c'));
  EXPECT_EQ(device().policy_revision, 3u);
  EXPECT_EQ(device().policy_digest, Bytes(32, 'p'));
  EXPECT_EQ(device().last_seen, p_.clock.now());
  EXPECT_EQ(take(p_.devices.detail(kiosk_.id)).facts.at(0).value, "v");
  EXPECT_TRUE(p_.effects.back().devices.contains(kiosk_.id));
  good(desk_.heartbeat(kiosk_.id, beat));
  EXPECT_FALSE(p_.effects.back().devices.contains(kiosk_.id)) << "nothing moved";
  beat.set_state(v1::NORMAL);
  good(desk_.heartbeat(kiosk_.id, beat));
  EXPECT_TRUE(device().case_id.empty()) << "a case ends with its cut";
  EXPECT_EQ(code(desk_.heartbeat(DeviceId(), beat)), Errc::not_found);
}

TEST_F(IntakeDeskTest, AHeartbeatThatIsNoneChangesNothing) {
  using Spoil = std::function<void(v1::Heartbeat&)>;
  const std::pair<std::string, Spoil> cases[] = {
      {"state", [](auto& b) { b.set_state(static_cast<v1::DeviceState>(99)); }},
      {"digest", [](auto& b) { b.set_policy_digest(std::string(33, 'p')); }},
      {"digest of a mebibyte", [](auto& b) { b.set_policy_digest(std::string(1U << 20, 'p')); }},
      {"case", [](auto& b) { b.set_case_id(std::string(15, 'c')); }},
      {"case of a mebibyte", [](auto& b) { b.set_case_id(std::string(1U << 20, 'c')); }},
  };
  for (const auto& [name, spoil] : cases) {
    v1::Heartbeat beat;
    beat.set_state(v1::CUT);
    beat.set_policy_digest(std::string(32, 'p'));
    beat.set_case_id(std::string(16, 'c'));
    beat.add_facts()->set_key("k");
    spoil(beat);
    EXPECT_EQ(code(desk_.heartbeat(kiosk_.id, beat)), Errc::malformed) << name;
    EXPECT_FALSE(device().online) << name;
    EXPECT_TRUE(take(p_.devices.detail(kiosk_.id)).facts.empty()) << name;
  }
}

TEST_F(IntakeDeskTest, FactsAreBoundedForADeviceAndForAMessage) {
  const auto send = [&](int from, int count, std::int64_t time) {
    v1::FactReport report;
    for (int i = from; i < from + count; ++i) {
      auto* fact = report.add_facts();
      fact->set_key("key-" + std::to_string(i));
      fact->set_time_ns(time);
    }
    good(desk_.facts(kiosk_.id, report.facts()));
  };
  send(0, 600, 1);
  EXPECT_EQ(take(p_.devices.detail(kiosk_.id)).facts.size(), 512u) << "what one message may hold";
  for (int i = 1; i <= 20; ++i) send(512 * i, 512, 1 + i);
  const auto facts = take(p_.devices.detail(kiosk_.id)).facts;
  EXPECT_EQ(facts.size(), 2000u) << "the oldest give way";
  EXPECT_TRUE(std::all_of(facts.begin(), facts.end(), [](const auto& fact) { return fact.time.unix_ns >= 17; }));
  v1::FactReport odd;
  odd.add_facts()->set_key("");
  odd.add_facts()->set_key(std::string(129, 'k'));
  good(desk_.facts(kiosk_.id, odd.facts()));
  EXPECT_EQ(take(p_.devices.detail(kiosk_.id)).facts.size(), 2000u);
}

TEST_F(IntakeDeskTest, APolicyReportIsAboutTheBundleItNames) {
  store::Policy policy;
  policy.revision = 3;
  store::Bundle bundle;
  bundle.id = BundleId::make(p_.clock.now(), p_.random);
  bundle.device = kiosk_.id;
  bundle.revision = 3;
  good(p_.store->write([&](store::Repositories& r) -> Result<> {
    KW_CHECK(r.policies().insert(policy));
    return r.bundles().insert(bundle);
  }));
  const auto outcome = [&] { return take(p_.store->read([&](auto& r) { return r.bundles().get(bundle.id); })); };
  v1::PolicyReport report;
  report.set_bundle_id(copy_text(bundle.id.bytes()));
  report.set_revision(3);
  report.set_outcome("applied");
  EXPECT_EQ(code(desk_.policy_report(other_.id, report)), Errc::forbidden) << "another device's";
  report.set_revision(4);
  EXPECT_EQ(code(desk_.policy_report(kiosk_.id, report)), Errc::malformed) << "another revision";
  report.set_revision(3);
  for (const auto* word : {"", "done", "Applied"}) {
    report.set_outcome(word);
    EXPECT_EQ(code(desk_.policy_report(kiosk_.id, report)), Errc::malformed) << word;
  }
  report.set_bundle_id(std::string(16, 'x'));
  report.set_outcome("applied");
  EXPECT_EQ(code(desk_.policy_report(kiosk_.id, report)), Errc::not_found);
  report.set_bundle_id("x");
  EXPECT_EQ(code(desk_.policy_report(kiosk_.id, report)), Errc::malformed);
  EXPECT_EQ(outcome().outcome, "");
  EXPECT_EQ(device().policy_revision, 0u);

  report.set_bundle_id(copy_text(bundle.id.bytes()));
  report.set_outcome("refused");
  report.set_reason("expired");
  good(desk_.policy_report(kiosk_.id, report));
  EXPECT_EQ(outcome().outcome, "refused");
  EXPECT_EQ(outcome().reason, "expired");
  EXPECT_EQ(device().policy_revision, 0u);
  report.set_outcome("applied");
  report.clear_reason();
  good(desk_.policy_report(kiosk_.id, report));
  EXPECT_EQ(outcome().outcome, "applied");
  EXPECT_EQ(device().policy_revision, 3u);
  EXPECT_TRUE(p_.effects.back().policies.contains(3));
}

TEST_F(IntakeDeskTest, ReportsSettleWhatTheyAreAbout) {
  const auto order = take(p_.orders.cut(kiosk_.id, "test", p_.security));
  v1::OrderReport report;
  report.set_order_id(copy_text(order.id.bytes()));
  report.set_outcome("refused");
  report.set_reason("expired");
  EXPECT_EQ(code(desk_.order_report(other_.id, report)), Errc::forbidden) << "another device's";
  report.set_outcome("perhaps");
  EXPECT_EQ(code(desk_.order_report(kiosk_.id, report)), Errc::malformed);
  report.set_outcome("refused");
  good(desk_.order_report(kiosk_.id, report));
  report.set_outcome("done");
  good(desk_.order_report(kiosk_.id, report));
  const auto settled = take(p_.devices.detail(kiosk_.id)).orders.at(0);
  EXPECT_EQ(settled.state, store::OrderState::refused) << "the first word counts";
  EXPECT_EQ(settled.outcome_reason, "expired");
  report.set_order_id(std::string(16, 'x'));
  EXPECT_EQ(code(desk_.order_report(kiosk_.id, report)), Errc::not_found);
  report.set_order_id("x");
  EXPECT_EQ(code(desk_.order_report(kiosk_.id, report)), Errc::malformed);
}

/// 22 characters of three octets: a cut at 64 octets goes through the last one.
const std::string kLong = [] {
  std::string out;
  for (int i = 0; i < 22; ++i) out += "字";
  return out;
}();

TEST_F(IntakeDeskTest, TextsAreCutBetweenCharacters) {
  const auto order = take(p_.orders.cut(kiosk_.id, "test", p_.security));
  v1::OrderReport report;
  report.set_order_id(copy_text(order.id.bytes()));
  report.set_outcome("refused");
  report.set_reason(kLong);
  good(desk_.order_report(kiosk_.id, report));
  EXPECT_EQ(take(p_.devices.detail(kiosk_.id)).orders.at(0).outcome_reason, kLong.substr(0, 63));

  v1::FactReport facts;
  auto* fact = facts.add_facts();
  fact->set_key("k");
  for (int i = 0; i < 20; ++i) fact->set_value(fact->value() + kLong);
  for (int i = 0; i < 3; ++i) fact->set_source(fact->source() + kLong);
  good(desk_.facts(kiosk_.id, facts.facts()));
  const auto stored = take(p_.devices.detail(kiosk_.id)).facts.at(0);
  EXPECT_EQ(stored.value.size(), 1023u);
  EXPECT_EQ(stored.source.size(), 126u);
}

TEST_F(IntakeDeskTest, ABaselineThatIsNoneIsNotStored) {
  v1::BaselineProposal right;
  right.set_section("interfaces");
  right.set_content("content");
  right.set_digest(copy_text(crypto::sm3(bytes_of("content"))));
  using Spoil = std::function<void(v1::BaselineProposal&)>;
  const std::pair<std::string, Spoil> cases[] = {
      {"nothing", [](auto& b) { b.clear_content(); }},
      {"too much", [](auto& b) { b.set_content(std::string(policy::kMostBaselineContent + 1, 'x')); }},
      {"another digest", [](auto& b) { b.set_digest(std::string(32, 'd')); }},
      {"no digest", [](auto& b) { b.clear_digest(); }},
  };
  for (const auto& [name, spoil] : cases) {
    auto proposal = right;
    spoil(proposal);
    EXPECT_EQ(code(desk_.baseline_proposal(kiosk_.id, kiosk_.address, proposal)), Errc::malformed) << name;
  }
  auto unknown = right;
  unknown.set_section(kLong + kLong);
  good(desk_.baseline_proposal(kiosk_.id, kiosk_.address, unknown));
  EXPECT_EQ(p_.outbox().back().params().at("reason"), "baseline of an unknown section: " + kLong.substr(0, 63));
  EXPECT_TRUE(take(p_.baselines.of_device(kiosk_.id)).empty());
  good(desk_.baseline_proposal(kiosk_.id, kiosk_.address, right));
  good(desk_.baseline_proposal(kiosk_.id, kiosk_.address, right));
  EXPECT_EQ(take(p_.baselines.of_device(kiosk_.id)).size(), 1u);
  EXPECT_EQ(p_.count("baseline.proposed"), 1u) << "told twice, stored once";

  v1::BaselineReport report;
  report.set_section("interfaces");
  report.set_revision(1);
  report.set_outcome("applied");
  EXPECT_EQ(code(desk_.baseline_report(kiosk_.id, report)), Errc::not_found) << "nobody approved it";
  report.set_outcome("done");
  EXPECT_EQ(code(desk_.baseline_report(kiosk_.id, report)), Errc::malformed);
}

TEST_F(IntakeDeskTest, TheEndOfALinkIsRecordedWithItsReason) {
  v1::Heartbeat beat;
  good(desk_.heartbeat(kiosk_.id, beat));
  good(desk_.gone(kiosk_.id, kiosk_.address, "timeout"));
  EXPECT_FALSE(device().online);
  const auto entry = p_.outbox().back();
  EXPECT_EQ(entry.type(), "link.lost");
  EXPECT_EQ(entry.params().at("reason"), "timeout");
}

}  // namespace
}  // namespace kw::server
