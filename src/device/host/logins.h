#pragma once
// parse_logins reads the lists of sessions and of failed logins (utmp(5)), parse_session a session's file of logind,
// parse_audit what the kernel's audit tells of a login; LoginFailures counts failures until they are an attack.
//
// Fields of foreign making are bounded and made clean text. PURE; one thread.
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"

namespace kw::device {

/// One failed login. `user` is whatever was typed, perhaps a password: it is never told before it is known to be a
/// name.
struct FailedLogin {
  std::string source;  // "btmp", "audit"
  std::string user, line, from, program;
  Timestamp at;
};
/// One session that stands.
struct SessionSeen {
  std::string source;  // "utmp", "logind", "terminal"
  std::string user, line, from;
  int leader = 0;
  [[nodiscard]] std::string key() const { return user + " " + line + " " + from; }
  friend bool operator==(const SessionSeen&, const SessionSeen&) = default;
};

struct LoginRecord {
  int type = 0;  // USER_PROCESS, ... of utmp(5)
  int pid = 0;
  std::string line, user, from;
  Timestamp at;
};
/// kLoginRecord is the size of one record on this machine. What follows the last whole record is left out.
extern const std::size_t kLoginRecord;
[[nodiscard]] std::vector<LoginRecord> parse_logins(ByteView records);

/// parse_session: nothing where it is no person's session (a greeter, a lingering manager), or is closing.
[[nodiscard]] std::optional<SessionSeen> parse_session(std::string_view text);

/// parse_audit takes one message of the audit multicast group: nothing for whatever is no failed authentication.
[[nodiscard]] std::optional<FailedLogin> parse_audit(int type, std::string_view text);

/// LoginFailures says which failure makes it an attack: `most` of them within `window` from one place, or three times
/// as many from everywhere.
class LoginFailures {
 public:
  struct Attack {
    std::string place;  // line or address; "everywhere"
    std::size_t count = 0;
  };
  void use(std::size_t most, Duration window) {
    most_ = most;
    window_ = window;
  }
  /// add gives an attack once in a window for each place.
  std::optional<Attack> add(const FailedLogin& failure, Duration now);
  void clear();

 private:
  static constexpr std::size_t kMostPlaces = 1024;
  struct Place {
    std::deque<Duration> times;
    std::optional<Duration> told;
  };
  std::optional<std::size_t> count(Place& place, std::size_t most, Duration now) const;
  std::size_t most_ = 5;
  Duration window_ = std::chrono::seconds(300);
  std::map<std::string, Place> places_;
  Place all_;
};

}  // namespace kw::device
