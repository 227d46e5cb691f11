// What the check of section "host" says: each case a section in JSON and the problems that it has.
#include "policy/sections/section_problems_test.h"

namespace kw::policy {
namespace {

TEST(HostSection, a_whole_policy_is_accepted) {
  EXPECT_EQ(
      problems_of(R"({"host":{"mode":"enforce","reactions":[{"kind":"escape","actions":["end_process","cut_network"]},
      {"kind":"session","actions":["end_session"]},{"kind":"module","actions":["cut_network"]}],
      "browsers":["/usr/lib/chromium/chromium"],"below_browser":["/usr/lib/chromium/*"],"kiosk_uids":[1000],
      "setuid_files":["/usr/bin/sudo"],"modules":["usb*"],"users":["root"],"failed_logins":5,"failed_seconds":300,
      "protected_programs":["/opt/till"],"places":["/opt/kiosk/autostart/**"],"maintainers":["/usr/bin/dpkg"]}})"),
      Problems{});
}
TEST(HostSection, checks) {
  EXPECT_EQ(problems_of(R"({"host":{"mode":"enforce"}})"),
            (Problems{"warning /host/browsers no_browser", "warning /host/users no_users",
                      "warning /host/reactions told_only"}));
  EXPECT_EQ(problems_of(R"({"host":{"mode":"off"}})"), Problems{});
  const std::string rest = R"("browsers":["/b"],"below_browser":["/c"],"users":["root"]}})";
  EXPECT_EQ(problems_of(R"({"host":{"mode":"watch","reactions":[{"kind":"escape"},
      {"kind":"escape","actions":["tell"]},{"kind":"module","actions":["end_process"]},
      {"kind":"persistence","actions":["end_process"]},{"actions":["tell"]}],)" +
                        rest),
            (Problems{"/host/reactions/0/actions no_action", "/host/reactions/1/kind duplicate_kind",
                      "warning /host/reactions/2/actions nothing_to_end",
                      "warning /host/reactions/3/actions ends_upgrades", "/host/reactions/4/kind bad_kind"}));
  EXPECT_EQ(problems_of(R"({"host":{"mode":"watch","kiosk_uids":[0],"failed_logins":1001,"failed_seconds":86401,
      "places":["etc"],"places_except":["/**"],"modules":["a/b"],"setuid_files":["/a","/a"],)" +
                        rest),
            (Problems{"warning /host/setuid_files/1 duplicate", "/host/places/0 bad_path", "/host/modules/0 bad_name",
                      "/host/kiosk_uids/0 root", "/host/failed_logins too_many", "/host/failed_seconds too_long",
                      "warning /host/places_except/0 nothing_left"}));
  EXPECT_EQ(problems_of(R"({"host":{"mode":"watch","browsers":["/b"],"users":["root"]}})"),
            (Problems{"warning /host/below_browser shells_only"}));
}

}  // namespace
}  // namespace kw::policy
