// RFC 5424: one record as one syslog message; RFC 5425 frames it.
#include <algorithm>

#include "base/text.h"
#include "export/message.h"

namespace kw::exports {
namespace {

constexpr int kLogAudit = 13;  // facility
constexpr std::string_view kBom = "\xEF\xBB\xBF";
constexpr std::size_t kMostName = 32, kMostMsgId = 32;

int syslog_severity(v1::Severity severity) {
  switch (severity) {
    case v1::CRITICAL:
      return 2;
    case v1::SERIOUS:
      return 3;
    case v1::WARNING:
      return 4;
    case v1::NOTICE:
      return 5;
    default:
      return 6;
  }
}

/// header_word is PRINTUSASCII without blanks, bounded; "-" where nothing is left.
std::string header_word(std::string_view text, std::size_t most) {
  std::string out;
  for (const char c : text.substr(0, most)) out += c >= 0x21 && c <= 0x7e ? c : '_';
  return out.empty() ? "-" : out;
}

std::string param_name(std::string_view text) {
  auto out = header_word(text, kMostName);
  for (char& c : out) {
    if (c == '=' || c == ']' || c == '"') c = '_';
  }
  return out;
}

/// param is one SD-PARAM; RFC 5424 section 6.3.3 escapes three signs.
std::string sd_param(std::string_view key, std::string_view value) {
  std::string out = " " + param_name(key) + "=\"";
  for (const char c : clean_text(value, value.size())) {
    if (c == '"' || c == '\\' || c == ']') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  return out + "\"";
}

void add_known(std::string& to, std::string_view key, std::string_view value) {
  if (!value.empty()) to += sd_param(key, value);
}

std::string main_element(const Profile& profile, const Record& r) {
  std::string out = "[kioskward@" + std::to_string(profile.syslog.enterprise) + sd_param("num", r.number);
  if (!profile.fields.empty()) {
    for (const auto& field : profile.fields) out += sd_param(field.name, value_of(field, r, profile.zone_minutes));
    return out + "]";
  }
  out += sd_param("index", std::to_string(r.index)) + sd_param("ledger", r.ledger);
  add_known(out, "type", r.type);
  add_known(out, "result", r.result);
  add_known(out, "device", r.device);
  add_known(out, "address", r.place.device_address);
  add_known(out, "region", r.place.region);
  add_known(out, "person", r.person);
  add_known(out, "role", r.role);
  add_known(out, "clause", r.clause);
  add_known(out, "case", r.case_id);
  add_known(out, "trace", r.trace);
  out += sd_param("received", to_rfc3339(r.received));
  return out + "]";
}

/// event_element holds the event's parameters as far as there is room; `cut` says how many had none.
std::string event_element(const Profile& profile, const Record& r, std::size_t room) {
  std::string params;
  std::size_t left_out = 0;
  const std::string begin = "[event@" + std::to_string(profile.syslog.enterprise);
  constexpr std::size_t kReserve = 16;  // ` cut="32"]`
  for (const auto& [key, value] : r.params) {
    const auto one = sd_param(key, value);
    if (begin.size() + params.size() + one.size() + kReserve > room) {
      ++left_out;
      continue;
    }
    params += one;
  }
  if (left_out > 0) params += sd_param("cut", std::to_string(left_out));
  return params.empty() ? std::string() : begin + params + "]";
}

std::string time_quality(v1::ClockState clock) {
  if (clock == v1::CLOCK_UNKNOWN) return {};
  return std::string("[timeQuality tzKnown=\"1\" isSynced=\"") + (clock == v1::CLOCK_SYNCHRONISED ? "1" : "0") + "\"]";
}

/// micros is RFC 3339 with six digits: RFC 5424 section 6.2.3 allows no more.
std::string micros(Timestamp time) {
  const auto text = to_rfc3339(time);
  const auto dot = text.find('.');
  if (dot == std::string::npos) return text;
  return text.substr(0, std::min(dot + 7, text.size() - 1)) + "Z";
}

}  // namespace

std::string syslog_message(const Profile& profile, const Record& r) {
  const auto& rules = profile.syslog;
  std::string out = "<" + std::to_string(kLogAudit * 8 + syslog_severity(r.severity)) + ">1 " + micros(r.time) + " " +
                    header_word(rules.hostname, 255) + " " + header_word(rules.app_name, 48) + " " +
                    header_word(r.ledger.substr(0, 16), 128) + " " + header_word(r.type, kMostMsgId) + " ";
  out += main_element(profile, r) + time_quality(r.clock);
  std::string words = r.type + " " + r.result;
  if (!r.place.device_name.empty()) words += " " + r.place.device_name;
  if (!r.place.site.empty()) words += " " + r.place.site;
  auto text = clean_text(words, 512);
  for (char& c : text) c = static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  const std::size_t used = out.size() + 1 + kBom.size() + text.size();
  out += event_element(profile, r, rules.most_octets > used ? rules.most_octets - used : 0);
  return out + " " + (rules.bom ? std::string(kBom) : std::string()) + text;
}

}  // namespace kw::exports
