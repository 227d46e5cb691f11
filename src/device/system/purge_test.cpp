#include "device/system/purge.h"

#include <gtest/gtest.h>

namespace kw::device {
namespace {

constexpr std::uint32_t kKioskUser = 1000, kSomebody = 1001;
constexpr Timestamp kEnd{1'000'000'000'000};

PurgeWish usual_wish() {
  PurgeWish out;
  out.users = {"kiosk"};
  out.ended = kEnd;
  return out;
}

PurgeSeen full_kiosk() {
  PurgeSeen out;
  out.users = {kKioskUser};
  out.directories = {"aa", "bb"};
  out.files = {{"/tmp", kKioskUser, 3, false},
               {"/dev/shm", kKioskUser, 2, true},
               {"/var/tmp", kKioskUser, 0, false},
               {"/tmp", kSomebody, 9, false}};
  out.segments = {{Segment::Kind::memory, 7, kKioskUser, {kEnd.unix_ns - 1}, false},
                  {Segment::Kind::semaphores, 8, kKioskUser, kEnd, false},
                  {Segment::Kind::messages, 9, kSomebody, {1}, false}};
  out.spool = {{"c00001", {kEnd.unix_ns - 5}}, {"d00001-001", {kEnd.unix_ns - 5}}, {"c00002", {kEnd.unix_ns + 5}}};
  return out;
}

std::string text_of_plan(const std::vector<PurgeChange>& plan) {
  std::string out;
  for (const auto& change : plan) {
    out += std::string(name(change.kind));
    if (const auto* one = std::get_if<EndDirectory>(&change.what)) out += " " + one->name;
    if (const auto* one = std::get_if<EndFiles>(&change.what))
      out += " " + one->place + " " + std::to_string(one->owner);
    if (const auto* one = std::get_if<EndSegment>(&change.what)) out += " " + std::to_string(one->id);
    if (const auto* one = std::get_if<EndSpoolFile>(&change.what)) out += " " + one->name;
    out += "\n";
  }
  return out;
}

TEST(PlanPurge, everything_of_the_kiosks_user_goes_and_nothing_of_others_or_of_the_next_session) {
  EXPECT_EQ(text_of_plan(plan_purge(usual_wish(), full_kiosk())),
            "session_directory aa\nsession_directory bb\ntemporary_files /tmp 1000\nshared_memory /dev/shm 1000\n"
            "segments 7\nprint_jobs c00001\nprint_jobs d00001-001\n");
}
TEST(PlanPurge, the_directory_of_a_session_that_is_under_way_stays) {
  auto wish = usual_wish();
  wish.open = "bb";
  EXPECT_NE(text_of_plan(plan_purge(wish, full_kiosk())).find("aa"), std::string::npos);
  EXPECT_EQ(text_of_plan(plan_purge(wish, full_kiosk())).find("bb"), std::string::npos);
}
TEST(PlanPurge, what_policy_keeps_stays) {
  auto wish = usual_wish();
  wish.print_jobs = wish.shared_memory = wish.temporary_files = false;
  EXPECT_EQ(text_of_plan(plan_purge(wish, full_kiosk())), "session_directory aa\nsession_directory bb\n");
}
TEST(PlanPurge, a_scheduler_that_runs_is_asked_once) {
  auto seen = full_kiosk();
  seen.scheduler = true;
  const auto text = text_of_plan(plan_purge(usual_wish(), seen));
  EXPECT_NE(text.find("print_jobs\n"), std::string::npos);
  EXPECT_EQ(text.find("print_jobs c"), std::string::npos);
  EXPECT_EQ(text.find("print_jobs\n"), text.rfind("print_jobs\n"));
}
TEST(PlanPurge, a_kiosk_that_is_clean_needs_nothing) {
  PurgeSeen seen;
  seen.users = {kKioskUser};
  EXPECT_TRUE(plan_purge(usual_wish(), seen).empty());
}

}  // namespace
}  // namespace kw::device
