#include "agent/notice/browser.h"

#include <fcntl.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "platform/linux/os_error.h"

namespace kw::agent {
namespace {

constexpr std::chrono::milliseconds kLongestWait{10'000};
constexpr std::chrono::milliseconds kStayed{30'000};

}  // namespace

/// One process, kept by its own wait until it has ended.
struct NoticeBrowser::Run {
  Run(const boost::asio::any_io_executor& executor, std::unique_ptr<platform::Guest> guest_)
      : guest(std::move(guest_)), ended(executor), since(std::chrono::steady_clock::now()) {}
  std::unique_ptr<platform::Guest> guest;
  boost::asio::posix::stream_descriptor ended;
  std::chrono::steady_clock::time_point since;
};

std::vector<std::string> NoticeBrowser::arguments(const std::string& profile, const std::string& url) {
  return {"--kiosk",
          "--app=" + url,
          "--user-data-dir=" + profile,
          "--window-position=0,0",
          "--no-first-run",
          "--no-default-browser-check",
          "--noerrdialogs",
          "--log-level=3",  // else dozens of lines a start about a desktop that a kiosk does not have
          "--password-store=basic",
          "--disable-gpu",
          "--disable-extensions",
          "--disable-pinch",
          "--disable-quic",
          "--disable-sync",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-domain-reliability",
          "--disable-features=MediaRouter,DialMediaRouteProvider,OptimizationHints",
          "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE [::1]"};
}

NoticeBrowser::NoticeBrowser(boost::asio::any_io_executor executor, BrowserOptions options, Log& log)
    : options_(std::move(options)), log_(log), again_(std::move(executor)), wait_(options_.first_wait) {}

Result<std::unique_ptr<NoticeBrowser>> NoticeBrowser::open(boost::asio::any_io_executor executor,
                                                           BrowserOptions options, Log& log) {
  std::unique_ptr<NoticeBrowser> out(new NoticeBrowser(std::move(executor), std::move(options), log));
  if (!out->options_.user.empty()) {
    KW_TRY(out->account_, platform::find_account(out->options_.user));
  }
  return out;
}

NoticeBrowser::~NoticeBrowser() {
  *alive_ = false;
  put_away();
}

void NoticeBrowser::show(const std::string& url) {
  if (options_.program.empty() || !url_.empty()) return;
  url_ = url;
  wait_ = options_.first_wait;
  start();
}

void NoticeBrowser::put_away() {
  url_.clear();
  again_.cancel();
  if (const auto run = std::exchange(run_, nullptr)) {
    if (const auto ended = run->guest->end(); !ended)
      log_.error("notice.browser_stays", {{"error", ended.error().text()}});
  }
}

void NoticeBrowser::start() {
  const auto launched = launch();
  if (launched) return;
  log_.error("notice.browser_failed", {{"browser", options_.program}, {"error", launched.error().text()}});
  wait({});
}

Result<> NoticeBrowser::launch() {
  const auto words = [this](const std::filesystem::path& home) { return arguments(home / "profile", url_); };
  KW_TRY(auto guest, platform::Guest::start({options_.program, words, options_.environment, account_}));
  const int handle = ::fcntl(guest->handle(), F_DUPFD_CLOEXEC, 0);  // the descriptor closes its own
  if (handle < 0) return platform::fail_os("watch the browser");
  run_ = std::make_shared<Run>(again_.get_executor(), std::move(guest));
  run_->ended.assign(handle);
  run_->ended.async_wait(boost::asio::posix::descriptor_base::wait_read,
                         [this, alive = alive_, run = run_](const boost::system::error_code& ec) {
                           if (ec) return;
                           const int code = run->guest->reap();
                           if (*alive) on_end(run, code);
                         });
  return {};
}

void NoticeBrowser::on_end(const std::shared_ptr<Run>& run, int code) {
  if (run != run_) return;  // put away
  run_.reset();
  const auto shown_for =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - run->since);
  log_.warning("notice.browser_ended",
               {{"code", std::to_string(code)}, {"shown_ms", std::to_string(shown_for.count())}});
  wait(shown_for);
}

void NoticeBrowser::wait(std::chrono::milliseconds shown_for) {
  if (shown_for >= kStayed) wait_ = options_.first_wait;
  again_.expires_after(std::exchange(wait_, std::min(wait_ * 2, kLongestWait)));
  again_.async_wait([this, alive = alive_](const boost::system::error_code& ec) {
    if (!ec && *alive && !url_.empty() && run_ == nullptr) start();
  });
}

}  // namespace kw::agent
