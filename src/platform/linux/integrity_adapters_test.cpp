// What section "integrity" asks of the machine: names of touched files, passes, restored files. On the real kernel, in
// a file system of the test's own; the contract of the recorded twins stands at the end.
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <set>

#include "platform/linux/fanotify_messages.h"
#include "platform/linux/fanotify_names.h"
#include "platform/linux/file_pass.h"
#include "platform/linux/mount_fixture_test.h"
#include "platform/linux/package_programs.h"
#include "platform/linux/restored_file.h"
#include "platform/recorded/recorded_files.h"

namespace kw::platform {
namespace {

using namespace device;
using namespace std::chrono_literals;

class NamesOnKernel : public MountTest {
 protected:
  void SetUp() override {
    MountTest::SetUp();
    if (IsSkipped()) return;
    std::filesystem::create_directories(at("etc/sub"));
    std::filesystem::create_directories(at("var"));
    write("etc/a", "one");
  }
  void TearDown() override {
    names.stop();
    MountTest::TearDown();
  }
  void start(FanotifyNames& watch) {
    const auto done = watch.start(
        std::make_shared<PathGlobs>(std::vector<std::string>{at("etc/**")}, std::vector<std::string>{at("etc/*.swp")}),
        [this](FileNews one) { news.add(std::move(one)); });
    if (!done && done.code() == Errc::not_permitted) GTEST_SKIP() << "fanotify is not permitted here";
    ASSERT_TRUE(done) << done.error().text();
  }
  std::optional<FileTouched> touched(const std::string& path, std::chrono::milliseconds most = 10s) {
    const auto found = news.wait(
        [&](const FileNews& one) {
          const auto* touch = std::get_if<FileTouched>(&one);
          return touch != nullptr && touch->path == path && !touch->open;
        },
        most);
    return found ? std::optional(std::get<FileTouched>(*found)) : std::nullopt;
  }
  FanotifyNames names;
  Heard<FileNews> news;
};

TEST_F(NamesOnKernel, EachKindOfChangeNamesPathAndProcess) {
  start(names);
  write("etc/a", "two");
  const auto seen = touched(at("etc/a"));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->by.pid, ::getpid());
  EXPECT_THAT(seen->by.program, testing::EndsWith("platform_test"));
  EXPECT_EQ(seen->by.user, "0");
  write("etc/sub/new", "x");
  EXPECT_TRUE(touched(at("etc/sub/new")));
  news.clear();
  std::filesystem::rename(at("etc/sub/new"), at("etc/b"));
  EXPECT_TRUE(touched(at("etc/b")));
  EXPECT_TRUE(touched(at("etc/sub/new")));
  news.clear();
  ::chmod(at("etc/b").c_str(), 04755);
  EXPECT_TRUE(touched(at("etc/b")));
  news.clear();
  std::filesystem::remove(at("etc/b"));
  EXPECT_TRUE(touched(at("etc/b")));
  std::filesystem::create_symlink("/etc/passwd", at("etc/link"));
  EXPECT_TRUE(touched(at("etc/link")));
}
TEST_F(NamesOnKernel, WhatIsNotWatchedTellsNothing) {
  start(names);
  write("var/x", "x");
  write("etc/x.swp", "x");
  write("etc/last", "x");
  ASSERT_TRUE(touched(at("etc/last")));
  for (const auto& one : news.all()) {
    EXPECT_THAT(std::get<FileTouched>(one).path, testing::Not(testing::EndsWith(".swp")));
    EXPECT_THAT(std::get<FileTouched>(one).path, testing::Not(testing::HasSubstr("/var/")));
  }
}
TEST_F(NamesOnKernel, AMappingAndABindMountAreNoWayAround) {
  write("etc/mapped", std::string(4096, 'a'));
  std::filesystem::create_directory(at("elsewhere"));
  ASSERT_EQ(::mount(at("etc").c_str(), at("elsewhere").c_str(), nullptr, MS_BIND, nullptr), 0);
  start(names);
  {
    const UniqueFd fd(::open(at("etc/mapped").c_str(), O_RDWR | O_CLOEXEC));
    auto* content = static_cast<char*>(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0));
    ASSERT_NE(content, MAP_FAILED);
    content[0] = 'b';
    ::munmap(content, 4096);
  }
  EXPECT_TRUE(touched(at("etc/mapped")));
  write("elsewhere/a", "three");
  EXPECT_TRUE(touched(at("etc/a")));
  EXPECT_FALSE(names.stale()) << "what is mounted elsewhere is no business of the watch";
  ::umount2(at("elsewhere").c_str(), MNT_DETACH);
}
TEST_F(NamesOnKernel, AMountOverWhatIsWatchedIsNoticed) {
  start(names);
  EXPECT_FALSE(names.stale());
  ASSERT_EQ(::mount(at("var").c_str(), at("etc/sub").c_str(), nullptr, MS_BIND, nullptr), 0);
  EXPECT_TRUE(names.stale());
  names.stop();
  start(names);
  EXPECT_FALSE(names.stale());
  ::umount2(at("etc/sub").c_str(), MNT_DETACH);
  EXPECT_TRUE(names.stale());
}
TEST_F(NamesOnKernel, AFolderThatMovesIsToldAsAWhole) {
  start(names);
  write("etc/sub/inside", "x");
  ASSERT_TRUE(touched(at("etc/sub/inside")));
  std::filesystem::rename(at("etc/sub"), at("etc/moved"));
  const auto seen = touched(at("etc/moved"));
  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->folder);
  write("etc/moved/inside", "y");
  EXPECT_TRUE(touched(at("etc/moved/inside"))) << "the old path is forgotten";
}
// What users of other systems complain of: a full queue that nobody hears of.
TEST_F(NamesOnKernel, QueueOverflowIsToldNotSilent) {
  FanotifyNames small({.unlimited_queue = false});
  std::mutex stall;
  stall.lock();
  std::atomic<bool> first = true;
  const auto started =
      small.start(std::make_shared<PathGlobs>(std::vector<std::string>{at("etc/**")}, std::vector<std::string>{}),
                  [&](FileNews one) {
                    if (first.exchange(false)) {
                      const std::lock_guard wait(stall);  // the reader is held up
                    }
                    news.add(std::move(one));
                  });
  if (!started && started.code() == Errc::not_permitted) GTEST_SKIP() << "fanotify is not permitted here";
  ASSERT_TRUE(started) << started.error().text();
  for (int i = 0; i < 12'000; ++i) write("etc/f" + std::to_string(i), "");  // more than two events each
  stall.unlock();
  EXPECT_TRUE(news.wait([](const FileNews& one) { return std::holds_alternative<FilesLost>(one); }, 60s));
  small.stop();
}
TEST_F(NamesOnKernel, AnUnlimitedQueueLosesNothing) {
  start(names);
  for (int i = 0; i < 12'000; ++i) write("etc/f" + std::to_string(i), "");
  EXPECT_TRUE(touched(at("etc/f11999"), 60s));
  std::set<std::string> paths;
  for (const auto& one : news.all()) {
    ASSERT_TRUE(std::holds_alternative<FileTouched>(one));
    paths.insert(std::get<FileTouched>(one).path);
  }
  EXPECT_EQ(paths.size(), 12'000U);
}
TEST(FanotifyMessages, WhatDoesNotHoldTogetherIsRefused) {
  std::vector<NameEvent> out;
  EXPECT_TRUE(parse_name_events({}, out));
  EXPECT_EQ(parse_name_events(Bytes(23, 1), out).code(), Errc::malformed);
  EXPECT_EQ(parse_name_events(Bytes(64, 0xff), out).code(), Errc::malformed);
  EXPECT_EQ(parse_name_events(Bytes(64, 0), out).code(), Errc::malformed);
  EXPECT_EQ(parse_folder(Bytes(4)).code(), Errc::malformed);
}

class FilesOnDisk : public MountTest {
 protected:
  LinuxFiles files;
  std::map<std::string, std::optional<FileState>> seen;
  Result<PassTotals> pass(
      PassOptions options = {}, const std::vector<std::string>& known = {},
      const std::function<bool()>& stop = [] { return false; }) {
    return files.pass(
        PathGlobs({at("etc/**")}, {}), known, options,
        [this](const std::string& path, const std::optional<FileState>& state) { seen[path] = state; },
        [this](const PassProgress& at_now) { progress.push_back(at_now); }, stop);
  }
  std::vector<PassProgress> progress;
};

TEST_F(FilesOnDisk, APassSeesEveryFileOnceAndRightAndWhatIsMissing) {
  std::filesystem::create_directories(at("etc/sub"));
  for (int i = 0; i < 300; ++i)
    write("etc/sub/f" + std::to_string(i), std::string(static_cast<std::size_t>(i * 700), static_cast<char>(i)), 0640);
  write("etc/empty", "");
  std::filesystem::create_symlink("../x", at("etc/link"));
  std::filesystem::create_symlink(place, at("etc/loop"));
  const auto totals = pass({2, 0}, {at("etc/gone"), at("etc/empty")});
  ASSERT_TRUE(totals) << totals.error().text();
  EXPECT_EQ(totals->files, 305U) << "300 files, an empty one, two links, a folder, a missing one";
  EXPECT_EQ(totals->failed, 0U);
  EXPECT_EQ(seen.size(), 305U);
  EXPECT_EQ(seen.at(at("etc/gone")), std::nullopt);
  EXPECT_EQ(seen.at(at("etc/empty"))->digest, crypto::sm3({}));
  EXPECT_EQ(seen.at(at("etc/link"))->digest, crypto::sm3(bytes_of("../x")));
  EXPECT_TRUE(S_ISLNK(seen.at(at("etc/link"))->mode));
  for (int i = 0; i < 300; ++i) {
    const auto path = at("etc/sub/f" + std::to_string(i));
    EXPECT_EQ(seen.at(path)->digest, digest(path)) << path;
    EXPECT_EQ(seen.at(path)->mode, 0100640U);
  }
  ASSERT_FALSE(progress.empty());
  EXPECT_EQ(progress.back().done, progress.back().total);
}
TEST_F(FilesOnDisk, APassEndsWhenItIsToldTo) {
  std::filesystem::create_directories(at("etc"));
  for (int i = 0; i < 1000; ++i) write("etc/f" + std::to_string(i), "x");
  EXPECT_EQ(pass({}, {}, [this] { return !progress.empty(); }).code(), Errc::cancelled);
  ASSERT_FALSE(progress.empty());
  EXPECT_GT(progress.back().done, 0U);
  EXPECT_LT(progress.back().done, 1000U);
}
TEST_F(FilesOnDisk, APassOverOneFolderSeesNothingElse) {
  std::filesystem::create_directories(at("etc/sub/deep"));
  write("etc/a", "x");
  write("etc/sub/b", "x");
  write("etc/sub/deep/c", "x");
  write("etc/sub-other", "x");
  std::set<std::string> paths;
  ASSERT_TRUE(files.pass(
      PathGlobs({at("etc/**")}, {}).within(at("etc/sub")), {}, {},
      [&](const std::string& path, const auto&) { paths.insert(path); }, {}, [] { return false; }));
  EXPECT_EQ(paths, (std::set<std::string>{at("etc/sub"), at("etc/sub/b"), at("etc/sub/deep"), at("etc/sub/deep/c")}));
}
TEST_F(FilesOnDisk, APassKeepsToItsSpeed) {
  std::filesystem::create_directories(at("etc"));
  for (int i = 0; i < 8; ++i) write("etc/f" + std::to_string(i), std::string(std::size_t{256} << 10, 'x'));
  const auto began = std::chrono::steady_clock::now();
  ASSERT_TRUE(pass({2, std::uint64_t{8} << 20}));
  EXPECT_GE(std::chrono::steady_clock::now() - began, 200ms) << "2 MiB at 8 MiB/s";
}
TEST_F(FilesOnDisk, AKeyFileIsPutBackWhateverStandsInTheWay) {
  const KeyFileContent wanted{1, copy(bytes_of("a = 1\n")), 0640, 0, 42};
  const auto path = at("deep/er/kiosk.conf");
  const auto is_right = [&] {
    const auto now = files.state(path).value();
    return now && *now == FileState{crypto::sm3(wanted.content), 0100640, 0, 42};
  };
  ASSERT_TRUE(files.restore(path, wanted));
  EXPECT_TRUE(is_right());
  const std::vector<std::pair<const char*, std::function<void()>>> attacks = {
      {"edited", [&] { std::ofstream(path) << "a = 2\n"; }},
      {"removed", [&] { std::filesystem::remove(path); }},
      {"mode", [&] { ::chmod(path.c_str(), 0666); }},
      {"owner", [&] { [[maybe_unused]] const int done = ::chown(path.c_str(), 1000, 1000); }},
      {"a link",
       [&] {
         std::filesystem::remove(path);
         std::filesystem::create_symlink("/dev/null", path);
       }},
      {"a folder",
       [&] {
         std::filesystem::remove(path);
         std::filesystem::create_directory(path);
       }},
      {"a FIFO",
       [&] {
         std::filesystem::remove(path);
         ::mkfifo(path.c_str(), 0644);
       }},
      {"mounted over",
       [&] {
         std::ofstream(at("mine")) << "a = 3\n";
         ASSERT_EQ(::mount(at("mine").c_str(), path.c_str(), nullptr, MS_BIND, nullptr), 0);
       }},
      {"mounted over twice",
       [&] {
         for (int i = 0; i < 2; ++i) ASSERT_EQ(::mount(at("mine").c_str(), path.c_str(), nullptr, MS_BIND, nullptr), 0);
       }},
  };
  for (const auto& [name, attack] : attacks) {
    SCOPED_TRACE(name);
    attack();
    EXPECT_FALSE(is_right());
    const auto done = files.restore(path, wanted);
    EXPECT_TRUE(done) << done.error().text();
    EXPECT_TRUE(is_right());
  }
  for (const auto& one : std::filesystem::directory_iterator(at("deep/er")))
    EXPECT_EQ(one.path(), path) << "nothing is left behind";
}
TEST_F(FilesOnDisk, AnImmutableFileIsPutBackToo) {
  // tmpfs keeps these flags since Linux 6.6; where it does not, the test has nothing to stage.
  const KeyFileContent wanted{1, copy(bytes_of("a = 1\n")), 0644, 0, 0};
  write("kiosk.conf", "a = 2\n");
  const UniqueFd fd(::open(at("kiosk.conf").c_str(), O_RDONLY | O_CLOEXEC));
  const long flags = FS_IMMUTABLE_FL;
  if (::ioctl(fd.get(), FS_IOC_SETFLAGS, &flags) != 0) GTEST_SKIP() << "no immutable flag on this file system";
  EXPECT_TRUE(files.restore(at("kiosk.conf"), wanted));
  EXPECT_EQ(files.content(at("kiosk.conf"), 64).value(), wanted.content);
}
TEST_F(FilesOnDisk, WhatCannotBePutBackSaysWhyAndLeavesNothing) {
  std::filesystem::create_directories(at("full/inner"));
  write("full/inner/x", "x");
  const auto refused = files.restore(at("full"), {1, {}, 0644, 0, 0});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail().find("/full"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(at("full/inner/x")));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(place), {}), 1);
}

TEST_F(FilesOnDisk, PackagesAreLearntAsTheyWereInstalledAndNotOtherwise) {
  for (const auto* folder : {"var/lib/dpkg/info", "usr/bin", "opt/kiosk/sub"})
    std::filesystem::create_directories(at(folder));
  write("usr/bin/good", "#!/bin/sh\n", 0755);
  write("usr/bin/changed", "#!/bin/sh\nevil\n", 0755);
  write("usr/bin/doc", "text");
  write("usr/bin/python3", "interpreter", 0755);
  write("usr/bin/which.distrib", "diverted", 0755);
  write("usr/bin/which", "in its place", 0755);
  write("opt/kiosk/sub/app", "app", 0755);
  write("opt/kiosk/sub/data", "data");
  std::filesystem::create_symlink("/", at("opt/kiosk/up"));
  write("var/lib/dpkg/diversions", "/usr/bin/which\n/usr/bin/which.distrib\nother\n");
  const auto md5 = [&](const std::string& name) {
    const auto out = run_process({{"md5sum", at(name)}});
    return out ? out->out.substr(0, 32) : std::string();
  };
  write("var/lib/dpkg/info/a:amd64.md5sums", md5("usr/bin/good") + "  usr/bin/good\n" + md5("usr/bin/good") +
                                                 "  usr/bin/changed\n" + md5("usr/bin/doc") + "  usr/bin/doc\n" +
                                                 md5("usr/bin/good") + "  usr/bin/gone\n" + md5("usr/bin/python3") +
                                                 "  usr/bin/python3\n");
  write("var/lib/dpkg/info/w.md5sums", md5("usr/bin/which.distrib") + "  usr/bin/which\n");

  PackagePrograms source({place});
  const auto learnt = source.learn({{"/opt/kiosk"}, {"/usr/bin/python3"}, {}}, [] { return false; });
  ASSERT_TRUE(learnt) << learnt.error().text();
  std::map<std::string, bool> found;
  for (const auto& one : learnt->programs) {
    EXPECT_EQ(one.digest, digest(place + one.path)) << one.path;
    found[one.path] = one.interpreter;
  }
  EXPECT_EQ(found, (std::map<std::string, bool>{{"/usr/bin/good", false},
                                                {"/usr/bin/python3", true},
                                                {"/usr/bin/which.distrib", false},
                                                {"/opt/kiosk/sub/app", false}}));
  EXPECT_EQ(learnt->changed, std::vector<std::string>{"/usr/bin/changed"});
  EXPECT_EQ(source.learn({}, [] { return true; }).code(), Errc::cancelled);
  write("var/lib/dpkg/info/w.md5sums", "nonsense\n");
  EXPECT_EQ(source.learn({}, [] { return false; }).code(), Errc::malformed);
}

// ---- what both sources and both watches promise ------------------------------------------------------------------
class FilesContract : public MountTest, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, FilesContract, testing::Values("Linux", "Recorded"),
                         [](const auto& param) { return std::string(param.param); });

TEST_P(FilesContract, PassWatchAndRestoreAgree) {
  const bool real = GetParam() == std::string("Linux");
  auto disk = std::make_shared<RecordedDisk>();
  std::unique_ptr<FileSource> source;
  std::unique_ptr<FileWatch> watch;
  if (real)
    source = std::make_unique<LinuxFiles>();
  else
    source = std::make_unique<RecordedFiles>(disk);
  if (real)
    watch = std::make_unique<FanotifyNames>();
  else
    watch = std::make_unique<RecordedFileWatch>(disk);
  const auto put = [&](const std::string& name, std::string_view text) {
    if (real) return write(name, text);
    disk->put(at(name), text);
    disk->touch(at(name));
  };
  if (real) std::filesystem::create_directory(at("etc"));
  put("etc/a", "one");
  put("b", "other");

  Heard<FileNews> news;
  const auto globs = std::make_shared<PathGlobs>(std::vector<std::string>{at("etc/**")}, std::vector<std::string>{});
  ASSERT_TRUE(watch->start(globs, [&](FileNews one) { news.add(std::move(one)); }));
  EXPECT_EQ(watch->start(globs, [](FileNews) {}).code(), Errc::wrong_state);
  std::map<std::string, std::optional<FileState>> seen;
  const auto visit = [&](const std::string& path, const std::optional<FileState>& state) { seen[path] = state; };
  ASSERT_TRUE(source->pass(*globs, {at("etc/gone")}, {}, visit, {}, [] { return false; }));
  EXPECT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen.at(at("etc/gone")), std::nullopt);
  EXPECT_EQ(seen.at(at("etc/a")), source->state(at("etc/a")).value());
  EXPECT_EQ(source->pass(*globs, {}, {}, visit, {}, [] { return true; }).code(), Errc::cancelled);
  put("etc/a", "two");
  EXPECT_TRUE(news.wait([&](const FileNews& one) {
    const auto* touch = std::get_if<FileTouched>(&one);
    return touch != nullptr && touch->path == at("etc/a") && touch->by.pid != 0;
  }));
  ASSERT_TRUE(source->restore(at("etc/a"), {1, copy(bytes_of("one")), 0644, 0, 0}));
  EXPECT_EQ(source->content(at("etc/a"), 3).value(), copy(bytes_of("one")));
  EXPECT_EQ(source->content(at("etc/a"), 2).code(), Errc::too_large);
  EXPECT_EQ(source->content(at("etc/none"), 2).code(), Errc::not_found);
  EXPECT_EQ(source->state(at("etc/none")).value(), std::nullopt);
  watch->stop();
  watch->stop();
}

}  // namespace
}  // namespace kw::platform
