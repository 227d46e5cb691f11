// The contract of every Store: what requirements are judged by, and what came out.
#include "store/testing/drivers.h"

namespace kw::store {
namespace {

using std::chrono::hours;

class StoreContractCompliance : public StoreContract {
 protected:
  static ComplianceSubject kiosk(const DeviceId& id) {
    ComplianceSubject out{SubjectOf::device, {}};
    std::ranges::copy(id.bytes(), out.id.begin());
    return out;
  }
  ComplianceRecord record(const ComplianceSubject& subject, const std::string& number) {
    ComplianceRecord out;
    out.id = id<ComplianceRecordId>();
    out.subject = subject;
    out.record = "ground-test";
    out.number = number;
    out.issuer = "测试院";
    out.valid_from = Timestamp::from_seconds(1);
    out.valid_until = Timestamp::from_seconds(100);
    out.fields = {{"ohms", "2"}, {"tester", "张三"}};
    out.file_name = "report.pdf";
    out.file_digest = Bytes(32, 7);
    out.who = "alice";
    out.role = "inspector";
    out.filed = Timestamp::from_seconds(2);
    good(write([&](auto& r) { return r.compliance().insert_record(out); }));
    return out;
  }
  void note(const DeviceId& device, const std::string& type, std::int64_t seconds, bool by_kiosk = true) {
    good(write([&](auto& r) {
      return r.compliance().note_event(device, {type, "observed", Timestamp::from_seconds(seconds), by_kiosk});
    }));
  }
  std::map<std::string, Timestamp> events(const DeviceId& device) {
    std::map<std::string, Timestamp> out;
    for (const auto& event : take(read([&](auto& r) { return r.compliance().events_of(device); })))
      out[event.type] = event.time;
    return out;
  }
};

TEST_P(StoreContractCompliance, AKiosksWordIsKeptAsAWhole) {
  const auto kiosk = stored_device();
  EXPECT_FALSE(take(read([&](auto& r) { return r.compliance().word(kiosk.id); })).vouched);
  KioskWord word;
  word.vouched = Timestamp::from_seconds(5);
  word.state = 1;
  word.policy_revision = 7;
  word.policy_digest = Bytes(32, 1);
  word.facts_since = Timestamp::from_seconds(3);
  word.suite = "ECC_SM4_GCM_SM3";
  word.admitted = Timestamp::from_seconds(2);
  good(write([&](auto& r) { return r.compliance().put_word(kiosk.id, word); }));
  const auto back = take(read([&](auto& r) { return r.compliance().word(kiosk.id); }));
  EXPECT_EQ(back.vouched, word.vouched);
  EXPECT_EQ(back.policy_revision, 7u);
  EXPECT_EQ(back.policy_digest, word.policy_digest);
  EXPECT_EQ(back.facts_since, word.facts_since);
  EXPECT_FALSE(back.events_complete);
  EXPECT_EQ(back.suite, word.suite);
  EXPECT_EQ(back.admitted, word.admitted);
}

TEST_P(StoreContractCompliance, EventsComeInTheOrderOfTheirArrivalWhateverTheClockSays) {
  const auto kiosk = stored_device().id;
  note(kiosk, "net.outbound.illegal", 50);
  note(kiosk, "net.released", 50);
  note(kiosk, "net.outbound.illegal", 40);
  const auto at = events(kiosk);
  ASSERT_EQ(at.size(), 2u);
  EXPECT_GT(at.at("net.outbound.illegal"), at.at("net.released"));
  EXPECT_TRUE(events(DeviceId()).empty());
}

TEST_P(StoreContractCompliance, WhatAKioskToldAndWhatThePlatformSawStandApart) {
  const auto kiosk = stored_device().id;
  note(DeviceId(), "store.row.tampered", 10, false);
  note(kiosk, "store.row.tampered", 99, true);
  const auto newest = take(read([](auto& r) { return r.compliance().newest_events(); }));
  ASSERT_EQ(newest.size(), 2u);
  EXPECT_FALSE(newest[0].by_kiosk);
  EXPECT_EQ(newest[0].time, Timestamp::from_seconds(10));
  EXPECT_TRUE(newest[1].by_kiosk);
}

TEST_P(StoreContractCompliance, EventsOfAllKiosksAreThereAsFarAsTheLastOne) {
  const auto complete = [&] { return take(read([](auto& r) { return r.compliance().oldest_complete(); })); };
  ASSERT_TRUE(complete());
  EXPECT_GT(*complete(), Timestamp::from_seconds(1'000'000)) << "nobody is behind where nobody is";
  const auto first = stored_device("a", "10.0.0.1/24").id, second = stored_device("b", "10.0.0.2/24").id;
  EXPECT_FALSE(complete());
  KioskWord word;
  word.events_complete = Timestamp::from_seconds(20);
  good(write([&](auto& r) { return r.compliance().put_word(first, word); }));
  EXPECT_FALSE(complete());
  word.events_complete = Timestamp::from_seconds(10);
  good(write([&](auto& r) { return r.compliance().put_word(second, word); }));
  EXPECT_EQ(complete(), Timestamp::from_seconds(10));
  good(write([&](auto& r) { return r.devices().disable(second); }));
  EXPECT_EQ(complete(), Timestamp::from_seconds(20));
}

TEST_P(StoreContractCompliance, ARecordIsKeptAndWithdrawnOnce) {
  const auto subject = kiosk(stored_device().id);
  const auto one = record(subject, "R-1"), two = record(subject, "R-2");
  EXPECT_EQ(code(write([&](auto& r) { return r.compliance().insert_record(one); })), Errc::already_exists);
  const auto all = take(read([&](auto& r) { return r.compliance().records(subject, true); }));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].number, "R-2") << "newest first";
  EXPECT_EQ(all[1].fields, one.fields);
  EXPECT_EQ(all[1].file_digest, one.file_digest);
  EXPECT_EQ(all[1].subject, subject);
  const auto withdraw = [&] {
    return write([&](auto& r) { return r.compliance().withdraw(one.id, Timestamp::from_seconds(9), "bob", "wrong"); });
  };
  good(withdraw());
  EXPECT_EQ(code(withdraw()), Errc::conflict);
  EXPECT_EQ(take(read([&](auto& r) { return r.compliance().records(subject, true); })).size(), 1u);
  EXPECT_EQ(take(read([&](auto& r) { return r.compliance().records(subject, false); })).size(), 2u);
  EXPECT_EQ(take(read([&](auto& r) { return r.compliance().record(one.id); })).withdrawn_why, "wrong");
  EXPECT_TRUE(
      take(read([&](auto& r) { return r.compliance().records({SubjectOf::site, subject.id}, false); })).empty());
  EXPECT_EQ(code(read([&](auto& r) { return r.compliance().record(id<ComplianceRecordId>()); })), Errc::not_found);
}

TEST_P(StoreContractCompliance, VerdictsAreOneForEachSubjectAndRequirement) {
  const auto subject = kiosk(stored_device().id);
  ComplianceVerdict verdict{"5.4-b.1",
                            3,
                            Timestamp::from_seconds(1),
                            Timestamp::from_seconds(2),
                            Timestamp::from_seconds(3),
                            Timestamp::from_seconds(40),
                            "[]"};
  good(write([&](auto& r) { return r.compliance().put_verdict(subject, verdict); }));
  verdict.status = 0;
  good(write([&](auto& r) { return r.compliance().put_verdict(subject, verdict); }));
  good(write([&](auto& r) { return r.compliance().put_verdict({}, verdict); }));
  const auto back = take(read([&](auto& r) { return r.compliance().verdicts(subject); }));
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0].status, 0);
  EXPECT_EQ(back[0].valid_until, verdict.valid_until);
  EXPECT_EQ(take(read([](auto& r) { return r.compliance().statuses(); })).size(), 2u);
  const auto ending = [&](std::int64_t from, std::int64_t to) {
    return take(read([&](auto& r) {
             return r.compliance().ending(Timestamp::from_seconds(from), Timestamp::from_seconds(to), 10);
           }))
        .size();
  };
  EXPECT_EQ(ending(0, 40), 2u);
  EXPECT_EQ(ending(0, 39), 0u);
  EXPECT_EQ(ending(40, 100), 0u) << "it has ended";
  good(write([&](auto& r) { return r.compliance().drop(subject); }));
  EXPECT_TRUE(take(read([&](auto& r) { return r.compliance().verdicts(subject); })).empty());
}

TEST_P(StoreContractCompliance, ChangesAndScoresAreKeptAsLongAsTheyAreWanted) {
  const auto subject = kiosk(stored_device().id);
  for (const int at : {10, 20, 30})
    good(write(
        [&](auto& r) { return r.compliance().add_change({subject, "5.4-b.1", Timestamp::from_seconds(at), 0, 3}); }));
  good(write([&](auto& r) { return r.compliance().add_change({{}, "6.1-b", Timestamp::from_seconds(25), 5, 0}); }));
  const auto since = [&](int at, std::optional<ComplianceSubject> whose) {
    return take(read([&](auto& r) { return r.compliance().changes(Timestamp::from_seconds(at), whose, 100); }));
  };
  ASSERT_EQ(since(20, {}).size(), 3u);
  EXPECT_EQ(since(20, {})[0].time, Timestamp::from_seconds(30));
  EXPECT_EQ(since(20, subject).size(), 2u);
  EXPECT_EQ(take(read([&](auto& r) { return r.compliance().history(subject, "5.4-b.1", 2); })).size(), 2u);
  for (const std::int64_t day : {1, 2, 2})
    good(write([&](auto& r) { return r.compliance().put_score({subject, day, 5, 10, {1, 2, 3, 4, 5, 6}}); }));
  const auto scores = take(read([&](auto& r) { return r.compliance().scores(subject, 1); }));
  ASSERT_EQ(scores.size(), 2u);
  EXPECT_EQ(scores[1].counts, (std::array<std::uint64_t, 6>{1, 2, 3, 4, 5, 6}));
  good(write([&](auto& r) { return r.compliance().prune(Timestamp::from_seconds(25), 2); }));
  EXPECT_EQ(since(0, {}).size(), 2u);
  EXPECT_EQ(take(read([&](auto& r) { return r.compliance().scores(subject, 0); })).size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Drivers, StoreContractCompliance, drivers(), driver_name);

}  // namespace
}  // namespace kw::store
