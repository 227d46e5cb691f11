#include "device/host/logins.h"

#include <utmp.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/text.h"

namespace kw::device {
namespace {

constexpr std::size_t kMostField = 64, kMostAudit = 8970, kMostAuditFields = 64, kMostSessionText = 8192;
// PAM tells every failure as USER_AUTH (libaudit.h); USER_LOGIN may come beside it for the same one.
constexpr int kUserAuth = 1100;

template <std::size_t N>
std::string field(const char (&octets)[N]) {
  const std::string_view all(octets, N);
  return clean_text(all.substr(0, std::min(all.find('\0'), N)), kMostField);
}

// Fields "key=value", "key="value"" and those inside msg='...'; the last of a name wins. audit(8) writes what holds
// blanks or quotes as hexadecimal digits.
std::map<std::string, std::string, std::less<>> audit_fields(std::string_view text) {
  std::map<std::string, std::string, std::less<>> out;
  while (!text.empty() && out.size() < kMostAuditFields) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) break;
    auto key = text.substr(0, equals);
    if (const auto blank = key.find_last_of(" '"); blank != std::string_view::npos) key = key.substr(blank + 1);
    text.remove_prefix(equals + 1);
    if (key == "msg" && text.starts_with('\'')) {
      text.remove_prefix(1);
      continue;
    }
    std::string value;
    if (text.starts_with('"')) {
      const auto end = std::min(text.find('"', 1), text.size());
      value = text.substr(1, end - 1);
      text.remove_prefix(std::min(end + 1, text.size()));
    } else {
      const auto end = std::min(text.find_first_of(" '"), text.size());
      value = text.substr(0, end);
      text.remove_prefix(end);
    }
    if (value == "?" || value == "(none)") value.clear();
    out.insert_or_assign(std::string(key), clean_text(value, kMostField));
  }
  return out;
}

Timestamp audit_time(std::string_view text) {
  constexpr std::string_view kStart = "audit(";
  if (!text.starts_with(kStart)) return {};
  text.remove_prefix(kStart.size());
  std::int64_t seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return seconds > 0 && seconds < 4'000'000'000 ? Timestamp::from_seconds(seconds) : Timestamp{};
}

}  // namespace

const std::size_t kLoginRecord = sizeof(utmp);

std::vector<LoginRecord> parse_logins(ByteView records) {
  std::vector<LoginRecord> out;
  for (; records.size() >= sizeof(utmp); records = records.subspan(sizeof(utmp))) {
    utmp one{};
    std::memcpy(&one, records.data(), sizeof one);
    const std::int64_t seconds = one.ut_tv.tv_sec;
    out.push_back({one.ut_type, one.ut_pid, field(one.ut_line), field(one.ut_user), field(one.ut_host),
                   seconds > 0 && seconds < 4'000'000'000 ? Timestamp::from_seconds(seconds) : Timestamp{}});
  }
  return out;
}

std::optional<SessionSeen> parse_session(std::string_view text) {
  SessionSeen out{"logind", {}, {}, {}, 0};
  std::string kind = "user", state;
  text = text.substr(0, kMostSessionText);
  while (!text.empty()) {
    const auto line = text.substr(0, std::min(text.find('\n'), text.size()));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const auto key = line.substr(0, equals);
    const auto value = clean_text(line.substr(equals + 1), kMostField);
    if (key == "USER") out.user = value;
    if (key == "TTY") out.line = value;
    if (key == "REMOTE_HOST") out.from = value;
    if (key == "REMOTE" && value == "1" && out.from.empty()) out.from = "remote";
    if (key == "LEADER") std::from_chars(value.data(), value.data() + value.size(), out.leader);
    if (key == "CLASS") kind = value;
    if (key == "STATE") state = value;
  }
  if (!kind.starts_with("user") || state == "closing" || out.user.empty()) return std::nullopt;
  return out;
}

std::optional<FailedLogin> parse_audit(int type, std::string_view text) {
  if (type != kUserAuth) return std::nullopt;
  text = text.substr(0, kMostAudit);
  const auto fields = audit_fields(text);
  const auto of = [&](std::string_view key) {
    const auto at = fields.find(key);
    return at == fields.end() ? std::string() : at->second;
  };
  if (of("res") != "failed" && of("res") != "0") return std::nullopt;
  return FailedLogin{"audit", of("acct"), of("terminal"), of("addr"), of("exe"), audit_time(text)};
}

std::optional<std::size_t> LoginFailures::count(Place& place, std::size_t most, Duration now) const {
  std::erase_if(place.times, [&](Duration one) { return now - one > window_; });
  place.times.push_back(now);
  if (place.times.size() > most) place.times.pop_front();
  if (place.times.size() < most || (place.told && now - *place.told < window_)) return std::nullopt;
  place.told = now;
  return place.times.size();
}

std::optional<LoginFailures::Attack> LoginFailures::add(const FailedLogin& failure, Duration now) {
  const auto everywhere = count(all_, most_ * 3, now);
  const auto name = failure.from.empty() ? failure.line : failure.from;
  if (places_.size() >= kMostPlaces && !places_.contains(name))
    std::erase_if(places_, [&](const auto& one) { return now - one.second.times.back() > window_; });
  if (places_.size() < kMostPlaces || places_.contains(name))
    if (const auto here = count(places_[name], most_, now)) return Attack{name, *here};
  return everywhere ? std::optional(Attack{"everywhere", *everywhere}) : std::nullopt;
}

void LoginFailures::clear() {
  places_.clear();
  all_ = {};
}

}  // namespace kw::device
