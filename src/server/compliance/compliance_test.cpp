// Compliance on the platform, with the shipped catalogue and a clock that tests move: kiosks, events, records, scopes.
#include "compliance/testing/catalogue.h"
#include "server/compliance/compliance_house.h"
#include "server/compliance/verdict_rows.h"
#include "server/link/intake_desk.h"
#include "server/testing/kiosk.h"

namespace kw::server {
namespace {

using compliance::Status;
using std::chrono::hours;
using std::chrono::minutes;
using testing::code;
using testing::event;
using testing::good;
using ::testing::HasSubstr;
using testing::Kiosk;
using testing::take;

constexpr auto kNetworkPart =
    R"({"mode":"enforce","allow_out":[{"name":"business","address":"198.18.10.20","protocol":"tcp",
  "ports":["8080"]}],"allow_in":[],"tolerate":[],"cut":{"on_illegal_outbound":true,"on_interface_change":true,
  "on_identity_change":true,"leave_platform_channel":true}})";
constexpr auto kSections = R"({"interfaces":{"mode":"enforce"},"outbound":{"mode":"enforce"}})";

class ComplianceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    p_.changes.set_watched(book_.watched());
    house_ = make();
    good(house_->service.open());
    kiosk_ = std::make_unique<Kiosk>(Kiosk::enrolled(p_, "198.18.10.10"));
    take(p_.policies.publish(0, kNetworkPart, "first", 365, p_.security, kSections));
    at_ = subject_of(kiosk_->id);
    tick();
  }
  std::unique_ptr<ComplianceHouse> make() {
    auto out = std::make_unique<ComplianceHouse>(
        p_.changes, book_,
        ComplianceService::Sources{[this] { return own_; },
                                   [this](const auto& type, std::size_t) { return old_[type]; }},
        p_.log);
    p_.changes.set_sink([this, raw = out.get()](const Effects& effects) {
      p_.effects.push_back(effects);
      raw->service.on_effects(effects);
    });
    return out;
  }
  /// tick goes on until nothing waits, a second later: two changes of a verdict are never at one moment.
  void tick() {
    p_.clock.advance(std::chrono::seconds(1));
    own_.gathered = p_.clock.now();
    for (int i = 0; i < 10 && (i == 0 || house_->service.waiting() > 0); ++i) good(house_->service.tick());
  }
  v1::Heartbeat beat(std::map<std::string, std::string> facts = {}) {
    const auto bundle = take(p_.store->read([&](auto& r) { return r.bundles().latest(kiosk_->id); }));
    v1::Heartbeat out;
    out.set_state(v1::NORMAL);
    out.set_policy_revision(bundle.revision);
    out.set_policy_digest(copy_text(bundle.digest));
    for (const auto& [key, value] : facts) {
      auto& fact = *out.add_facts();
      fact.set_key(key);
      fact.set_value(value);
      fact.set_source("test");
      fact.set_time_ns(1);
    }
    return out;
  }
  void hear(const v1::Heartbeat& beat, BeatWorth worth = {.vouched = true}) {
    good(desk_.heartbeat(kiosk_->id, beat, worth));
    tick();
  }
  /// connect is a new link: its first heartbeat tells all facts.
  void connect() {
    hear(beat({{"interfaces.others_up", ""}, {"interfaces.radios_on", ""}}), {.vouched = true, .all_facts = true});
  }
  void happen(std::uint64_t sequence, const std::string& type, std::map<std::string, std::string> params = {}) {
    v1::EventBatch batch;
    *batch.add_events() = event(sequence, type);
    for (const auto& [key, value] : params) (*batch.mutable_events(0)->mutable_params())[key] = value;
    take(desk_.events(kiosk_->id, kiosk_->address, batch));
    tick();
  }
  Status status(const std::string& id, std::optional<store::ComplianceSubject> subject = {}) {
    const auto whose = subject.value_or(at_);
    const auto standing = house_->service.standing(whose);
    EXPECT_TRUE(standing) << id;
    const auto i = book_.of(*scope_of(whose.kind)).named(id);
    EXPECT_TRUE(i) << id;
    return standing && i ? standing->statuses[*i] : Status::unknown;
  }
  std::string why(const std::string& id) {
    const auto judged = take(house_->reports.judgement(at_, *book_.find(id)));
    return first_fault(*book_.find(id), judged.verdict);
  }
  std::vector<v1::AuditEntry> told(std::string_view type) {
    auto all = p_.outbox();
    std::erase_if(all, [&](const auto& entry) { return entry.type() != type; });
    return all;
  }
  static Principal person(const std::string& role, const std::string& account) {
    Principal out;
    out.account = account;
    out.person = "staff-" + account;
    out.role = role;
    return out;
  }
  NewRecord ground_test(const std::string& number, Duration good_for = hours(24 * 365)) {
    NewRecord out;
    out.subject = site();
    out.record = "ground-test";
    out.number = number;
    out.issuer = "市检测院";
    out.valid_from = p_.clock.now() - hours(1);
    out.valid_until = p_.clock.now() + good_for;
    out.fields = {{"instrument", "ZC-8"},
                  {"calibration_number", "C-1"},
                  {"method", "fall"},
                  {"tester", "one"},
                  {"resistance_ohm", "2"}};
    out.file_name = "report.pdf";
    out.file_digest = Bytes(32, 1);
    return out;
  }
  store::ComplianceSubject site() { return subject_of(take(p_.devices.get(kiosk_->id)).site); }

  const ComplianceBook book_ = ComplianceBook::make(compliance::testing::shipped_requirements());
  testing::Platform p_;
  OwnState own_{.gathered = p_.clock.now(), .retention_days = 184, .landing = true};
  std::map<std::string, std::vector<v1::AuditEntry>> old_;
  std::unique_ptr<ComplianceHouse> house_;
  IntakeDesk desk_{p_.changes};
  std::unique_ptr<Kiosk> kiosk_;
  store::ComplianceSubject at_;
};

TEST_F(ComplianceTest, AKioskThatNobodyHeardIsUnknownAndCountsAsNotMet) {
  EXPECT_EQ(status("5.4-b.1"), Status::unknown);
  EXPECT_EQ(why("5.4-b.1"), "mode-interfaces: never_measured");
  const auto score = house_->service.standing(at_)->score;
  EXPECT_GT(score.count.at(static_cast<std::size_t>(Status::unknown)), 50u);
  EXPECT_TRUE(told("compliance.verdict.changed").empty()) << "a first judgement is no change";
}

TEST_F(ComplianceTest, WhatAKioskTellsMakesARequirementMetAndBrokenAndMetAgain) {
  connect();
  EXPECT_EQ(status("5.4-b.1"), Status::met_measured) << why("5.4-b.1");
  hear(beat({{"interfaces.others_up", "wlan0"}}));
  EXPECT_EQ(status("5.4-b.1"), Status::not_met);
  EXPECT_EQ(why("5.4-b.1"), "others-down: differs");
  const auto changes = told("compliance.verdict.changed");
  ASSERT_FALSE(changes.empty());
  EXPECT_EQ(changes[0].device_id(), copy_text(kiosk_->id.bytes()));
  EXPECT_EQ(changes[0].params().at("after"), "not_met");
  hear(beat({{"interfaces.others_up", ""}}));
  EXPECT_EQ(status("5.4-b.1"), Status::met_measured);
  const auto judged = take(house_->reports.judgement(at_, *book_.find("5.4-b.1")));
  ASSERT_EQ(judged.history.size(), 3u);
  EXPECT_EQ(judged.history[0].after, static_cast<int>(Status::met_measured));
  EXPECT_EQ(judged.history[2].before, static_cast<int>(Status::unknown));
}

TEST_F(ComplianceTest, SilenceMakesUnknownAndHeartbeatsKeepUnchangedFactsAlive) {
  connect();
  for (int i = 0; i < 30; ++i) {
    p_.clock.advance(hours(1));
    hear(beat());
  }
  EXPECT_EQ(status("5.4-b.1"), Status::met_measured) << "nothing was told for 30 h but that nothing has changed";
  p_.clock.advance(hours(23));
  tick();
  EXPECT_EQ(status("5.4-b.1"), Status::met_measured);
  p_.clock.advance(hours(2));
  tick();
  EXPECT_EQ(status("5.4-b.1"), Status::unknown);
  EXPECT_THAT(why("5.4-b.1"), HasSubstr("stale"));
  hear(beat());
  EXPECT_EQ(status("5.4-b.1"), Status::met_measured) << "back on the same link";
}

TEST_F(ComplianceTest, AHeartbeatThatNobodyVouchesForProvesNothing) {
  hear(beat({{"interfaces.others_up", ""}, {"interfaces.radios_on", ""}}), {.vouched = false, .all_facts = true});
  EXPECT_EQ(status("5.4-b.1"), Status::unknown);
  EXPECT_EQ(status("6.2-b"), Status::unknown);
  hear(beat());
  EXPECT_EQ(status("5.4-b.1"), Status::met_measured) << "the next one is vouched for, and nothing has changed";
}

TEST_F(ComplianceTest, AnotherPolicyThanTheOneThatWasSentIsNotInForce) {
  connect();
  auto other = beat();
  other.set_policy_digest(std::string(32, 'x'));
  hear(other);
  EXPECT_EQ(status("5.4-b.1"), Status::unknown);
  EXPECT_EQ(why("5.4-b.1"), "mode-interfaces: never_measured");
}

TEST_F(ComplianceTest, AViolationBreaksTheRequirementUntilItIsSettled) {
  connect();
  EXPECT_EQ(status("8.1.2"), Status::met_measured) << why("8.1.2");
  happen(1, "net.outbound.illegal");
  EXPECT_EQ(status("8.1.2"), Status::not_met);
  EXPECT_EQ(why("8.1.2"), "no-outreach: happened");
  happen(2, "net.released");
  EXPECT_EQ(status("8.1.2"), Status::met_measured);
  happen(3, "net.outbound.illegal");
  EXPECT_EQ(status("8.1.2"), Status::not_met) << "it happened once more";
}

TEST_F(ComplianceTest, ThatNothingHappenedIsSaidOnlyWhereNothingIsOnItsWay) {
  auto busy = beat({{"interfaces.others_up", ""}});
  busy.set_spool_waiting(3);
  hear(busy, {.vouched = true, .all_facts = true});
  EXPECT_EQ(status("8.1.2"), Status::unknown);
  EXPECT_EQ(why("8.1.2"), "no-outreach: events_incomplete");
  hear(beat());
  EXPECT_EQ(status("8.1.2"), Status::met_measured);
}

TEST_F(ComplianceTest, FactsThatNoRequirementLooksAtJudgeNothing) {
  connect();
  const auto before = house_->service.waiting();
  good(desk_.heartbeat(kiosk_->id, beat({{"net.counter.drops.packets", "7"}}), {.vouched = true}));
  EXPECT_EQ(house_->service.waiting(), before);
  good(desk_.heartbeat(kiosk_->id, beat({{"interfaces.others_up", ""}}), {.vouched = true}));
  EXPECT_EQ(house_->service.waiting(), before) << "the same value as before";
}

TEST_F(ComplianceTest, ARecordProvesUntilItEndsAndIsWithdrawn) {
  EXPECT_EQ(status("5.2-b.1", site()), Status::unknown);
  const auto inspector = person("inspector", "ivan");
  const auto filed = take(house_->records.file(ground_test("R-1", hours(24 * 10)), inspector, ""));
  tick();
  EXPECT_EQ(status("5.2-b.1", site()), Status::met_attested);
  const auto entries = told("compliance.record.filed");
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].params().at("number"), "R-1");
  EXPECT_FALSE(entries[0].params().contains("fields"));
  const auto group = take(house_->reports.group(subject_text(site()), store::Scope()));
  EXPECT_EQ(take(house_->reports.ending(group, hours(24 * 30), 10)).size(), 1u);
  EXPECT_EQ(take(house_->reports.ending(group, hours(24 * 5), 10)).size(), 0u);
  p_.clock.advance(hours(24 * 11));
  tick();
  EXPECT_EQ(status("5.2-b.1", site()), Status::not_met) << "somebody looked, and it is over";
  const auto next = take(house_->records.file(ground_test("R-2"), inspector, ""));
  tick();
  EXPECT_EQ(status("5.2-b.1", site()), Status::met_attested);
  take(house_->records.withdraw(next.id, "wrong site", inspector, ""));
  tick();
  EXPECT_EQ(status("5.2-b.1", site()), Status::not_met);
  EXPECT_EQ(code(house_->records.withdraw(next.id, "again", inspector, "")), Errc::conflict);
  EXPECT_EQ(code(house_->records.withdraw(filed.id, "not mine", person("system", "sam"), "")), Errc::forbidden);
  EXPECT_EQ(told("compliance.record.withdrawn").size(), 1u);
}

TEST_F(ComplianceTest, BadRecordsNameTheirFieldAndAreNotTaken) {
  const auto inspector = person("inspector", "ivan");
  const std::tuple<std::string, Errc, std::function<void(NewRecord&)>> cases[] = {
      {"/record", Errc::invalid, [](auto& r) { r.record = "no-such-test"; }},
      {"/record", Errc::invalid, [this](auto& r) { r.subject = at_; }},
      {"subject", Errc::not_found, [](auto& r) { r.subject.id = RawId{1}; }},
      {"/reference", Errc::invalid, [](auto& r) { r.number.clear(); }},
      {"/reference", Errc::invalid, [](auto& r) { r.number = "11010519491231002X"; }},
      {"/issuer", Errc::invalid, [](auto& r) { r.issuer = std::string(201, 'x'); }},
      {"/valid_until", Errc::invalid, [](auto& r) { r.valid_until = r.valid_from; }},
      {"/valid_until", Errc::invalid, [](auto& r) { r.valid_until = r.valid_from + hours(24 * 4000); }},
      {"/fields", Errc::invalid, [](auto& r) { r.fields["Bad Name"] = "x"; }},
      {"/fields/tester", Errc::invalid, [](auto& r) { r.fields["tester"] = std::string(201, 'x'); }},
      {"/file_digest", Errc::invalid, [](auto& r) { r.file_digest.resize(31); }},
      {"/file_name", Errc::invalid, [](auto& r) { r.file_digest.clear(); }},
  };
  for (const auto& [field, error, spoil] : cases) {
    auto record = ground_test("R-1");
    spoil(record);
    const auto done = house_->records.file(record, inspector, "");
    ASSERT_EQ(code(done), error) << field;
    EXPECT_TRUE(done.error().detail().starts_with(field)) << done.error().text();
  }
  EXPECT_EQ(code(house_->records.file(ground_test("R-1"), person("security", "sue"), "")), Errc::forbidden);
  EXPECT_TRUE(told("compliance.record.filed").empty());
}

TEST_F(ComplianceTest, ThatARequirementDoesNotApplyTakesTwoPersonsAndEnds) {
  connect();
  NewStatement wanted{at_, "5.5.3", "S-1", "该型号不更换部件", p_.clock.now() + hours(24 * 30)};
  const auto asker = person("security", "sue");
  EXPECT_EQ(code(house_->records.declare(wanted, asker, "", "")), Errc::forbidden);
  EXPECT_EQ(code(house_->records.declare(wanted, asker, "sue", "")), Errc::forbidden);
  EXPECT_EQ(code(house_->records.declare(wanted, person("inspector", "ivan"), "sam", "")), Errc::forbidden);
  auto other = wanted;
  other.requirement = "5.4-b.1";
  EXPECT_EQ(code(house_->records.declare(other, asker, "sam", "")), Errc::invalid) << "it may not be left out";
  take(house_->records.declare(wanted, asker, "sam", ""));
  tick();
  EXPECT_EQ(status("5.5.3"), Status::not_applicable);
  EXPECT_EQ(told("compliance.record.filed")[0].params().at("second"), "sam");
  p_.clock.advance(hours(24 * 31));
  tick();
  EXPECT_NE(status("5.5.3"), Status::not_applicable);
}

TEST_F(ComplianceTest, ThePlatformIsJudgedByWhatItsPartsSay) {
  EXPECT_EQ(status("7.4.1.1", store::ComplianceSubject()), Status::not_met) << "an embedded store is not distributed";
  EXPECT_EQ(status("7.4.1.3", store::ComplianceSubject()), Status::partly) << "its record is missing";
  own_.landing = false;
  p_.clock.advance(minutes(2));
  tick();
  EXPECT_EQ(status("7.4.1.3", store::ComplianceSubject()), Status::not_met);
}

TEST_F(ComplianceTest, AfterARestartNothingIsToldAgain) {
  connect();
  p_.clock.advance(minutes(2));
  tick();
  const auto changes = told("compliance.verdict.changed").size() + told("compliance.subject.judged").size();
  house_ = make();
  good(house_->service.open());
  EXPECT_EQ(status("5.4-b.1"), Status::met_measured) << "as it was stored";
  tick();
  EXPECT_EQ(status("5.4-b.1"), Status::met_measured);
  EXPECT_EQ(told("compliance.verdict.changed").size() + told("compliance.subject.judged").size(), changes);
}

TEST_F(ComplianceTest, EventsFromBeforeAreFoundInTheLedger) {
  testing::Platform fresh;
  v1::AuditEntry entry;
  entry.set_type("net.outbound.illegal");
  entry.set_result("blocked");
  entry.set_received_ns(fresh.clock.now().unix_ns);
  entry.set_device_id(copy_text(kiosk_->id.bytes()));
  entry.set_device_sequence(4);
  std::size_t asked = 0;
  const auto open = [&] {
    ComplianceService service(fresh.changes, book_,
                              {[this] { return own_; },
                               [&](const std::string& type, std::size_t) -> Result<std::vector<v1::AuditEntry>> {
                                 ++asked;
                                 if (type != entry.type()) return std::vector<v1::AuditEntry>();
                                 return std::vector{entry};
                               }},
                              fresh.log);
    good(service.open());
  };
  open();
  EXPECT_EQ(asked, book_.watched().events.size());
  const auto events = take(fresh.store->read([&](auto& r) { return r.compliance().events_of(kiosk_->id); }));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(events[0].by_kiosk);
  open();
  EXPECT_EQ(asked, book_.watched().events.size()) << "once";
}

TEST_F(ComplianceTest, ADisabledKioskLeavesTheSum) {
  connect();
  take(p_.devices.disable(kiosk_->id, "gone", p_.security));
  p_.clock.advance(minutes(2));
  tick();
  EXPECT_FALSE(house_->service.standing(at_));
  EXPECT_TRUE(take(p_.store->read([&](auto& r) { return r.compliance().verdicts(at_); })).empty());
  EXPECT_EQ(code(house_->service.judge(at_)), Errc::not_found);
}

TEST_F(ComplianceTest, ATickJudgesABoundedNumber) {
  for (std::size_t i = 0; i < ComplianceService::kAtOnce + 50; ++i) {
    store::Site row;
    row.id = SiteId::make(p_.clock.now(), p_.random);
    row.name = "site " + std::to_string(i);
    good(p_.store->write([&](auto& r) { return r.sites().insert(row); }));
  }
  p_.clock.advance(minutes(2));
  good(house_->service.tick());
  EXPECT_GT(house_->service.waiting(), 40u);
  good(house_->service.tick());
  EXPECT_EQ(house_->service.waiting(), 0u);
}

TEST_F(ComplianceTest, AScopeSeesItsOwnAndNothingElse) {
  const auto district = take(p_.store->write([&](store::Repositories& r) -> Result<store::RegionId> {
    store::Region region;
    region.id = store::RegionId::make(p_.clock.now(), p_.random);
    region.parent = store::city_region();
    region.name = "南山";
    KW_CHECK(r.regions().insert(region));
    return region.id;
  }));
  const store::Scope mine{{district}};
  EXPECT_EQ(code(house_->reports.group(subject_text(at_), mine)), Errc::not_found);
  EXPECT_EQ(code(house_->reports.group("platform", mine)), Errc::not_found);
  EXPECT_EQ(code(house_->reports.group(subject_text(region_subject(store::city_region())), mine)), Errc::not_found);
  EXPECT_EQ(code(house_->reports.group("device:xyz", mine)), Errc::invalid);
  EXPECT_TRUE(take(house_->reports.group("", mine)).members.empty());
  const SiteId place(site().id);
  good(p_.store->write([&](auto& r) { return r.sites().move(place, district); }));
  p_.clock.advance(minutes(2));
  tick();
  EXPECT_EQ(take(house_->reports.group("", mine)).members.size(), 2u) << "the site and its kiosk";
  EXPECT_EQ(take(house_->reports.group(subject_text(at_), mine)).single, at_);
  EXPECT_EQ(take(house_->reports.group("", store::Scope())).members.size(), 3u) << "and the platform";
}

TEST_F(ComplianceTest, SumsListsAndWhatWouldHelpAgree) {
  connect();
  const auto all = take(house_->reports.group("", store::Scope()));
  const auto rows = take(house_->reports.requirements(all));
  EXPECT_EQ(rows.size(), book_.all().size());
  compliance::Score sum;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < compliance::kStatuses; ++i) sum.count.at(i) += row.counts.at(i);
  EXPECT_EQ(sum.count, ComplianceReports::score_of(all).count);
  const auto raises = house_->reports.raises(all);
  ASSERT_FALSE(raises.empty());
  EXPECT_TRUE(std::ranges::is_sorted(raises, std::greater(), &compliance::Raise::half_weights));
  const auto one = take(house_->reports.group(subject_text(at_), store::Scope()));
  const auto single = take(house_->reports.requirements(one));
  ASSERT_EQ(single.size(), 72u);
  EXPECT_TRUE(std::ranges::all_of(single, [](const auto& row) { return row.status.has_value(); }));
  const auto at = house_->reports.at(all, *book_.find("5.4-b.1"));
  ASSERT_EQ(at.size(), 1u);
  EXPECT_EQ(at[0].status, Status::met_measured);
}

TEST_F(ComplianceTest, AScoreADayIsKeptForEachSubjectAndEachSum) {
  connect();
  p_.clock.advance(minutes(2));
  tick();
  const auto all = take(house_->reports.group("", store::Scope()));
  auto trend = take(house_->reports.trend(all, 90));
  ASSERT_EQ(trend.size(), 1u);
  EXPECT_EQ(trend[0].score.count, ComplianceReports::score_of(all).count);
  p_.clock.advance(hours(24));
  tick();
  trend = take(house_->reports.trend(all, 90));
  ASSERT_EQ(trend.size(), 2u);
  EXPECT_LT(trend[1].score.earned, trend[0].score.earned) << "the kiosk fell silent";
  const auto kiosk = take(house_->reports.group(subject_text(at_), store::Scope()));
  EXPECT_EQ(take(house_->reports.trend(kiosk, 90)).size(), 2u);
}

TEST_F(ComplianceTest, ChangesAreListedSinceATime) {
  const auto start = p_.clock.now();
  connect();
  p_.clock.advance(hours(1));
  const auto later = p_.clock.now();
  hear(beat({{"interfaces.others_up", "wlan0"}}));
  const auto group = take(house_->reports.group(subject_text(at_), store::Scope()));
  const auto all = take(house_->reports.changes(group, start, 500));
  const auto some = take(house_->reports.changes(group, later, 500));
  EXPECT_GT(all.size(), some.size());
  ASSERT_FALSE(some.empty());
  for (const auto& one : some) EXPECT_EQ(one.after, static_cast<int>(Status::not_met)) << one.requirement;
}

TEST_F(ComplianceTest, WhatCannotBeStoredIsJudgedAgain) {
  p_.store->full = true;
  EXPECT_FALSE(desk_.heartbeat(kiosk_->id, beat({{"interfaces.others_up", ""}, {"interfaces.radios_on", ""}}),
                               {.vouched = true, .all_facts = true}));
  p_.store->full = false;
  good(desk_.heartbeat(kiosk_->id, beat({{"interfaces.others_up", ""}, {"interfaces.radios_on", ""}}),
                       {.vouched = true, .all_facts = true}));
  p_.store->full = true;
  EXPECT_FALSE(house_->service.tick());
  p_.store->full = false;
  tick();
  EXPECT_EQ(status("5.4-b.1"), Status::met_measured);
}

TEST(ComplianceBookTest, TheShippedCatalogueIsReadAndABadOneNamesItsFile) {
  const auto book = take(ComplianceBook::load(compliance::testing::catalogue_dir()));
  EXPECT_EQ(book.all().size(), 129u);
  EXPECT_EQ(book.of(compliance::Scope::device).requirements().size(), 72u);
  EXPECT_TRUE(book.watched().facts.contains("interfaces.others_up"));
  EXPECT_TRUE(book.watched().events.contains("net.released"));
  EXPECT_EQ(book.find("5.4-b.1")->clause, "5.4-b");
  EXPECT_EQ(book.find("5.4-b"), nullptr);
  EXPECT_EQ(book.roles_for("ground-test", compliance::Scope::site), (std::set<std::string>{"custodian", "inspector"}));
  EXPECT_TRUE(book.roles_for("ground-test", compliance::Scope::device).empty());
  testing::TemporaryDirectory dir;
  EXPECT_EQ(code(ComplianceBook::load(dir.path())), Errc::not_found);
  std::filesystem::create_directories(dir.path() / "503.7");
  std::ofstream(dir.path() / "503.7" / "ids.txt") << "../../etc\n";
  EXPECT_EQ(code(ComplianceBook::load(dir.path())), Errc::invalid);
}

TEST(ComplianceSubjectTest, ItsTextIsReadBack) {
  for (const auto* text : {"platform", "site:00000000000000000000000000000001",
                           "device:0123456789abcdef0123456789abcdef", "region:00000000000000000000000000000001"})
    EXPECT_EQ(subject_text(take(parse_subject(text))), text);
  for (const auto* bad : {"", "site", "site:", "site:12", "kiosk:00000000000000000000000000000001", "platform:"})
    EXPECT_EQ(code(parse_subject(bad)), Errc::invalid) << bad;
}

}  // namespace
}  // namespace kw::server
