#include "policy/sections/peripherals.h"

#include <gmock/gmock.h>

namespace kw::policy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> found(const std::string& section) {
  v1::PolicyBundle bundle;
  const auto parsed = parse_sections(R"({"peripherals":)" + section + "}", bundle);
  EXPECT_TRUE(parsed) << parsed.error().text();
  std::vector<std::string> out;
  for (const auto& p : check_sections(bundle))
    out.push_back(p.path.substr(std::string("/peripherals").size()) + " " + p.code + (p.warning ? " warning" : ""));
  return out;
}
std::string with_rule(const std::string& rule, const std::string& more = "") {
  return R"({"mode":"enforce","cards":true)" + more + R"(,"allow":[{"name":"a")" + (rule.empty() ? "" : "," + rule) +
         "}]}";
}
const std::string kPrinter = R"("vendor":"04b8","product":"0e15","interfaces":["07:01:02"],"port":"1-1.2")";
const std::string kDigest(64, 'a');

TEST(PeripheralsSection, rules_one_by_one) {
  const std::pair<std::string, std::vector<std::string>> cases[] = {
      {kPrinter, {}},
      {R"("vendor":"04b8","product":"0e15","digest":")" + kDigest + "\"", {}},
      {R"("vendor":"04b8","product":"0e15","interfaces":["03:01:*","ff:*:*"],"module":"05.03-20180101-1-1")", {}},
      {kPrinter + R"(,"serial":"X1")", {}},
      {R"("bus":"card","vendor":"0003","product":"5344","interfaces":["sd"],"port":"mmc0")", {}},
      // ids
      {R"("vendor":"04b8","interfaces":["07:01:02"])", {"/allow/0/product half_an_id"}},
      {R"("vendor":"04B8","product":"0e15","interfaces":["07:01:02"])", {"/allow/0/vendor bad_id"}},
      {R"("vendor":"04b8","product":"e15","interfaces":["07:01:02"])", {"/allow/0/product bad_id"}},
      // ids alone are borrowed by a BadUSB
      {R"("vendor":"04b8","product":"0e15")", {"/allow/0/interfaces no_interfaces"}},
      {"", {"/allow/0/interfaces no_interfaces", "/allow/0/vendor any_maker warning"}},
      {R"("interfaces":["07:01:02"])", {"/allow/0/vendor any_maker warning"}},
      // 200 sticks can share one serial number
      {R"("serial":"X1","interfaces":["07:01:02"],"port":"1-1")",
       {"/allow/0/serial serial_alone", "/allow/0/vendor any_maker warning"}},
      {R"("vendor":"04b8","product":"0e15","interfaces":["07:01:02"],"serial":"X1")",
       {"/allow/0/port serial_shared warning"}},
      {R"("vendor":"04b8","product":"0e15","interfaces":["08:06:50"],"port":"1-1")",
       {"/allow/0/interfaces storage_anywhere warning"}},
      {R"("interfaces":["03:01:01"],"module":"1","port":"1-1")",
       {"/allow/0/vendor any_maker warning", "/allow/0/module module_alone"}},
      // forms
      {R"("vendor":"04b8","product":"0e15","interfaces":["7:1:2"])", {"/allow/0/interfaces/0 bad_interface"}},
      {R"("vendor":"04b8","product":"0e15","interfaces":["*:*:*"])", {"/allow/0/interfaces/0 bad_interface"}},
      {R"("vendor":"04b8","product":"0e15","interfaces":["03:*:01"])", {"/allow/0/interfaces/0 bad_interface"}},
      {R"("vendor":"04b8","product":"0e15","interfaces":["03:01"])", {"/allow/0/interfaces/0 bad_interface"}},
      {R"("vendor":"04b8","product":"0e15","interfaces":["sd"])", {"/allow/0/interfaces/0 bad_interface"}},
      {R"("vendor":"04b8","product":"0e15","digest":"AA")", {"/allow/0/digest bad_digest"}},
      {R"("bus":"card","vendor":"0003","product":"5344","interfaces":["08:06:50"])",
       {"/allow/0/interfaces/0 bad_interface"}},
      {R"("bus":"card","vendor":"0003","product":"5344","interfaces":["sd"],"port":"1-1")", {"/allow/0/port bad_port"}},
  };
  for (const auto& [rule, problems] : cases) EXPECT_EQ(found(with_rule(rule)), problems) << rule;
}
TEST(PeripheralsSection, ports) {
  const std::pair<const char*, bool> cases[] = {{"1-1", true},    {"12-10.4.3.2.1.7", true},
                                                {"usb1", false},  {"1", false},
                                                {"1-", false},    {"01-1", false},
                                                {"1-0", false},   {"1-1.", false},
                                                {"1-1-1", false}, {"1-1.2.3.4.5.6.7", false},
                                                {"1-1 ", false},  {"../1-1", false},
                                                {"1-1000", false}};
  for (const auto& [port, good] : cases) {
    const auto problems = found(
        with_rule(R"("vendor":"04b8","product":"0e15","interfaces":["07:01:02"],"port":")" + std::string(port) + "\""));
    EXPECT_EQ(problems.empty(), good) << port;
  }
}
TEST(PeripheralsSection, the_whole) {
  EXPECT_THAT(found(R"({"mode":"enforce"})"), ElementsAre("/allow nothing_allowed warning"));
  EXPECT_THAT(found(R"({"mode":"watch"})"), IsEmpty());
  EXPECT_THAT(found(with_rule(kPrinter, R"(,"hub_depth":6)")), ElementsAre("/hub_depth out_of_range"));
  EXPECT_THAT(found(R"({"mode":"watch","allow":[{"name":"a",)" + kPrinter + R"(},{"name":"a",)" + kPrinter + "}]}"),
              ElementsAre("/allow/1/name duplicate"));
  EXPECT_THAT(found(R"({"mode":"watch","allow":[{"name":"",)" + kPrinter + "}]}"),
              ElementsAre("/allow/0/name bad_name"));
  EXPECT_THAT(
      found(R"({"mode":"watch","allow":[{"name":"c","bus":"card","interfaces":["sd"],"digest":")" + kDigest + "\"}]}"),
      ElementsAre("/allow/0/bus cards_off warning"));
  std::string many;
  for (int i = 0; i < 257; ++i)
    many += (i > 0 ? "," : "") + ("{\"name\":\"r" + std::to_string(i) + "\"," + kPrinter + "}");
  EXPECT_THAT(found(R"({"mode":"watch","allow":[)" + many + "]}"), ElementsAre("/allow too_many"));
}
TEST(PeripheralsSection, typing) {
  const std::pair<const char*, std::vector<std::string>> cases[] = {
      {R"({"keys_per_second":30,"window_ms":1000})", {}},
      {R"({"keys_per_second":0,"window_ms":0})", {}},
      {R"({"keys_per_second":1001,"window_ms":1000})", {"/typing/keys_per_second out_of_range"}},
      {R"({"keys_per_second":30,"window_ms":99})", {"/typing/window_ms out_of_range"}},
      {R"({"keys_per_second":30,"window_ms":10001})", {"/typing/window_ms out_of_range"}},
      {R"({"keys_per_second":30,"window_ms":150})", {"/typing/window_ms too_narrow"}}};
  for (const auto& [typing, problems] : cases)
    EXPECT_EQ(found(R"({"mode":"watch","typing":)" + std::string(typing) + "}"), problems) << typing;
}

v1::Order permit(std::initializer_list<std::pair<std::string, std::string>> changed) {
  v1::Order out;
  out.set_section("peripherals");
  out.set_action("permit");
  auto& args = *out.mutable_args();
  for (const auto* name : {"bus", "serial", "digest"}) args[name] = "";
  args["name"] = "ticket 7";
  args["vendor"] = "0781";
  args["product"] = "5567";
  args["port"] = "1-2";
  args["interfaces"] = "08:06:50  08:06:62";
  args["until"] = "2026-11-23T08:15:30Z";
  for (const auto& [key, value] : changed) args[key] = value;
  return out;
}

TEST(PeripheralsSection, a_permit_is_read_as_a_rule_with_an_end) {
  const auto order = permit({});
  ASSERT_NE(find_action(order), nullptr);
  const auto read = read_permit(order);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->rule.name(), "ticket 7");
  EXPECT_THAT(read->rule.interfaces(), ElementsAre("08:06:50", "08:06:62"));
  EXPECT_EQ(read->until, from_rfc3339("2026-11-23T08:15:30Z").value());
}
TEST(PeripheralsSection, a_permit_that_no_rule_could_say_is_refused) {
  const std::pair<std::pair<std::string, std::string>, std::string> cases[] = {
      {{"name", ""}, "name: "},       {{"bus", "pci"}, "bus: "},          {{"vendor", ""}, "product: "},
      {{"port", "usb1"}, "port: "},   {{"until", "tomorrow"}, "until: "}, {{"interfaces", ""}, "interfaces: "},
      {{"digest", "zz"}, "digest: "}, {{"until", ""}, "until: "}};
  for (const auto& [change, start] : cases) {
    const auto read = read_permit(permit({change}));
    ASSERT_FALSE(read) << change.first;
    EXPECT_EQ(read.code(), Errc::invalid);
    EXPECT_TRUE(read.error().detail().starts_with(start)) << read.error().text();
  }
}

}  // namespace
}  // namespace kw::policy
