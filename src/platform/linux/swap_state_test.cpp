#include "platform/linux/swap_state.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <fstream>

namespace kw::platform {
namespace {

namespace fs = std::filesystem;

class SwapState : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(root / "proc"); }
  void TearDown() override { fs::remove_all(root); }
  void swaps(const std::string& lines) {
    std::ofstream(root / "proc/swaps") << "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n" << lines;
  }
  /// A swap file below the root, on whatever device that is.
  void file() { std::ofstream(root / "swapfile") << "x"; }
  fs::path block() {
    struct stat facts{};
    EXPECT_EQ(::stat((root / "swapfile").c_str(), &facts), 0);
    return root / "sys/dev/block" / (std::to_string(major(facts.st_dev)) + ":" + std::to_string(minor(facts.st_dev)));
  }
  fs::path root = fs::path(::testing::TempDir()) / ("kw-swap-" + std::to_string(::getpid()));
};

TEST_F(SwapState, what_is_not_there_is_none_and_what_cannot_be_read_is_not_known) {
  EXPECT_EQ(swap_state(root), "");
  swaps("");
  EXPECT_EQ(swap_state(root), "none");
}
TEST_F(SwapState, a_file_is_as_the_device_below_it) {
  file();
  swaps("/swapfile                               file\t\t1048572\t\t0\t\t-2\n");
  EXPECT_EQ(swap_state(root), "plain");
  fs::create_directories(block() / "slaves/dm-0/dm");
  std::ofstream(block() / "slaves/dm-0/dm/uuid") << "CRYPT-LUKS2-0011\n";
  EXPECT_EQ(swap_state(root), "encrypted");
  fs::create_directories(block() / "slaves/sda2");
  EXPECT_EQ(swap_state(root), "plain") << "half of it is not";
}
TEST_F(SwapState, a_device_that_is_gone_is_not_good) {
  swaps("/dev/sda3 partition\t1 0 -2\n");
  EXPECT_EQ(swap_state(root), "plain");
}
TEST_F(SwapState, zram_is_memory) {
  fs::create_directories(root / "dev");
  std::ofstream(root / "dev/zram0") << "x";
  swaps("/dev/zram0 partition\t1 0 -2\n");
  EXPECT_EQ(swap_state(root), "memory");
}

}  // namespace
}  // namespace kw::platform
