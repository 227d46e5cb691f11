#pragma once
// NoticePage is the local page that the kiosk's screen shows: quiet in normal times, full-screen when the network is
// cut.
//
//   GET /            the page, Chinese and English, no scrolling      GET /state   {"state":"cut","shown":false,...}
//   GET /notice.js, /notice.css                                      POST /shown  {"case":"<hex>"}: a browser shows it;
//                                                                    with "display":"window" kioskward-notice does
//   POST /session/end   the kiosk's page says that its user is done: from any origin, as the page is another host's
//
// Loopback only, strict CSP, nothing from outside. Not thread-safe: everything runs on the executor's one thread.
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>

#include "net/http_server.h"

namespace kw::agent {

struct NoticeState {
  bool cut = false;
  std::string case_id;  // hex
  std::string cause;    // event type
  Timestamp since;
  bool watching = false;
  bool watched = false;  // somebody sees what the camera sees
  bool ledger_refused = false;  // the platform's ledger does not follow from what this kiosk, a witness, saw
};

struct NoticeOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8670;
  std::string custodian_phone;
  std::chrono::milliseconds patience{5000};  // for a browser to show the notice
};

class NoticePage {
 public:
  /// `shown` is called once for each case: with "browser" or "window", or with "none" after the patience, and then once more where
  /// a browser turns up late.
  using Shown = std::function<void(const std::string& case_id, std::string_view display)>;
  /// `session_ended` is called at most once in kBetweenSessions; between, the answer is 429.
  struct Hooks {
    Shown shown;
    std::function<void()> session_ended;
  };
  static constexpr std::chrono::seconds kBetweenSessions{2};
  /// start: a port that is taken is an error. Who shows the page on the screen is no concern of the page.
  static Result<std::unique_ptr<NoticePage>> start(boost::asio::any_io_executor executor, NoticeOptions options,
                                                   net::HttpPorts ports, Hooks hooks);
  void show(NoticeState state);
  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] const NoticeState& state() const noexcept { return state_; }
  /// state_json is what GET /state answers. PURE.
  [[nodiscard]] static std::string state_json(const NoticeState& state, const std::string& phone, bool shown);

 private:
  NoticePage(boost::asio::any_io_executor executor, NoticeOptions options, const Clock& clock, Hooks hooks);
  net::Response on_session_end(const net::Request& request);
  net::Response on_shown(const net::Request& request);
  void settle(std::string_view display);

  NoticeOptions options_;
  const Clock& clock_;
  Hooks hooks_;
  std::optional<Duration> session_ended_;
  boost::asio::steady_timer patience_;
  NoticeState state_;
  std::optional<std::string> open_case_;  // no browser has shown it yet
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace kw::agent
