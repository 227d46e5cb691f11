// The ledger's disk is full (attack A49): what still goes in, what is refused, and what administrators are told.
#include <future>

#include "schema/codec.h"
#include "server/ledger_archivist.h"
#include "server/ledger_watch.h"
#include "server/testing/platform.h"
#include "store/ledger/fault_test_support.h"
#include "store/ledger/verify_bundle.h"
#include "store/ledger/verify_ledger.h"

namespace kw::server {
namespace {

using testing::code;
using testing::good;
using testing::take;

constexpr std::uint64_t kSmallDisk = 1 << 20;

class FullLedger : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(dir_);
    store::LedgerOptions options{.origin = "platform", .key = testing::test_keys().ledger_key().public_key()};
    options.segment_octets = 4096;
    options.reserve_octets = kSmallDisk / 8;
    writer_ = take(store::LedgerWriter::open(dir_, options, disk_));
    reader_ = take(store::LedgerReader::open(dir_));
    feeder_ = std::make_unique<LedgerFeeder>(*p_.store, *writer_, *reader_, p_.log);
    keeper_ = std::make_unique<LedgerKeeper>(*writer_, *reader_, p_.clock, testing::test_keys().ledger_key());
    watch_ = std::make_unique<LedgerWatch>(p_.changes, writer_->room(), *feeder_, store::OnFull::critical_only);
    good(feeder_->reconcile());
    feeder_->start();
  }
  std::int64_t happen(const std::string& type, std::map<std::string, std::string> params) {
    std::int64_t position = 0;
    good(p_.changes.run([&](Change& change) -> Result<> {
      KW_CHECK(change.record({.type = type, .params = std::move(params)}));
      position = change.position();
      return {};
    }));
    feeder_->notify();
    return position;
  }
  std::int64_t ordinary(const std::string& reason) { return happen("device.disabled", {{"reason", reason}}); }
  std::int64_t critical(const std::string& seconds) { return happen("admin.locked", {{"seconds", seconds}}); }
  std::future<Result<>> durable(std::int64_t position) {
    auto promise = std::make_shared<std::promise<Result<>>>();
    feeder_->when_durable(position, [promise](Result<> done) { promise->set_value(std::move(done)); });
    return promise->get_future();
  }
  static void wait(std::future<Result<>>& done) {
    ASSERT_EQ(done.wait_for(std::chrono::seconds(20)), std::future_status::ready);
    good(done.get());
  }
  /// Waits until these entries, and no others, wait in the outbox.
  void settled(const std::vector<std::string>& left) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (waiting() != left && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));  // a condition with a deadline
    ASSERT_EQ(waiting(), left);
  }
  std::vector<std::string> types() {
    std::vector<std::string> out;
    good(reader_->for_each_from(0, [&](std::uint64_t, ByteView octets) -> Result<> {
      out.push_back(take(schema::parse<v1::AuditEntry>(octets, 65536)).type());
      return {};
    }));
    return out;
  }
  std::vector<std::string> waiting() {
    std::vector<std::string> out;
    for (const auto& row : take(p_.store->read([](auto& r) { return r.outbox().read(500); })))
      out.push_back(take(schema::parse<v1::AuditEntry>(row.octets, 65536)).type());
    return out;
  }
  /// Another file takes what is free, but for `left` octets.
  void fill_disk(std::uint64_t left) {
    p_.clock.advance(std::chrono::seconds(1));  // alarms are listed by their time
    const auto used =
        disk_.used() - (std::filesystem::exists(dir_ / "other") ? std::filesystem::file_size(dir_ / "other") : 0);
    store::testing::write_whole(dir_ / "other", Bytes(kSmallDisk - used - left));
  }

  testing::Platform p_;
  testing::TemporaryDirectory temp_;
  std::filesystem::path dir_ = temp_.path() / "ledger";
  store::testing::SmallDisk disk_{dir_, kSmallDisk};
  std::unique_ptr<store::LedgerWriter> writer_;
  std::unique_ptr<store::LedgerReader> reader_;
  std::unique_ptr<LedgerFeeder> feeder_;
  std::unique_ptr<LedgerKeeper> keeper_;
  std::unique_ptr<LedgerWatch> watch_;
};

TEST_F(FullLedger, CriticalEntriesGoAheadAndNothingIsLost) {
  auto first = durable(ordinary("first"));
  wait(first);
  fill_disk(1000);
  good(watch_->tick());
  EXPECT_TRUE(writer_->room().full());
  auto late = durable(ordinary("late"));
  auto later = durable(critical("1"));
  auto latest = durable(critical("2"));
  settled({"device.disabled"});  // the alarm about the full ledger and two critical ones have gone ahead
  EXPECT_EQ(types(), (std::vector<std::string>{"device.disabled", "ledger.full", "admin.locked", "admin.locked"}));
  EXPECT_EQ(waiting(), (std::vector<std::string>{"device.disabled"}));
  EXPECT_EQ(later.wait_for(std::chrono::seconds(0)), std::future_status::timeout) << "what came before it waits";
  std::filesystem::remove(dir_ / "other");
  wait(late);
  wait(later);
  wait(latest);
  EXPECT_TRUE(waiting().empty());
  EXPECT_EQ(types().back(), "device.disabled");
  good(keeper_->tick(true));
  EXPECT_TRUE(take(store::verify_ledger(dir_, testing::test_keys().ledger_key().public_key())).good());
}

TEST_F(FullLedger, AdministratorsAreToldAndTheirChangesRefused) {
  good(watch_->admit_change());
  EXPECT_EQ(watch_->state().level, store::RoomLevel::ample);
  const auto alarms = [&] {
    std::vector<std::string> out;
    for (const auto& alarm : take(p_.store->read([](auto& r) { return r.alarms().page({}); })).items)
      out.push_back(alarm.type);
    return out;
  };
  fill_disk(kSmallDisk / 100 * 17);
  good(watch_->tick());
  good(watch_->tick());
  EXPECT_EQ(alarms(), (std::vector<std::string>{"ledger.room.low"}));
  fill_disk(kSmallDisk / 100 * 21);
  good(watch_->tick());
  fill_disk(kSmallDisk / 100 * 19);
  good(watch_->tick());
  EXPECT_EQ(take(p_.store->read([](auto& r) { return r.alarms().page({}); })).items[0].count, 1U) << "it rings once";
  fill_disk(kSmallDisk / 100 * 4);
  good(watch_->tick());
  EXPECT_EQ(alarms(), (std::vector<std::string>{"ledger.room.scarce", "ledger.room.low"}));
  good(watch_->admit_change());
  fill_disk(1000);
  good(watch_->tick());
  EXPECT_EQ(alarms().front(), "ledger.full");
  EXPECT_EQ(code(watch_->admit_change()), Errc::no_space);
  EXPECT_FALSE(watch_->writable());
  std::filesystem::remove(dir_ / "other");
  auto done = durable(ordinary("again"));
  wait(done);
  good(watch_->tick());
  good(watch_->admit_change());
  EXPECT_EQ(watch_->state().reserve, kSmallDisk / 8);
  EXPECT_EQ(alarms().size(), 3U);
}

TEST_F(FullLedger, SegmentsLeaveWithEverythingRecorded) {
  LedgerArchivist archivist(p_.changes, *keeper_, dir_, disk_, kLeastOnlineDays, p_.log);
  std::int64_t last = 0;
  for (int i = 0; i < 200; ++i) {
    last = ordinary("entry " + std::to_string(i));
    if (i % 20 != 19) continue;  // a segment ends between two batches
    auto done = durable(last);
    wait(done);
  }
  good(keeper_->tick(true));
  good(archivist.tick());
  const auto sealed = take(archivist.list());
  ASSERT_GT(sealed.size(), 2U);
  const Actor who{"audit.one", "audit", {}};
  const auto bundle = take(archivist.bundle(0, "yearly archive", who));
  const auto again = take(archivist.bundle(0, "once more", who));
  EXPECT_EQ(again.digest, bundle.digest) << "the same octets at any time";
  EXPECT_EQ(code(archivist.confirm(0, crypto::sm3({}), "vault 3", who)), Errc::conflict);
  good(archivist.confirm(0, bundle.digest, "vault 3", who));
  good(archivist.tick());
  EXPECT_FALSE(take(archivist.list())[0].is_removed()) << "six months are not over";
  p_.clock.advance(std::chrono::hours(24) * static_cast<int>(kLeastOnlineDays));
  p_.clock.advance(std::chrono::hours(1));
  good(archivist.tick());
  const auto list = take(archivist.list());
  EXPECT_TRUE(list[0].is_removed());
  EXPECT_FALSE(list[1].is_removed()) << "not exported";
  EXPECT_EQ(code(archivist.bundle(0, "too late", who)), Errc::wrong_state);
  auto told = durable(ordinary("behind"));
  wait(told);
  std::map<std::string, int> count;
  good(reader_->for_each_from(sealed[0].seal.end, [&](std::uint64_t, ByteView octets) -> Result<> {
    ++count[take(schema::parse<v1::AuditEntry>(octets, 65536)).type()];
    return {};
  }));
  EXPECT_EQ(count["ledger.segment.exported"], 2);
  EXPECT_EQ(count["ledger.segment.confirmed"], 1);
  EXPECT_EQ(count["ledger.segment.removed"], 1);
  EXPECT_GE(count["ledger.segment.sealed"], static_cast<int>(sealed.size()));
  good(keeper_->tick(true));
  const auto proof = take(keeper_->prove(1));
  EXPECT_TRUE(proof.archived);
  EXPECT_TRUE(proof.verified);
  testing::Platform lost;  // the database is gone, and with it the index
  LedgerFeeder other(*lost.store, *writer_, *reader_, lost.log);
  good(other.reconcile());
  const auto rows = take(lost.store->read([](auto& r) { return r.audit().search({.limit = 500}); }));
  EXPECT_EQ(rows.size(), std::min<std::size_t>(500, reader_->size().value())) << "every place is indexed again";
  EXPECT_EQ(code(keeper_->receipt(1)), Errc::wrong_state);
  EXPECT_EQ(take(keeper_->receipt(sealed[0].seal.end)).index, sealed[0].seal.end);
}

}  // namespace
}  // namespace kw::server
