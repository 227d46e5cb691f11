// What every MountPort promises, asked of the kernel (in a mount namespace of the test's own) and of the recorded one.
#include "platform/linux/linux_mounts.h"
#include "platform/linux/mount_fixture_test.h"
#include "platform/recorded/recorded_place.h"

namespace kw::platform {
namespace {

using device::Mount;

class MountPortContract : public MountTest, public ::testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) {
      MountTest::SetUp();
      if (IsSkipped()) return;
      std::filesystem::create_directory(at("stick"));
    } else {
      place = "/recorded";
    }
    const auto started = port().start([this](Result<std::vector<Mount>> mounts) { heard.add(std::move(mounts)); });
    ASSERT_TRUE(started) << started.error().text();
  }
  void TearDown() override {
    linux_.stop();
    recorded.stop();
    if (GetParam()) MountTest::TearDown();
  }
  device::MountPort& port() { return GetParam() ? static_cast<device::MountPort&>(linux_) : recorded; }
  void plug() {
    if (!GetParam()) return recorded.mount({7, at("stick"), "tmpfs", "kw-stick"});
    ASSERT_EQ(::mount("kw-stick", at("stick").c_str(), "tmpfs", 0, "size=1m"), 0);
  }
  /// The mount at the place, once it is told; nothing where it is told that there is none.
  std::optional<Mount> told(bool there) {
    std::optional<Mount> out;
    EXPECT_TRUE(heard.wait_until(
        [&](const auto& all) {
          out.reset();
          if (all.empty() || !all.back()) return false;
          for (const auto& one : *all.back())
            if (one.point == at("stick")) out = one;
          return out.has_value() == there;
        },
        std::chrono::seconds(10)));
    return out;
  }
  LinuxMounts linux_;
  RecordedMounts recorded;
  Heard<Result<std::vector<Mount>>> heard;
};

TEST_P(MountPortContract, what_comes_and_goes_is_told) {
  ASSERT_FALSE(told(false));
  plug();
  const auto seen = told(true);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->source, "kw-stick");
  EXPECT_EQ(seen->type, "tmpfs");
  ASSERT_TRUE(port().unmount(*seen));
  EXPECT_FALSE(told(false));
}
TEST_P(MountPortContract, a_busy_one_is_taken_away_all_the_same) {
  plug();
  const auto seen = told(true);
  ASSERT_TRUE(seen);
  UniqueFd held;
  if (GetParam()) {
    write("stick/data", "x");
    held.reset(::open(at("stick/data").c_str(), O_RDWR | O_CLOEXEC));
  }
  const auto done = port().unmount(*seen);
  EXPECT_TRUE(done) << done.error().text();
  EXPECT_FALSE(told(false));
}
TEST_P(MountPortContract, nothing_there_is_not_found) {
  EXPECT_EQ(port().unmount({7, at("stick"), "tmpfs", "kw-stick"}).code(), Errc::not_found);
  EXPECT_FALSE(port().removable({0x7777, at("stick"), "tmpfs", "kw-stick"}));
}

INSTANTIATE_TEST_SUITE_P(Both, MountPortContract, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "linux" : "recorded"; });

TEST(LinuxMounts, sysfs_says_what_can_be_pulled_out) {
  namespace fs = std::filesystem;
  const fs::path sys = fs::path(::testing::TempDir()) / ("kw-sys-" + std::to_string(::getpid()));
  const auto disk = [&](const std::string& path, const std::string& number, const char* removable) {
    fs::create_directories(sys / path / "part");
    std::ofstream(sys / path / "removable") << removable;
    std::ofstream(sys / path / "part/partition") << "1";
    fs::create_directories(sys / "dev/block");
    fs::create_directory_symlink(sys / path / "part", sys / "dev/block" / number);
  };
  disk("devices/pci/usb1/block/sdb", "8:17", "0\n");
  disk("devices/pci/ata1/block/sda", "8:1", "0\n");
  disk("devices/pci/reader/block/sdc", "8:33", "1\n");
  const LinuxMounts mounts(sys.string());
  EXPECT_TRUE(mounts.removable({0x0811, "/m", "vfat", "/dev/sdb1"}));
  EXPECT_FALSE(mounts.removable({0x0801, "/m", "ext4", "/dev/sda1"}));
  EXPECT_TRUE(mounts.removable({0x0821, "/m", "vfat", "/dev/sdc1"}));
  fs::remove_all(sys);
}

}  // namespace
}  // namespace kw::platform
