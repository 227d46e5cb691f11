// The batch as XML: head, list, one item a record, each value in an element of its own.
#include "base/text.h"
#include "export/message.h"

namespace kw::exports {
namespace {

std::string element(const std::string& tag, std::string_view text) {
  return "<" + tag + ">" + xml_escape(text) + "</" + tag + ">";
}

}  // namespace

std::string xml_escape(std::string_view text) {
  std::string out;
  const auto clean = clean_text(text, text.size());
  for (std::size_t at = 0; at < clean.size();) {
    const auto length = std::max<std::size_t>(1, utf8_length(std::string_view(clean).substr(at)));
    const auto one = std::string_view(clean).substr(at, length);
    at += length;
    const auto c = static_cast<unsigned char>(one[0]);
    if (one == "&")
      out += "&amp;";
    else if (one == "<")
      out += "&lt;";
    else if (one == ">")
      out += "&gt;";
    else if (one == "\"")
      out += "&quot;";
    else if (one == "'")
      out += "&apos;";
    else if (c < 0x20 || one == "\x7f" || one == "\xEF\xBF\xBE" || one == "\xEF\xBF\xBF")
      out += ' ';  // XML 1.0 has none of them, or normalises them
    else
      out += one;
  }
  return out;
}

Result<std::string> xml_document(const Profile& profile, const Batch& batch) {
  const auto& rules = profile.xml;
  std::string out =
      "<?xml version=\"1.0\" encoding=\"" + std::string(name(profile.charset)) + "\"?>\n<" + rules.root + ">";
  for (const auto& head : rules.head) out += element(head.name, head.text);
  out += "<" + rules.list + ">\n";
  for (const auto& record : batch.records) {
    out += "<" + rules.item + ">";
    for (const auto& field : profile.fields) out += element(field.name, value_of(field, record, profile.zone_minutes));
    out += "</" + rules.item + ">\n";
  }
  out += "</" + rules.list + "></" + rules.root + ">\n";
  return encode_text(out, profile.charset);
}

}  // namespace kw::exports
