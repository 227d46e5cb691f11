// What a kiosk's user leaves on a machine: real mounts, real System V objects, a spool and places of the test's own.
#include "platform/linux/linux_purge_port.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "platform/linux/account.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {
namespace {

namespace fs = std::filesystem;
using device::PurgeKind;

const device::PurgePort::Stop kOnAndOn = [] { return false; };
constexpr const char* kKiosksUser = "games";  // nobody else's on a machine that runs tests

std::string mount_line(const std::string& point) {
  std::ifstream table("/proc/self/mountinfo");
  for (std::string line; std::getline(table, line);)
    if (line.find(" " + point + " ") != std::string::npos) return line;
  return {};
}

class PurgePortTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const auto* place : {"shm", "tmp", "spool"}) fs::create_directories(root + "/" + place);
    places.directory = root + "/session";
    places.shared_memory = root + "/shm";
    places.temporary = {root + "/tmp"};
    places.print_spool = root + "/spool";
    places.scheduler = root + "/cups.sock";
    places.segments = false;
    wish.users = {kKiosksUser};
    wish.ended = {INT64_MAX};
  }
  void TearDown() override {
    LinuxPurgePort port(places);
    EXPECT_TRUE(port.end_all());
    fs::remove_all(root);
  }
  void leave(const std::string& name, const char* user = kKiosksUser) {
    std::ofstream(root + "/" + name) << "personal";
    const auto account = find_account(user);
    ASSERT_TRUE(account);
    ASSERT_EQ(::lchown((root + "/" + name).c_str(), account->uid, account->gid), 0);
  }
  /// A round as the section makes it; what is planned again afterwards.
  std::vector<device::PurgeChange> purge(LinuxPurgePort& port) {
    const auto seen = port.look(wish, kOnAndOn);
    EXPECT_TRUE(seen);
    for (const auto& change : plan_purge(wish, *seen)) EXPECT_TRUE(port.apply(change, kOnAndOn));
    return plan_purge(wish, *port.look(wish, kOnAndOn));
  }
  static bool root_here() { return ::geteuid() == 0; }

  std::string root = (fs::path(::testing::TempDir()) / ("kw-purge-" + std::to_string(::getpid()))).string();
  PurgePlaces places;
  device::PurgeWish wish;
};

#define NEEDS_ROOT() \
  if (!root_here()) GTEST_SKIP() << "mounts and other users' files take root"

TEST_F(PurgePortTest, a_session_s_directory_is_a_bounded_mount_of_its_user_alone) {
  NEEDS_ROOT();
  LinuxPurgePort port(places);
  const auto path = port.begin("00ff", 1U << 20, wish.users);
  ASSERT_TRUE(path) << path.error().text();
  struct stat facts{};
  ASSERT_EQ(::stat(path->c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0700U);
  EXPECT_EQ(facts.st_uid, find_account(kKiosksUser)->uid);
  const auto line = mount_line(*path);
  for (const auto* word : {"nosuid", "nodev", "noexec", "tmpfs", "size=1024k"})
    EXPECT_NE(line.find(word), std::string::npos) << word << " in " << line;
  std::ofstream big(*path + "/big");
  big << std::string(2U << 20, 'x') << std::flush;
  EXPECT_FALSE(big.good()) << "it is bounded";
  EXPECT_FALSE(port.begin("00ff", 1U << 20, wish.users)) << "one that is there is nobody else's";
  EXPECT_EQ(port.begin("../up", 1U << 20, wish.users).code(), Errc::invalid);
  EXPECT_EQ(port.begin("01", 1U << 20, {"nobody-of-this-name"}).code(), Errc::not_found);
  EXPECT_EQ(port.begin("02", 1U << 20, {}).code(), Errc::not_found);
}
TEST_F(PurgePortTest, its_end_takes_the_mount_and_what_somebody_still_holds_open_is_empty) {
  NEEDS_ROOT();
  LinuxPurgePort port(places);
  const auto path = port.begin("aa", 1U << 20, wish.users);
  ASSERT_TRUE(path) << path.error().text();
  fs::create_directories(*path + "/deep/deeper");
  std::ofstream(*path + "/deep/deeper/form.pdf") << "personal";
  const UniqueFd held(::open((*path + "/deep/deeper/form.pdf").c_str(), O_RDONLY));
  EXPECT_TRUE(purge(port).empty());
  EXPECT_EQ(mount_line(*path), "");
  EXPECT_FALSE(fs::exists(*path));
  struct stat facts{};
  ASSERT_EQ(::fstat(held.get(), &facts), 0);
  EXPECT_EQ(facts.st_size, 0);
}
TEST_F(PurgePortTest, what_a_killed_agent_left_is_found_and_removed) {
  NEEDS_ROOT();
  {
    LinuxPurgePort killed(places);
    ASSERT_TRUE(killed.begin("aa", 1U << 20, wish.users));
    ASSERT_TRUE(killed.begin("bb", 1U << 20, wish.users));
  }
  fs::create_directories(places.directory + "/cc");  // between the directory and its mount
  std::ofstream(places.directory + "/aa/form") << "personal";
  LinuxPurgePort port(places);
  const auto done = port.end_all();
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(done->count, 3U);
  EXPECT_EQ(done->octets, 8U);
  EXPECT_TRUE(fs::is_empty(places.directory));
}
TEST_F(PurgePortTest, swap_that_is_not_encrypted_is_no_place_for_it_where_the_kernel_cannot_keep_it_out) {
  NEEDS_ROOT();
  places.swap = "plain";
  LinuxPurgePort port(places);
  const auto path = port.begin("aa", 1U << 20, wish.users);
  if (path)
    EXPECT_NE(mount_line(*path).find("noswap"), std::string::npos) << "this kernel can";
  else
    EXPECT_EQ(path.code(), Errc::not_permitted);
}
TEST_F(PurgePortTest, files_of_the_kiosk_s_user_go_and_others_stay) {
  NEEDS_ROOT();
  for (const auto* name : {"tmp/his", "shm/his", "shm/sem.his", "tmp/.X0-lock"}) leave(name);
  leave("tmp/somebody-elses", "daemon");
  LinuxPurgePort port(places);
  EXPECT_TRUE(purge(port).empty());
  for (const auto* name : {"tmp/his", "shm/his", "shm/sem.his"}) EXPECT_FALSE(fs::exists(root + "/" + name)) << name;
  EXPECT_TRUE(fs::exists(root + "/tmp/somebody-elses"));
  EXPECT_TRUE(fs::exists(root + "/tmp/.X0-lock")) << "the X server still needs it";
}
TEST_F(PurgePortTest, what_came_after_the_session_s_end_stays) {
  NEEDS_ROOT();
  leave("tmp/young");
  wish.ended = {1};
  LinuxPurgePort port(places);
  EXPECT_TRUE(purge(port).empty());
  EXPECT_TRUE(fs::exists(root + "/tmp/young"));
}
TEST_F(PurgePortTest, jobs_that_wait_go_and_the_scheduler_s_own_files_stay) {
  for (const auto* name : {"c00001", "d00001-001", "job.cache", "cups.conf"})
    std::ofstream(root + "/spool/" + name) << "x";
  LinuxPurgePort port(places);
  EXPECT_TRUE(purge(port).empty());
  EXPECT_FALSE(fs::exists(root + "/spool/d00001-001"));
  EXPECT_TRUE(fs::exists(root + "/spool/job.cache"));
  EXPECT_TRUE(fs::exists(root + "/spool/cups.conf"));
}
TEST_F(PurgePortTest, a_place_that_cannot_be_emptied_is_planned_again) {
  NEEDS_ROOT();
  leave("tmp/his");
  ASSERT_EQ(::mount((root + "/tmp").c_str(), (root + "/tmp").c_str(), nullptr, MS_BIND, nullptr), 0);
  ASSERT_EQ(::mount(nullptr, (root + "/tmp").c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr), 0);
  LinuxPurgePort port(places);
  const auto seen = port.look(wish, kOnAndOn);
  ASSERT_TRUE(seen);
  const auto plan = plan_purge(wish, *seen);
  ASSERT_EQ(plan.size(), 1U);
  EXPECT_FALSE(port.apply(plan[0], kOnAndOn));
  EXPECT_EQ(plan_purge(wish, *port.look(wish, kOnAndOn)).size(), 1U);
  EXPECT_EQ(::umount((root + "/tmp").c_str()), 0);
}
TEST_F(PurgePortTest, a_segment_of_his_is_seen_and_goes) {
  const int id = ::shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
  if (id < 0) GTEST_SKIP() << "no System V memory here";
  places.segments = true;
  LinuxPurgePort port(places);
  const auto seen = port.look(wish, kOnAndOn);
  ASSERT_TRUE(seen);
  const auto its = [&](const auto& one) { return one.kind == device::Segment::Kind::memory && one.id == id; };
  const auto at = std::ranges::find_if(seen->segments, its);
  ASSERT_NE(at, seen->segments.end());
  EXPECT_EQ(at->owner, ::geteuid());
  ASSERT_TRUE(port.apply({PurgeKind::segments, device::EndSegment{at->kind, id}}, kOnAndOn));
  EXPECT_TRUE(std::ranges::none_of(port.look(wish, kOnAndOn)->segments, its));
}

}  // namespace
}  // namespace kw::platform
