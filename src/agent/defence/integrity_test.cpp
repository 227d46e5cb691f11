#include "agent/defence/integrity.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "agent/testing/defence_bench.h"
#include "kioskward/v1/policy.pb.h"
#include "platform/recorded/recorded_files.h"

namespace kw::agent {
namespace {

using namespace device;
using namespace platform;

class IntegrityDefenceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    disk->put("/etc/hosts", "127.0.0.1 localhost\n");
    disk->put("/etc/kiosk.conf", "a = 1\n");
    begin();
  }
  void begin() {
    defence = std::make_unique<IntegrityDefence>(
        IntegrityDefence::Ports{std::make_unique<RecordedFiles>(disk), std::make_unique<RecordedFileWatch>(disk)});
    ASSERT_TRUE(defence->start(bench));
  }
  Result<> use(v1::Mode mode, const std::function<void(v1::IntegrityPolicy&)>& more = {}) {
    ::kioskward::v1::PolicyBundle policy;
    auto& section = *policy.mutable_integrity();
    section.set_mode(mode);
    section.add_watch("/etc/**");
    if (more) more(section);
    return defence->configure(policy);
  }
  static auto key_file(std::uint32_t version = 1, const std::string& line = "a = 1") {
    return [version, line](v1::IntegrityPolicy& policy) {
      auto& file = *policy.add_key_files();
      file.set_path("/etc/kiosk.conf");
      file.set_version(version);
      file.add_lines(line);
    };
  }
  // The pass that begins with each configuration, and what it found.
  bool settled() {
    return bench.until([&] { return bench.facts.contains("integrity.passed"); });
  }
  void approve() {
    ASSERT_TRUE(use(v1::WATCH, [](auto& policy) { policy.set_learn(true); }));
    ASSERT_TRUE(bench.until([&] { return !bench.proposals.empty(); }));
    v1::Baseline baseline;
    baseline.set_content(copy_text(bench.proposals.back().second));
    ASSERT_TRUE(defence->baseline(baseline));
    bench.facts.clear();
    ASSERT_TRUE(use(v1::ENFORCE));
    ASSERT_TRUE(settled());
  }
  void change(const std::string& path, std::string_view text, bool open = false) {
    disk->put(path, text);
    disk->touch(path, {4711, "vi", "/usr/bin/vi", "0"}, false, open);
  }
  std::vector<v1::Event> told(const std::string& type) { return bench.told(type); }
  bool tells(const std::string& type, std::size_t count = 1) {
    return bench.until([&] { return told(type).size() == count; });
  }
  std::string text(const std::string& path) {
    const std::lock_guard lock(disk->mutex);
    return copy_text(disk->files.at(path).content);
  }

  testing::DefenceBench bench;
  std::shared_ptr<RecordedDisk> disk = std::make_shared<RecordedDisk>();
  std::unique_ptr<IntegrityDefence> defence;
};

TEST_F(IntegrityDefenceTest, learnt_proposed_approved_then_a_change_is_told_with_both_digests_and_who) {
  approve();
  EXPECT_EQ(Manifest::parse(bench.proposals[0].second)->files.size(), 2U);
  change("/etc/hosts", "6.6.6.6 gov.cn\n");
  ASSERT_TRUE(tells("file.changed"));
  const auto event = told("file.changed")[0];
  EXPECT_EQ(event.result(), "observed");
  EXPECT_EQ(event.params().at("path"), "/etc/hosts");
  EXPECT_EQ(event.params().at("what"), "changed");
  EXPECT_EQ(event.params().at("before"), to_hex(crypto::sm3(bytes_of("127.0.0.1 localhost\n"))));
  EXPECT_EQ(event.params().at("after"), to_hex(crypto::sm3(bytes_of("6.6.6.6 gov.cn\n"))));
  EXPECT_EQ(event.params().at("program"), "/usr/bin/vi");
  EXPECT_EQ(event.params().at("pid"), "4711");
  change("/etc/hosts", "127.0.0.1 localhost\n");
  ASSERT_TRUE(tells("file.changed", 2));
  EXPECT_EQ(told("file.changed")[1].params().at("what"), "right");
}
TEST_F(IntegrityDefenceTest, files_that_come_and_go_are_told) {
  approve();
  change("/etc/new", "x");
  ASSERT_TRUE(tells("file.changed"));
  EXPECT_EQ(told("file.changed")[0].params().at("what"), "added");
  {
    const std::lock_guard lock(disk->mutex);
    disk->files.erase("/etc/hosts");
  }
  disk->touch("/etc/hosts");
  ASSERT_TRUE(tells("file.changed", 2));
  EXPECT_EQ(told("file.changed")[1].params().at("what"), "removed");
}
TEST_F(IntegrityDefenceTest, without_a_baseline_only_key_files_are_judged) {
  ASSERT_TRUE(use(v1::WATCH, key_file()));
  ASSERT_TRUE(settled());
  change("/etc/hosts", "x");
  change("/etc/kiosk.conf", "a = 2\n");  // looks are in order: once this is told, the other was judged
  ASSERT_TRUE(tells("file.restored"));
  EXPECT_TRUE(told("file.changed").empty());
  EXPECT_TRUE(bench.proposals.empty());
}
TEST_F(IntegrityDefenceTest, a_key_file_is_put_back_at_once_and_its_writer_named) {
  ASSERT_TRUE(use(v1::ENFORCE, key_file()));
  ASSERT_TRUE(settled());
  change("/etc/kiosk.conf", "a = 2\n");
  ASSERT_TRUE(tells("file.restored"));  // perhaps by the look at the start, which knows nobody
  EXPECT_EQ(text("/etc/kiosk.conf"), "a = 1\n");
  bench.ahead += std::chrono::seconds(11);
  change("/etc/kiosk.conf", "a = 3\n");
  ASSERT_TRUE(tells("file.restored", 2));
  EXPECT_EQ(text("/etc/kiosk.conf"), "a = 1\n");
  const auto event = told("file.restored")[1];
  EXPECT_EQ(event.result(), "blocked");
  EXPECT_EQ(event.params().at("program"), "/usr/bin/vi");
  EXPECT_TRUE(defence->holds());
}
TEST_F(IntegrityDefenceTest, watch_puts_nothing_back_and_tells_once) {
  disk->put("/etc/last.conf", "");
  ASSERT_TRUE(use(v1::WATCH, [](auto& policy) {
    key_file()(policy);
    auto& last = *policy.add_key_files();
    last.set_path("/etc/last.conf");
    last.set_version(1);
  }));
  ASSERT_TRUE(settled());
  change("/etc/kiosk.conf", "a = 2\n");
  ASSERT_TRUE(tells("file.restored", 1));
  EXPECT_EQ(told("file.restored").back().result(), "observed");
  disk->touch("/etc/kiosk.conf");
  defence->tick();
  change("/etc/last.conf", "x");  // looks are in order: once this is told, the other was judged
  ASSERT_TRUE(tells("file.restored", 2));
  EXPECT_EQ(told("file.restored").back().params().at("path"), "/etc/last.conf");
  EXPECT_EQ(text("/etc/kiosk.conf"), "a = 2\n");
}
TEST_F(IntegrityDefenceTest, an_older_signed_version_is_told_as_such_and_put_back) {
  ASSERT_TRUE(use(v1::ENFORCE, key_file(1, "a = 1")));
  ASSERT_TRUE(use(v1::ENFORCE, key_file(2, "a = 2")));
  ASSERT_TRUE(tells("file.restored"));
  EXPECT_EQ(text("/etc/kiosk.conf"), "a = 2\n");
  bench.ahead += std::chrono::seconds(11);
  change("/etc/kiosk.conf", "a = 1\n");
  ASSERT_TRUE(tells("file.restored", 2));
  EXPECT_EQ(told("file.restored")[1].params().at("what"), "older");
  EXPECT_EQ(text("/etc/kiosk.conf"), "a = 2\n");
}
TEST_F(IntegrityDefenceTest, policy_cannot_bring_an_older_version_back_not_even_after_a_restart) {
  ASSERT_TRUE(use(v1::ENFORCE, key_file(2, "a = 2")));
  ASSERT_TRUE(settled());
  begin();
  const auto done = use(v1::ENFORCE, key_file(1, "a = 1"));
  EXPECT_EQ(done.code(), Errc::wrong_state);
  EXPECT_FALSE(defence->holds());
  change("/etc/kiosk.conf", "a = 1\n");
  ASSERT_TRUE(bench.until([&] { return text("/etc/kiosk.conf") == "a = 2\n"; }));
}
TEST_F(IntegrityDefenceTest, what_cannot_be_put_back_cuts_once_and_is_tried_again) {
  disk->refusals.emplace("/etc/kiosk.conf", Error(Errc::not_permitted, "rename"));
  disk->put("/etc/kiosk.conf", "a = 2\n");
  const auto policy = [&](v1::IntegrityPolicy& section) {
    key_file()(section);
    section.set_cut_on_key_file(true);
  };
  ASSERT_TRUE(use(v1::ENFORCE, policy));
  ASSERT_TRUE(tells("file.restore.failed"));
  EXPECT_EQ(bench.cuts, std::vector<std::string>{"file.restore.failed"});
  EXPECT_FALSE(defence->holds());
  {
    const std::lock_guard lock(disk->mutex);
    disk->refusals.clear();
  }
  defence->tick();
  ASSERT_TRUE(tells("file.restored"));
  EXPECT_EQ(told("file.restore.failed").size(), 1U);
  EXPECT_EQ(text("/etc/kiosk.conf"), "a = 1\n");
  EXPECT_TRUE(defence->holds());
}
TEST_F(IntegrityDefenceTest, a_key_file_comes_from_the_approved_baseline) {
  const auto policy = [](v1::IntegrityPolicy& section) {
    auto& file = *section.add_key_files();
    file.set_path("/etc/hosts");
    file.set_version(1);
    file.set_from_baseline(true);
    section.set_learn(true);
  };
  ASSERT_TRUE(use(v1::WATCH, policy));
  ASSERT_TRUE(bench.until([&] { return bench.proposals.size() == 1; }));
  v1::Baseline baseline;
  baseline.set_content(copy_text(bench.proposals[0].second));
  ASSERT_TRUE(defence->baseline(baseline));
  ASSERT_TRUE(use(v1::ENFORCE, policy));
  change("/etc/hosts", "6.6.6.6 gov.cn\n");
  ASSERT_TRUE(tells("file.restored"));
  EXPECT_EQ(text("/etc/hosts"), "127.0.0.1 localhost\n");
}
// What changed while nobody looked: users of other systems complain of watches that miss the start.
TEST_F(IntegrityDefenceTest, MissedStartIsMadeUpFor) {
  approve();
  const auto content = bench.proposals[0].second;
  defence->stop();
  disk->put("/etc/hosts", "6.6.6.6 gov.cn\n");
  begin();
  v1::Baseline baseline;
  baseline.set_content(copy_text(content));
  ASSERT_TRUE(defence->baseline(baseline));
  ASSERT_TRUE(use(v1::ENFORCE));
  ASSERT_TRUE(tells("file.changed"));
  EXPECT_EQ(told("file.changed")[0].params().at("pid"), "") << "nobody saw who";
}
TEST_F(IntegrityDefenceTest, LostTouchesAreToldAndMadeUpForByAPass) {
  approve();
  disk->put("/etc/hosts", "6.6.6.6 gov.cn\n");  // nobody tells
  disk->sink(FilesLost{2});
  EXPECT_EQ(told("file.events.lost").size(), 1U);
  defence->tick();
  EXPECT_EQ(bench.facts["integrity.lost"], "2");
  EXPECT_TRUE(tells("file.changed"));
}
TEST_F(IntegrityDefenceTest, a_mount_over_what_is_watched_starts_watch_and_pass_again) {
  approve();
  disk->put("/etc/hosts", "6.6.6.6 gov.cn\n");
  disk->mounted_over = true;
  defence->tick();
  defence->tick();
  EXPECT_FALSE(disk->mounted_over);
  EXPECT_TRUE(tells("file.changed"));
}
TEST_F(IntegrityDefenceTest, a_file_that_stays_open_is_looked_at_within_a_second) {
  approve();
  change("/etc/hosts", "half", true);
  bench.run_posted();
  EXPECT_TRUE(told("file.changed").empty());
  defence->tick();
  EXPECT_TRUE(tells("file.changed"));
}
TEST_F(IntegrityDefenceTest, a_folder_that_came_brings_what_is_in_it) {
  approve();
  disk->put("/etc/kiosk.d/one", "x");
  disk->put("/etc/kiosk.d/two", "x");
  disk->touch("/etc/kiosk.d", {4711, "mv", "/usr/bin/mv", "0"}, true);
  bench.run_posted();
  defence->tick();
  EXPECT_TRUE(tells("file.changed", 2));
}
TEST_F(IntegrityDefenceTest, passes_come_by_order_and_by_the_clock_of_policy) {
  ASSERT_TRUE(use(v1::WATCH, [](auto& policy) { policy.set_pass_minutes(10); }));
  ASSERT_TRUE(settled());
  const auto passes = [&] {
    const std::lock_guard lock(disk->mutex);
    return disk->passes;
  };
  EXPECT_EQ(passes(), 1U);
  defence->tick();
  bench.ahead += std::chrono::minutes(11);
  defence->tick();
  ASSERT_TRUE(bench.until([&] { return passes() == 2; }));
  v1::Order order;
  order.set_action("pass");
  ASSERT_TRUE(defence->order(order));
  ASSERT_TRUE(bench.until([&] { return passes() == 3; }));
  order.set_action("learn");
  ASSERT_TRUE(defence->order(order));
  EXPECT_TRUE(bench.until([&] { return bench.proposals.size() == 1; }));
  ASSERT_TRUE(use(v1::OFF));
  EXPECT_EQ(defence->order(order).code(), Errc::wrong_state);
}
TEST_F(IntegrityDefenceTest, a_file_system_without_names_is_told_and_key_files_are_looked_at_all_the_same) {
  disk->watch_error = Error(Errc::unsupported, "the file system of /etc tells no names");
  EXPECT_EQ(use(v1::ENFORCE, key_file()).code(), Errc::unsupported);
  EXPECT_FALSE(defence->holds());
  ASSERT_TRUE(settled());
  disk->put("/etc/kiosk.conf", "a = 2\n");
  for (int i = 0; i < 10; ++i) defence->tick();
  EXPECT_TRUE(tells("file.restored"));
}
TEST_F(IntegrityDefenceTest, off_tells_nothing_and_puts_nothing_back) {
  approve();
  ASSERT_TRUE(use(v1::OFF, key_file()));
  const auto before = bench.events.size();
  change("/etc/kiosk.conf", "a = 2\n");
  defence->tick();
  bench.run_posted();
  EXPECT_EQ(bench.events.size(), before);
  EXPECT_EQ(text("/etc/kiosk.conf"), "a = 2\n");
}

}  // namespace
}  // namespace kw::agent
