// What the check of section "shell" says: each case a section in JSON and the problems that it has.
#include "policy/sections/hot_key.h"
#include "policy/sections/section_problems_test.h"

namespace kw::policy {
namespace {

Problems problems(const std::string& fields) { return problems_of(R"({"shell":{)" + fields + "}}"); }

TEST(ShellSection, a_whole_policy_is_accepted) {
  EXPECT_EQ(
      problems(R"("mode":"enforce","program":"/usr/lib/chromium/chromium","arguments":["--kiosk","https://a.example/"],
      "user":"kiosk","display":":0","crash_runs":3,"crash_seconds":30,"wipe_profile":true,"renew_at_session_end":true,
      "keys":["Alt+F4","super","Ctrl+Alt+Del"],
      "browser":{"manage":true,"allow":["https://*.example.gov.cn"],"printing":true})"),
      Problems{});
  EXPECT_EQ(problems(R"("mode":"off")"), Problems{});
}
TEST(ShellSection, the_program) {
  EXPECT_EQ(problems(R"("mode":"watch")"), Problems{"/shell/program no_program"});
  EXPECT_EQ(problems(R"("mode":"enforce","program":"chromium","user":"root","display":"elsewhere:0","crash_runs":1,
      "crash_seconds":4,"arguments":["","--remote-debugging-port=9222"])"),
            (Problems{"/shell/program bad_path", "/shell/arguments/0 bad_text", "warning /shell/arguments/1 opens",
                      "/shell/user bad_user", "/shell/display bad_display", "/shell/crash_runs out_of_range",
                      "/shell/crash_seconds out_of_range", "warning /shell/wipe_profile profile_stays"}));
  EXPECT_EQ(problems(R"("mode":"off","program":"/opt/../bin/sh","user":"-x")"),
            (Problems{"/shell/program bad_path", "/shell/user bad_user"}));
}
TEST(ShellSection, keys) {
  EXPECT_EQ(
      problems(R"("mode":"off","keys":["Alt+F4","alt+f4","Hyper+A","Ctrl+","Ctrl+Ctrl+A","F25","F0",""])"),
      (Problems{"warning /shell/keys/1 duplicate", "/shell/keys/2 bad_key", "/shell/keys/3 bad_key",
                "/shell/keys/4 bad_key", "/shell/keys/5 bad_key", "/shell/keys/6 bad_key", "/shell/keys/7 bad_key"}));
}
TEST(ShellSection, the_browser) {
  EXPECT_EQ(
      problems(
          R"("mode":"off","browser":{"manage":true,"allow":["file:///","https://","https://a b","http://*","https://ok.example/"],
      "dev_tools":true})"),
      (Problems{"/shell/browser/allow/0 bad_pattern", "/shell/browser/allow/1 bad_pattern",
                "/shell/browser/allow/2 bad_pattern", "warning /shell/browser/allow/3 every_place",
                "warning /shell/browser/dev_tools opens"}));
  EXPECT_EQ(problems(R"("mode":"off","browser":{"manage":true})"),
            Problems{"warning /shell/browser/allow every_place"});
  EXPECT_EQ(problems(R"("mode":"off","browser":{"printing":true})"),
            Problems{"warning /shell/browser/manage not_managed"});
}

TEST(HotKey, is_modifiers_and_one_key) {
  const auto key = parse_hot_key("ctrl+ALT+Del");
  ASSERT_TRUE(key);
  EXPECT_TRUE(key->ctrl && key->alt && !key->shift && !key->super);
  EXPECT_EQ(key->keysyms, std::vector<std::uint32_t>{0xffff});
  EXPECT_EQ(parse_hot_key("Super").value().keysyms, (std::vector<std::uint32_t>{0xffeb, 0xffec}));
  EXPECT_EQ(parse_hot_key("Ctrl+U").value().keysyms, std::vector<std::uint32_t>{'u'});
  EXPECT_EQ(parse_hot_key("F12").value().keysyms, std::vector<std::uint32_t>{0xffc9});
  EXPECT_TRUE(parse_hot_key("F12").value().plain());
  for (const auto usual : usual_hot_keys()) EXPECT_TRUE(parse_hot_key(usual)) << usual;
}

}  // namespace
}  // namespace kw::policy
