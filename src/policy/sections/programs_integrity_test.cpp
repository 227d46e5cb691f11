// What the checks of sections "programs" and "integrity" refuse, and where they point.
#include <gtest/gtest.h>

#include "policy/sections/integrity.h"
#include "policy/sections/paths.h"

namespace kw::policy {
namespace {

struct SectionCase {
  const char* json;
  const char* path;  // of the first problem; empty: none
  const char* code;
  bool fatal = true;
};

const SectionCase kCases[] = {
    {R"({"programs":{"mode":"watch"}})", "", ""},
    {R"({"programs":{"mode":"watch","learn":true,"learn_paths":["/opt/kiosk"],"script_suffixes":[".py"],"verdict_ms":50}})",
     "", ""},
    {R"({"programs":{"mode":"watch","learn_paths":["opt"]}})", "/programs/learn_paths/0", "bad_path"},
    {R"({"programs":{"mode":"watch","file_systems":["/a/../b"]}})", "/programs/file_systems/0", "bad_path"},
    {R"({"programs":{"mode":"watch","interpreters":["/bin/sh","/bin/sh"]}})", "/programs/interpreters/1", "duplicate",
     false},
    {R"({"programs":{"mode":"watch","script_suffixes":["py"]}})", "/programs/script_suffixes/0", "bad_suffix"},
    {R"({"programs":{"mode":"watch","allow":["00"]}})", "/programs/allow/0", "bad_digest"},
    {R"({"programs":{"mode":"watch","verdict_ms":4}})", "/programs/verdict_ms", "bad_number"},
    {R"({"programs":{"mode":"enforce","libraries":true}})", "/programs/interpreters", "no_interpreters", false},
    {R"({"programs":{"mode":"enforce","interpreters":["/bin/sh"]}})", "/programs/libraries", "libraries_free", false},
    {R"({"programs":{"mode":"enforce","interpreters":["/bin/sh"],"libraries":true,"allow_late":true}})",
     "/programs/allow_late", "late_passes", false},
    {R"({"integrity":{"mode":"watch","watch":["/etc/**","/boot/*"],"except":["/etc/mtab"]}})", "", ""},
    {R"({"integrity":{"mode":"watch","watch":["/**"]}})", "/integrity/watch/0", "too_wide"},
    {R"({"integrity":{"mode":"watch","watch":["/etc/***"]}})", "/integrity/watch/0", "bad_path"},
    {R"({"integrity":{"mode":"watch","pass_threads":65}})", "/integrity/pass_threads", "bad_number"},
    {R"({"integrity":{"mode":"enforce"}})", "/integrity/watch", "nothing_watched", false},
    {R"({"integrity":{"mode":"watch","key_files":[{"path":"/etc/kiosk.conf","version":1,"lines":["a=1"]}]}})", "", ""},
    {R"({"integrity":{"mode":"watch","key_files":[{"path":"/etc/kiosk.conf","lines":["a=1"]}]}})",
     "/integrity/key_files/0/version", "no_version"},
    {R"({"integrity":{"mode":"watch","key_files":[{"path":"/etc/k","version":1,"lines":["a\nb"]}]}})",
     "/integrity/key_files/0/lines", "bad_line"},
    {R"({"integrity":{"mode":"watch","key_files":[{"path":"/etc/k","version":1,"lines":["a"],"from_baseline":true}]}})",
     "/integrity/key_files/0/lines", "two_contents"},
    {R"({"integrity":{"mode":"watch","key_files":[{"path":"/etc/k","version":1,"mode":2541}]}})",
     "/integrity/key_files/0/mode", "bad_mode"},
    {R"({"integrity":{"mode":"watch","key_files":[{"path":"/etc/k","version":1,"mode":438}]}})",
     "/integrity/key_files/0/mode", "writable", false},
    {R"({"integrity":{"mode":"watch","key_files":[{"path":"/etc/k","version":1},{"path":"/etc/k","version":1}]}})",
     "/integrity/key_files/1/path", "duplicate"},
};

TEST(ProgramsAndIntegrity, checks_name_the_place_and_the_reason) {
  for (const auto& one : kCases) {
    SCOPED_TRACE(one.json);
    v1::PolicyBundle bundle;
    ASSERT_TRUE(parse_sections(one.json, bundle));
    const auto problems = check_sections(bundle);
    if (one.path[0] == '\0') {
      EXPECT_TRUE(problems.empty()) << problems[0].path << " " << problems[0].code;
      continue;
    }
    ASSERT_FALSE(problems.empty());
    EXPECT_EQ(problems[0].path, one.path);
    EXPECT_EQ(problems[0].code, one.code);
    EXPECT_EQ(acceptable(problems), !one.fatal);
  }
}
TEST(ProgramsAndIntegrity, a_digest_that_is_allowed_and_denied_is_pointed_out) {
  v1::PolicyBundle bundle;
  bundle.mutable_programs()->set_mode(v1::WATCH);
  bundle.mutable_programs()->add_allow(std::string(64, 'a'));
  bundle.mutable_programs()->add_deny(std::string(64, 'A'));
  const auto problems = check_sections(bundle);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].code, "allowed_too");
}
TEST(ProgramsAndIntegrity, key_files_are_bounded_alone_and_together) {
  v1::PolicyBundle bundle;
  auto& section = *bundle.mutable_integrity();
  section.set_mode(v1::WATCH);
  for (int i = 0; i < 5; ++i) {
    auto& file = *section.add_key_files();
    file.set_path("/etc/k" + std::to_string(i));
    file.set_version(1);
    for (int line = 0; line < 16; ++line) file.add_lines(std::string(4095, 'x'));
  }
  auto problems = check_sections(bundle);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].path, "/integrity/key_files");
  section.mutable_key_files(0)->add_lines("");
  problems = check_sections(bundle);
  EXPECT_EQ(problems.at(0).path, "/integrity/key_files/0/lines");
}
TEST(ProgramsAndIntegrity, a_path_names_one_place) {
  for (const auto* good : {"/", "/a", "/a/b.c", "/a/..b"}) EXPECT_TRUE(absolute_path_ok(good)) << good;
  for (const auto* bad : {"", "a", "//", "/a/", "/a//b", "/./a", "/a/..", "/a\n"})
    EXPECT_FALSE(absolute_path_ok(bad)) << bad;
}

}  // namespace
}  // namespace kw::policy
