#pragma once
// RecordedClipboard is a clipboard process that a test plays: it says what the test says, or answers as the real one.
//
// Not thread-safe.
#include <sys/socket.h>

#include <optional>

#include "device/egress/clipboard.h"
#include "platform/recorded/recorded_helper.h"

namespace kw::platform {

/// What the test has in its hand of the process that was started last.
struct RecordedClipboard {
  UniqueFd theirs;
  int starts = 0, session_ends = 0;
  bool display = true;
  std::optional<device::ClipboardRules> rules;

  void say(const device::ClipboardNews& news) {
    const auto text = device::clipboard_news_text(news);
    static_cast<void>(::send(theirs.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
  }
  void say(device::ClipboardNews::Kind kind, const std::string& detail = {}) {
    device::ClipboardNews news;
    news.kind = kind;
    news.detail = detail;
    say(news);
  }
  /// answer does what the real process does with what waits: rules, questions; anything else ends it.
  void answer() {
    std::array<char, device::kMostClipboardText + 1> packet{};
    for (;;) {
      const auto n = ::recv(theirs.get(), packet.data(), packet.size(), MSG_DONTWAIT);
      if (n <= 0) return;
      const std::string_view text(packet.data(), static_cast<std::size_t>(n));
      auto asked = device::parse_clipboard_rules(text);
      if (asked && !rules) {
        rules = std::move(*asked);
        say(device::ClipboardNews::Kind::watching);
      } else if (text == device::kClipboardSessionEnd) {
        ++session_ends;
      } else if (text == device::kClipboardAsk) {
        say(device::ClipboardNews::Kind::alive);
      } else {
        say(device::ClipboardNews::Kind::trouble, "the guard's question");
        return theirs.reset();
      }
    }
  }
};

class RecordedClipboardStarter final : public device::HelperStarter {
 public:
  explicit RecordedClipboardStarter(RecordedClipboard& clipboard) : clipboard_(clipboard) {}
  Result<std::unique_ptr<device::HelperProcess>> start() override {
    if (!clipboard_.display) return fail(Errc::unavailable, "no display");
    ++clipboard_.starts;
    clipboard_.rules.reset();
    return record_helper(clipboard_.theirs);
  }

 private:
  RecordedClipboard& clipboard_;
};

}  // namespace kw::platform
