#include "agent/guard/tpm_keeper.h"

#include <boost/asio/io_context.hpp>

#include "agent/guard/event_queue.h"
#include "agent/testing/kiosk.h"
#include "device/hardware/quote.h"
#include "platform/recorded/recorded_tpm.h"

namespace kw::agent {
namespace {

using testing::must;

/// A started kiosk whose keys the TPM holds.
struct TpmKeeperTest : ::testing::Test {
  testing::TempDir dir;
  StateDirectory state = must(StateDirectory::open(dir.path()));
  crypto::SystemRandom random;
  testing::SettableClock clock;
  NullLog log;
  EventQueue events{clock, random, log};
  boost::asio::io_context io;
  std::shared_ptr<platform::RecordedTpm> tpm = std::make_shared<platform::RecordedTpm>();
  DeviceHardware hardware = [] {
    DeviceHardware out;
    out.seal = SecretBytes::copy_of(Bytes(16, 1));
    out.guard_seal = SecretBytes::copy_of(Bytes(16, 2));
    out.tpm_auth = SecretBytes::copy_of(Bytes(16, 3));
    return out;
  }();
  std::unique_ptr<TpmKeeper> keeper = make();

  std::unique_ptr<TpmKeeper> make() {
    auto seals = must(open_seals(state, hardware, tpm.get(), {}, clock.now(), random));
    auto out = std::make_unique<TpmKeeper>(
        io.get_executor(), tpm,
        TpmKeeper::Held{seals.tpm, seals.facts, seals.problem, seals.moved, hardware.tpm_auth.clone()},
        TpmKeeper::Ports{state, events, clock, log});
    out->start();
    return out;
  }
  /// quote asks and waits; nothing where none came.
  std::optional<v1::TpmQuote> quote(const std::string& nonce) {
    bool ready = false;
    keeper->want(nonce, [&] { ready = true; });
    until(ready);
    return keeper->take();
  }
  void until(const bool& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done && std::chrono::steady_clock::now() < end) {
      io.restart();
      io.run_for(std::chrono::milliseconds(5));
    }
  }
  std::vector<std::string> told() {
    std::vector<std::string> out;
    if (const auto batch = events.next(100))
      for (const auto& event : batch->events()) out.push_back(event.type());
    return out;
  }
};

TEST_F(TpmKeeperTest, a_nonce_is_answered) {
  const std::string nonce(32, 'n');
  const auto answer = quote(nonce);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(device::bind_tpm(*keeper->identity(), *answer, bytes_of(nonce)));
  EXPECT_FALSE(keeper->take()) << "once";
}

TEST_F(TpmKeeperTest, an_answer_to_an_older_nonce_is_not_given_to_a_newer_one) {
  bool ready = false;
  keeper->want(std::string(32, 'o'), [&] { ready = true; });
  until(ready);
  EXPECT_TRUE(ready);
  const std::string newer(32, 'n');  // of the next connection
  const auto answer = quote(newer);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(device::bind_tpm(*keeper->identity(), *answer, bytes_of(newer)));
}

TEST_F(TpmKeeperTest, an_idle_kiosk_leaves_its_tpm_alone) {
  const auto before = tpm->calls;
  for (int i = 0; i < 100; ++i) {
    keeper->tick();
    static_cast<void>(keeper->facts());
    static_cast<void>(keeper->take());
  }
  EXPECT_EQ(tpm->calls, before);
}

TEST_F(TpmKeeperTest, a_tpm_that_goes_is_told_once_and_once_when_it_is_back) {
  told();
  tpm->refusal = Error(Errc::unavailable, "gone");
  EXPECT_FALSE(quote(std::string(32, 'a')));
  EXPECT_FALSE(quote(std::string(32, 'b')));
  EXPECT_EQ(keeper->facts().at("hardware.tpm"), "failed");
  EXPECT_EQ(told(), std::vector<std::string>{"hardware.tpm.failed"});
  tpm->refusal.reset();
  EXPECT_TRUE(quote(std::string(32, 'c')));
  EXPECT_EQ(told(), std::vector<std::string>{"hardware.tpm.back"});
  EXPECT_EQ(keeper->facts().at("hardware.tpm"), "present");
  EXPECT_EQ(keeper->facts().at("hardware.tpm.key"), "tpm");
}

TEST_F(TpmKeeperTest, what_is_no_nonce_of_the_platform_signs_nothing) {
  const auto before = tpm->calls;
  keeper->want("short", [] {});
  io.run_for(std::chrono::milliseconds(1));
  EXPECT_EQ(tpm->calls, before);
}

TEST_F(TpmKeeperTest, a_permission_ends_by_itself) {
  ASSERT_TRUE(keeper->permit_change(clock.now() + std::chrono::hours(1)));
  EXPECT_EQ(keeper->facts().at("hardware.tpm.change_permitted"), "yes");
  keeper->tick();
  EXPECT_EQ(keeper->facts().at("hardware.tpm.change_permitted"), "yes");
  clock.ahead = std::chrono::hours(1);
  keeper->tick();
  EXPECT_EQ(keeper->facts().at("hardware.tpm.change_permitted"), "no");
}

TEST_F(TpmKeeperTest, without_a_tpm_nothing_is_shown_and_nothing_permitted) {
  keeper.reset();
  ASSERT_TRUE(state.remove(StateFile::tpm));
  tpm->refusal = Error(Errc::not_found, "no TPM");
  keeper = make();
  EXPECT_FALSE(keeper->identity());
  EXPECT_EQ(keeper->facts().at("hardware.tpm"), "absent");
  EXPECT_EQ(keeper->facts().at("hardware.tpm.key"), "file");
  EXPECT_EQ(keeper->permit_change(clock.now()).code(), Errc::wrong_state);
}

}  // namespace
}  // namespace kw::agent
