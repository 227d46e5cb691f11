// What a session left, in real processes, files and a file system of the test's own: it is found, and found no more
// once it has gone.
#include "drill/search.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "crypto/random.h"
#include "drill/plant.h"
#include "platform/linux/linux_purge_port.h"
#include "platform/linux/unique_fd.h"

namespace kw::drill {
namespace {

namespace fs = std::filesystem;
using platform::UniqueFd;
using Kind = v1::DrillPlanting;

/// A child of this process that does one thing, says so, and waits for the next word.
class Child {
 public:
  explicit Child(const std::function<void(const std::function<void()>& step)>& work) {
    std::array<int, 2> up{}, down{};
    EXPECT_EQ(::pipe(up.data()) + ::pipe(down.data()), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(up[0]);
      ::close(down[1]);
      work([&] {
        char word = 'x';
        if (::write(up[1], &word, 1) != 1 || ::read(down[0], &word, 1) != 1) ::_exit(0);
      });
      ::_exit(0);
    }
    ::close(up[1]);
    ::close(down[0]);
    up_.reset(up[0]);
    down_.reset(down[1]);
  }
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  void wait() {
    char word = 0;
    EXPECT_EQ(::read(up_.get(), &word, 1), 1);
  }
  void go_on() { EXPECT_EQ(::write(down_.get(), "x", 1), 1); }
  [[nodiscard]] int pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  UniqueFd up_, down_;
};

class SearchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    random.fill(mask);
    // Only under the mask in this process: whoever needs it whole unmasks it.
    const Bytes letters = random.bytes(28);
    for (const auto octet : letters) hidden.push_back(static_cast<Byte>('a' + octet % 26));
    hidden = device::masked(hidden, mask);
    ASSERT_TRUE(needles.add(Kind::TEMPORARY, hidden));
    fs::create_directories(root);
  }
  void TearDown() override { fs::remove_all(root); }
  [[nodiscard]] std::string canary() const { return std::string(text_of(device::masked(hidden, mask))); }
  v1::DrillReport looked(const std::function<Result<>(const SearchTools&)>& search) {
    device::DrillTally tally;
    const device::Needles own = copy_of_needles();
    const SearchTools tools{own, tally, [](Duration) { return Result<>(); }};
    const auto done = search(tools);
    EXPECT_TRUE(done) << (done ? "" : done.error().text());
    return tally.report();
  }
  [[nodiscard]] device::Needles copy_of_needles() const {
    device::Needles out(mask);
    EXPECT_TRUE(out.add(Kind::TEMPORARY, hidden));
    return out;
  }
  crypto::SystemRandom random;
  device::NeedleMask mask{};
  device::Needles needles{mask};
  Bytes hidden;
  std::string root = (fs::path(::testing::TempDir()) / ("kw-drill-" + std::to_string(::getpid()))).string();
};

TEST_F(SearchTest, memory_of_another_process_until_it_is_wiped) {
  Child child([&](const auto& step) {
    step();
    auto kept = std::make_unique<std::string>(canary());
    std::u16string wide(kept->begin(), kept->end());
    step();
    ::explicit_bzero(kept->data(), kept->size());
    ::explicit_bzero(wide.data(), wide.size() * 2);
    // What unmasking left on the way is this test's own.
    step();
  });
  child.wait();
  const auto memory = [&](const SearchTools& tools) { return search_memory(tools, {child.pid()}); };
  const auto before = looked(memory);
  EXPECT_EQ(before.hits_in_all(), 0U);
  EXPECT_GT(before.places(0).octets(), 100'000U);
  child.go_on();
  child.wait();
  const auto held = looked(memory);
  EXPECT_GE(held.hits_in_all(), 2U);
  bool plain = false, wide = false;
  for (const auto& hit : held.hits()) (hit.wide() ? wide : plain) = true;
  EXPECT_TRUE(plain);
  EXPECT_TRUE(wide);
  EXPECT_EQ(held.hits(0).part().substr(0, std::to_string(child.pid()).size()), std::to_string(child.pid()));
}
TEST_F(SearchTest, this_process_is_not_searched_and_the_child_is) {
  Child child([](const auto& step) { step(); });
  child.wait();
  const auto seen = processes_of(::getpid(), {});
  EXPECT_EQ(std::ranges::count(seen, ::getpid()), 0);
  EXPECT_EQ(std::ranges::count(seen, child.pid()), 1);
}
TEST_F(SearchTest, a_file_without_a_name_that_somebody_holds) {
  Child child([&](const auto& step) {
    const UniqueFd fd(::memfd_create("form", 0));
    const auto text = "..." + canary();
    if (::write(fd.get(), text.data(), text.size()) < 0) ::_exit(1);
    step();
  });
  child.wait();
  const auto held = looked([&](const SearchTools& tools) { return search_open_files(tools, {child.pid()}); });
  ASSERT_EQ(held.hits_in_all(), 1U);
  EXPECT_EQ(held.hits(0).offset(), 3U);
}
TEST_F(SearchTest, files_and_their_names_but_not_what_a_link_names) {
  fs::create_directories(root + "/deep/deeper");
  std::ofstream(root + "/deep/deeper/form") << std::string(3'000'000, '.') << canary();
  std::ofstream(root + "/" + canary()) << "x";
  fs::create_symlink("/etc", root + "/elsewhere");
  const auto found = looked([&](const SearchTools& tools) { return search_tree(tools, "tmpfs", root); });
  ASSERT_EQ(found.hits_in_all(), 2U);
  for (const auto& hit : found.hits()) {
    EXPECT_EQ(hit.part().find(canary()), std::string::npos) << "never a name";
    EXPECT_NE(hit.part().find("inode"), hit.part().find("name"));
  }
  EXPECT_EQ(found.places(0).octets(), 3'000'000U + 28 + 1);
  fs::remove_all(root + "/deep");
  fs::remove(root + "/" + canary());
  EXPECT_EQ(looked([&](const SearchTools& tools) { return search_tree(tools, "tmpfs", root); }).hits_in_all(), 0U);
}
TEST_F(SearchTest, a_removed_file_is_still_on_its_disk) {
  const auto image = root + "/image", point = root + "/disk";
  fs::create_directories(point);
  const auto make =
      "truncate -s 4M " + image + " && mkfs.ext2 -q -F " + image + " && mount -o loop " + image + " " + point;
  if (std::system((make + " 2>/dev/null").c_str()) != 0) GTEST_SKIP() << "no loop devices here";
  std::ofstream(point + "/form") << canary();
  ::sync();
  fs::remove(point + "/form");
  const BlockLimits whole{1U << 30, 0}, nothing{0, 0}, little{1, 0};
  const auto blocks = [&](BlockLimits limits) {
    return looked([&](const SearchTools& tools) { return search_blocks(tools, {point, point}, limits); });
  };
  const auto found = blocks(whole);
  EXPECT_EQ(blocks(nothing).places(0).not_searched(), 1U);
  EXPECT_EQ(blocks(little).places(0).reason(), "beyond what policy asks");
  ASSERT_EQ(std::system(("umount " + point).c_str()), 0);
  ASSERT_EQ(found.places_size(), 1);
  EXPECT_EQ(found.places(0).octets(), 4U << 20) << "one device, once";
  EXPECT_EQ(found.hits_in_all(), 1U);
}
TEST_F(SearchTest, a_search_ends_where_the_guard_has_gone) {
  std::ofstream(root + "/form") << "x";
  device::DrillTally tally;
  const SearchTools tools{needles, tally, [](Duration) { return Result<>(fail(Errc::closed, "the guard")); }};
  EXPECT_EQ(search_tree(tools, "tmpfs", root).code(), Errc::closed);
}
TEST_F(SearchTest, planting_leaves_what_it_says_and_keeps_no_canary) {
  if (::geteuid() != 0) GTEST_SKIP() << "it becomes another user";
  v1::DrillTask task;
  task.add_users("games");
  for (const auto* place : {"session", "cache", "tmp", "shm", "spool"}) {
    fs::create_directories(root + "/" + place);
    ASSERT_EQ(::chmod((root + "/" + place).c_str(), 0777), 0);
  }
  task.set_directory(root + "/session");
  task.add_caches(root + "/no-such-place");
  task.add_caches(root + "/cache");
  task.add_temporary(root + "/tmp");
  task.set_shared_memory(root + "/shm");
  task.set_print_spool(root + "/spool");
  const auto planted = plant(task, mask, random);
  ASSERT_TRUE(planted) << planted.error().text();
  EXPECT_FALSE(planted->session);
  std::map<Kind::Canary, std::string> told;
  for (const auto& one : planted->canaries)
    told[one.told.canary()] = one.told.planted() ? "planted" : one.told.reason();
  EXPECT_EQ(told[Kind::BODY], "no local API");
  EXPECT_EQ(told[Kind::VALUE], "not offered");
  EXPECT_EQ(told[Kind::CLIPBOARD], "not offered");
  for (const auto kind :
       {Kind::TEMPORARY, Kind::CACHE, Kind::TEMPORARY_FILE, Kind::SHARED, Kind::SEGMENT, Kind::PRINT_JOB})
    EXPECT_EQ(told[kind], "planted") << Kind::Canary_Name(kind);
  device::Needles all(mask);
  for (const auto& one : planted->canaries) ASSERT_TRUE(all.add(one.told.canary(), one.masked));
  device::DrillTally tally;
  const SearchTools tools{all, tally, [](Duration) { return Result<>(); }};
  ASSERT_TRUE(search_tree(tools, "tmpfs", root));
  // A name and a number of the same person: each canary stands twice in its form.
  EXPECT_EQ(tally.report().hits_in_all(), 2U * 5);
  device::DrillTally shared;
  const SearchTools beside{all, shared, [](Duration) { return Result<>(); }};
  ASSERT_TRUE(search_segments(beside));
  EXPECT_EQ(shared.report().hits_in_all(), 2U) << "and no process has it";
  platform::PurgePlaces segments_alone;
  segments_alone.directory = root + "/none";
  segments_alone.temporary.clear();
  segments_alone.shared_memory.clear();
  platform::LinuxPurgePort port(segments_alone);
  device::PurgeWish wish;
  wish.users = {"games"};
  wish.ended = {INT64_MAX};
  wish.print_jobs = wish.temporary_files = false;
  const auto stop = [] { return false; };
  for (const auto& change : plan_purge(wish, *port.look(wish, stop))) EXPECT_TRUE(port.apply(change, stop));
}

}  // namespace
}  // namespace kw::drill
