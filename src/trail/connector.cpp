#include "trail/connector.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/host_port.h"
#include "config/parse_toml.h"
#include "config/toml_section.h"
#include "trail/words.h"

namespace kw::trail {
namespace {

constexpr std::size_t kMostMatters = 64, kMostSites = 1024, kMostOperations = 256, kMostQueryNames = 32;
struct RoadWord {
  std::string_view scheme;
  Guard guard;
  std::string_view port;
};
constexpr RoadWord kRoads[] = {
    {"https://", Guard::tls, ":443"}, {"tlcp://", Guard::tlcp, ":443"}, {"http://", Guard::none, ":80"}};

/// next takes one segment off a path's front: "/a/b" gives "a" and leaves "/b".
std::string_view next_segment(std::string_view& rest) {
  rest.remove_prefix(1);
  const auto end = std::min(rest.find('/'), rest.size());
  const auto out = rest.substr(0, end);
  rest.remove_prefix(end);
  return out;
}

bool stands_for_any(std::string_view segment) { return segment.starts_with('{'); }

bool matches(std::string_view pattern, std::string_view path) {
  while (!pattern.empty() && !path.empty()) {
    const auto want = next_segment(pattern);
    const auto have = next_segment(path);
    if (have.empty() || have == "." || have == ".." || (!stands_for_any(want) && want != have)) return false;
  }
  return pattern.empty() && path.empty();
}

bool is_segment(std::string_view text) {
  const bool any = text.size() > 2 && text.front() == '{' && text.back() == '}';
  const auto inner = any ? text.substr(1, text.size() - 2) : text;
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return !inner.empty() && inner != "." && inner != ".." && std::ranges::all_of(inner, good);
}

bool is_pattern(std::string_view text) {
  if (!text.starts_with('/')) return false;
  while (!text.empty())
    if (!is_segment(next_segment(text))) return false;
  return true;
}

/// read_base takes https://HOST[:PORT][/PATH], tlcp:// for HTTP over TLCP, and http://127.0.0.1:PORT[/PATH] or [::1].
Result<> read_base(config::TomlSection& from, Connector& out) {
  std::string text;
  KW_CHECK(from.text("base", text, 512, 1));
  std::string_view rest = text;
  const auto* road = std::ranges::find_if(kRoads, [&](const RoadWord& one) { return rest.starts_with(one.scheme); });
  if (road == std::end(kRoads)) return from.wrong("base", "https://, tlcp:// or http://");
  out.guard = road->guard;
  rest.remove_prefix(road->scheme.size());
  const auto slash = std::min(rest.find('/'), rest.size());
  std::string place(rest.substr(0, slash));
  out.base = std::string(rest.substr(slash));
  if (!out.base.empty() && (!is_pattern(out.base) || out.base.find('{') != std::string::npos))
    return from.wrong("base", "path of plain segments, without '/' at its end");
  const bool has_port =
      place.find(':', place.starts_with('[') ? std::min(place.find(']'), place.size()) : 0) != std::string::npos;
  if (!has_port) place += road->port;
  const auto at = parse_host_port(place);
  if (!at) return from.wrong("base", "HOST:PORT");
  out.host = at->host;
  out.port = at->port;
  if (out.guard == Guard::none && out.host != "127.0.0.1" && out.host != "::1")
    return from.wrong("base", "http is for 127.0.0.1 and ::1 alone");
  return {};
}

Result<> read_trust(config::TomlSection from, Connector& out) {
  auto& trust = out.trust;
  KW_CHECK(config::read_trust_files(from, trust));
  const bool guarded = out.guard != Guard::none;
  if (guarded == trust.ca.empty()) return from.wrong("ca", guarded ? "missing" : "http has none");
  if (!guarded && !trust.certificate.empty()) return from.wrong("certificate", "http has none");
  if (out.guard != Guard::tlcp && !trust.encryption_certificate.empty())
    return from.wrong("encryption_certificate", "TLCP alone has one");
  return from.finish();
}

bool is_site(std::string_view text) {
  const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == 32 && std::ranges::all_of(text, hex);
}

Result<Matter> read_matter(config::TomlSection& from) {
  Matter out;
  KW_CHECK(from.text("code", out.code, 32));
  if (!is_plain_word(out.code)) return from.wrong("code", "1 to 32 of a-z, 0-9 and '-'");
  KW_CHECK(from.texts("sites", out.sites, kMostSites));
  KW_CHECK(from.flag("real_name", out.real_name));
  if (!std::ranges::all_of(out.sites, is_site)) return from.wrong("sites", "IDs of 32 hex digits");
  if (from.has("sites") && out.sites.empty()) return from.wrong("sites", "empty: leave it out where every site may");
  KW_CHECK(from.finish());
  return out;
}

/// Which values of an answer are data of the catalogue. That the catalogue has them is the platform's to see.
Result<AnswerMap> read_answer_map(config::TomlSection& from) {
  AnswerMap out;
  KW_TRY(auto fields, from.sections("field", kMostAnswerFields));
  for (auto& section : fields) {
    AnswerField field;
    std::string pointer;
    KW_CHECK(section.text("pointer", pointer, kMostPointer));
    auto path = parse_pointer(pointer);
    if (!path) return section.wrong("pointer", path.error().detail());
    field.path = std::move(*path);
    KW_CHECK(section.text("field", field.field, 64));
    if (field.field.empty()) return section.wrong("field", "missing");
    if (std::ranges::any_of(out.fields, [&](const AnswerField& other) { return meet(field, other); }))
      return section.wrong("pointer", "meets another one");
    KW_CHECK(section.finish());
    out.fields.push_back(std::move(field));
  }
  std::string rest = "drop";
  KW_CHECK(from.text("rest", rest, 8));
  if (rest != "drop" && rest != "pass") return from.wrong("rest", "drop or pass");
  if (from.has("rest") && out.fields.empty()) return from.wrong("rest", "without a field an answer passes as it is");
  out.pass_rest = rest == "pass";
  return out;
}

Result<Operation> read_operation(config::TomlSection& from) {
  Operation out;
  KW_CHECK(from.text("method", out.method, 8));
  if (!is_method(out.method)) return from.wrong("method", "GET, POST, PUT, PATCH or DELETE");
  KW_CHECK(from.text("path", out.path, 256, 1));
  if (!is_pattern(out.path)) return from.wrong("path", "/ and segments; {word} for any one");
  KW_CHECK(from.texts("query", out.query, kMostQueryNames));
  KW_TRY(out.answer, read_answer_map(from));
  KW_CHECK(from.finish());
  return out;
}

Result<> kib(config::TomlSection& from, std::string_view key, std::size_t most, std::size_t& to) {
  std::size_t value = to >> 10;
  KW_CHECK(from.number(key, 1, static_cast<std::int64_t>(most >> 10), value));
  to = value << 10;
  return {};
}

Result<Connector> read_connector(const toml::table& root) {
  Connector out;
  config::TomlSection from(&root, "");
  KW_CHECK(from.text("name", out.name, 32));
  if (!is_plain_word(out.name)) return from.wrong("name", "1 to 32 of a-z, 0-9 and '-'");
  KW_CHECK(read_base(from, out));
  KW_TRY(auto trust, from.section("trust"));
  KW_CHECK(read_trust(std::move(trust), out));
  auto timeout = std::chrono::duration_cast<std::chrono::milliseconds>(out.timeout).count();
  KW_CHECK(from.number("timeout_ms", 100, 60'000, timeout));
  out.timeout = std::chrono::milliseconds(timeout);
  KW_CHECK(kib(from, "most_request_kib", kMostRequestBody, out.most_request));
  KW_CHECK(kib(from, "most_answer_kib", kMostAnswerBody, out.most_answer));
  KW_TRY(auto matters, from.sections("matter", kMostMatters));
  for (auto& one : matters) {
    KW_TRY(auto matter, read_matter(one));
    if (out.matter(matter.code) != nullptr) return from.wrong("matter", "twice " + matter.code);
    out.matters.push_back(std::move(matter));
  }
  KW_TRY(auto operations, from.sections("operation", kMostOperations));
  for (auto& one : operations) {
    KW_TRY(auto operation, read_operation(one));
    out.operations.push_back(std::move(operation));
  }
  KW_CHECK(from.finish());
  if (out.matters.empty()) return from.wrong("matter", "none");
  if (out.operations.empty()) return from.wrong("operation", "none");
  return out;
}

}  // namespace

const Matter* Connector::matter(std::string_view code) const {
  const auto at = std::ranges::find(matters, code, &Matter::code);
  return at == matters.end() ? nullptr : &*at;
}

bool Connector::allows_method(std::string_view method) const {
  return std::ranges::find(operations, method, &Operation::method) != operations.end();
}

const Operation* Connector::find(std::string_view method, std::string_view path) const {
  if (!path.starts_with('/')) return nullptr;
  const auto at = std::ranges::find_if(
      operations, [&](const Operation& one) { return one.method == method && matches(one.path, path); });
  return at == operations.end() ? nullptr : &*at;
}

bool serves(const Matter& matter, std::string_view site) {
  return matter.sites.empty() || std::ranges::find(matter.sites, site) != matter.sites.end();
}

Result<Connector> parse_connector(std::string_view text) {
  if (text.size() > kMostConnector) return fail(Errc::too_large, "connector");
  KW_TRY(const auto root, config::parse_toml(text));
  return read_connector(root);
}

}  // namespace kw::trail
