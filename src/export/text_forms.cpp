// CEF and JSON: one record as one line.
#include <boost/json.hpp>

#include "base/text.h"
#include "export/message.h"

namespace kw::exports {
namespace {

/// cef_header escapes what CEF says for its header: backslash and pipe; no line ends.
std::string cef_header(std::string_view text) {
  std::string out;
  for (const char c : clean_text(text, 512)) {
    if (c == '\\' || c == '|') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  return out;
}

/// cef_value escapes backslash, '=' and line ends of an extension's value.
std::string cef_value(std::string_view text) {
  std::string out;
  for (const char c : clean_text(text, text.size())) {
    if (c == '\n' || c == '\r') {
      out += c == '\n' ? "\\n" : "\\r";
      continue;
    }
    if (c == '\\' || c == '=') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  return out;
}

int cef_severity(v1::Severity severity) {
  switch (severity) {
    case v1::CRITICAL:
      return 10;
    case v1::SERIOUS:
      return 8;
    case v1::WARNING:
      return 6;
    case v1::NOTICE:
      return 3;
    default:
      return 1;
  }
}

}  // namespace

std::string cef_line(const Profile& profile, const Record& record) {
  const auto& rules = profile.http;
  std::string out = "CEF:0|" + cef_header(rules.vendor) + "|" + cef_header(rules.product) + "|" +
                    cef_header(rules.version) + "|" + cef_header(record.type) + "|" + cef_header(record.type) + "|" +
                    std::to_string(cef_severity(record.severity)) + "|";
  bool first = true;
  for (const auto& field : profile.fields) {
    const auto value = value_of(field, record, profile.zone_minutes);
    if (value.empty()) continue;
    out += (first ? "" : " ") + field.name + "=" + cef_value(value);
    first = false;
  }
  return out;
}

std::string json_object(const Profile& profile, const Record& record) {
  boost::json::object out;
  for (const auto& field : profile.fields) {
    const auto value = value_of(field, record, profile.zone_minutes);
    out[field.name] = clean_text(value, value.size());
  }
  return boost::json::serialize(out);
}

}  // namespace kw::exports
