// Cases of the critical path and of timelines are files: cases/critical/*.json, cases/timeline/*.json.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "trail/connector.h"
#include "trail/critical_path.h"
#include "trail/timeline.h"
#include "trail/words.h"

namespace kw::trail {
namespace {

namespace json = boost::json;

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

std::vector<std::filesystem::path> files(const std::string& folder) {
  std::vector<std::filesystem::path> out;
  for (const auto& one : std::filesystem::directory_iterator(std::string(KW_SOURCE_DIR "/src/trail/cases/") + folder))
    out.push_back(one.path());
  std::ranges::sort(out);
  return out;
}

struct CaseFile : ::testing::TestWithParam<std::filesystem::path> {
  json::object read() const { return json::parse(read_text(GetParam())).as_object(); }
};
std::string case_name(const ::testing::TestParamInfo<std::filesystem::path>& info) {
  return info.param.stem().string();
}

using CriticalPathCase = CaseFile;
TEST_P(CriticalPathCase, IsTheSectionsOfTheFile) {
  const auto file = read();
  std::vector<PathSpan> spans;
  for (const auto& one : file.at("spans").as_array()) {
    const auto& span = one.as_object();
    PathSpan out{span.at("start").to_number<std::int64_t>(), span.at("end").to_number<std::int64_t>()};
    if (const auto* parent = span.if_contains("parent")) out.parent = parent->to_number<std::size_t>();
    spans.push_back(out);
  }
  std::vector<PathSection> want;
  for (const auto& one : file.at("sections").as_array())
    want.push_back(
        {one.at(0).to_number<std::size_t>(), one.at(1).to_number<std::int64_t>(), one.at(2).to_number<std::int64_t>()});
  EXPECT_EQ(critical_path(spans, 0), want);
}
INSTANTIATE_TEST_SUITE_P(Files, CriticalPathCase, ::testing::ValuesIn(files("critical")), case_name);

std::string item_text(const TimelineItem& item) {
  std::string out(item.depth, ' ');
  out += std::string(name(item.kind)) + " " + std::to_string(item.start_us) + " +" + std::to_string(item.duration_us);
  if (item.critical_us > 0) out += " critical " + std::to_string(item.critical_us);
  if (item.error) out += " error";
  if (item.moved) out += " moved";
  return out;
}

using TimelineCase = CaseFile;
TEST_P(TimelineCase, IsTheItemsOfTheFile) {
  const auto file = read();
  std::vector<TrailEntry> entries;
  for (const auto& one : file.at("entries").as_array()) {
    TrailEntry entry;
    entry.index = entries.size();
    entry.type = one.at("type").as_string();
    entry.result = one.at("result").as_string();
    entry.time_ns = one.at("ms").to_number<std::int64_t>() * 1'000'000;
    for (const auto& [key, value] : one.at("params").as_object()) entry.params[key] = value.as_string();
    entries.push_back(std::move(entry));
  }
  const auto made = build_timeline(entries);
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ(made->session, file.at("session").as_string());
  EXPECT_EQ(made->matter, file.at("matter").as_string());
  EXPECT_EQ(made->reason, file.at("reason").as_string());
  EXPECT_EQ(made->ended, file.at("ended").as_bool());
  EXPECT_EQ(made->duration_us, file.at("duration_us").to_number<std::int64_t>());
  EXPECT_EQ(made->errors, file.at("errors").to_number<std::uint64_t>());
  std::vector<std::string> want, have;
  for (const auto& one : file.at("items").as_array()) want.emplace_back(one.as_string());
  for (const auto& item : made->items) have.push_back(item_text(item));
  EXPECT_EQ(have, want);
  // What the session waited for adds up to the session.
  std::int64_t waited = 0;
  for (const auto& item : made->items) waited += item.critical_us;
  EXPECT_EQ(waited, made->duration_us);
}
INSTANTIATE_TEST_SUITE_P(Files, TimelineCase, ::testing::ValuesIn(files("timeline")), case_name);

TEST(Timelines, TooManyEntriesAndNoneAreRefused) {
  EXPECT_EQ(build_timeline({}).code(), Errc::not_found);
  EXPECT_EQ(build_timeline(std::vector<TrailEntry>(kMostTrailEntries + 1)).code(), Errc::too_large);
  EXPECT_TRUE(build_timeline(std::vector<TrailEntry>(kMostTrailEntries)));
}

TEST(Words, AreEnumerated) {
  EXPECT_TRUE(is_step("confirm"));
  for (const auto* bad : {"", "Confirm", "zhang-san", "confirm ", "440300199001011234"})
    EXPECT_FALSE(is_step(bad)) << bad;
  EXPECT_TRUE(is_reason("backend_timeout"));
  EXPECT_FALSE(is_reason("because"));
  EXPECT_TRUE(is_method("PATCH"));
  for (const auto* bad : {"", "get", "HEAD", "CONNECT", "GET "}) EXPECT_FALSE(is_method(bad)) << bad;
  EXPECT_TRUE(is_plain_word("residence-permit"));
  for (const auto* bad : {"", "A", "a b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) EXPECT_FALSE(is_plain_word(bad)) << bad;
}

TEST(Words, TheTraceParentIsTheSpecificationsExample) {
  // W3C Trace Context, section 3.2.2.
  const auto trace = from_hex("4bf92f3577b34da6a3ce929d0e0e4736"), span = from_hex("00f067aa0ba902b7");
  EXPECT_EQ(trace_parent(*trace, *span), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
}

constexpr std::string_view kGood = R"(
name = "residence"
base = "https://residence.example/api/v2"
timeout_ms = 2500
most_answer_kib = 128
[trust]
ca = "/etc/ca.pem"
[[matter]]
code = "permit"
real_name = true
[[matter]]
code = "renewal"
sites = ["000102030405060708090a0b0c0d0e0f"]
[[operation]]
method = "GET"
path = "/applications/{number}/state"
query = ["lang"]
rest = "pass"
[[operation.field]]
pointer = "/holder/na~1me"
field = "holder_name"
[[operation.field]]
pointer = "/items/*/phone"
field = "phone"
[[operation]]
method = "POST"
path = "/applications"
)";

TEST(Connectors, SayWhatMayBeAskedAndForWhom) {
  const auto made = parse_connector(kGood);
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ(made->host, "residence.example");
  EXPECT_EQ(made->port, 443);
  EXPECT_EQ(made->base, "/api/v2");
  EXPECT_EQ(made->timeout, std::chrono::milliseconds(2500));
  EXPECT_EQ(made->most_answer, 128U << 10);
  ASSERT_NE(made->find("GET", "/applications/4711/state"), nullptr);
  EXPECT_EQ(made->find("GET", "/applications/4711/state")->path, "/applications/{number}/state");
  for (const auto* bad :
       {"", "/", "/applications", "/applications/", "/applications/1", "/applications//state",
        "/applications/1/2/state", "/applications/1/state/", "applications/1/state", "/Applications/1/state"})
    EXPECT_EQ(made->find("GET", bad), nullptr) << bad;
  EXPECT_NE(made->find("POST", "/applications"), nullptr);
  EXPECT_EQ(made->find("DELETE", "/applications"), nullptr);
  EXPECT_TRUE(made->allows_method("POST"));
  EXPECT_FALSE(made->allows_method("PUT"));
  ASSERT_NE(made->matter("permit"), nullptr);
  EXPECT_TRUE(serves(*made->matter("permit"), "any"));
  EXPECT_FALSE(serves(*made->matter("renewal"), "any"));
  EXPECT_TRUE(serves(*made->matter("renewal"), "000102030405060708090a0b0c0d0e0f"));
  EXPECT_TRUE(made->matter("permit")->real_name);
  EXPECT_FALSE(made->matter("renewal")->real_name);
  EXPECT_EQ(made->matter("other"), nullptr);
  const auto& answer = made->find("GET", "/applications/1/state")->answer;
  ASSERT_EQ(answer.fields.size(), 2U);
  EXPECT_EQ(answer.fields[0].path, (std::vector<std::string>{"holder", "na/me"}));
  EXPECT_EQ(answer.fields[1].path, (std::vector<std::string>{"items", "*", "phone"}));
  EXPECT_EQ(answer.fields[1].field, "phone");
  EXPECT_TRUE(answer.pass_rest);
  EXPECT_TRUE(made->find("POST", "/applications")->answer.fields.empty());
}

TEST(Connectors, ARoadMayBeTlcpWithTwoPairs) {
  std::string text(kGood);
  text.replace(text.find("https://"), 8, "tlcp://");
  text.replace(text.find("ca = "), 4,
               "certificate = \"/s\"\nkey = \"/sk\"\nencryption_certificate = \"/e\"\nencryption_key = \"/ek\"\nca =");
  const auto made = parse_connector(text);
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ(made->guard, Guard::tlcp);
  EXPECT_EQ(made->port, 443);
  EXPECT_EQ(made->trust.encryption_key, "/ek");
}

TEST(Connectors, WhatIsWrongIsNamed) {
  struct Wrong {
    std::string_view from, to, named;
  };
  const Wrong cases[] = {
      {"name = \"residence\"", "name = \"Residence\"", "name"},
      {"https://residence.example/api/v2", "http://residence.example/api/v2", "base"},
      {"https://residence.example/api/v2", "tlcps://residence.example/api/v2", "base"},
      {"ca = \"/etc/ca.pem\"", "ca = \"/etc/ca.pem\"\nencryption_certificate = \"/e\"\nencryption_key = \"/k\"",
       "encryption_certificate"},
      {"https://residence.example/api/v2", "ftp://residence.example", "base"},
      {"https://residence.example/api/v2", "https://residence.example/api/", "base"},
      {"https://residence.example/api/v2", "https://residence.example/../x", "base"},
      {"https://residence.example/api/v2", "https://residence.example/{x}", "base"},
      {"https://residence.example/api/v2", "https://user@residence.example:99999", "base"},
      {"ca = \"/etc/ca.pem\"", "", "trust.ca"},
      {"ca = \"/etc/ca.pem\"", "ca = \"/etc/ca.pem\"\nkey = \"/k\"", "trust.certificate"},
      {"timeout_ms = 2500", "timeout_ms = 99", "timeout_ms"},
      {"timeout_ms = 2500", "timeout_ms = 2500\nretries = 3", "retries"},
      {"most_answer_kib = 128", "most_answer_kib = 257", "most_answer_kib"},
      {"code = \"renewal\"", "code = \"permit\"", "matter"},
      {"sites = [\"000102030405060708090a0b0c0d0e0f\"]", "sites = [\"all\"]", "sites"},
      {"sites = [\"000102030405060708090a0b0c0d0e0f\"]", "sites = []", "sites"},
      {"method = \"GET\"", "method = \"HEAD\"", "method"},
      {"/applications/{number}/state", "/applications/*", "path"},
      {"/applications/{number}/state", "/applications/../x", "path"},
      {"/applications/{number}/state", "applications", "path"},
      {"/holder/na~1me", "holder/name", "pointer"},
      {"/holder/na~1me", "/holder/na~2me", "pointer"},
      {"/holder/na~1me", "/items/0/phone", "pointer"},
      {"/holder/na~1me", "/items", "pointer"},
      {"field = \"phone\"", "", "field"},
      {"field = \"phone\"", "field = \"phone\"\nmask = \"x\"", "mask"},
      {"rest = \"pass\"", "rest = \"keep\"", "rest"},
      {"path = \"/applications\"\n", "path = \"/applications\"\nrest = \"pass\"\n", "rest"},
  };
  for (const auto& wrong : cases) {
    std::string text(kGood);
    const auto at = text.find(wrong.from);
    ASSERT_NE(at, std::string::npos) << wrong.from;
    text.replace(at, wrong.from.size(), wrong.to);
    const auto made = parse_connector(text);
    ASSERT_FALSE(made) << wrong.to;
    EXPECT_EQ(made.code(), Errc::invalid) << made.error().text();
    EXPECT_NE(made.error().detail().find(wrong.named), std::string::npos) << made.error().text();
  }
  EXPECT_EQ(parse_connector("name = ").code(), Errc::malformed);
  EXPECT_EQ(parse_connector(std::string(kMostConnector + 1, '#')).code(), Errc::too_large);
}

TEST(Connectors, TheOnesThatArePackagedAreGood) {
  std::size_t seen = 0;
  for (const auto& file : std::filesystem::directory_iterator(KW_SOURCE_DIR "/packaging/connectors")) {
    const auto made = parse_connector(read_text(file.path()));
    EXPECT_TRUE(made) << file.path() << (made ? "" : made.error().text());
    ++seen;
  }
  EXPECT_GT(seen, 0U);
}

}  // namespace
}  // namespace kw::trail
