#include "platform/linux/linux_system_port.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "platform/linux/cache_clearing.h"

namespace kw::platform {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string system_fixture(const std::string& name) {
  return std::string(KW_SOURCE_DIR) + "/src/platform/linux/testdata/" + name;
}
LinuxSystemPort port_of(const std::string& name, int status = 0) {
  return LinuxSystemPort({system_fixture(name), [status] { return std::optional(status); }});
}
const device::SystemPort::Stop kGoOn = [] { return false; };

TEST(LinuxSystemPort, a_machine_as_it_should_be) {
  auto port = port_of("system_good");
  const auto seen = port.look();
  ASSERT_TRUE(seen) << seen.error().text();
  EXPECT_EQ(seen->os_release.at("VERSION_ID"), "12");
  EXPECT_THAT(seen->listeners, ElementsAre(device::ListenerSeen{"tcp", "0.0.0.0", 22, 11, ""}));
  EXPECT_EQ(port.owner(seen->listeners[0]), "sshd 812");
  EXPECT_EQ(seen->settings, device::closed_settings());
  EXPECT_THAT(seen->serial_consoles, IsEmpty());
  EXPECT_THAT(seen->services, ElementsAre("chronyd", "getty@tty1.service", "ssh.service", "sshd"));
  EXPECT_FALSE(seen->kexec_loaded);
  EXPECT_EQ(seen->lockdown, "integrity");
  EXPECT_EQ(seen->clock_synchronised, true);
  EXPECT_EQ(seen->time_source, "chrony.service");
  EXPECT_EQ(seen->disk_encrypted, true);
  EXPECT_THAT(seen->missing, IsEmpty());
}
TEST(LinuxSystemPort, a_machine_as_it_should_not_be) {
  auto port = port_of("system_bad", STA_UNSYNC);
  const auto seen = port.look();
  ASSERT_TRUE(seen) << seen.error().text();
  EXPECT_EQ(seen->os_release.at("ID"), "kali");
  EXPECT_THAT(seen->listeners, ElementsAre(device::ListenerSeen{"tcp", "0.0.0.0", 4444, 21, ""},
                                           device::ListenerSeen{"tcp", "::", 21, 22, ""},
                                           device::ListenerSeen{"udp", "0.0.0.0", 5353, 23, ""}));
  EXPECT_EQ(port.owner(seen->listeners[0]), "nc 4711");
  EXPECT_EQ(port.owner(seen->listeners[1]), "");
  EXPECT_EQ(seen->settings,
            (std::map<std::string, std::string>{{"kernel/core_pattern", "core"}, {"kernel/sysrq", "438"}}));
  EXPECT_THAT(seen->serial_consoles, ElementsAre("ttyS0"));
  EXPECT_THAT(seen->services, Contains("serial-getty@ttyS0.service"));
  EXPECT_THAT(seen->services, Contains("avahi-daemon.service"));
  EXPECT_TRUE(seen->kexec_loaded);
  EXPECT_TRUE(seen->adbd);
  EXPECT_EQ(seen->lockdown, "none");
  EXPECT_EQ(seen->clock_synchronised, false);
  EXPECT_EQ(seen->time_source, "");
  EXPECT_EQ(seen->disk_encrypted, false);
}
TEST(LinuxSystemPort, what_is_missing_is_named) {
  LinuxSystemPort port({system_fixture("empty"), {}});
  const auto seen = port.look();
  ASSERT_TRUE(seen);
  EXPECT_THAT(seen->missing, ElementsAre("adjtimex", "etc/os-release", "proc/cmdline", "proc/net", "root block device",
                                         "sys/kernel/security/lockdown"));
  EXPECT_FALSE(seen->disk_encrypted);
  EXPECT_EQ(port.packages({}, kGoOn).code(), Errc::not_found);
}
TEST(LinuxSystemPort, packages_of_signed_repositories) {
  const auto seen = port_of("system_good").packages({"Debian"}, kGoOn);
  ASSERT_TRUE(seen) << seen.error().text();
  EXPECT_EQ(seen->installed, 3U);
  EXPECT_EQ(seen->indexes, 1U);
  ASSERT_EQ(seen->repositories.size(), 1U);
  EXPECT_EQ(seen->repositories[0].origin, "Debian");
  EXPECT_TRUE(seen->repositories[0].is_signed);
  EXPECT_THAT(seen->unknown, IsEmpty());
  EXPECT_THAT(seen->foreign, IsEmpty());
  ASSERT_EQ(seen->waiting.size(), 1U);
  EXPECT_EQ(seen->waiting[0].candidate, "7.88.1-10+deb12u12");
  EXPECT_THAT(seen->loose, IsEmpty());
}
TEST(LinuxSystemPort, packages_of_nobody_and_sources_without_signatures) {
  const auto seen = port_of("system_bad").packages({"Debian"}, kGoOn);
  ASSERT_TRUE(seen) << seen.error().text();
  EXPECT_FALSE(seen->repositories.at(0).is_signed);
  EXPECT_THAT(seen->unknown, ElementsAre("home-made:all 1.0"));
  EXPECT_THAT(seen->foreign, ElementsAre("agent:amd64 2.0 (Somebody)"));
  EXPECT_THAT(seen->loose, ElementsAre("http://vendor.example/"));
  EXPECT_THAT(seen->missing, ElementsAre("orphan.example_._Packages: not_found: no Release file"));
  EXPECT_EQ(port_of("system_bad").packages({}, [] { return true; }).code(), Errc::cancelled);
}

class Clearing : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(root + "/home"); }
  void TearDown() override { fs::remove_all(root); }
  void file(const std::string& path, const std::string& text = "12345") {
    fs::create_directories(fs::path(root + path).parent_path());
    std::ofstream(root + path) << text;
  }
  [[nodiscard]] bool there(const std::string& path) const {
    return fs::symlink_status(root + path).type() != fs::file_type::not_found;
  }
  Result<device::Cleared> clear(const std::string& path, bool trial = false) {
    return clear_cache({root, path, {std::numeric_limits<std::int64_t>::max()}, trial}, kGoOn);
  }
  std::string root = (fs::path(::testing::TempDir()) / ("kw-clear-" + std::to_string(::getpid()))).string();
};

TEST_F(Clearing, empties_the_place_and_leaves_it_and_its_neighbours) {
  file("/home/kiosk/.cache/a/b/c");
  file("/home/kiosk/.cache/d", "1");
  file("/home/kiosk/.profile");
  const auto done = clear("/home/kiosk/.cache");
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(done->files, 2U);
  EXPECT_EQ(done->octets, 6U);
  EXPECT_TRUE(done->complete);
  EXPECT_TRUE(fs::is_empty(root + "/home/kiosk/.cache"));
  EXPECT_TRUE(there("/home/kiosk/.profile"));
}
TEST_F(Clearing, a_trial_counts_and_removes_nothing) {
  file("/home/kiosk/.cache/a/b");
  EXPECT_EQ(clear("/home/kiosk/.cache", true)->files, 1U);
  EXPECT_TRUE(there("/home/kiosk/.cache/a/b"));
}
TEST_F(Clearing, links_are_removed_and_never_followed) {
  file("/etc/passwd");
  file("/home/kiosk/.cache/x");
  fs::create_symlink(root + "/etc", root + "/home/kiosk/.cache/etc");
  fs::create_symlink(root + "/etc/passwd", root + "/home/kiosk/.cache/passwd");
  EXPECT_EQ(clear("/home/kiosk/.cache")->files, 3U);
  EXPECT_TRUE(there("/etc/passwd"));
  EXPECT_FALSE(there("/home/kiosk/.cache/etc"));
}
TEST_F(Clearing, a_link_on_the_way_is_refused) {
  file("/etc/passwd");
  fs::create_directories(root + "/home/kiosk");
  fs::create_symlink(root + "/etc", root + "/home/kiosk/.cache");
  EXPECT_EQ(clear("/home/kiosk/.cache").code(), Errc::not_permitted);
  fs::create_symlink(root + "/etc", root + "/home/evil");
  EXPECT_TRUE(clear("/home/*"));
  EXPECT_TRUE(there("/etc/passwd"));
}
TEST_F(Clearing, a_star_stands_for_every_user) {
  file("/home/a/.cache/chromium/x");
  file("/home/b/.cache/chromium/x");
  file("/home/b/.cache/other/x");
  file("/home/a/file");
  const auto done = clear("/home/*/.cache/chromium");
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(done->files, 2U);
  EXPECT_TRUE(there("/home/b/.cache/other/x"));
  EXPECT_TRUE(there("/home/a/file"));
  EXPECT_EQ(clear("/home/*/.cache/*")->files, 1U);
  EXPECT_EQ(clear("/home/*")->files, 1U);
}
TEST_F(Clearing, sockets_pipes_and_young_files_stay) {
  file("/home/kiosk/.cache/old");
  ASSERT_EQ(::mkfifo((root + "/home/kiosk/.cache/pipe").c_str(), 0600), 0);
  const auto before = Timestamp{0};
  EXPECT_EQ(clear_cache({root, "/home/kiosk/.cache", before, false}, kGoOn)->files, 0U) << "everything is younger";
  // A set-back mtime hides nothing: ctime counts as well.
  const timespec old[2] = {{1000, 0}, {1000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (root + "/home/kiosk/.cache/old").c_str(), old, 0), 0);
  EXPECT_EQ(clear_cache({root, "/home/kiosk/.cache", Timestamp::from_seconds(2000), false}, kGoOn)->files, 0U);
  EXPECT_EQ(clear("/home/kiosk/.cache")->files, 1U);
  EXPECT_TRUE(there("/home/kiosk/.cache/pipe"));
}
TEST_F(Clearing, depth_is_bounded_and_told) {
  std::string deep = "/home/kiosk/.cache";
  for (int i = 0; i < kDeepest + 3; ++i) deep += "/d";
  file(deep + "/x");
  const auto done = clear("/home/kiosk/.cache");
  ASSERT_TRUE(done);
  EXPECT_EQ(done->failed.size(), 1U);
  EXPECT_TRUE(there(deep + "/x"));
}
TEST_F(Clearing, it_stops_when_asked) {
  file("/home/kiosk/.cache/x");
  const auto done =
      clear_cache({root, "/home/kiosk/.cache", {std::numeric_limits<std::int64_t>::max()}, false}, [] { return true; });
  ASSERT_TRUE(done);
  EXPECT_FALSE(done->complete);
  EXPECT_TRUE(there("/home/kiosk/.cache/x"));
}
TEST_F(Clearing, paths_that_climb_or_are_none_are_refused) {
  const std::vector<std::string> paths = {"",          "/",      "home",     "/home/../etc",
                                          "/home/./x", "//home", "/home/..", std::string("/home\0/x", 8)};
  for (const auto& path : paths) EXPECT_EQ(clear(path).code(), Errc::invalid) << path;
  EXPECT_EQ(clear("/home/nobody/.cache")->files, 0U) << "nothing there is nothing to do";
}
TEST_F(Clearing, a_clear_of_the_port_is_below_its_root) {
  file("/tmp/x");
  device::v1::SystemCache cache;
  cache.set_path("/tmp");
  EXPECT_EQ(LinuxSystemPort({root, {}}).clear(cache, {std::numeric_limits<std::int64_t>::max()}, false, kGoOn)->files,
            1U);
}

}  // namespace
}  // namespace kw::platform
