#include "agent/defence/baselines.h"

#include <boost/asio/io_context.hpp>
#include <fstream>

#include "agent/testing/kiosk.h"

namespace kw::agent {
namespace {

using testing::KioskSide;
using testing::must;
using testing::PlatformSide;

/// A section that remembers what it was handed, and refuses what the test says.
struct Listening final : device::Defence {
  [[nodiscard]] std::string_view section() const noexcept override { return "interfaces"; }
  Result<> start(device::DefenceHost& host) override {
    static_cast<void>(host);
    return {};
  }
  Result<> configure(const v1::PolicyBundle& policy) override {
    static_cast<void>(policy);
    return {};
  }
  Result<> baseline(const v1::Baseline& baseline) override {
    if (!answer) return answer;
    contents.push_back(baseline.content());
    return {};
  }
  void stop() override {}
  Result<> answer;
  std::vector<std::string> contents;
};

struct BaselinesTest : ::testing::Test {
  PlatformSide platform;
  KioskSide kiosk{platform};
  NullLog log;
  Persons persons = must(Persons::load(kiosk.state, kiosk.command().rule));
  boost::asio::io_context io;
  Listening* part = nullptr;
  std::vector<v1::Event> events;
  std::unique_ptr<Defences> defences;
  std::unique_ptr<Baselines> baselines;

  BaselinesTest() { restart(); }
  void restart() {
    baselines.reset();
    auto made = std::make_unique<Listening>();
    part = made.get();
    std::vector<std::unique_ptr<device::Defence>> parts;
    parts.push_back(std::move(made));
    defences = std::make_unique<Defences>(
        io.get_executor(), Defences::Ports{kiosk.state, platform.clock, platform.random, log}, std::move(parts));
    Defences::Hooks hooks;
    hooks.record = [this](v1::Event event) { events.push_back(std::move(event)); };
    defences->start(std::move(hooks));
    baselines = std::make_unique<Baselines>(kiosk.state, kiosk.command(), persons, *defences, log);
    baselines->hand_out();
  }
  v1::Signed approved(std::uint64_t revision, const std::string& content = "content") {
    return platform.baseline(kiosk.device, "interfaces", revision, content);
  }
  std::string refusal(const v1::Signed& object) {
    const auto before = events.size();
    const auto report = baselines->take(object);
    EXPECT_EQ(report.outcome(), "refused");
    EXPECT_EQ(events.size(), before + 1);
    EXPECT_EQ(events.back().type(), "baseline.refused");
    EXPECT_EQ(events.back().params().at("reason"), report.reason());
    return report.reason();
  }
  [[nodiscard]] std::string file() const { return kiosk.state.path() + "/baseline-interfaces"; }
  [[nodiscard]] std::string octets() const {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void overwrite(const std::string& text) { std::ofstream(file(), std::ios::binary) << text; }
};

TEST_F(BaselinesTest, AGoodOneIsHandedOverKeptAndThereAfterARestart) {
  const auto report = baselines->take(approved(3));
  EXPECT_EQ(report.outcome(), "applied") << report.reason();
  EXPECT_EQ(report.section(), "interfaces");
  EXPECT_EQ(report.revision(), 3U);
  EXPECT_EQ(part->contents, std::vector<std::string>{"content"});
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].type(), "baseline.applied");
  EXPECT_EQ(std::filesystem::status(file()).permissions(), std::filesystem::perms(0600));
  restart();
  EXPECT_EQ(part->contents, std::vector<std::string>{"content"});
  EXPECT_EQ(events.size(), 1U) << "nothing new to tell";
}
TEST_F(BaselinesTest, TheOneThatIsHeldIsReportedAgainAndNotHandedOverTwice) {
  const auto object = approved(3);
  baselines->take(object);
  EXPECT_EQ(baselines->take(object).outcome(), "applied");
  EXPECT_EQ(part->contents.size(), 1U);
  EXPECT_EQ(events.size(), 1U);
}
TEST_F(BaselinesTest, WrongOnesAreRefusedAndTheHeldOneStays) {
  const auto replayed = approved(4, "old");
  baselines->take(replayed);
  baselines->take(approved(5, "new"));
  const auto before = octets();
  events.clear();
  EXPECT_EQ(refusal(replayed), "older_revision") << "replayed";
  EXPECT_EQ(refusal(approved(1)), "older_revision");
  EXPECT_EQ(refusal(approved(5, "other")), "conflict");
  EXPECT_EQ(refusal(platform.baseline(DeviceId::make(platform.clock.now(), platform.random), "interfaces", 6, "c")),
            "wrong_device");
  EXPECT_EQ(refusal(platform.baseline(kiosk.device, "weather", 6, "c")), "unknown_section");
  auto forged = approved(6);
  forged.mutable_payload()->back() ^= 1;
  EXPECT_EQ(refusal(forged), "bad_signature");
  auto unsigned_one = approved(6);
  unsigned_one.clear_signatures();
  EXPECT_EQ(refusal(unsigned_one), "bad_signature");
  PlatformSide stranger;
  EXPECT_EQ(refusal(stranger.baseline(kiosk.device, "interfaces", 6, "c")), "bad_signature");
  EXPECT_EQ(refusal(platform.bundle(kiosk.device, 6)), "malformed") << "another kind of object";
  auto renamed = platform.bundle(kiosk.device, 6);
  renamed.set_kind("baseline");
  EXPECT_EQ(refusal(renamed), "bad_signature") << "a signature is of one kind";
  EXPECT_EQ(octets(), before);
  EXPECT_EQ(part->contents, (std::vector<std::string>{"old", "new"}));
  restart();
  EXPECT_EQ(part->contents, std::vector<std::string>{"new"});
  EXPECT_EQ(refusal(replayed), "older_revision") << "after a restart too";
}
TEST_F(BaselinesTest, WhatTheSectionDoesNotTakeIsNotKept) {
  baselines->take(approved(1, "good"));
  part->answer = fail(Errc::malformed, "not mine");
  EXPECT_EQ(refusal(approved(2, "bad")), "malformed");
  restart();
  EXPECT_EQ(part->contents, std::vector<std::string>{"good"});
  EXPECT_EQ(refusal(platform.baseline(kiosk.device, "peripherals", 1, "c")), "not_found") << "no such section here";
}
TEST_F(BaselinesTest, OneThatCannotBeKeptIsOfferedAgain) {
  std::filesystem::create_directory(file());  // in the way of the rename
  EXPECT_EQ(baselines->take(approved(1)).outcome(), "failed");
  EXPECT_TRUE(events.empty());
  std::filesystem::remove(file());
  EXPECT_EQ(baselines->take(approved(1)).outcome(), "applied");
}
TEST_F(BaselinesTest, AFileThatSomebodyElseWroteIsRefusedAndTold) {
  baselines->take(approved(1));
  const auto good = octets();
  auto foreign = platform.baseline(DeviceId::make(platform.clock.now(), platform.random), "interfaces", 9, "c");
  auto other = platform.baseline(kiosk.device, "peripherals", 9, "c");
  PlatformSide stranger;
  auto forged = stranger.baseline(kiosk.device, "interfaces", 9, "c");
  const std::pair<std::string, std::string> cases[] = {
      {"nonsense", "corrupt"},
      {good.substr(0, good.size() - 1), "corrupt"},
      {foreign.SerializeAsString(), "untrusted"},
      {other.SerializeAsString(), "untrusted"},
      {forged.SerializeAsString(), "untrusted"},
      {std::string((2U << 20) + 1, 'x'), "too_large"},
  };
  for (const auto& [text, reason] : cases) {
    overwrite(text);
    events.clear();
    restart();
    EXPECT_TRUE(part->contents.empty()) << reason;
    ASSERT_EQ(events.size(), 1U) << reason;
    EXPECT_EQ(events[0].params().at("reason"), reason);
  }
  EXPECT_EQ(baselines->take(approved(2)).outcome(), "applied") << "the platform mends it";
}

}  // namespace
}  // namespace kw::agent
