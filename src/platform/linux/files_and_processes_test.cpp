#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "platform/linux/capabilities.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/process.h"
#include "platform/linux/spdlog_log.h"
#include "platform/linux/system_clock.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

class FileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "kw-files-XXXXXX").native();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    dir_ = name;
  }
  void TearDown() override { fs::remove_all(dir_); }
  static unsigned mode(const std::string& path) {
    struct stat s{};
    EXPECT_EQ(::stat(path.c_str(), &s), 0);
    return s.st_mode & 07777;
  }
  std::string dir_;
};

TEST_F(FileTest, WritesReplacesReadsAndRemoves) {
  const auto path = dir_ + "/state";
  ASSERT_TRUE(write_file_durably(path, bytes_of("one")));
  EXPECT_EQ(mode(path), 0600U);
  ASSERT_TRUE(write_file_durably(path, bytes_of("second"), 0640));
  EXPECT_EQ(mode(path), 0640U);
  EXPECT_EQ(copy_text(read_file(path, 6).value()), "second");
  EXPECT_EQ(read_file(path, 5).code(), Errc::too_large);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir_), {}), 1);
  ASSERT_TRUE(remove_file_durably(path));
  ASSERT_TRUE(remove_file_durably(path));
  EXPECT_EQ(read_file(path, 5).code(), Errc::not_found);
}

TEST_F(FileTest, APrivateFileIsNobodyElses) {
  const auto path = dir_ + "/secret";
  ASSERT_TRUE(write_file_durably(path, bytes_of("s")));
  EXPECT_EQ(copy_text(read_private_file(path, 6).value()), "s");
  for (const mode_t wider : {0640, 0620, 0610, 0604, 0602, 0601}) {
    ASSERT_EQ(::chmod(path.c_str(), wider), 0);
    EXPECT_EQ(read_private_file(path, 6).code(), Errc::not_permitted) << std::oct << wider;
    EXPECT_TRUE(read_file(path, 6).has_value());
  }
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ASSERT_EQ(::chown(path.c_str(), 65534, 65534), 0);
  EXPECT_EQ(read_private_file(path, 6).code(), Errc::not_permitted);
}

TEST_F(FileTest, AFailedWriteLeavesNothing) {
  EXPECT_EQ(write_file_durably(dir_ + "/no/such", bytes_of("x")).code(), Errc::not_found);
  ASSERT_TRUE(fs::create_directory(dir_ + "/taken"));
  EXPECT_FALSE(write_file_durably(dir_ + "/taken", bytes_of("x")));  // a directory stands there
  EXPECT_EQ(std::distance(fs::directory_iterator(dir_), {}), 1);
  EXPECT_EQ(read_file(dir_ + "/taken", 10).code(), Errc::io);
}

TEST_F(FileTest, AFullDeviceIsNoSpace) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const auto outcome = run_process({{"sh", "-c", "mount -t tmpfs -o size=64k none " + dir_}});
  if (!outcome || outcome->exit_code != 0) GTEST_SKIP() << "mounting is not permitted here";
  const Bytes much(256 << 10, 7);
  const auto done = write_file_durably(dir_ + "/big", much);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir_), {}), 0);
  EXPECT_EQ(run_process({{"umount", dir_}})->exit_code, 0);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.code(), Errc::no_space);
}

TEST_F(FileTest, PrivateDirectoriesArePrivate) {
  const auto path = dir_ + "/a/b";
  ASSERT_TRUE(make_private_dir(path));
  EXPECT_EQ(mode(path), 0700U);
  fs::permissions(path, fs::perms::all);
  ASSERT_TRUE(make_private_dir(path + "/"));
  EXPECT_EQ(mode(path), 0700U);
  fs::create_directory_symlink("/tmp", dir_ + "/link");
  EXPECT_EQ(make_private_dir(dir_ + "/link").code(), Errc::not_permitted);
  ASSERT_TRUE(write_file_durably(dir_ + "/file", {}));
  EXPECT_EQ(make_private_dir(dir_ + "/file").code(), Errc::not_permitted);
}

TEST(Process, GivesInputAndTakesBothOutputs) {
  const auto outcome = run_process({{"sh", "-c", "cat; echo oops >&2; exit 3"}, std::string(200'000, 'x')});
  ASSERT_TRUE(outcome) << outcome.error().text();
  EXPECT_EQ(outcome->exit_code, 3);
  EXPECT_EQ(outcome->out.size(), 200'000U);
  EXPECT_EQ(outcome->err, "oops\n");
}

TEST(Process, IsKilledAtItsDeadlineAndAtItsBound) {
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(run_process({{"sleep", "30"}, {}, milliseconds(30)}).code(), Errc::timeout);
  EXPECT_EQ(run_process({{"sh", "-c", "exec >&- 2>&-; sleep 30"}, {}, milliseconds(60)}).code(), Errc::timeout);
  EXPECT_EQ(run_process({{"yes"}, {}, std::chrono::seconds(5), 1000}).code(), Errc::too_large);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(3));
}

TEST(Process, TellsAbsentProgramsAndSignals) {
  EXPECT_EQ(run_process({{"no-such-program-kw"}}).code(), Errc::not_found);
  EXPECT_EQ(run_process({}).code(), Errc::invalid);
  EXPECT_EQ(run_process({{"sh", "-c", "kill -9 $$"}})->exit_code, 128 + 9);
  EXPECT_EQ(run_process({{"true"}, "nobody reads this"})->exit_code, 0);
}

TEST(Process, InheritsNothing) {
  const UniqueFd leak(::dup(0));  // without close-on-exec, as a careless library would
  const auto outcome = run_process({{"ls", "/proc/self/fd"}});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->out, "0\n1\n2\n3\n");  // 3 is ls's own directory
  EXPECT_THAT(run_process({{"env"}})->out, testing::Not(testing::HasSubstr("USER")));
}

TEST_F(FileTest, LogLinesAreOneLineEach) {
  const auto path = dir_ + "/log";
  {
    auto log = SpdlogLog::to_file(path, LogLevel::warning).value();
    log->info("not.written");
    log->warning("link.closed", {{"reason", "peer said \"no\"\nevent=forged"}, {"peer", "10.0.0.1"}, {"empty", ""}});
    EXPECT_EQ(log->lost(), 0U);
  }
  EXPECT_THAT(copy_text(read_file(path, 10000).value()),
              testing::MatchesRegex("time=[0-9T:.Z-]+ level=warning event=link.closed "
                                    "reason=\"peer said \\\\\"no\\\\\"\\\\nevent=forged\" peer=10.0.0.1 empty=\"\"\n"));
  EXPECT_EQ(SpdlogLog::to_file("/proc/no/such/log").code(), Errc::io);
  EXPECT_EQ(logfmt("e", {{"k", std::string_view("a\x01z", 3)}}), "event=e k=\"a\\x01z\"");
  EXPECT_EQ(logfmt("e", {{"path", "/x/11010519491231002X"}}), "event=e path=/x/[id-number]");
  EXPECT_EQ(logfmt("e", {{"path", "/x/机密★.doc"}}), "event=e path=/x/[marking].doc");
  const auto cut = logfmt("e", {{"k", std::string(1017, 'x') + "/11010519491231002X"}});
  EXPECT_EQ(cut.substr(cut.size() - 8), "x/[id-nu") << "a cut leaves no part of a number";
}

TEST(SystemClock, RunsForward) {
  const SystemClock clock;
  const auto steady = clock.steady();
  EXPECT_GT(clock.now().unix_seconds(), 1'700'000'000);
  EXPECT_GE(clock.steady(), steady);
}

TEST(Capabilities, NameWhatIsMissing) {
  const auto here = probe_capabilities();
  std::printf("capabilities: %s\n", here.text().c_str());
  if (::geteuid() == 0 && here.has(Capability::net_admin)) {
    EXPECT_TRUE(here.has(Capability::nftables)) << here.text();
  }
  const auto without = probe_capabilities({.program = "/usr/sbin/no-such-nft"});
  EXPECT_FALSE(without.has(Capability::nft_program));
  EXPECT_FALSE(without.can_enforce());
  EXPECT_THAT(without.text(), testing::HasSubstr("nft_program (not_found"));
}

}  // namespace
}  // namespace kw::platform
