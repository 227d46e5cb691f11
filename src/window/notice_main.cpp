#include "window/notice_main.h"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json.hpp>
#include <ctime>
#include <optional>
#include <ostream>

#include "base/host_port.h"
#include "net/http_client.h"
#include "platform/linux/spdlog_log.h"
#include "window/screen_window.h"

namespace kw::window {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::string_view kApp = "--app=http://";
constexpr auto kPatience = 3s;
constexpr auto kPause = 1s;

/// What a clock on the wall shows: the people before the screen read it.
std::string local_text(Timestamp at) {
  const auto seconds = static_cast<std::time_t>(at.unix_seconds());
  std::tm parts{};
  std::array<char, 32> out{};
  if (::localtime_r(&seconds, &parts) == nullptr) return to_rfc3339(at);
  return {out.data(), std::strftime(out.data(), out.size(), "%Y-%m-%d %H:%M:%S", &parts)};
}

class Notice {
 public:
  Notice(asio::io_context& io, net::Target agent, ScreenWindow& window, Log& log)
      : io_(io), agent_(std::move(agent)), window_(window), log_(log), pause_(io), screen_(io, window.descriptor()) {}
  ~Notice() { screen_.release(); }

  asio::awaitable<void> look() {
    for (;;) {
      auto view = co_await ask();
      if (view) {
        const auto strip = strip_of(*view);
        const auto shown = view->cut        ? window_.show(lines_of(*view, local_text(view->since)))
                           : !strip.empty() ? window_.show_strip(strip)
                                            : window_.hide();
        if (!heed(shown) || !heed(window_.events())) co_return;
        if (view->cut && !view->shown) co_await tell(view->case_id);
      }
      note(view);
      pause_.expires_after(kPause);
      co_await pause_.async_wait(net::kTuple);
    }
  }

  void watch() {
    screen_.async_wait(asio::posix::descriptor_base::wait_read, [this](const boost::system::error_code& ec) {
      if (!ec && heed(window_.events())) watch();
    });
  }

  [[nodiscard]] bool failed() const { return failed_; }

 private:
  asio::awaitable<Result<NoticeView>> ask() {
    net::HttpCall call("GET", "/state");
    call.max_answer = 64U << 10;
    net::Target agent = agent_;
    auto answer = co_await net::http_exchange(std::move(agent), std::move(call), net::in(kPatience));
    if (!answer) co_return answer.error();
    if (answer->status != 200) co_return Error(Errc::unavailable, "status " + std::to_string(answer->status));
    co_return parse_state(answer->body);
  }

  asio::awaitable<void> tell(const std::string& case_id) {
    net::HttpCall call("POST", "/shown");
    call.body = boost::json::serialize(boost::json::object{{"case", case_id}, {"display", "window"}});
    net::Target agent = agent_;
    const auto answer = co_await net::http_exchange(std::move(agent), std::move(call), net::in(kPatience));
    // Not told: the next look says so, and it is told again.
    if (!answer) log_.warning("notice.not_told", {{"error", answer.error().text()}});
  }

  /// One line when the agent stops to answer, one when it does again.
  void note(const Result<NoticeView>& view) {
    if (view.has_value() == answers_) return;
    answers_ = view.has_value();
    answers_ ? log_.info("notice.agent_answers") : log_.warning("notice.agent_silent", {{"error", view.error().text()}});
  }

  /// Without a screen this program is of no use: it ends, and the agent starts another.
  bool heed(const Result<>& done) {
    if (done) return true;
    log_.error("notice.screen_lost", {{"error", done.error().text()}});
    failed_ = true;
    io_.stop();
    return false;
  }

  asio::io_context& io_;
  net::Target agent_;
  ScreenWindow& window_;
  Log& log_;
  asio::steady_timer pause_;
  asio::posix::stream_descriptor screen_;
  bool answers_ = true, failed_ = false;
};

}  // namespace

Result<net::Target> agent_of(const std::vector<std::string>& words) {
  for (std::string_view word : words) {
    if (!word.starts_with(kApp)) continue;
    word.remove_prefix(kApp.size());
    if (word.ends_with('/')) word.remove_suffix(1);
    KW_TRY(const auto place, parse_host_port(word));
    boost::system::error_code no_address;
    const auto address = asio::ip::make_address(place.host, no_address);
    if (no_address || !address.is_loopback())
      return fail(Errc::invalid, "--app: not an address of this machine's agent");
    return net::Target(address.to_string(), place.port);
  }
  return fail(Errc::invalid, "--app=http://127.0.0.1:8670/ is missing");
}

int notice_main(const std::vector<std::string>& words, std::ostream& err) {
  auto agent = agent_of(words);
  if (!agent) {
    err << "kioskward-notice: " << agent.error().text() << "\n";
    return 2;
  }
  auto log = platform::SpdlogLog::to_stderr();
  auto window = ScreenWindow::open();
  for (const auto* failed : {log ? nullptr : &log.error(), window ? nullptr : &window.error()})
    if (failed != nullptr) {
      err << "kioskward-notice: " << failed->text() << "\n";
      return 1;
    }
  asio::io_context io(1);
  asio::signal_set ends(io, SIGTERM, SIGINT);
  ends.async_wait([&io](const boost::system::error_code&, int) { io.stop(); });
  Notice notice(io, std::move(*agent), **window, **log);
  notice.watch();
  asio::co_spawn(io, notice.look(), asio::detached);
  io.run();
  return notice.failed() ? 1 : 0;
}

}  // namespace kw::window
