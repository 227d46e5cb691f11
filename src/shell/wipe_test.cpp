#include "shell/wipe.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "shell/homes.h"

namespace kw::shell {
namespace {

namespace fs = std::filesystem;

class WipeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto pattern = (fs::temp_directory_path() / "kw-wipe-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    base = pattern;
    root = base / "home";
    fs::create_directory(root);
  }
  void TearDown() override {
    std::error_code ec;
    fs::remove_all(base, ec);
  }
  void put(const fs::path& path, std::size_t octets) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << std::string(octets, 'x');
  }
  fs::path base, root;
};

TEST_F(WipeTest, everything_goes_and_is_counted) {
  put(root / "Default/Cookies", 100);
  put(root / ".config/a/b/c", 20);
  fs::create_symlink("nowhere", root / "dangling");
  ASSERT_EQ(::mkfifo((root / "pipe").c_str(), 0600), 0);
  const auto done = wipe(root);
  EXPECT_FALSE(done.left);
  EXPECT_EQ(done.files, 4U);
  EXPECT_EQ(done.octets, 120U);
  EXPECT_FALSE(fs::exists(root));
}
TEST_F(WipeTest, links_are_removed_and_never_followed) {
  put(base / "elsewhere/kept", 5);
  fs::create_directory_symlink(base / "elsewhere", root / "link");
  fs::create_symlink(base / "elsewhere/kept", root / "file");
  EXPECT_FALSE(wipe(root).left);
  EXPECT_TRUE(fs::exists(base / "elsewhere/kept"));
}
TEST_F(WipeTest, depth_and_missing_permissions_keep_nothing) {
  // Deeper than any path may be long, without rights on the way.
  const int here = ::open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(::chdir(root.c_str()), 0);
  for (int i = 0; i < 3000; ++i) {
    ASSERT_EQ(::mkdir("dd", 0700), 0);
    ASSERT_EQ(::chdir("dd"), 0);
  }
  {
    std::ofstream("secret") << "x";
  }
  ASSERT_EQ(::chmod(".", 0), 0);
  ASSERT_EQ(::fchdir(here), 0);
  ::close(here);
  const auto done = wipe(root);
  EXPECT_FALSE(done.left);
  EXPECT_EQ(done.files, 1U);
  EXPECT_FALSE(fs::exists(root));
}
TEST_F(WipeTest, one_name_may_stay_and_what_is_not_there_is_nothing) {
  put(root / "a", 1);
  put(root / "b", 1);
  EXPECT_EQ(wipe_below(root, "b").files, 1U);
  EXPECT_TRUE(fs::exists(root / "b"));
  const auto none = wipe(base / "none");
  EXPECT_FALSE(none.left);
  EXPECT_EQ(none.files, 0U);
}

TEST_F(WipeTest, homes_are_new_ones_or_kept) {
  auto homes = Homes::make((base / "profiles").string(), {::geteuid(), ::getegid()});
  ASSERT_TRUE(homes) << homes.error().text();
  const auto first = homes->next(true).value();
  put(fs::path(first) / "left", 1);
  const auto second = homes->next(true).value();
  EXPECT_NE(first, second);
  EXPECT_FALSE(fs::exists(first)) << "what an earlier run left goes";
  const auto kept = homes->next(false).value();
  put(fs::path(kept) / "stays", 1);
  EXPECT_EQ(homes->next(false).value(), kept);
  EXPECT_TRUE(fs::exists(fs::path(kept) / "stays"));
  EXPECT_EQ(fs::status(base / "profiles").permissions(), fs::perms{0711});
  EXPECT_EQ(fs::status(kept).permissions(), fs::perms{0700});
}
TEST_F(WipeTest, homes_are_not_made_through_a_link) {
  fs::create_directory(base / "elsewhere");
  fs::create_directory_symlink(base / "elsewhere", base / "profiles");
  EXPECT_FALSE(Homes::make((base / "profiles").string(), {::geteuid(), ::getegid()}));
}

}  // namespace
}  // namespace kw::shell
