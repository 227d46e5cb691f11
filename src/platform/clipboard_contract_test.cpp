// What the guard relies on of a clipboard process, the real one (on an X server without a monitor) and the recorded one.
#include <gtest/gtest.h>
#include <poll.h>

#include <filesystem>

#include "platform/linux/clipboard_child.h"
#include "platform/linux/x_server_fixture_test.h"
#include "platform/recorded/recorded_clipboard.h"

namespace kw::platform {
namespace {

using namespace std::chrono_literals;
using device::ClipboardNews;

class ClipboardContract : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    starter = std::make_unique<RecordedClipboardStarter>(recorded);
    if (!GetParam()) return;
    program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "../../bin/kioskward-clipboard";
    if (!std::filesystem::exists(program)) GTEST_SKIP() << "kioskward-clipboard is not built";
    server.emplace();
    if (server->display().empty()) GTEST_SKIP() << "no Xvfb here";
    use(server->display());
  }
  void use(const std::string& display) {
    starter = std::make_unique<ClipboardChildStarter>(ScreenAccess{display, {}, {}}, program.string());
  }
  void begin() {
    auto started = starter->start();
    ASSERT_TRUE(started) << started.error().text();
    process = std::move(*started);
    send(device::clipboard_rules_text({true, false, false, 60, {"内部资料"}}));
  }
  void send(std::string_view text) {
    ASSERT_EQ(::send(process->socket(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  /// The next message; nothing once the process has ended.
  std::optional<ClipboardNews> next() {
    const auto end = std::chrono::steady_clock::now() + 20s;
    std::array<char, device::kMostClipboardText> packet{};
    while (std::chrono::steady_clock::now() < end) {
      if (!GetParam()) recorded.answer();
      pollfd ready{process->socket(), POLLIN, 0};
      if (::poll(&ready, 1, 20) <= 0) continue;
      const auto n = ::recv(process->socket(), packet.data(), packet.size(), MSG_DONTWAIT);
      if (n <= 0) return std::nullopt;
      const auto news = device::parse_clipboard_news({packet.data(), static_cast<std::size_t>(n)});
      EXPECT_TRUE(news) << news.error().text();
      if (news) return *news;
    }
    ADD_FAILURE() << "nothing was said";
    return std::nullopt;
  }

  RecordedClipboard recorded;
  std::filesystem::path program;
  std::optional<XServer> server;
  std::unique_ptr<device::HelperStarter> starter;
  std::unique_ptr<device::HelperProcess> process;
};

TEST_P(ClipboardContract, rules_are_answered_by_watching_and_questions_by_a_sign_of_life) {
  begin();
  const auto watching = next();
  ASSERT_TRUE(watching);
  EXPECT_EQ(watching->kind, ClipboardNews::Kind::watching) << watching->detail;
  for (int i = 0; i < 2; ++i) {
    send(device::kClipboardAsk);
    const auto alive = next();
    ASSERT_TRUE(alive);
    EXPECT_EQ(alive->kind, ClipboardNews::Kind::alive);
  }
}

TEST_P(ClipboardContract, what_is_no_question_ends_it_and_it_says_why) {
  begin();
  ASSERT_TRUE(next());
  send("nonsense");
  const auto trouble = next();
  ASSERT_TRUE(trouble);
  EXPECT_EQ(trouble->kind, ClipboardNews::Kind::trouble);
  EXPECT_EQ(trouble->detail, "the guard's question");
  EXPECT_FALSE(next());
}

TEST_P(ClipboardContract, without_a_display_none_is_started) {
  recorded.display = false;
  if (GetParam()) use("");
  EXPECT_EQ(starter->start().code(), Errc::unavailable);
}

INSTANTIATE_TEST_SUITE_P(Both, ClipboardContract, ::testing::Values(false, true),
                         [](const auto& info) { return info.param ? "real" : "recorded"; });

}  // namespace
}  // namespace kw::platform
