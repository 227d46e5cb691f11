#pragma once
// NoticeBrowser keeps a full-screen browser on the kiosk's screen for as long as one is wanted.
//
//   state   | show()           | it ends by itself        | put_away()
//   away    | start -> shown   |                          | stays
//   shown   | stays            | -> waiting, told         | end it -> away
//   waiting | stays            |                          | -> away
// Waiting lasts a second, twice as long each time up to ten, and is short again once a browser has stayed. The browser
// is Chromium or takes its options; it has a fresh profile, no way to a name but the notice's address, and no service
// of its maker's, so that the notice itself is no illegal outbound. Not thread-safe; never blocks on the browser.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "base/log.h"
#include "platform/linux/guest.h"

namespace kw::agent {

struct BrowserOptions {
  std::string program;                   // empty: none is started
  std::string user;                      // whom it runs as; empty: as the agent does
  std::vector<std::string> environment;  // what the screen needs: DISPLAY=..., XAUTHORITY=...
  std::chrono::milliseconds first_wait{1000};
};

class NoticeBrowser {
 public:
  /// open: not_found for an unknown user. Nothing is started yet. `log` must outlive the browser.
  static Result<std::unique_ptr<NoticeBrowser>> open(boost::asio::any_io_executor executor, BrowserOptions options,
                                                     Log& log);
  ~NoticeBrowser();
  void show(const std::string& url);
  void put_away();
  /// arguments is what the browser is started with. PURE.
  [[nodiscard]] static std::vector<std::string> arguments(const std::string& profile, const std::string& url);

 private:
  struct Run;
  NoticeBrowser(boost::asio::any_io_executor executor, BrowserOptions options, Log& log);
  void start();
  Result<> launch();
  void on_end(const std::shared_ptr<Run>& run, int code);
  void wait(std::chrono::milliseconds shown_for);

  BrowserOptions options_;
  std::optional<platform::Account> account_;
  Log& log_;
  std::string url_;  // empty: not wanted
  std::shared_ptr<Run> run_;
  boost::asio::steady_timer again_;
  std::chrono::milliseconds wait_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace kw::agent
