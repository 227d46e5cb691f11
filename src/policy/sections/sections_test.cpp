#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "policy/sections/section.h"

namespace kw::policy {
namespace {

v1::PolicyBundle parsed(std::string_view json) {
  v1::PolicyBundle out;
  const auto done = parse_sections(json, out);
  EXPECT_TRUE(done) << done.error().text();
  return out;
}

TEST(Sections, every_row_is_a_field_of_the_bundle_with_a_mode_first) {
  for (const auto& section : sections()) {
    SCOPED_TRACE(section.name);
    const auto* field = v1::PolicyBundle::descriptor()->FindFieldByName(std::string(section.name));
    ASSERT_NE(field, nullptr);
    ASSERT_NE(field->message_type(), nullptr);
    EXPECT_EQ(field->message_type()->field(0)->name(), "mode");
    EXPECT_FALSE(section.clauses.empty());
    EXPECT_EQ(find_section(section.name), &section);
  }
  EXPECT_EQ(find_section("nothing"), nullptr);
}
TEST(Sections, json_round_trip) {
  const auto bundle = parsed(R"({"peripherals":{"mode":"watch"}})");
  EXPECT_EQ(mode_of(bundle, "peripherals"), v1::WATCH);
  EXPECT_EQ(mode_of(bundle, "camera"), v1::OFF);
  EXPECT_TRUE(acceptable(check_sections(bundle)));
  EXPECT_EQ(parsed(sections_json(bundle)).SerializeAsString(), bundle.SerializeAsString());
}
TEST(Sections, parsing_replaces_what_was_there_and_leaves_the_network_alone) {
  auto bundle = parsed(R"({"peripherals":{"mode":"watch"}})");
  bundle.mutable_network()->set_mode(v1::ENFORCE);
  ASSERT_TRUE(parse_sections("{}", bundle));
  EXPECT_FALSE(bundle.has_peripherals());
  EXPECT_EQ(bundle.network().mode(), v1::ENFORCE);
}
TEST(Sections, refusals_name_the_place_and_change_nothing) {
  const std::pair<std::string, std::string> cases[] = {
      {"", ": not JSON"},
      {"[]", ": an object"},
      {R"({"network":{"mode":"off"}})", ": unknown section"},
      {R"({"peripherals":{"mode":"WATCH"}})", "/peripherals/mode"},
      {R"({"peripherals":{"mode":"mode_unspecified"}})", "/peripherals/mode"},
      {R"({"peripherals":{"mode":2}})", "/peripherals/mode"},
      {R"({"peripherals":{"more":1}})", "/peripherals: unknown key"},
      {R"({"peripherals":{"mode":"off","mode":"watch"}})", ": a key stands twice"},
      {R"({"peripherals":"off"})", "/peripherals: an object"},
  };
  for (const auto& [json, where] : cases) {
    auto bundle = parsed(R"({"peripherals":{"mode":"enforce"}})");
    const auto done = parse_sections(json, bundle);
    ASSERT_FALSE(done) << json;
    EXPECT_TRUE(done.error().detail().starts_with(where)) << json << " -> " << done.error().detail();
    EXPECT_EQ(mode_of(bundle, "peripherals"), v1::ENFORCE) << json;
  }
  v1::PolicyBundle bundle;
  EXPECT_EQ(parse_sections(std::string(kMostDefenceOctets + 1, ' '), bundle).code(), Errc::too_large);
}
TEST(Sections, a_section_without_a_mode_is_refused) {
  const auto problems = check_sections(parsed(R"({"peripherals":{}})"));
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems[0].path, "/peripherals/mode");
  EXPECT_FALSE(acceptable(problems));
}
TEST(Sections, set_mode_changes_what_is_there_only) {
  auto bundle = parsed(R"({"peripherals":{"mode":"enforce"}})");
  set_mode(bundle, "peripherals", v1::WATCH);
  set_mode(bundle, "camera", v1::WATCH);
  EXPECT_EQ(mode_of(bundle, "peripherals"), v1::WATCH);
  EXPECT_FALSE(bundle.has_camera());
}
TEST(Sections, the_schema_tells_every_field) {
  const auto schema = boost::json::parse(sections_schema()).as_object();
  ASSERT_EQ(schema.size(), sections().size());
  const auto& mode = schema.at("peripherals").at("fields").at(0);
  EXPECT_EQ(boost::json::serialize(mode),
            R"({"name":"mode","list":false,"type":"choice","words":["off","watch","enforce"]})");
}
TEST(Sections, an_order_names_an_action_with_exactly_its_arguments) {
  for (const auto& section : sections()) {
    for (const auto& action : section.actions) {
      v1::Order order;
      order.set_section(std::string(section.name));
      order.set_action(std::string(action.name));
      for (const auto arg : action.args) (*order.mutable_args())[std::string(arg)] = "x";
      EXPECT_NE(find_action(order), nullptr) << section.name << " " << action.name;
      (*order.mutable_args())["more"] = "x";
      EXPECT_EQ(find_action(order), nullptr) << section.name << " " << action.name;
    }
  }
  v1::Order order;
  order.set_section("peripherals");
  order.set_action("nothing");
  EXPECT_EQ(find_action(order), nullptr);
}

}  // namespace
}  // namespace kw::policy
