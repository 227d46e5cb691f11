// What the checks of sections "hardware" and "system" say: each case a section in JSON and the problems that it has.
#include <gtest/gtest.h>

#include "policy/sections/section.h"

namespace kw::policy {
namespace {

std::vector<std::string> problems_of(const std::string& json) {
  v1::PolicyBundle bundle;
  const auto parsed = parse_sections(json, bundle);
  EXPECT_TRUE(parsed) << json << ": " << (parsed ? "" : parsed.error().text());
  std::vector<std::string> out;
  for (const auto& one : check_sections(bundle))
    out.push_back((one.warning ? "warning " : "") + one.path + " " + one.code);
  return out;
}
using Problems = std::vector<std::string>;

TEST(HardwareSection, checks) {
  EXPECT_EQ(problems_of(R"({"hardware":{"mode":"enforce","told_only":["printer","display"],"readers":["0400:c35a"]}})"),
            Problems{});
  EXPECT_EQ(problems_of(R"({"hardware":{"mode":"watch","told_only":["disk"]}})"), Problems{});
  EXPECT_EQ(problems_of(R"({"hardware":{"mode":"enforce","told_only":["disk","disk"]}})"),
            (Problems{"warning /hardware/told_only/0 core_part", "warning /hardware/told_only/1 duplicate",
                      "warning /hardware/told_only/1 core_part"}));
  EXPECT_EQ(
      problems_of(
          R"({"hardware":{"mode":"watch","readers":["0400:C35A","400:c35a","0400c35a1","0400:c35a","0400:c35a"]}})"),
      (Problems{"/hardware/readers/0 bad_usb_id", "/hardware/readers/1 bad_usb_id", "/hardware/readers/2 bad_usb_id",
                "warning /hardware/readers/4 duplicate"}));
}
TEST(HardwareSection, kinds_are_words_of_the_list) {
  v1::PolicyBundle bundle;
  EXPECT_EQ(parse_sections(R"({"hardware":{"mode":"watch","told_only":["toaster"]}})", bundle).code(), Errc::malformed);
}

TEST(SystemSection, a_whole_policy_is_accepted) {
  EXPECT_EQ(
      problems_of(
          R"({"system":{"mode":"enforce","editions":["debian 12"],"origins":["Debian"],"signed_sources":true,"patch_days":30,
              "metadata_days":7,"judge_listeners":true,"listeners":[{"protocol":"tcp","port":22,"program":"sshd"},{"protocol":"udp","port":68}],
              "close_debug":true,"lockdown":true,"synchronised_clock":true,"encrypted_disk":true,"unneeded":["avahi-daemon.service"],
              "caches":[{"path":"/home/*/.cache/chromium","keep_minutes":10},{"path":"/tmp"},{"path":"/var/spool/cups"}],"clear_hours":24}})"),
      Problems{});
}
TEST(SystemSection, checks) {
  EXPECT_EQ(
      problems_of(
          R"({"system":{"mode":"watch","listeners":[{"port":0},{"port":65536},{"port":22,"program":"a-name-that-is-too-long"}]}})"),
      (Problems{"/system/listeners/0/port bad_port", "/system/listeners/1/port bad_port",
                "/system/listeners/2/program bad_program", "warning /system/judge_listeners not_judged"}));
  EXPECT_EQ(problems_of(R"({"system":{"mode":"watch","patch_days":5}})"),
            Problems{"warning /system/metadata_days stale_metadata"});
  EXPECT_EQ(problems_of(R"({"system":{"mode":"enforce","caches":[{"path":"/tmp"}]}})"),
            Problems{"warning /system/clear_hours never_cleared"});
  EXPECT_EQ(
      problems_of(R"({"system":{"mode":"watch","unneeded":["","a\nb","c","c"]}})"),
      (Problems{"/system/unneeded/0 bad_text", "/system/unneeded/1 bad_text", "warning /system/unneeded/3 duplicate"}));
  EXPECT_EQ(
      problems_of(R"({"system":{"mode":"watch","patch_days":4000,"metadata_days":4000,"clear_hours":9000}})"),
      (Problems{"/system/patch_days too_long", "/system/metadata_days too_long", "/system/clear_hours too_long"}));
}
TEST(SystemSection, only_users_places_can_be_cleared) {
  const auto bad = [](const std::string& path) {
    return !problems_of(R"({"system":{"mode":"watch","caches":[{"path":")" + path + R"("}]}})").empty();
  };
  for (const auto* path : {"/home/kiosk", "/home/*/.cache", "/tmp", "/tmp/x", "/var/tmp", "/run/user/1000",
                           "/var/cache/kiosk", "/root/.cache"})
    EXPECT_FALSE(bad(path)) << path;
  for (const auto* path : {"",           "/",          "/home",         "/home/",
                           "/var",       "/var/cache", "/var/cache/",   "/etc/x",
                           "/usr/share", "home/kiosk", "/home/../etc",  "/home/kiosk/..",
                           "/home/./x",  "/home//x",   "/tmp/../etc",   "/home/a*/x",
                           "/*/x",       "/tmpx",      "/var/lib/dpkg", "/run/user"})
    EXPECT_TRUE(bad(path)) << path;
}

}  // namespace
}  // namespace kw::policy
