#include "agent/guard/link_keeper.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>

#include "agent/boundary/frame.h"
#include "crypto/random.h"
#include "platform/linux/spawn.h"
#include "platform/linux/system_clock.h"

namespace kw::agent {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

struct NoDesk final : LinkDesk {
  v1::AdmissionReport admission_report() override { return {}; }
  v1::Heartbeat heartbeat(const v1::HeartbeatWanted&) override { return {}; }
  v1::PolicyReport on_policy(const v1::Signed&) override { return {}; }
  v1::OrderReport on_order(const v1::Signed&) override { return {}; }
  v1::BaselineReport on_baseline(const v1::Signed&) override { return {}; }
  v1::PersonsReport on_persons(const v1::Signed&) override { return {}; }
  void on_link(bool) override {}
  std::string on_session_begins() override { return {}; }
  void on_session_ended(bool) override {}
  void on_ledger(bool) override {}
  void on_notice_shown(const std::string&, std::string_view) override {}
  void on_link_ready(bool) override {}
};

/// A process whose end the test makes, apart from the end of its channel: closing `life` is the end.
struct Starter final : LinkStarter {
  struct Process final : LinkProcess {
    platform::UniqueFd socket, ended;
    platform::UniqueFd take_socket() override { return std::move(socket); }
    [[nodiscard]] int handle() const override { return ended.get(); }
    [[nodiscard]] platform::ProcessMood mood() const override { return platform::ProcessMood::gone; }
    void kill() override {}
    std::optional<bool> reap() override { return false; }
  };
  Result<std::unique_ptr<LinkProcess>> start() override {
    if (++starts > 1) return fail(Errc::io, "one is enough");
    auto out = std::make_unique<Process>();
    KW_TRY(auto channel, platform::stream_pair());
    out->socket = std::move(channel.ours);
    theirs = std::move(channel.theirs);
    std::array<int, 2> pipe{};
    if (::pipe(pipe.data()) != 0) return fail(Errc::io, "pipe");
    out->ended.reset(pipe[0]);
    life.reset(pipe[1]);
    return std::unique_ptr<LinkProcess>(std::move(out));
  }
  platform::UniqueFd theirs, life;
  int starts = 0;
};

struct LinkKeeperTest : ::testing::Test {
  asio::io_context io{1};
  platform::SystemClock clock;
  crypto::SystemRandom random;
  NullLog log;
  EventQueue events{clock, random, log};
  MediaQueue media{events, clock, log};
  NoDesk desk;
  Starter starter;
  LinkKeeper keeper{io.get_executor(), {}, {starter, desk, events, media, clock, log}};

  bool until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!condition() && std::chrono::steady_clock::now() < deadline) {
      io.restart();
      io.run_one_for(20ms);
    }
    return condition();
  }
  std::vector<std::string> told() {
    std::vector<std::string> out;
    events.start_over();
    while (const auto batch = events.next(4096)) {
      for (const auto& event : batch->events()) out.push_back(event.type());
    }
    return out;
  }
  void say(v1::LinkMessage message) {
    const auto frame = *encode_frame(std::move(message));
    ASSERT_EQ(::write(starter.theirs.get(), frame.data(), frame.size()), static_cast<ssize_t>(frame.size()));
  }
};

TEST_F(LinkKeeperTest, WhatAProcessSaidBeforeItEndedIsHeardWhicheverEndIsSeenFirst) {
  keeper.start({});
  ASSERT_EQ(starter.starts, 1);
  io.poll();
  // More than one read takes, so that the process's end is seen in between.
  v1::LinkMessage back;
  for (int i = 0; i < 200; ++i)
    *back.mutable_events_back()->add_events() =
        make_event("notice.shown", "success", {{"display", std::string(400, 'x')}});
  say(std::move(back));
  v1::LinkMessage ending;
  ending.mutable_ending()->set_code("spool_removed");
  say(std::move(ending));
  starter.theirs.reset();
  starter.life.reset();
  ASSERT_TRUE(until([&] { return starter.starts > 1; }));
  const auto types = told();
  EXPECT_EQ(std::ranges::count(types, "notice.shown"), 200);
  EXPECT_EQ(std::ranges::count(types, "agent.spool.removed"), 1);
  EXPECT_EQ(std::ranges::count(types, "agent.twin.lost"), 1);
}

TEST_F(LinkKeeperTest, AChannelThatOutlivesItsProcessIsNotWaitedFor) {
  keeper.start({});
  io.poll();
  starter.life.reset();  // and a copy of the descriptor is somewhere
  ASSERT_TRUE(until([&] { return starter.starts > 1; }));
  EXPECT_EQ(told(), std::vector<std::string>{"agent.twin.lost"});
}

}  // namespace
}  // namespace kw::agent
