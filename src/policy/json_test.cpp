#include <gtest/gtest.h>

#include "policy/test_policy.h"

namespace kw::policy {
namespace {

const std::string kGood =
    R"({"mode":"enforce","allow_out":[{"name":"b","address":"198.18.10.20","protocol":"tcp","ports":["8080","1-5"]}],)"
    R"("allow_in":[],"tolerate":[],"cut":{"on_illegal_outbound":true,"on_interface_change":false,"on_identity_change":true,)"
    R"("leave_platform_channel":true}})";

std::string with(const std::string& from, const std::string& to) {
  auto out = kGood;
  const auto at = out.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return out.replace(at, from.size(), to);
}

TEST(Json, round_trip) {
  const auto parsed = parse_template(kGood);
  ASSERT_TRUE(parsed) << parsed.error().text();
  EXPECT_EQ(to_json(*parsed), kGood);
  const auto sample = test::sample();
  EXPECT_EQ(parse_template(to_json(sample)).value(), sample);
  EXPECT_TRUE(parse_template(with("\"b\"", R"("a \" : \\")")));
}
TEST(Json, refusals_name_the_place) {
  const std::pair<std::string, std::string> cases[] = {
      {"", ": not JSON"},
      {"[]", ": an object"},
      {kGood + " x", ": not JSON"},
      {with("\"mode\":\"enforce\",", ""), "/mode: missing"},
      {with("\"enforce\"", "\"on\""), "/mode"},
      {with("\"enforce\"", "3"), "/mode"},
      {with("{\"mode\"", "{\"more\":1,\"mode\""), ": unknown key"},
      {with("{\"name\"", "{\"comment\":\"\",\"name\""), "/allow_out/0: unknown key"},
      {with("\"mode\"", "\"mode\":\"off\",\"mode\""), ": a key stands twice"},
      {with("\"tcp\"", "\"sctp\""), "/allow_out/0/protocol"},
      {with("\"8080\"", "8080"), "/allow_out/0/ports/0"},
      {with("\"8080\"", "\"80 80\""), "/allow_out/0/ports/0"},
      {with("\"8080\"", "\"123456\""), "/allow_out/0/ports/0"},
      {with("1-5", "1-"), "/allow_out/0/ports/1"},
      {with("1-5", "-5"), "/allow_out/0/ports/1"},
      {with("1-5", "1-5-9"), "/allow_out/0/ports/1"},
      {with("\"allow_in\":[]", "\"allow_in\":{}"), "/allow_in"},
      {with("\"tolerate\":[]", "\"tolerate\":[[[[[[[[]]]]]]]]"), ": not JSON"},
      {with("false", "0"), "/cut/on_interface_change"},
      {with("\"on_identity_change\":true,", ""), "/cut/on_identity_change: missing"},
  };
  for (const auto& [text, place] : cases) {
    const auto parsed = parse_template(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.code(), Errc::malformed);
    EXPECT_TRUE(parsed.error().detail().starts_with(place)) << parsed.error().detail() << " not at " << place;
  }
  EXPECT_EQ(parse_template(std::string(kMostTemplateOctets + 1, ' ')).code(), Errc::too_large);
}

}  // namespace
}  // namespace kw::policy
