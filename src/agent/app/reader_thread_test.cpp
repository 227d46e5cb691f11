// The thread that waits for cards and codes, over the recorded readers: what it answers, and that it can be ended.
#include "agent/app/reader_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>

#include "device/reader/testing/card_data.h"
#include "platform/recorded/recorded_reader.h"

namespace kw::agent {
namespace {

using namespace std::chrono_literals;
using device::testing::card_data;

/// A reader on which a card is laid at the third look.
struct LateCard final : device::CardReader {
  Result<bool> present() override {
    if (++looks == 3) recorded.card = card_data();
    return recorded.present();
  }
  Result<device::CardFacts> read() override { return recorded.read(); }
  platform::RecordedCardReader recorded;
  std::atomic<int> looks = 0;
};

struct ReaderThreadTest : ::testing::Test {
  boost::asio::io_context io{1};
  platform::RecordedCardReader card;
  platform::RecordedCodeReader code;
  std::vector<std::string> texts;
  std::optional<Errc> error;
  bool answered = false;

  void ask(ReaderThread& thread, ReadWish wish) {
    answered = false, error.reset(), texts.clear();
    thread.read(std::move(wish), [this](Result<std::vector<SecretBytes>> told) {
      answered = true;
      if (!told) {
        error = told.code();
        return;
      }
      for (const auto& one : *told) texts.push_back(copy_text(one.reveal()));
    });
    EXPECT_FALSE(answered) << "never from within the call";
  }
  void wait() {
    io.restart();
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!answered && std::chrono::steady_clock::now() < end) {
      io.restart();
      io.run_one_for(100ms);
    }
    ASSERT_TRUE(answered);
  }
  std::optional<Errc> outcome(ReaderThread& thread, ReadWish wish) {
    ask(thread, std::move(wish));
    wait();
    return error;
  }
};

TEST_F(ReaderThreadTest, ACardIsReadInTheOrderOfTheWords) {
  card.card = card_data();
  ReaderThread thread(io.get_executor(), {&card, nullptr});
  EXPECT_EQ(outcome(thread, {ReadSource::card, {"sex", "birthday", "name"}, 5s}), std::nullopt);
  EXPECT_EQ(texts, (std::vector<std::string>{"女", "1949-12-31", "欧阳若溪"}));
}
TEST_F(ReaderThreadTest, ACardIsWaitedFor) {
  LateCard late;
  ReaderThread thread(io.get_executor(), {&late, nullptr});
  EXPECT_EQ(outcome(thread, {ReadSource::card, {"name"}, 10s}), std::nullopt);
  EXPECT_GE(late.looks, 3);
}
TEST_F(ReaderThreadTest, EveryEndIsTyped) {
  ReaderThread none(io.get_executor(), {});
  EXPECT_EQ(outcome(none, {ReadSource::card, {"name"}, 5s}), Errc::not_found);
  EXPECT_EQ(outcome(none, {ReadSource::code, {"text"}, 5s}), Errc::not_found);
  ReaderThread thread(io.get_executor(), {&card, &code});
  EXPECT_EQ(outcome(thread, {ReadSource::card, {"name"}, 10ms}), Errc::timeout);
  EXPECT_EQ(outcome(thread, {ReadSource::code, {"text"}, 10ms}), Errc::timeout);
  card.card = card_data({.kind = U'I'});
  EXPECT_EQ(outcome(thread, {ReadSource::card, {"name"}, 5s}), Errc::unsupported);
  card.gone = true;
  EXPECT_EQ(outcome(thread, {ReadSource::card, {"name"}, 5s}), Errc::not_found);
  code.there = false;
  EXPECT_EQ(outcome(thread, {ReadSource::code, {"text"}, 5s}), Errc::not_found);
}
TEST_F(ReaderThreadTest, WaitingIsEndedByCancelAndByTheEndOfTheReader) {
  ReaderThread thread(io.get_executor(), {&card, &code});
  ask(thread, {ReadSource::code, {"text"}, 1h});
  thread.cancel();
  wait();
  EXPECT_EQ(error, Errc::cancelled);
  ask(thread, {ReadSource::card, {"name"}, 1h});
  thread.cancel();
  wait();
  EXPECT_EQ(error, Errc::cancelled);
  {
    ReaderThread gone(io.get_executor(), {&card, nullptr});
    ask(gone, {ReadSource::card, {"name"}, 1h});
  }
  io.restart();
  io.poll();
  EXPECT_FALSE(answered) << "whoever asked has gone as well";
}
TEST_F(ReaderThreadTest, ASecondWishWhileOneIsUnderWayIsRefused) {
  ReaderThread thread(io.get_executor(), {&card, &code});
  bool first = false;
  thread.read({ReadSource::code, {"text"}, 1h}, [&](const auto&) { first = true; });
  EXPECT_EQ(outcome(thread, {ReadSource::card, {"name"}, 5s}), Errc::unavailable);
  EXPECT_FALSE(first);
}
/// A scanner that has something to take as soon as it is opened.
struct EagerScanner final : device::CodeReader {
  Result<> open() override {
    KW_CHECK(recorded.open());
    recorded.shows("A-1"), recorded.shows("A-2");
    return {};
  }
  [[nodiscard]] int descriptor() const noexcept override { return recorded.descriptor(); }
  Result<std::vector<SecretBytes>> take() override { return recorded.take(); }
  void close() override { recorded.close(), closed = true; }
  platform::RecordedCodeReader recorded;
  bool closed = false;
};
TEST_F(ReaderThreadTest, TheFirstCodeCountsAndTheScannerIsGivenBack) {
  EagerScanner scanner;
  ReaderThread thread(io.get_executor(), {nullptr, &scanner});
  EXPECT_EQ(outcome(thread, {ReadSource::code, {"text"}, 5s}), std::nullopt);
  EXPECT_EQ(texts, std::vector<std::string>{"A-1"});
  EXPECT_TRUE(scanner.closed);
}

}  // namespace
}  // namespace kw::agent
