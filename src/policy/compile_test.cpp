#include "policy/compile.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "policy/tag.h"
#include "policy/test_policy.h"

namespace kw::policy {
namespace {

std::string all_of(const CompiledNetwork& c) {
  return "# policy\n" + c.policy_script + "# cut\n" + c.cut_script + "# release\n" + c.release_script;
}
// KW_UPDATE_GOLDEN=1 rewrites the files: look at the difference before it is committed.
void expect_golden(const std::string& name, const CompiledNetwork& compiled) {
  const std::string path = std::string(KW_SOURCE_DIR) + "/src/policy/golden/" + name + ".nft";
  if (std::getenv("KW_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << all_of(compiled);
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  EXPECT_EQ(text.str(), all_of(compiled)) << path;
}
NetworkTemplate dual_stack() {
  auto network = test::sample();
  network.allow_out.push_back({"six", "fd00:10::/64", v1::TCP, {{443, 443}}});
  network.allow_out.push_back({"six-ping", "fd00:10::1", v1::ICMP, {}});
  network.cut.leave_platform_channel = false;
  return network;
}

TEST(Compile, golden) {
  expect_golden("enforce", compile(test::checked(test::sample())));
  expect_golden("dual_stack", compile(test::checked(dual_stack())));
  expect_golden("watch", compile(test::checked(test::sample(v1::WATCH))));
  expect_golden("off", compile(test::checked(test::sample(v1::OFF))));
}
TEST(Compile, is_deterministic) {
  EXPECT_EQ(all_of(compile(test::checked(dual_stack()))), all_of(compile(test::checked(dual_stack()))));
}
TEST(Compile, every_tag_is_explained_and_counted) {
  for (const auto mode : {v1::ENFORCE, v1::WATCH}) {
    const auto compiled = compile(test::checked(test::sample(mode)));
    for (const auto& tag : compiled.tags) {
      const auto meaning = explain_tag(tag.tag);
      ASSERT_TRUE(meaning) << tag.tag;
      EXPECT_EQ(meaning->watch, mode == v1::WATCH);
      EXPECT_NE(compiled.policy_script.find("counter " + tag.counter + " { }"), std::string::npos);
    }
  }
  EXPECT_TRUE(explain_tag("kw:cutin:"));
  EXPECT_TRUE(explain_tag("kw:illegal:")->illegal);
  EXPECT_FALSE(explain_tag("kw:tolerated:")->illegal);
  for (const auto* other : {"", "kw:", "kw:illegal", "kw:w-", "illegal:", "kw:w-kw:illegal:"}) EXPECT_FALSE(explain_tag(other)) << other;
}
TEST(Compile, watch_never_drops_and_never_trips) {
  const auto compiled = compile(test::checked(test::sample(v1::WATCH)));
  EXPECT_EQ(compiled.policy_script.find("policy drop"), std::string::npos);
  EXPECT_EQ(compiled.policy_script.find("    drop\n"), std::string::npos);
  EXPECT_EQ(compiled.policy_script.find("@trip"), std::string::npos);
}
TEST(Compile, trip_only_where_policy_cuts) {
  auto network = test::sample();
  network.cut.on_illegal_outbound = network.cut.on_interface_change = false;
  const auto compiled = compile(test::checked(network));
  EXPECT_EQ(compiled.policy_script.find("trip"), std::string::npos);
  EXPECT_EQ(compiled.release_script.find("trip"), std::string::npos);
}

}  // namespace
}  // namespace kw::policy
