#include "agent/identity/state_directory.h"

#include <fstream>

#include "agent/guard/hand_over.h"
#include "agent/testing/kiosk.h"

namespace kw::agent {
namespace {

namespace fs = std::filesystem;
using testing::must;
using testing::TempDir;

struct StateDirectoryTest : ::testing::Test {
  TempDir dir;
  static void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }
  static std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(StateDirectoryTest, MovesTheLayoutOfOneProcessToItsPlaces) {
  fs::create_directories(dir.path() + "/spool");
  for (const auto* name : {"device.key", "spool.key", "checkpoint", "spool/mark", "policy", "cut", "identity"})
    write(dir.path() + "/" + name, name);
  write(dir.path() + "/agent.sock", "");
  const auto state = must(StateDirectory::open(dir.path()));
  for (const auto* name : {"device.key", "spool.key", "checkpoint", "spool/mark"}) {
    EXPECT_EQ(read(dir.path() + "/link/" + name), name);
    EXPECT_FALSE(fs::exists(dir.path() + "/" + name)) << name;
  }
  EXPECT_FALSE(fs::exists(dir.path() + "/agent.sock"));
  EXPECT_EQ(text_of(*must(state.read(StateFile::policy))), "policy");
  EXPECT_EQ(text_of(*must(state.read(StateFile::device_key))), "device.key");
  ASSERT_TRUE(StateDirectory::open(dir.path())) << "and again";
  EXPECT_EQ(read(dir.path() + "/link/device.key"), "device.key");
}

TEST_F(StateDirectoryTest, AnInterruptedMoveGoesOn) {
  fs::create_directories(dir.path() + "/link");
  write(dir.path() + "/link/device.key", "moved");
  write(dir.path() + "/spool.key", "not yet");
  ASSERT_TRUE(StateDirectory::open(dir.path()));
  EXPECT_EQ(read(dir.path() + "/link/device.key"), "moved");
  EXPECT_EQ(read(dir.path() + "/link/spool.key"), "not yet");
}

TEST_F(StateDirectoryTest, TwoSpoolsAreNotMixed) {
  for (const auto* spool : {"/spool", "/link/spool"}) {
    fs::create_directories(dir.path() + spool);
    write(dir.path() + spool + "/mark", spool);
  }
  EXPECT_FALSE(StateDirectory::open(dir.path()));
  EXPECT_EQ(read(dir.path() + "/spool/mark"), "/spool");
  EXPECT_EQ(read(dir.path() + "/link/spool/mark"), "/link/spool");
}

TEST_F(StateDirectoryTest, TheLinksPartHoldsNothingOfTheGuards) {
  const auto whole = must(StateDirectory::open(dir.path()));
  ASSERT_TRUE(whole.write(StateFile::policy, bytes_of("policy")));
  const auto part = must(StateDirectory::open_links(dir.path() + "/link"));
  for (const auto file : {StateFile::policy, StateFile::cut, StateFile::orders, StateFile::identity,
                          StateFile::pinned_ca, StateFile::liveness_key}) {
    EXPECT_EQ(part.read(file).code(), Errc::forbidden);
    EXPECT_EQ(part.write(file, {}).code(), Errc::forbidden);
    EXPECT_EQ(part.remove(file).code(), Errc::forbidden);
  }
  ASSERT_TRUE(part.write(StateFile::checkpoint, bytes_of("seen")));
  EXPECT_EQ(text_of(*must(whole.read(StateFile::checkpoint))), "seen");
  EXPECT_EQ(StateDirectory::open_links(dir.path() + "/nowhere").code(), Errc::not_found);
}

TEST_F(StateDirectoryTest, ALinkInTheLinksPartIsNotFollowed) {
  const auto state = must(StateDirectory::open(dir.path()));
  write(dir.path() + "/secret", "root's");
  fs::create_symlink(dir.path() + "/secret", state.path(StateFile::device_key));
  EXPECT_FALSE(state.read(StateFile::device_key));
}

TEST_F(StateDirectoryTest, WhatIsKeptIsReadFromMemory) {
  auto state = must(StateDirectory::open(dir.path()));
  ASSERT_TRUE(state.write(StateFile::policy, bytes_of("good")));
  ASSERT_TRUE(state.keep());
  write(state.path(StateFile::policy), "older");
  EXPECT_EQ(text_of(*must(state.read(StateFile::policy))), "good");
  ASSERT_TRUE(state.write(StateFile::policy, bytes_of("newer")));
  ASSERT_TRUE(state.remove(StateFile::cut));
  EXPECT_TRUE(state.mend().empty()) << "own writes are no drift";
  EXPECT_EQ(text_of(*must(state.read(StateFile::policy))), "newer");
}

TEST_F(StateDirectoryTest, TheLinksPartIsHandedOverOnceAndFilesPutBackThereAreItsUsers) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  const auto account = must(platform::find_account("daemon"));
  const auto state = must(StateDirectory::open(dir.path()));
  fs::create_directories(state.spool_path());
  for (const auto* name : {"/device.key", "/spool/mark"}) write(state.link_path() + name, "x");
  fs::create_symlink("/etc/passwd", state.link_path() + "/trap");
  ASSERT_TRUE(hand_over(state, account));
  const auto owner = [](const std::string& path) {
    struct stat s{};
    return ::lstat(path.c_str(), &s) == 0 ? s.st_uid : uid_t(-1);
  };
  for (const auto* name : {"", "/device.key", "/spool", "/spool/mark", "/trap"})
    EXPECT_EQ(owner(state.link_path() + name), account.uid) << name;
  EXPECT_EQ(owner("/etc/passwd"), 0U) << "nothing is followed";
  write(state.link_path() + "/later", "root's");
  ASSERT_TRUE(hand_over(state, account));
  EXPECT_EQ(owner(state.link_path() + "/later"), 0U) << "what the user could touch is not looked into again";
  ASSERT_TRUE(state.write(StateFile::device_key, bytes_of("again")));
  EXPECT_EQ(owner(state.path(StateFile::device_key)), account.uid);
  EXPECT_EQ(hand_over(state, must(platform::find_account("nobody"))).code(), Errc::conflict);
  fs::remove_all(state.link_path());
  ASSERT_TRUE(hand_over(state, account)) << "a directory that was removed is there again";
  EXPECT_EQ(owner(state.link_path()), account.uid);
}

}  // namespace
}  // namespace kw::agent
