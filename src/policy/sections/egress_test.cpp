// What the check of section "egress" says: each case a section in JSON and the problems that it has.
#include "policy/sections/section_problems_test.h"

namespace kw::policy {
namespace {

Problems problems(const std::string& fields) { return problems_of(R"({"egress":{)" + fields + "}}"); }

TEST(EgressSection, a_whole_policy_is_accepted) {
  EXPECT_EQ(problems(R"("mode":"enforce","judged":["gateway","neighbour","range","position"],"patience_minutes":30,
      "cut_on_silence":true,"receiver":"/dev/ttyACM0","radius_m":150,"guard_address":true,"folders":["/var/spool/cups"],
      "words":["内部资料"],"when_unreadable":"deny_unjudged","most_file_mib":16,"quarantine":true,"keep_days":30,
      "guard_mounts":true,"mounts":["/snap/core"],"watch_printers":true,
      "clipboard":"clear_marked","clipboard_idle_seconds":60)"),
            Problems{});
  EXPECT_EQ(problems(R"("mode":"off")"), Problems{});
}
TEST(EgressSection, the_place) {
  EXPECT_EQ(problems(R"("mode":"watch","folders":["/var/spool/cups"],"when_unreadable":"allow_unjudged")"),
            Problems{"warning /egress/judged nothing_judged"});
  EXPECT_EQ(problems(R"("mode":"off","judged":["position","position"],"receiver":"dev/gps","radius_m":200000,
                           "patience_minutes":600000)"),
            (Problems{"warning /egress/judged/1 duplicate", "/egress/receiver bad_path",
                      "/egress/patience_minutes out_of_range", "/egress/radius_m out_of_range"}));
  EXPECT_EQ(problems(R"("mode":"off","judged":["position"],"cut_on_silence":true)"),
            (Problems{"warning /egress/receiver no_receiver", "warning /egress/cut_on_silence no_patience"}));
}
TEST(EgressSection, documents_and_mounts) {
  EXPECT_EQ(problems(R"("mode":"enforce","judged":["range"],"folders":["/var/spool/cups"],"guard_mounts":true,
      "clipboard":"clear_always")"),
            Problems{"/egress/when_unreadable choose"});
  EXPECT_EQ(problems(R"("mode":"watch","judged":["range"],"folders":["/var/spool/cups"])"),
            Problems{"warning /egress/when_unreadable choose"});
  EXPECT_EQ(problems(R"("mode":"enforce","judged":["range"])"),
            (Problems{"warning /egress/folders nothing_scanned", "warning /egress/clipboard clipboard_free",
                      "warning /egress/guard_mounts mounts_free"}));
  EXPECT_EQ(
      problems(R"("mode":"off","folders":["/var","/srv/../etc","/srv/up","/srv/up"],"words":["ab","内部","内部"],
                           "most_file_mib":65,"keep_days":4000,"mounts":["x"])"),
      (Problems{"/egress/folders/1 bad_path", "warning /egress/folders/3 duplicate", "/egress/folders/0 too_wide",
                "/egress/words/0 bad_word", "warning /egress/words/2 duplicate", "/egress/most_file_mib out_of_range",
                "/egress/keep_days out_of_range", "/egress/mounts/0 bad_path"}));
}

TEST(EgressSection, the_clipboard) {
  EXPECT_EQ(problems(R"("mode":"enforce","judged":["range"],"guard_mounts":true,"clipboard":"clear_marked")"),
            (Problems{"warning /egress/folders nothing_scanned", "/egress/when_unreadable choose"}));
  EXPECT_EQ(problems(R"("mode":"off","clipboard":"clear_always","clipboard_idle_seconds":86401)"),
            Problems{"/egress/clipboard_idle_seconds out_of_range"});
}

}  // namespace
}  // namespace kw::policy
