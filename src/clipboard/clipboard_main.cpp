#include "clipboard/clipboard_main.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "clipboard/screen_clipboards.h"
#include "platform/linux/helper_program.h"
#include "platform/linux/os_error.h"
#include "platform/linux/privileges.h"
#include "platform/linux/system_clock.h"

namespace kw::clipboard {
namespace {

using device::ClipboardEngine;
using device::ClipboardNews;
using device::ClipboardStep;
using device::Selection;

constexpr platform::HelperLimits kLimits{std::uint64_t{256} << 20, 32};

void say(const ClipboardNews& news) {
  const auto text = device::clipboard_news_text(news);
  while (::send(platform::kGuardSocket, text.data(), text.size(), MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }  // a guard that has gone is seen by the reader
}

/// hear gives one message of the guard; Errc::closed once it has gone.
Result<std::string> hear() {
  std::string out(device::kMostClipboardText + 1, '\0');
  for (;;) {
    const auto n = ::recv(platform::kGuardSocket, out.data(), out.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return platform::fail_os("hear the guard");
    if (n == 0) return fail(Errc::closed, "the guard is gone");
    out.resize(static_cast<std::size_t>(n));
    return out;
  }
}

class Watch final : public ScreenClipboards::Listener {
 public:
  Watch(ClipboardEngine& engine, const Clock& clock) : engine_(engine), clock_(clock) {}
  void owned(Selection selection) override { engine_.owned(selection, clock_.steady()); }
  void emptied(Selection selection) override { engine_.emptied(selection); }
  void read_done(Selection selection, const device::ClipboardReading& reading) override {
    engine_.judged(selection, reading, clock_.steady());
  }

 private:
  ClipboardEngine& engine_;
  const Clock& clock_;
};

Result<> act(const ClipboardStep& step, ScreenClipboards& screen, Duration now) {
  if (step.what == ClipboardStep::What::read) {
    screen.read(step.news.selection, now);
    return {};
  }
  auto news = step.news;
  if (step.what == ClipboardStep::What::clear) {
    KW_TRY(const bool gone, screen.clear(news.selection));
    if (!gone) news.outcome = device::ClipboardOutcome::failed;
  }
  say(news);
  return {};
}

/// How long to sleep, in milliseconds; -1: until something comes.
int sleep_for(std::optional<Duration> one, std::optional<Duration> other, Duration now) {
  if (!one && !other) return -1;
  const auto at = std::min(one.value_or(Duration::max()), other.value_or(Duration::max()));
  if (at <= now) return 0;
  return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(
                              std::min<Duration>(at - now, std::chrono::hours(1)))
                              .count()) +
         1;
}

Result<> run(const std::string& user) {
  KW_TRY(const auto first, hear());
  KW_TRY(auto rules, device::parse_clipboard_rules(first));
  KW_CHECK(platform::confine(user, kLimits));
  const auto words = rules.words;
  KW_TRY(auto screen,
         ScreenClipboards::open([&words](ByteView content) { return device::read_clipboard(content, words); }));
  KW_CHECK(platform::refuse_sockets());
  KW_CHECK(platform::narrow_system_calls());
  const platform::SystemClock clock;
  ClipboardEngine engine(std::move(rules));
  Watch watch(engine, clock);
  KW_CHECK(screen->find_owners(watch));
  ClipboardNews begun;
  begun.kind = ClipboardNews::Kind::watching;
  say(begun);
  for (;;) {
    // Events first: what a call waited for may lie in the library already, and makes nothing readable.
    KW_CHECK(screen->work(clock.steady(), watch));
    const auto now = clock.steady();
    for (const auto& step : engine.due(now, [&] { return screen->idle(); })) KW_CHECK(act(step, *screen, now));
    KW_CHECK(screen->work(clock.steady(), watch));
    pollfd ready[] = {{platform::kGuardSocket, POLLIN, 0}, {screen->descriptor(), POLLIN, 0}};
    if (::poll(ready, 2, sleep_for(engine.next(), screen->next(), clock.steady())) < 0 && errno != EINTR)
      return platform::fail_os("wait");
    if (ready[0].revents == 0) continue;
    const auto asked = hear();
    if (!asked) return asked.code() == Errc::closed ? Result<>() : asked.error();
    if (*asked == device::kClipboardSessionEnd) {
      engine.session_ended();
      continue;
    }
    if (*asked != device::kClipboardAsk) return fail(Errc::malformed, "the guard's question");
    say({});
  }
}

}  // namespace

int clipboard_main(const std::vector<std::string>& words, std::ostream& err) {
  const auto user = platform::begin_helper(words, "kioskward-clip");
  if (!user) {
    err << "kioskward-clipboard: " << user.error().detail() << "\n";
    return 2;
  }
  const auto done = run(*user);
  if (done) return 0;
  err << "kioskward-clipboard: " << done.error().text() << "\n";
  ClipboardNews trouble;
  trouble.kind = ClipboardNews::Kind::trouble;
  trouble.detail = done.error().detail();
  say(trouble);
  return 1;
}

}  // namespace kw::clipboard
