#include "export/profile.h"

#include <algorithm>

#include "base/plain_name.h"
#include "config/parse_toml.h"
#include "crypto/sm3.h"
#include "export/profile_parts.h"

namespace kw::exports {
namespace {

constexpr std::array<std::string_view, 4> kKinds{"syslog", "soap", "files", "http"};

Result<Kind> parse_kind(std::string_view word) {
  const auto at = std::find(kKinds.begin(), kKinds.end(), word);
  if (at == kKinds.end()) return fail(Errc::invalid, "kind: syslog, soap, files or http");
  return static_cast<Kind>(at - kKinds.begin());
}

Result<> check_target_name(std::string_view text) {
  const bool good = !text.empty() && text.size() <= 32 && has_plain_letters(text);
  return good ? Result<>() : fail(Errc::invalid, "name: 1 to 32 of a-z, 0-9 and '-'");
}

/// parse_zone takes "Z", "+08:00" and the like.
Result<int> parse_zone(std::string_view text) {
  if (text == "Z") return 0;
  const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9' ? text[at] - '0' : 100; };
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
    return fail(Errc::invalid, "zone: +HH:MM");
  const int hours = digit(1) * 10 + digit(2), minutes = digit(4) * 10 + digit(5);
  if (hours > 14 || minutes > 59) return fail(Errc::invalid, "zone: +HH:MM");
  return (text[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

Result<> check_scheme(const Profile& p) {
  const auto scheme = p.address.scheme;
  const bool web = scheme == Scheme::https || scheme == Scheme::http || scheme == Scheme::tlcp;
  switch (p.kind) {
    case Kind::syslog:
      if (scheme != Scheme::tls && scheme != Scheme::tlcp)
        return fail(Errc::invalid, "address: syslog takes tls or tlcp");
      break;
    case Kind::files:
      if (scheme != Scheme::file) return fail(Errc::invalid, "address: files take file");
      break;
    case Kind::soap:
    case Kind::http:
      if (!web) return fail(Errc::invalid, "address: https, tlcp or http");
      break;
  }
  const bool guarded = scheme != Scheme::http && scheme != Scheme::file;
  if (guarded && p.credentials.ca.empty()) return fail(Errc::invalid, "trust.ca: missing");
  return {};
}

/// check_whole looks at what one section alone cannot know.
Result<> check_whole(const Profile& p) {
  KW_CHECK(check_scheme(p));
  const bool xml = p.kind == Kind::soap || p.kind == Kind::files;
  if (xml && (p.xml.root.empty() || p.xml.list.empty() || p.xml.item.empty()))
    return fail(Errc::invalid, "xml: root, list and item are needed");
  if (xml && (p.reply.element.empty() || p.reply.yes.empty()))
    return fail(Errc::invalid, "reply: element and yes are needed");
  if (p.kind != Kind::syslog && p.fields.empty()) return fail(Errc::invalid, "field: none");
  if (p.kind == Kind::soap && (p.soap.operation.empty() || p.soap.parameters.empty()))
    return fail(Errc::invalid, "soap: operation and parameter are needed");
  if (p.kind == Kind::http && p.charset != Charset::utf8) return fail(Errc::invalid, "charset: UTF-8");
  if (p.kind == Kind::syslog && p.charset != Charset::utf8) return fail(Errc::invalid, "charset: UTF-8");
  const auto numbered = [](const Field& f) { return f.from == Source::number; };
  if (p.kind != Kind::syslog && std::none_of(p.fields.begin(), p.fields.end(), numbered))
    return fail(Errc::invalid, "field: one must be from number");
  return {};
}

Result<Profile> read_profile(const toml::table& root) {
  Profile out;
  TomlSection from(&root, "");
  KW_CHECK(from.text("name", out.name));
  KW_CHECK(check_target_name(out.name));
  std::string kind, address, charset = "UTF-8", zone = "+08:00", start = "beginning", personal = "pseudonym";
  KW_CHECK(from.text("kind", kind));
  KW_TRY(out.kind, parse_kind(kind));
  KW_CHECK(from.text("address", address));
  KW_TRY(out.address, parse_export_address(address));
  KW_CHECK(from.text("charset", charset));
  const auto known = parse_charset(charset);
  if (!known) return from.wrong("charset", "UTF-8, GB18030 or GBK");
  out.charset = *known;
  KW_CHECK(from.text("zone", zone));
  KW_TRY(out.zone_minutes, parse_zone(zone));
  KW_CHECK(from.text("batch_prefix", out.batch_prefix, 16));
  if (out.batch_prefix.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") !=
      std::string::npos)
    return from.wrong("batch_prefix", "letters and digits");
  KW_CHECK(from.number("batch", 1, 2000, out.batch));
  KW_CHECK(from.text("start", start));
  if (start != "beginning" && start != "now") return from.wrong("start", "beginning or now");
  out.from_beginning = start == "beginning";
  KW_CHECK(from.text("personal", personal));
  if (personal != "pseudonym" && personal != "left_out") return from.wrong("personal", "pseudonym or left_out");
  out.personal = personal == "pseudonym" ? PersonalForm::pseudonym : PersonalForm::left_out;
  KW_TRY(auto trust, from.section("trust"));
  KW_CHECK(read_credentials(std::move(trust), out.credentials));
  KW_TRY(auto filter, from.section("filter"));
  KW_CHECK(read_filter(std::move(filter), out.filter));
  KW_TRY(auto retry, from.section("retry"));
  KW_CHECK(read_patience(std::move(retry), out.patience, out.exchange));
  KW_TRY(auto syslog, from.section("syslog"));
  KW_CHECK(read_syslog(std::move(syslog), out.syslog));
  KW_TRY(auto xml, from.section("xml"));
  KW_CHECK(read_xml(std::move(xml), out.xml));
  KW_TRY(auto soap, from.section("soap"));
  KW_CHECK(read_soap(std::move(soap), out.soap));
  KW_TRY(auto http, from.section("http"));
  KW_CHECK(read_http(std::move(http), out.http));
  KW_TRY(auto reply, from.section("reply"));
  KW_CHECK(read_reply_rule(std::move(reply), out.reply));
  KW_TRY(auto fields, from.sections("field", 64));
  KW_CHECK(read_fields(std::move(fields), out.kind, out.fields));
  KW_CHECK(from.finish());
  KW_CHECK(check_whole(out));
  return out;
}

/// among compares with a list of names, of which one may end in '*'.
bool among(const std::vector<std::string>& names, std::string_view type) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    if (name.ends_with('*')) return type.starts_with(std::string_view(name).substr(0, name.size() - 1));
    return type == name;
  });
}

}  // namespace

std::string_view name(Kind kind) noexcept { return kKinds.at(static_cast<std::size_t>(kind)); }

bool wanted(const Filter& filter, const Record& record) {
  if (record.severity < filter.least) return false;
  if (!filter.types.empty() && !among(filter.types, record.type)) return false;
  if (among(filter.without, record.type)) return false;
  if (record.device.empty()) return filter.platform;
  return filter.regions.empty() ||
         std::find(filter.regions.begin(), filter.regions.end(), record.place.region) != filter.regions.end();
}

Result<Profile> parse_profile(std::string_view text) {
  if (text.size() > kMostProfile) return fail(Errc::too_large, "profile");
  KW_TRY(const auto root, config::parse_toml(text));
  KW_TRY(auto out, read_profile(root));
  out.digest = copy(crypto::sm3(bytes_of(text)));
  return out;
}

}  // namespace kw::exports
