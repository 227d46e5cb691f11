// The contract of a road to the police platform, held by both: the SOAP call and the files for a gate.
#include "server/testing/export_bed.h"
#include "tests/support/police_desk.h"

namespace kw::server {
namespace {

using namespace testing;
using kw::testing::GateFace;
using kw::testing::PoliceDesk;
using kw::testing::SoapFace;

/// The shipped profiles, in a hurry.
const std::vector<std::pair<std::string, std::string>> kQuickSoap{{"batch = 100", "batch = 40"},
                                                                  {"first_seconds = 5", "first_seconds = 1"},
                                                                  {"most_seconds = 600", "most_seconds = 10"},
                                                                  {"stalled_seconds = 900", "stalled_seconds = 60"}};
const std::vector<std::pair<std::string, std::string>> kQuickGate{{"batch = 500", "batch = 40"},
                                                                  {"first_seconds = 60", "first_seconds = 1"},
                                                                  {"most_seconds = 3600", "most_seconds = 10"},
                                                                  {"answer_seconds = 7200", "answer_seconds = 300"},
                                                                  {"stalled_seconds = 3600", "stalled_seconds = 60"}};

class ExportPolice : public ::testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] bool gate() const { return GetParam() == "police-gate"; }
  void SetUp() override {
    if (gate()) {
      gate_ = std::make_unique<GateFace>(desk_, bed_.path("gate"));
    } else {
      soap_ = std::make_unique<SoapFace>(desk_);
    }
    const auto address = gate() ? gate_->address() : soap_->address();
    bed_.profile(GetParam(), shipped_profile(GetParam(), address, gate() ? kQuickGate : kQuickSoap));
  }
  void TearDown() override { bed_.stop(); }  // before the faces
  bool until(const std::function<bool()>& reached) {
    return bed_.until(reached, [&] {
      if (gate_) gate_->serve_once();
    });
  }
  /// all_there waits until the desk has every entry that the ledger has now.
  bool all_there(const std::set<std::string>& without = {}) {
    bed_.settle();
    const auto size = bed_.size();
    return until([&] { return bed_.status(GetParam()).stored.cursor >= size; }) &&
           starts_with(desk_.order(), bed_.numbers(size, without));
  }
  static bool starts_with(const std::vector<std::string>& order, const std::vector<std::string>& expected) {
    EXPECT_GE(order.size(), expected.size());
    const bool same = order.size() >= expected.size() && std::equal(expected.begin(), expected.end(), order.begin());
    EXPECT_TRUE(same) << "not every record, or not in order";
    return same;
  }

  ExportBed bed_;
  PoliceDesk desk_;
  std::unique_ptr<SoapFace> soap_;
  std::unique_ptr<GateFace> gate_;
};

TEST_P(ExportPolice, EveryRecordArrivesOnceAndInOrder) {
  bed_.happen(150);
  bed_.start();
  EXPECT_TRUE(all_there());
  bed_.happen(30);
  EXPECT_TRUE(all_there());
  EXPECT_EQ(desk_.twice(), 0u);
  EXPECT_GE(bed_.status(GetParam()).stored.sent, 180u);
  EXPECT_EQ(gate_ ? gate_->wrong_digests.load() : 0, 0);
}

TEST_P(ExportPolice, ALostAnswerIsAskedForUnderTheSameNumber) {
  bed_.happen(100);
  desk_.lose = 2;
  bed_.start();
  EXPECT_TRUE(all_there());
  EXPECT_GT(desk_.twice(), 0u);  // the receiver saw them twice, and knows it by the number
  EXPECT_EQ(desk_.kept(), desk_.order().size());
}

TEST_P(ExportPolice, ACutLosesNothing) {
  bed_.happen(100);
  desk_.cut = 3;
  bed_.start();
  EXPECT_TRUE(all_there());
  EXPECT_EQ(desk_.twice(), 0u);
}

TEST_P(ExportPolice, ARestartGoesOnWhereItWas) {
  bed_.happen(120);
  desk_.lose = 2;
  bed_.start();
  ASSERT_TRUE(until([&] { return !desk_.order().empty(); }));
  const auto before = desk_.order();
  bed_.start();
  EXPECT_TRUE(all_there());
  EXPECT_TRUE(starts_with(desk_.order(), before));
  EXPECT_GE(bed_.entries("export.started"), 2u);
  EXPECT_GE(bed_.entries("export.stopped"), 1u);
}

TEST_P(ExportPolice, RefusedRecordsAreKeptAndTold) {
  desk_.refused_types = {"site.created"};
  bed_.happen(20);
  take(
      bed_.p.enrol.create_site({.id = {}, .name = "a", .district = "", .address = "", .created = {}}, bed_.p.security));
  bed_.happen(20);
  bed_.start();
  EXPECT_TRUE(all_there({"site.created"}));
  const auto refused = take(bed_.service().refusals(GetParam(), 10));
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0].code, "E107");
  EXPECT_EQ(refused[0].number, exports::number_of(ExportBed::ledger(), refused[0].index));
  EXPECT_EQ(bed_.status(GetParam()).stored.refused, 1u);
  EXPECT_TRUE(until([&] { return bed_.entries("export.refused") == 1; }));
}

TEST_P(ExportPolice, AStallIsAnAlarmAndItsEndAnEvent) {
  bed_.happen(10);
  desk_.refuse_all = 1'000'000;
  bed_.start();
  ASSERT_TRUE(until([&] { return bed_.status(GetParam()).stored.stalled_since.has_value(); }));
  auto status = bed_.status(GetParam());
  EXPECT_NE(status.stored.last_error.find("103 not now"), std::string::npos) << status.stored.last_error;
  EXPECT_EQ(bed_.entries("export.stalled"), 1u);
  const auto alarms = take(bed_.p.store->read([](auto& r) { return r.alarms().page({}); }));
  ASSERT_EQ(alarms.items.size(), 1u);
  EXPECT_EQ(alarms.items[0].type, "export.stalled");
  EXPECT_TRUE(desk_.order().empty());
  desk_.refuse_all = 0;
  EXPECT_TRUE(all_there());
  EXPECT_TRUE(until([&] { return bed_.entries("export.recovered") == 1; }));
  EXPECT_EQ(bed_.entries("export.stalled"), 1u);
  EXPECT_FALSE(bed_.status(GetParam()).stored.stalled_since.has_value());
}

TEST_P(ExportPolice, PauseHoldsAndResumeGoesOn) {
  bed_.start();
  EXPECT_TRUE(all_there());
  const auto paused = take(bed_.service().pause(GetParam(), "window", bed_.audit));
  EXPECT_TRUE(paused.stored.paused);
  EXPECT_EQ(code(bed_.service().pause(GetParam(), "again", bed_.audit)), Errc::conflict);
  const auto before = desk_.order().size();
  bed_.happen(50);
  bed_.start();  // a restart does not end a pause
  EXPECT_TRUE(until([n = 0]() mutable { return ++n > 200; }));
  EXPECT_EQ(desk_.order().size(), before);
  EXPECT_GE(bed_.status(GetParam()).lag, 50u);
  take(bed_.service().resume(GetParam(), "over", bed_.audit));
  EXPECT_EQ(code(bed_.service().resume(GetParam(), "again", bed_.audit)), Errc::conflict);
  EXPECT_TRUE(all_there());
  EXPECT_EQ(bed_.entries("export.paused"), 1u);
  EXPECT_EQ(bed_.entries("export.resumed"), 1u);
}

TEST_P(ExportPolice, ATestRecordTellsWhatCameOfIt) {
  bed_.start();
  EXPECT_TRUE(all_there());
  take(bed_.service().pause(GetParam(), "only the test", bed_.audit));
  take(bed_.service().test(GetParam(), "trial", bed_.audit));
  ASSERT_TRUE(until([&] { return bed_.status(GetParam()).test->result != "waiting"; }));
  const auto test = *bed_.status(GetParam()).test;
  EXPECT_EQ(test.result, "success") << test.detail;
  EXPECT_EQ(desk_.order().back(), test.number);
  EXPECT_EQ(bed_.entries("export.tested"), 1u);
  desk_.refuse_all = 1;
  take(bed_.service().test(GetParam(), "again", bed_.audit));
  ASSERT_TRUE(until([&] { return bed_.status(GetParam()).test->result != "waiting"; }));
  EXPECT_EQ(bed_.status(GetParam()).test->result, "refused");
  EXPECT_EQ(code(bed_.service().test("nobody", "x", bed_.audit)), Errc::not_found);
}

TEST_P(ExportPolice, ABatchThatIsRefusedWholeIsBrokenUpAndTheRestGoesOn) {
  desk_.set_poison({"site.created"});
  const auto make_site = [&](const std::string& name) {
    take(bed_.p.enrol.create_site({.id = {}, .name = name, .district = "", .address = "", .created = {}},
                                  bed_.p.security));
  };
  bed_.happen(25);
  make_site("a");
  bed_.happen(7);
  make_site("b");
  bed_.happen(40);
  bed_.start();
  ASSERT_TRUE(all_there({"site.created"}));
  ASSERT_TRUE(until([&] { return bed_.status(GetParam()).aside == 2; }));
  EXPECT_EQ(desk_.twice(), 0u);
  EXPECT_EQ(bed_.status(GetParam()).stored.refused, 2u);
  EXPECT_EQ(bed_.entries("export.record.aside"), 2u);
  auto refusals = take(bed_.service().refusals(GetParam(), 10));
  ASSERT_EQ(refusals.size(), 2u);
  EXPECT_TRUE(refusals[0].whole);
  EXPECT_EQ(refusals[0].code, "bad record");

  // Sent again while it is still not wanted, and once more when it is: it arrives once, under its number.
  const auto number = refusals[1].number;
  const auto state = [&] { return take(bed_.service().refusals(GetParam(), 10))[1].state; };
  take(bed_.service().resend(GetParam(), number, "look", bed_.audit));
  EXPECT_EQ(code(bed_.service().resend(GetParam(), number, "twice", bed_.audit)), Errc::conflict);
  ASSERT_TRUE(until([&] { return state() == store::ExportRecordState::refused; }));
  EXPECT_EQ(bed_.status(GetParam()).aside, 2u);
  desk_.set_poison({});
  take(bed_.service().resend(GetParam(), number, "they have mended it", bed_.audit));
  ASSERT_TRUE(until([&] { return state() == store::ExportRecordState::taken; }));
  EXPECT_EQ(bed_.status(GetParam()).aside, 1u);
  const auto order = desk_.order();
  EXPECT_EQ(std::count(order.begin(), order.end(), number), 1);
  EXPECT_EQ(desk_.twice(), 0u);
  EXPECT_EQ(code(bed_.service().resend(GetParam(), number, "again", bed_.audit)), Errc::conflict);
  EXPECT_EQ(code(bed_.service().resend(GetParam(), "100000000000000000", "x", bed_.audit)), Errc::not_found);
  EXPECT_EQ(bed_.entries("export.record.resent"), 2u);
  EXPECT_EQ(bed_.entries("export.record.asked"), 2u);
}

TEST_P(ExportPolice, AReceiverThatRefusesEverythingGetsNoLedgerPutAside) {
  bed_.happen(100);
  desk_.set_poison({"*"});
  bed_.start();
  ASSERT_TRUE(until([&] { return !bed_.status(GetParam()).stored.stall.empty(); }));
  EXPECT_EQ(bed_.status(GetParam()).aside, 10u);
  EXPECT_NE(bed_.status(GetParam()).stored.last_error.find("one record after another"), std::string::npos);
  bed_.start();  // what is counted outlives a restart
  ASSERT_TRUE(until([&] { return bed_.status(GetParam()).attempts >= 2; }));
  EXPECT_EQ(bed_.status(GetParam()).aside, 10u);
  desk_.set_poison({});
  bed_.settle();
  const auto size = bed_.size();
  ASSERT_TRUE(until([&] { return bed_.status(GetParam()).stored.cursor >= size; }));
  for (const auto& one : take(bed_.service().refusals(GetParam(), 20)))
    take(bed_.service().resend(GetParam(), one.number, "all of them", bed_.audit));
  ASSERT_TRUE(until([&] { return bed_.status(GetParam()).aside == 0; }));
  const auto order = desk_.order();
  const std::set<std::string> kept(order.begin(), order.end());
  for (const auto& number : bed_.numbers(size)) EXPECT_TRUE(kept.contains(number)) << number;
  EXPECT_EQ(desk_.twice(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Roads, ExportPolice, ::testing::Values("police-soap", "police-gate"),
                         [](const auto& with) { return with.param == "police-soap" ? "soap" : "gate"; });

// ---- what only files have ----------------------------------------------------------------------------------------

class ExportGate : public ::testing::Test {
 protected:
  void SetUp() override { bed_.profile("police-gate", shipped_profile("police-gate", gate_.address(), kQuickGate)); }
  void TearDown() override { bed_.stop(); }
  ExportBed bed_;
  PoliceDesk desk_;
  GateFace gate_{desk_, bed_.path("gate")};
};

TEST_F(ExportGate, AnswersThatComeTwiceOrToNobodyChangeNothing) {
  bed_.happen(60);
  bed_.start();
  const auto size = bed_.size();
  ASSERT_TRUE(
      bed_.until([&] { return bed_.status("police-gate").stored.cursor >= size; }, [&] { gate_.serve_once(); }));
  const auto before = bed_.status("police-gate");
  gate_.reply(gate_.last_batch, "<r><return>000</return></r>");
  gate_.reply("KW1" + exports::number_of(ExportBed::ledger(), 1'000'000) + "-5", "<r><return>000</return></r>");
  ASSERT_TRUE(bed_.until([&] { return bed_.status("police-gate").strays >= 2; }, [&] { gate_.serve_once(); }));
  EXPECT_GE(bed_.status("police-gate").stored.cursor, before.stored.cursor);
  EXPECT_EQ(desk_.twice(), 0u);
}

TEST_F(ExportGate, AnAnswerThatMeansNothingIsPutAsideAndTheBatchAskedAgain) {
  bed_.happen(5);
  desk_.lose = 1;
  bed_.start();
  ASSERT_TRUE(bed_.until([&] { return !desk_.order().empty(); }, [&] { gate_.serve_once(); }));
  const auto batch = exports::batch_number(take(exports::parse_profile(shipped_profile("police-gate", "file:///x"))),
                                           ExportBed::ledger(), 0, bed_.status("police-gate").stored.open_end);
  gate_.reply(batch, "<r><return>00");
  const auto file = bed_.path("gate") / "in" / (batch + ".reply.xml");
  std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() - std::chrono::minutes(2));
  ASSERT_TRUE(
      bed_.until([&] { return std::filesystem::exists(bed_.path("gate") / "done" / (batch + ".reply.xml.bad")); }));
  const auto size = bed_.size();
  EXPECT_TRUE(
      bed_.until([&] { return bed_.status("police-gate").stored.cursor >= size; }, [&] { gate_.serve_once(); }));
  EXPECT_GT(desk_.twice(), 0u);
}

}  // namespace
}  // namespace kw::server
