// The process that reads documents: what it says, and what becomes of one that breaks. This test program is its own
// child, as the agent is.
#include "platform/linux/document_child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/linux/durable_file.h"
#include "platform/linux/privileges.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {
namespace {

using device::ScanVerdict;

// Runs before main: started as the document reader, the program is one.
[[maybe_unused]] const bool kStartedAsReader = [] {
  const auto words = read_file("/proc/self/cmdline", 1U << 16);
  std::vector<std::string> all;
  for (std::size_t at = 0; words && at < words->size();) {
    const auto text = text_of(*words).substr(at);
    all.emplace_back(text.substr(0, text.find('\0')));
    at += all.back().size() + 1;
  }
  if (all.size() > 1 && all[1] == kDocumentReader) ::_exit(document_child(std::span(all).subspan(2)));
  return false;
}();

class DocumentChild : public ::testing::Test {
 protected:
  Result<device::ScanReply> read(std::string_view text, std::chrono::seconds most = std::chrono::seconds(30)) {
    const UniqueFd file(::memfd_create("document", MFD_CLOEXEC));
    EXPECT_EQ(::write(file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    return scanner.scan(file.get(), most, stop);
  }
  DocumentScanner scanner;
  device::Scanner::Stop stop;
};

TEST_F(DocumentChild, says_what_it_found) {
  const auto marked = read("机密★10年");
  ASSERT_TRUE(marked) << marked.error().text();
  EXPECT_EQ(marked->verdict, ScanVerdict::infected);
  EXPECT_EQ(marked->name, "机密★10年");
  EXPECT_EQ(read("公开")->verdict, ScanVerdict::clean);
  const auto picture = read("\x89PNG\r\n\x1a\n\x01\x02");
  EXPECT_EQ(picture->verdict, ScanVerdict::limited);
  EXPECT_EQ(picture->name, "picture");
}
TEST_F(DocumentChild, has_policy_s_words) {
  scanner.use("内部资料\nInternal use\n");
  EXPECT_EQ(read("仅限内部 资料")->name, "内部资料");
  EXPECT_EQ(read("for internal use")->name, "internaluse");
  scanner.use("");
  EXPECT_EQ(read("仅限内部资料")->verdict, ScanVerdict::clean);
}
TEST_F(DocumentChild, time_and_the_end_of_the_section_end_it) {
  EXPECT_EQ(read("x", std::chrono::seconds(0)).code(), Errc::timeout);
  stop = [] { return true; };
  EXPECT_EQ(read("x").code(), Errc::cancelled);
}
TEST_F(DocumentChild, a_document_beyond_its_memory_is_a_failure_and_not_the_guard_s) {
  const UniqueFd file(::memfd_create("document", MFD_CLOEXEC));
  ASSERT_EQ(::ftruncate(file.get(), off_t{80} << 20), 0);
  const auto reply = scanner.scan(file.get(), std::chrono::seconds(30), {});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->verdict, ScanVerdict::failed);
}
TEST_F(DocumentChild, computing_allows_no_more) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!only_compute()) ::_exit(9);
    static_cast<void>(::open("/etc/passwd", O_RDONLY));
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) << status;
}

}  // namespace
}  // namespace kw::platform
