#include "agent/defence/egress_ways_out.h"

#include <gtest/gtest.h>

#include <fstream>

#include "agent/testing/defence_bench.h"
#include "platform/recorded/recorded_place.h"

namespace kw::agent {
namespace {

using namespace device;

class EgressWaysOutTest : public ::testing::Test {
 protected:
  EgressWaysOutTest() {
    auto port = std::make_unique<platform::RecordedMounts>();
    machine = port.get();
    machine->mounts = {{1, "/", "ext4", "/dev/sda1"}, {2, "/proc", "proc", "proc"}};
    printers = bench.dir.path("printers.conf");
    ways = std::make_unique<EgressWaysOut>(EgressWaysOut::Ports{std::move(port), printers});
    ways->start(bench);
  }
  ~EgressWaysOutTest() override { ways->stop(); }
  Result<> use(v1::Mode mode) {
    v1::EgressPolicy policy;
    policy.set_mode(mode);
    policy.set_guard_mounts(true);
    policy.add_mounts("/snap/core");
    policy.set_watch_printers(true);
    auto done = ways->configure(policy);
    bench.run_posted();
    return done;
  }
  void plug(const Mount& mount) {
    machine->mount(mount);
    bench.run_posted();
  }
  testing::DefenceBench bench;
  platform::RecordedMounts* machine = nullptr;
  std::string printers;
  std::unique_ptr<EgressWaysOut> ways;
};

TEST_F(EgressWaysOutTest, what_could_carry_data_off_is_taken_away) {
  ASSERT_TRUE(use(v1::ENFORCE));
  EXPECT_TRUE(bench.events.empty());
  plug({7, "/mnt", "fuse.sshfs", "u@h:"});
  plug({8, "/snap/core", "squashfs", "/dev/loop0"});
  plug({9, "/tmp/x", "ext4", "/dev/loop1"});
  ASSERT_EQ(bench.types(), (std::vector<std::string>{"egress.mount.refused", "egress.mount.refused"}));
  const auto& event = bench.events[0];
  EXPECT_EQ(event.result(), "blocked");
  EXPECT_EQ(event.params().at("path"), "/mnt");
  EXPECT_EQ(event.params().at("kind"), "fuse");
  EXPECT_EQ(event.params().at("process"), "cp 4711");
  EXPECT_EQ(machine->mounts.size(), 3U) << "root, proc, and the one that policy allows";
  EXPECT_TRUE(ways->holds());
  plug({7, "/mnt", "fuse.sshfs", "u@h:"});
  EXPECT_EQ(bench.events.size(), 3U) << "each one is another one";
}
TEST_F(EgressWaysOutTest, a_stick_by_what_the_kernel_says_of_it) {
  machine->removables.insert("/media/stick");
  ASSERT_TRUE(use(v1::ENFORCE));
  plug({7, "/media/stick", "vfat", "/dev/sdb1"});
  ASSERT_EQ(bench.events.size(), 1U);
  EXPECT_EQ(bench.events[0].params().at("kind"), "removable");
}
TEST_F(EgressWaysOutTest, what_stands_when_the_policy_comes_counts) {
  machine->mounts.push_back({7, "/srv", "nfs4", "h:/srv"});
  ASSERT_TRUE(use(v1::ENFORCE));
  EXPECT_EQ(bench.types(), std::vector<std::string>{"egress.mount.refused"});
}
TEST_F(EgressWaysOutTest, one_that_stays_is_a_failure_told_once) {
  machine->stuck.insert("/mnt");
  ASSERT_TRUE(use(v1::ENFORCE));
  plug({7, "/mnt", "fuse", "x"});
  for (int i = 0; i < 5; ++i) ways->tick();
  EXPECT_EQ(bench.types(), std::vector<std::string>{"egress.mount.failed"});
  EXPECT_FALSE(ways->holds());
  machine->stuck.clear();
  ways->tick();
  bench.run_posted();
  EXPECT_TRUE(ways->holds());
  EXPECT_EQ(bench.types().back(), "egress.mount.refused");
}
TEST_F(EgressWaysOutTest, watch_tells_once_and_changes_nothing) {
  ASSERT_TRUE(use(v1::WATCH));
  plug({7, "/mnt", "fuse", "x"});
  plug({8, "/other", "tmpfs", "tmpfs"});
  ASSERT_EQ(bench.types(), std::vector<std::string>{"egress.mount.refused"});
  EXPECT_EQ(bench.events[0].result(), "observed");
  EXPECT_EQ(machine->mounts.size(), 4U);
  EXPECT_EQ(bench.facts["egress.mounts"], "/mnt x");
}
TEST_F(EgressWaysOutTest, print_queues_into_files) {
  ASSERT_TRUE(use(v1::WATCH));
  EXPECT_EQ(bench.facts["egress.printers.to_file"], "none");
  std::ofstream(printers) << "<Printer out>\nDeviceURI file:///tmp/out.prn\n</Printer>\n";
  for (std::uint64_t i = 0; i < 2 * EgressWaysOut::kPrinterTicks; ++i) ways->tick();
  ASSERT_EQ(bench.types(), std::vector<std::string>{"egress.printer.to_file"});
  EXPECT_EQ(bench.events[0].params().at("printer"), "out");
  EXPECT_EQ(bench.facts["egress.printers.to_file"], "out file:///tmp/out.prn");
}
TEST_F(EgressWaysOutTest, off_watches_nothing) {
  ASSERT_TRUE(use(v1::ENFORCE));
  ASSERT_TRUE(use(v1::OFF));
  EXPECT_FALSE(machine->started());
  plug({7, "/mnt", "fuse", "x"});
  EXPECT_TRUE(bench.events.empty());
}

}  // namespace
}  // namespace kw::agent
