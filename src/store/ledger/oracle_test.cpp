// tests/oracle/verify_ledger.py, which shares no code with this library, reads what the writer wrote.
#include <sys/wait.h>

#include <cstdio>

#include "store/ledger/ledger_test_support.h"

namespace kw::store {
namespace {

using namespace testing;

struct Answer {
  int code = -1;
  std::string text;
};

Answer ask(const std::filesystem::path& dir) {
  const std::string command =
      "python3 -B " KW_SOURCE_DIR "/tests/oracle/verify_ledger.py '" + dir.string() + "' 2>/dev/null";
  Answer out;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return out;
  std::array<char, 256> part;
  while (const auto n = std::fread(part.data(), 1, part.size(), pipe)) out.text.append(part.data(), n);
  const int status = ::pclose(pipe);
  out.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return out;
}

TEST(Oracle, ComputesTheSameRoot) {
  TempDir temp;
  make_ledger(temp.ledger(), 700);
  const auto answer = ask(temp.ledger());
  if (answer.code == 77) GTEST_SKIP() << "this Python's hashlib has no SM3";
  ASSERT_EQ(answer.code, 0);
  EXPECT_EQ(answer.text, "700 " + to_hex(root_of(700)) + "\n");

  const auto path = LedgerLayout{temp.ledger()}.segment(0);
  auto octets = read_whole(path);
  octets[kSegmentHeader + kRecordHeader] ^= 1;
  write_whole(path, octets);
  EXPECT_EQ(ask(temp.ledger()).code, 1);
}

}  // namespace
}  // namespace kw::store
