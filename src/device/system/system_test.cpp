#include "device/system/system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kw::device {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kDay = std::chrono::hours(24);
const auto kJudged = Timestamp::from_seconds(1'764'000'000);

std::vector<std::string> told(const std::vector<SystemFinding>& findings) {
  std::vector<std::string> out;
  for (const auto& one : findings)
    out.push_back(one.item + " " + one.subject + ": " + one.observed + " / " + one.wanted);
  return out;
}
SystemSeen good_machine() {
  SystemSeen out;
  out.os_release = {{"ID", "debian"}, {"VERSION_ID", "12"}};
  out.settings = closed_settings();
  out.services = {"ssh.service", "chrony.service", "getty@tty1.service"};
  out.lockdown = "integrity";
  out.clock_synchronised = true;
  out.time_source = "chrony.service";
  out.disk_encrypted = true;
  return out;
}
v1::SystemPolicy everything() {
  v1::SystemPolicy out;
  out.add_editions("debian 12");
  out.set_close_debug(true);
  out.set_lockdown(true);
  out.set_synchronised_clock(true);
  out.set_encrypted_disk(true);
  out.add_unneeded("avahi-daemon.service");
  return out;
}

TEST(System, a_machine_as_policy_asks_has_no_finding) { EXPECT_THAT(judge_system(everything(), good_machine()), IsEmpty()); }
TEST(System, nothing_asked_nothing_found) { EXPECT_THAT(judge_system({}, {}), IsEmpty()); }
TEST(System, a_session_s_memory_must_not_reach_a_disk_that_can_be_read) {
  v1::SystemPolicy wanted;
  auto seen = good_machine();
  seen.swap = "plain";
  EXPECT_THAT(judge_system(wanted, seen), IsEmpty()) << "nothing is promised at a session's end";
  wanted.set_clear_at_session_end(true);
  EXPECT_THAT(told(judge_system(wanted, seen)), ElementsAre("swap memory: not encrypted / none or encrypted"));
  seen.swap = "";
  EXPECT_THAT(told(judge_system(wanted, seen)), ElementsAre("swap memory: not known / none or encrypted"));
  for (const auto* good : {"none", "memory", "encrypted"}) {
    seen.swap = good;
    EXPECT_THAT(judge_system(wanted, seen), IsEmpty()) << good;
  }
}
TEST(System, each_difference_is_one_finding) {
  auto seen = good_machine();
  seen.os_release["VERSION_ID"] = "11";
  seen.settings["kernel/sysrq"] = "438";
  seen.settings.erase("fs/suid_dumpable");
  seen.serial_consoles = {"ttyS0"};
  seen.services.insert(seen.services.end(), {"serial-getty@ttyS0.service", "avahi-daemon.service"});
  seen.kexec_loaded = seen.adbd = true;
  seen.lockdown = "none";
  seen.clock_synchronised = false;
  seen.time_source = "";
  seen.disk_encrypted = false;
  EXPECT_THAT(
      told(judge_system(everything(), seen)),
      ElementsAre("edition os-release: debian 11 / debian 12", "debug kernel/sysrq: 438 / 0",
                  "debug ttyS0: console on the kernel's command line / none",
                  "debug serial-getty@ttyS0.service: runs / stopped", "debug kexec: another kernel is loaded / none",
                  "debug adbd: runs / stopped", "lockdown kernel: none / integrity",
                  "clock source: none runs / a time source", "clock kernel: free running / synchronised",
                  "disk /: not encrypted / encrypted", "service avahi-daemon.service: runs / stopped"));
}
TEST(System, what_is_not_known_is_no_success) {
  auto seen = good_machine();
  seen.lockdown.clear();
  seen.clock_synchronised.reset();
  seen.disk_encrypted.reset();
  EXPECT_THAT(told(judge_system(everything(), seen)),
              ElementsAre("lockdown kernel: not known / integrity", "clock kernel: not known / synchronised",
                          "disk /: not known / encrypted"));
}
TEST(System, settings_are_planned_only_where_the_kernel_has_them) {
  EXPECT_THAT(plan_settings(everything(), {{"kernel/sysrq", "1"}, {"kernel/core_pattern", "|/bin/false"}}),
              ElementsAre(SettingChange{"kernel/sysrq", "1", "0"}));
  EXPECT_THAT(plan_settings({}, {{"kernel/sysrq", "1"}}), IsEmpty());
}
TEST(System, listeners_are_known_by_protocol_port_and_program) {
  v1::SystemPolicy wanted;
  const std::vector<ListenerSeen> seen = {{"tcp", "0.0.0.0", 22, 1, "sshd 812"},
                                          {"tcp", "0.0.0.0", 8080, 2, "nc 4711"},
                                          {"udp", "0.0.0.0", 22, 3, "sshd 812"},
                                          {"tcp", "::", 9100, 4, "printer daemon 9"},
                                          {"tcp", "::", 5000, 5, ""}};
  EXPECT_THAT(unknown_listeners(wanted, seen), IsEmpty()) << "not judged";
  wanted.set_judge_listeners(true);
  const auto list = [&](std::uint32_t port, const std::string& program) {
    auto& one = *wanted.add_listeners();
    one.set_protocol(v1::SystemListener::TCP);
    one.set_port(port);
    one.set_program(program);
  };
  list(22, "sshd");
  list(8080, "httpd");
  list(9100, "printer daemon");
  list(5000, "");
  EXPECT_THAT(unknown_listeners(wanted, seen), ElementsAre(seen[1], seen[2]));
}

v1::SystemPolicy sources() {
  v1::SystemPolicy out;
  out.add_origins("Debian");
  out.set_signed_sources(true);
  out.set_patch_days(30);
  out.set_metadata_days(7);
  return out;
}
PackagesSeen fresh() {
  PackagesSeen out;
  out.installed = 400;
  out.indexes = 1;
  out.repositories = {{"bookworm", "Debian", true, kJudged - kDay}};
  return out;
}
TEST(Sources, a_kept_machine_has_no_finding) {
  v1::SystemState state;
  EXPECT_THAT(judge_sources(sources(), fresh(), kJudged, state), IsEmpty());
}
TEST(Sources, unsigned_foreign_and_unknown_are_told) {
  auto seen = fresh();
  seen.repositories.push_back({"vendor", "Somebody", false, kJudged});
  seen.loose = {"http://one.example/"};
  for (int i = 0; i < 10; ++i) seen.unknown.push_back("p" + std::to_string(i) + " 1");
  seen.foreign = {"agent 2.0 (Somebody)"};
  v1::SystemState state;
  EXPECT_THAT(
      told(judge_sources(sources(), seen, kJudged, state)),
      ElementsAre("source http://one.example/: signatures are not asked / signed", "source vendor: not signed / signed",
                  "package unknown origin: p0 1, p1 1, p2 1, p3 1, p4 1, p5 1, p6 1, p7 1 (+2) / Debian",
                  "package foreign origin: agent 2.0 (Somebody) / Debian"));
}
TEST(Sources, metadata_that_is_old_or_missing_is_told) {
  auto seen = fresh();
  v1::SystemState state;
  seen.repositories[0].date = kJudged - kDay * 8;
  EXPECT_EQ(judge_sources(sources(), seen, kJudged, state).at(0).item, "metadata");
  const auto nothing = judge_sources(sources(), PackagesSeen{}, kJudged, state);
  EXPECT_THAT(told(nothing),
              ElementsAre("package origin: no repository metadata / Debian", "metadata repositories: none / 7 days"));
}
TEST(Sources, an_upgrade_waits_since_it_was_first_seen) {
  auto seen = fresh();
  seen.waiting = {{"curl:amd64", "1", "2", kJudged - kDay}};
  v1::SystemState state;
  EXPECT_THAT(judge_sources(sources(), seen, kJudged, state), IsEmpty());
  EXPECT_EQ(patch_lag_days(state, kJudged), 1);
  const auto later = kJudged + kDay * 30;
  seen.repositories[0].date = later;
  seen.waiting = {{"curl:amd64", "1", "2", later}, {"vim:amd64", "1", "2", later}};
  EXPECT_THAT(told(judge_sources(sources(), seen, later, state)), ElementsAre("patch upgrades: curl:amd64 / 30 days"));
  EXPECT_EQ(patch_lag_days(state, later), 31);
  seen.waiting = {{"vim:amd64", "1", "2", later}};
  EXPECT_THAT(judge_sources(sources(), seen, later, state), IsEmpty()) << "curl was upgraded";
  EXPECT_EQ(state.pending_size(), 1);
}
TEST(Sources, dates_in_the_future_do_not_hide_a_lag) {
  auto seen = fresh();
  seen.waiting = {{"curl:amd64", "1", "2", kJudged + kDay * 900}};
  v1::SystemState state;
  EXPECT_THAT(judge_sources(sources(), seen, kJudged, state), IsEmpty());
  EXPECT_EQ(state.pending(0).since_ns(), kJudged.unix_ns);
}

}  // namespace
}  // namespace kw::device
