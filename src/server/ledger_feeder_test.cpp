#include "server/ledger_feeder.h"

#include <future>

#include "schema/codec.h"
#include "server/ledger_keeper.h"
#include "server/testing/platform.h"

namespace kw::server {
namespace {

using testing::code;
using testing::good;
using testing::take;

/// A ledger directory that can be closed and opened again beside a store that stays.
class Feeder : public ::testing::Test {
 protected:
  void SetUp() override { open(); }
  void open() {
    close();
    writer_ = take(store::LedgerWriter::open(dir_.path() / "ledger", {.origin = "platform", .key = {}}, ops_));
    reader_ = take(store::LedgerReader::open(dir_.path() / "ledger"));
    feeder_ = std::make_unique<LedgerFeeder>(*p_.store, *writer_, *reader_, p_.log);
  }
  void close() {
    feeder_.reset();
    reader_.reset();
    writer_.reset();
  }
  std::int64_t happen(const std::string& reason) {
    std::int64_t position = 0;
    good(p_.changes.run([&](Change& change) -> Result<> {
      KW_CHECK(change.record({.type = "device.disabled", .params = {{"reason", reason}}}));
      position = change.position();
      return {};
    }));
    return position;
  }
  void wait_durable(std::int64_t position) {
    std::promise<Result<>> promise;
    auto done = promise.get_future();
    feeder_->when_durable(position, [&](Result<> result) { promise.set_value(std::move(result)); });
    feeder_->notify();
    ASSERT_EQ(done.wait_for(std::chrono::seconds(10)), std::future_status::ready);
    good(done.get());
  }
  std::vector<std::string> ledger() {
    std::vector<std::string> out;
    good(reader_->for_each_from(0, [&](std::uint64_t, ByteView octets) -> Result<> {
      out.push_back(take(schema::parse<v1::AuditEntry>(octets, 65536)).params().at("reason"));
      return {};
    }));
    return out;
  }
  std::vector<std::uint64_t> index() {
    return take(p_.store->read([](auto& r) { return r.audit().search({.limit = 500}); }));
  }

  testing::Platform p_;
  testing::TemporaryDirectory dir_;
  store::PosixFileOps ops_;
  std::unique_ptr<store::LedgerWriter> writer_;
  std::unique_ptr<store::LedgerReader> reader_;
  std::unique_ptr<LedgerFeeder> feeder_;
};

TEST_F(Feeder, MovesEntriesInOrderAndEmptiesTheOutbox) {
  std::vector<std::string> wanted;
  std::int64_t last = 0;
  for (int i = 0; i < 600; ++i) {
    wanted.push_back(std::to_string(i));
    last = happen(wanted.back());
  }
  good(feeder_->reconcile());
  feeder_->start();
  wait_durable(last);
  EXPECT_EQ(ledger(), wanted);
  EXPECT_TRUE(p_.outbox().empty());
  EXPECT_EQ(index().size(), 500u);
  EXPECT_EQ(index().front(), 599u);
  EXPECT_EQ(feeder_->durable_through(), last);
}

TEST_F(Feeder, WhatTheLedgerHoldsAlreadyIsNotAppendedAgain) {
  happen("a");
  happen("b");
  // The process died after the ledger's sync and before the store's commit.
  const auto rows = take(p_.store->read([](auto& r) { return r.outbox().read(10); }));
  take(writer_->append(copy(rows.at(0).octets)).get());
  open();
  good(feeder_->reconcile());
  EXPECT_EQ(index().size(), 1u);
  EXPECT_EQ(p_.outbox().size(), 1u);
  feeder_->start();
  wait_durable(happen("c"));
  EXPECT_EQ(ledger(), (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(Feeder, ALostIndexIsBuiltAnewFromTheLedger) {
  happen("a");
  const auto rows = take(p_.store->read([](auto& r) { return r.outbox().read(10); }));
  take(writer_->append(copy(rows.at(0).octets)).get());
  good(p_.store->write([&](auto& r) { return r.outbox().remove(rows.at(0).position); }));
  good(feeder_->reconcile());
  EXPECT_EQ(index(), std::vector<std::uint64_t>{0});
}

TEST_F(Feeder, ALedgerThatLostEntriesIsRefused) {
  store::AuditRow known;
  known.type = "x";
  good(p_.store->write([&](auto& r) { return r.audit().insert(known); }));
  EXPECT_EQ(code(feeder_->reconcile()), Errc::corrupt);
}

TEST_F(Feeder, DeviceSequencesAreAcknowledgedOnlyWhenDurable) {
  const auto device = p_.approved(take(crypto::Sm2PrivateKey::generate()));
  v1::Event event;
  event.set_version(1);
  event.set_id(std::string(16, 'e'));
  event.set_sequence(5);
  event.set_type("net.released");
  event.set_result("success");
  std::int64_t position = 0;
  good(p_.changes.run([&](Change& change) -> Result<> {
    KW_CHECK(change.record_event(device, event));
    position = change.position();
    return {};
  }));
  EXPECT_EQ(take(p_.devices.get(device)).acknowledged, 0u);
  feeder_->start();
  wait_durable(position);
  EXPECT_EQ(take(p_.devices.get(device)).acknowledged, 5u);
}

TEST_F(Feeder, StoppingFeedsTheRestAndCancelsWhoStillWaits) {
  const auto position = happen("last");
  feeder_->start();
  feeder_->notify();
  feeder_->stop();
  EXPECT_EQ(ledger().size(), 1u);
  Result<> early, late;
  feeder_->when_durable(position, [&](Result<> result) { early = std::move(result); });
  feeder_->when_durable(position + 1, [&](Result<> result) { late = std::move(result); });
  good(early);
  EXPECT_EQ(code(late), Errc::cancelled);
}

TEST_F(Feeder, KeeperSignsAndProves) {
  const auto& key = testing::test_keys().ledger_key();
  LedgerKeeper keeper(*writer_, *reader_, p_.clock, key);
  EXPECT_EQ(code(keeper.head()), Errc::unavailable);
  feeder_->start();
  wait_durable(happen("a"));
  good(keeper.tick());
  EXPECT_EQ(take(keeper.head()).checkpoint.size, 1u);
  wait_durable(happen("b"));
  EXPECT_EQ(code(keeper.prove(1)), Errc::not_found) << "no checkpoint covers it yet";
  good(keeper.tick());
  const auto proof = take(keeper.prove(1));
  EXPECT_TRUE(proof.verified);
  good(ledger::verify_inclusion(proof.leaf, 1, 2, proof.path, proof.head.checkpoint.root));
  int published = 0;
  keeper.set_published([&](const auto&) { ++published; });
  good(keeper.tick());
  EXPECT_EQ(published, 0) << "nothing grew";
  p_.clock.advance(std::chrono::seconds(60));
  good(keeper.tick());
  EXPECT_EQ(published, 1);
}

}  // namespace
}  // namespace kw::server
