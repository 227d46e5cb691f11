#include "export/field.h"

#include <algorithm>

#include "base/text.h"

namespace kw::exports {
namespace {

constexpr std::array<std::string_view, 22> kSources{
    "fixed", "number",   "index",  "ledger",      "type",           "result", "severity", "severity_number",
    "time",  "received", "device", "device_name", "device_address", "site",   "region",   "person",
    "role",  "clause",   "case",   "trace",       "param",          "words"};
constexpr std::array<std::string_view, 3> kForms{"rfc3339", "compact", "unix_ms"};

template <class Enum, std::size_t N>
std::optional<Enum> find_word(const std::array<std::string_view, N>& words, std::string_view word) noexcept {
  const auto at = std::find(words.begin(), words.end(), word);
  if (at == words.end()) return std::nullopt;
  return static_cast<Enum>(at - words.begin());
}

std::string time_text(Timestamp time, TimeForm form, int zone_minutes) {
  switch (form) {
    case TimeForm::compact:
      return compact_time(time, zone_minutes);
    case TimeForm::unix_ms:
      return std::to_string(time.unix_ns / 1'000'000);
    case TimeForm::rfc3339:
      break;
  }
  return to_rfc3339(time);
}

std::string raw_value(const Field& field, const Record& r, int zone_minutes) {
  switch (field.from) {
    case Source::fixed:
      return field.fixed;
    case Source::number:
      return r.number;
    case Source::index:
      return std::to_string(r.index);
    case Source::ledger:
      return r.ledger;
    case Source::type:
      return r.type;
    case Source::result:
      return r.result;
    case Source::severity:
      return std::string(severity_word(r.severity));
    case Source::severity_number:
      return std::to_string(static_cast<int>(r.severity));
    case Source::time:
      return time_text(r.time, field.form, zone_minutes);
    case Source::received:
      return time_text(r.received, field.form, zone_minutes);
    case Source::device:
      return r.device;
    case Source::device_name:
      return r.place.device_name;
    case Source::device_address:
      return r.place.device_address;
    case Source::site:
      return r.place.site;
    case Source::region:
      return r.place.region;
    case Source::person:
      return r.person;
    case Source::role:
      return r.role;
    case Source::clause:
      return r.clause;
    case Source::case_id:
      return r.case_id;
    case Source::trace:
      return r.trace;
    case Source::words:
      return words_of(r);
    case Source::param:
      break;
  }
  const auto found = r.params.find(field.fixed);
  return found == r.params.end() ? std::string() : found->second;
}

/// translated looks a value up: itself first, then the longest beginning.
const std::string* translated(const std::map<std::string, std::string>& map, const std::string& value) {
  if (const auto exact = map.find(value); exact != map.end()) return &exact->second;
  const std::string* best = nullptr;
  std::size_t length = 0;
  for (const auto& [key, to] : map) {
    if (!key.ends_with('*') || key.size() <= length) continue;
    if (value.starts_with(std::string_view(key).substr(0, key.size() - 1))) {
      best = &to;
      length = key.size();
    }
  }
  return best;
}

std::string cut(const std::string& text, std::size_t characters) {
  std::size_t at = 0;
  for (std::size_t n = 0; n < characters && at < text.size(); ++n)
    at += std::max<std::size_t>(1, utf8_length(std::string_view(text).substr(at)));
  return text.substr(0, at);
}

}  // namespace

std::optional<Source> parse_source(std::string_view word) noexcept { return find_word<Source>(kSources, word); }
std::optional<TimeForm> parse_time_form(std::string_view word) noexcept { return find_word<TimeForm>(kForms, word); }

std::string words_of(const Record& record) {
  std::string out;
  for (const auto& [key, value] : record.params) out += (out.empty() ? "" : "; ") + key + "=" + value;
  return out;
}

std::string compact_time(Timestamp time, int zone_minutes) {
  const auto text = to_rfc3339(time + std::chrono::minutes(zone_minutes));  // 2026-11-23T08:15:30…
  std::string out;
  for (const char c : text.substr(0, 19)) {
    if (c >= '0' && c <= '9') out += c;
  }
  return out;
}

std::string value_of(const Field& field, const Record& record, int zone_minutes) {
  auto out = raw_value(field, record, zone_minutes);
  if (const auto* to = translated(field.map, out)) {
    out = *to;
  } else if (field.otherwise && (!field.map.empty() || out.empty())) {
    out = *field.otherwise;
  }
  return field.most == 0 ? out : cut(out, field.most);
}

}  // namespace kw::exports
