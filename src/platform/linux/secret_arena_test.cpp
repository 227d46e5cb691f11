// One contract for both kinds of memory: pieces, what is wiped, who cannot see it.
#include "platform/linux/secret_arena.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "platform/linux/unique_fd.h"

namespace kw::platform {
namespace {

constexpr std::size_t kRoom = 16384;

/// What the kernel says of the mapping that holds an address: a line of smaps, by its first word.
std::string mapping_line(const void* at, const std::string& word) {
  std::ifstream file("/proc/self/smaps");
  std::string line;
  bool inside = false;
  while (std::getline(file, line)) {
    unsigned long long from = 0, to = 0;
    if (std::sscanf(line.c_str(), "%llx-%llx ", &from, &to) == 2) {  // NOLINT(cert-err34-c): two numbers were found
      const auto here = reinterpret_cast<std::uintptr_t>(at);
      inside = here >= from && here < to;
    } else if (inside && line.starts_with(word)) {
      return line;
    }
  }
  return {};
}

struct SecretArenaTest : ::testing::TestWithParam<SecretArena::Kind> {
  std::unique_ptr<SecretArena> arena;
  void SetUp() override {
    auto made = SecretArena::make(kRoom, GetParam());
    if (!made && made.code() == Errc::unsupported) GTEST_SKIP() << "this kernel has no memfd_secret";
    ASSERT_TRUE(made) << made.error().text();
    arena = std::move(*made);
  }
  MutableByteView piece(std::string_view text) const {
    auto out = arena->take(text.size());
    EXPECT_TRUE(out) << (out ? "" : out.error().text());
    std::memcpy(out->data(), text.data(), text.size());
    return *out;
  }
};

TEST_P(SecretArenaTest, HoldsPiecesAndWipesWhatIsReleased) {
  const auto first = piece("first value"), second = piece("second value");
  EXPECT_EQ(text_of(first), "first value");
  EXPECT_EQ(text_of(second), "second value");
  EXPECT_EQ(arena->pieces(), 2U);
  arena->release(first);
  EXPECT_TRUE(std::ranges::all_of(first, [](Byte b) { return b == 0; }));
  EXPECT_EQ(text_of(second), "second value");
  arena->release(first);  // nobody's any more
  EXPECT_EQ(piece("third").data(), first.data()) << "the first gap that is large enough";
  arena->wipe();
  EXPECT_TRUE(std::ranges::all_of(second, [](Byte b) { return b == 0; }));
  EXPECT_EQ(arena->pieces(), 0U);
}

TEST_P(SecretArenaTest, SaysWhereItEnds) {
  EXPECT_EQ(arena->take(0).code(), Errc::invalid);
  EXPECT_EQ(arena->take(kRoom + 1).code(), Errc::too_large);
  std::vector<MutableByteView> all;
  for (auto one = arena->take(1000); one; one = arena->take(1000)) all.push_back(*one);
  EXPECT_EQ(all.size(), kRoom / 1008);
  EXPECT_EQ(arena->take(1000).code(), Errc::too_large);
  for (std::size_t i = 1; i < 5; ++i) arena->release(all[i]);
  const auto large = arena->take(4 * 1008);
  ASSERT_TRUE(large) << "neighbours make one gap";
  EXPECT_EQ(large->data(), all[1].data());
  EXPECT_EQ(arena->take(1000).code(), Errc::too_large);
}

TEST_P(SecretArenaTest, StandsBetweenPagesThatNobodyTouches) {
  const auto all = arena->take(kRoom);
  ASSERT_TRUE(all);
  all->front() = all->back() = 1;
  volatile Byte* const before = all->data() - 1;
  volatile Byte* const behind = all->data() + kRoom;
  EXPECT_DEATH(*before = 1, "");
  EXPECT_DEATH(*behind = 1, "");
}

TEST_P(SecretArenaTest, NoChildHasIt) {
  const auto value = piece("value");
  const auto child = ::fork();
  if (child == 0) ::_exit(*static_cast<volatile Byte*>(value.data()) == 'v' ? 0 : 1);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child read it";
}

TEST_P(SecretArenaTest, NoDumpNoSwapAndWhereTheKernelCanNoReader) {
  const auto value = piece("value");
  const auto flags = mapping_line(value.data(), "VmFlags:");
  EXPECT_NE(flags.find(" dd"), std::string::npos) << flags;
  EXPECT_NE(flags.find(" dc"), std::string::npos) << flags;
  EXPECT_NE(flags.find(" lo"), std::string::npos) << flags;
  const UniqueFd memory(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
  std::string read(5, '\0');
  const auto got = ::pread(memory.get(), read.data(), read.size(),
                           static_cast<off_t>(reinterpret_cast<std::uintptr_t>(value.data())));
  if (arena->kind() == SecretArena::Kind::secret) {
    EXPECT_LT(got, 0);
  } else {
    EXPECT_EQ(read, "value") << "a debugger that is root";
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, SecretArenaTest,
                         ::testing::Values(SecretArena::Kind::secret, SecretArena::Kind::locked),
                         [](const auto& kind) { return std::string(name(kind.param)); });

TEST(SecretArenas, TheBestKindIsTaken) {
  const auto best = SecretArena::make(kRoom), secret = SecretArena::make(kRoom, SecretArena::Kind::secret);
  ASSERT_TRUE(best) << best.error().text();
  EXPECT_EQ((*best)->kind() == SecretArena::Kind::secret, secret.has_value());
  EXPECT_EQ((*best)->size(), kRoom);
}

}  // namespace
}  // namespace kw::platform
