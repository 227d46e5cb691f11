#include "export/profile_parts.h"

#include <algorithm>

namespace kw::exports {
namespace {

constexpr std::size_t kMostFields = 64, kMostMap = 256;

/// A name in XML that needs no escaping anywhere: letters, digits, '_', '-', '.'; an ASCII subset of the grammar.
bool is_element(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
  return !text.empty() && text.size() <= 64 && letter(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; });
}

Result<> element_name(TomlSection& from, std::string_view key, std::string& to) {
  KW_CHECK(from.text(key, to, 64));
  if (!to.empty() && !is_element(to)) return from.wrong(key, "name of an element");
  return {};
}

Result<> seconds(TomlSection& from, std::string_view key, std::int64_t least, std::int64_t most, Duration& to) {
  auto value = std::chrono::duration_cast<std::chrono::seconds>(to).count();
  KW_CHECK(from.number(key, least, most, value));
  to = std::chrono::seconds(value);
  return {};
}

Result<Field> read_field(TomlSection& from) {
  Field out;
  KW_CHECK(from.text("name", out.name, 64, 1));
  std::string word, form = "rfc3339";
  KW_CHECK(from.text("from", word, 128));
  if (from.has("fixed") == from.has("from")) return from.wrong("from", "either from or fixed");
  KW_CHECK(from.text("fixed", out.fixed, 256));
  if (word.starts_with("param:")) {
    out.from = Source::param;
    out.fixed = word.substr(6);
  } else if (!word.empty()) {
    const auto source = parse_source(word);
    if (!source || *source == Source::fixed || *source == Source::param) return from.wrong("from", "unknown source");
    out.from = *source;
  }
  KW_CHECK(from.pairs("map", out.map, kMostMap));
  if (from.has("otherwise")) KW_CHECK(from.text("otherwise", out.otherwise.emplace(), 128));
  KW_CHECK(from.text("form", form));
  const auto known = parse_time_form(form);
  if (!known) return from.wrong("form", "rfc3339, compact or unix_ms");
  out.form = *known;
  KW_CHECK(from.number("most", 1, 8192, out.most));
  KW_CHECK(from.finish());
  return out;
}

Result<SoapParameter> read_parameter(TomlSection& from) {
  SoapParameter out;
  KW_CHECK(element_name(from, "name", out.name));
  if (out.name.empty()) return from.wrong("name", "missing");
  std::string word;
  KW_CHECK(from.text("from", word));
  KW_CHECK(from.text("fixed", out.text, 256));
  if (from.has("fixed") == from.has("from")) return from.wrong("from", "either from or fixed");
  if (word == "batch") {
    out.from = SoapParameter::From::batch;
  } else if (word == "records") {
    out.from = SoapParameter::From::records;
  } else if (!word.empty()) {
    return from.wrong("from", "batch or records");
  }
  KW_CHECK(from.finish());
  return out;
}

}  // namespace

Result<> read_credentials(TomlSection from, Credentials& out) {
  KW_CHECK(config::read_trust_files(from, out));
  KW_CHECK(from.text("basic", out.basic));
  return from.finish();
}

Result<> read_filter(TomlSection from, Filter& out) {
  KW_CHECK(from.texts("types", out.types, 256));
  KW_CHECK(from.texts("without", out.without, 256));
  KW_CHECK(from.texts("regions", out.regions, 256));
  std::string least = "info";
  KW_CHECK(from.text("least_severity", least));
  const auto severity = parse_severity(least);
  if (!severity) return from.wrong("least_severity", "info, notice, warning, serious or critical");
  out.least = *severity;
  KW_CHECK(from.flag("platform", out.platform));
  return from.finish();
}

Result<> read_patience(TomlSection from, Patience& out, Duration& exchange) {
  KW_CHECK(seconds(from, "first_seconds", 1, 3600, out.first));
  KW_CHECK(seconds(from, "most_seconds", 1, 86400, out.most));
  KW_CHECK(seconds(from, "answer_seconds", 1, 604800, out.answer));
  KW_CHECK(seconds(from, "stalled_seconds", 1, 604800, out.stalled));
  KW_CHECK(seconds(from, "exchange_seconds", 1, 600, exchange));
  if (out.most < out.first) return from.wrong("most_seconds", "less than first_seconds");
  return from.finish();
}

Result<> read_syslog(TomlSection from, SyslogRules& out) {
  KW_CHECK(from.number("enterprise", 1, std::numeric_limits<std::uint32_t>::max(), out.enterprise));
  KW_CHECK(from.text("hostname", out.hostname, 255, 1));
  KW_CHECK(from.text("app_name", out.app_name, 48, 1));
  for (const auto& word : {out.hostname, out.app_name}) {
    for (const char c : word) {
      if (c < 0x21 || c > 0x7e) return from.wrong("hostname", "printable ASCII without blanks");
    }
  }
  KW_CHECK(from.flag("bom", out.bom));
  KW_CHECK(from.number("most_octets", 2048, 65536, out.most_octets));
  std::string answer = "closing";
  KW_CHECK(from.text("answer", answer));
  if (answer != "closing" && answer != "settled") return from.wrong("answer", "closing or settled");
  out.answer = answer == "closing" ? SyslogAnswer::closing : SyslogAnswer::settled;
  KW_CHECK(seconds(from, "settle_seconds", 1, 60, out.settle));
  return from.finish();
}

Result<> read_xml(TomlSection from, XmlRules& out) {
  KW_CHECK(element_name(from, "root", out.root));
  KW_CHECK(element_name(from, "list", out.list));
  KW_CHECK(element_name(from, "item", out.item));
  KW_TRY(auto head, from.sections("head", 16));
  for (auto& section : head) {
    XmlElement element;
    KW_CHECK(element_name(section, "name", element.name));
    KW_CHECK(section.text("fixed", element.text, 256));
    if (element.name.empty()) return section.wrong("name", "missing");
    KW_CHECK(section.finish());
    out.head.push_back(std::move(element));
  }
  return from.finish();
}

Result<> read_soap(TomlSection from, SoapRules& out) {
  std::string version = "1.1";
  KW_CHECK(from.text("version", version));
  if (version != "1.1" && version != "1.2") return from.wrong("version", "1.1 or 1.2");
  out.twelve = version == "1.2";
  KW_CHECK(from.text("namespace", out.space));
  KW_CHECK(element_name(from, "operation", out.operation));
  KW_CHECK(from.text("action", out.action));
  if (out.action.find('"') != std::string::npos) return from.wrong("action", "quotation mark");
  KW_TRY(auto parameters, from.sections("parameter", 16));
  for (auto& section : parameters) {
    KW_TRY(auto parameter, read_parameter(section));
    out.parameters.push_back(std::move(parameter));
  }
  return from.finish();
}

Result<> read_http(TomlSection from, HttpRules& out) {
  std::string form = "json", wrap = "lines";
  KW_CHECK(from.text("form", form));
  KW_CHECK(from.text("wrap", wrap));
  if (form != "json" && form != "cef") return from.wrong("form", "json or cef");
  out.form = form == "json" ? RecordForm::json : RecordForm::cef;
  if (wrap != "lines" && wrap != "kafka-v2" && wrap != "kafka-v3")
    return from.wrong("wrap", "lines, kafka-v2 or kafka-v3");
  out.wrap = wrap == "lines" ? Wrap::lines : wrap == "kafka-v2" ? Wrap::kafka_v2 : Wrap::kafka_v3;
  KW_CHECK(from.text("vendor", out.vendor, 64));
  KW_CHECK(from.text("product", out.product, 64));
  KW_CHECK(from.text("version", out.version, 64));
  return from.finish();
}

Result<> read_reply_rule(TomlSection from, ReplyRule& out) {
  KW_CHECK(element_name(from, "element", out.element));
  KW_CHECK(from.text("yes", out.yes, 64));
  KW_CHECK(from.text("already", out.already, 64));
  KW_CHECK(from.flag("inner", out.inner));
  KW_CHECK(element_name(from, "refused", out.refused));
  KW_CHECK(element_name(from, "number", out.number));
  KW_CHECK(element_name(from, "code", out.code));
  if (!out.refused.empty() && out.number.empty()) return from.wrong("number", "missing beside refused");
  return from.finish();
}

Result<> read_fields(std::vector<TomlSection> from, Kind kind, std::vector<Field>& out) {
  if (from.size() > kMostFields) return fail(Errc::invalid, "field: at most 64");
  for (auto& section : from) {
    KW_TRY(auto field, read_field(section));
    const auto same = [&](const Field& other) { return other.name == field.name; };
    if (std::any_of(out.begin(), out.end(), same)) return section.wrong("name", "twice");
    if (kind != Kind::http && !is_element(field.name)) return section.wrong("name", "letters, digits, '_', '-', '.'");
    if (kind == Kind::syslog && field.name.size() > 32) return section.wrong("name", "at most 32 octets");
    if (field.name.find_first_of(" =\\\"]|") != std::string::npos)
      return section.wrong("name", "a sign that means something");
    out.push_back(std::move(field));
  }
  return {};
}

}  // namespace kw::exports
