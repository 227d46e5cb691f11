// The PURE half of section "integrity": globs, manifest, key files, deviations.
#include <gtest/gtest.h>

#include "device/integrity/deviations.h"
#include "device/integrity/key_files.h"
#include "schema/codec.h"

namespace kw::device {
namespace {

using namespace std::chrono_literals;

TEST(Globs, stars_stop_at_slashes_and_double_stars_do_not) {
  const struct {
    const char *glob, *path;
    bool fits;
  } cases[] = {
      {"/etc/hosts", "/etc/hosts", true},
      {"/etc/hosts", "/etc/hosts2", false},
      {"/etc/*", "/etc/hosts", true},
      {"/etc/*", "/etc/a/b", false},
      {"/etc/**", "/etc/a/b", true},
      {"/etc/**", "/etc", false},
      {"/etc/**", "/etcetera", false},
      {"/etc/*.conf", "/etc/a.conf", true},
      {"/etc/*.conf", "/etc/.conf", true},
      {"/etc/*.conf", "/etc/a.cong", false},
      {"/a/**/z", "/a/b/c/z", true},
      {"/a/**/z", "/a/z", false},
      {"/a/?", "/a/b", true},
      {"/a/?", "/a/", false},
      {"/a/?b", "/a//b", false},
      {"/a*b*c", "/axxbyyc", true},
      {"/a*b*c", "/axxbyy", false},
      {"", "", true},
  };
  for (const auto& one : cases) EXPECT_EQ(glob_matches(one.glob, one.path), one.fits) << one.glob << " " << one.path;
}
TEST(Globs, a_hostile_pattern_takes_no_time) {
  EXPECT_FALSE(glob_matches(
      "/" +
          [] {
            std::string out;
            for (int i = 0; i < 500; ++i) out += "a*";
            return out;
          }() +
          "b",
      "/" + std::string(1000, 'a')));
}
TEST(Globs, roots_and_folders_bound_the_walk) {
  const PathGlobs globs({"/etc/**", "/etc/ssh/*", "/boot/*.cfg", "/opt/kiosk.conf"}, {"/etc/cache/**", "/etc/mtab"});
  EXPECT_EQ(globs.roots(), (std::vector<std::string>{"/boot", "/etc", "/opt/kiosk.conf"}));
  EXPECT_TRUE(globs.match("/etc/a/b"));
  EXPECT_FALSE(globs.match("/etc/mtab"));
  EXPECT_FALSE(globs.match("/etc/cache/x"));
  EXPECT_TRUE(globs.may_hold("/etc/a"));
  EXPECT_TRUE(globs.may_hold("/opt"));
  EXPECT_FALSE(globs.may_hold("/etc/cache"));
  EXPECT_FALSE(globs.may_hold("/usr"));
}

FileState state(Byte n, std::uint32_t mode = 0100644) { return {crypto::Digest{n}, mode, 0, 0}; }

TEST(Globs, a_folder_narrows_them) {
  const auto narrow = PathGlobs({"/etc/**", "/opt/*.conf"}, {"/etc/ssl/**"}).within("/etc/ssh");
  EXPECT_TRUE(narrow.match("/etc/ssh/sshd_config"));
  EXPECT_FALSE(narrow.match("/etc/passwd"));
  EXPECT_FALSE(narrow.match("/etc/sshd"));
  EXPECT_TRUE(narrow.may_hold("/etc"));
  EXPECT_FALSE(narrow.may_hold("/opt"));
  EXPECT_EQ(narrow.roots(), std::vector<std::string>{"/etc/ssh"});
  EXPECT_TRUE(PathGlobs({"/etc/**"}, {}).within("/opt").roots().empty());
}

TEST(Manifest, round_trip) {
  Manifest manifest;
  manifest.files = {{"/a", state(1)}, {"/etc/b", state(2, 0120777)}, {"/etc/c", {crypto::Digest{3}, 0100600, 5, 6}}};
  manifest.copies = {{"/etc/c", {1, 2}}};
  const auto again = Manifest::parse(manifest.serialise().value());
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(again->files, manifest.files);
  EXPECT_EQ(again->copies, manifest.copies);
}
TEST(Manifest, holds_fourteen_thousand_files_and_says_when_there_are_too_many) {
  Manifest manifest;
  const auto add = [&](int from, int to) {
    for (int i = from; i < to; ++i)
      manifest.files["/usr/lib/folder" + std::to_string(i % 300) + "/file-" + std::to_string(i)] = state(1);
  };
  add(0, 14'000);
  EXPECT_TRUE(manifest.serialise());
  add(14'000, 30'000);
  const auto refused = manifest.serialise();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.code(), Errc::too_large);
  EXPECT_NE(refused.error().detail().find("30000 files"), std::string::npos);
}
TEST(Manifest, refuses_what_is_not_one) {
  EXPECT_EQ(Manifest::parse(Bytes(Manifest::kMostOctets + 1)).code(), Errc::too_large);
  EXPECT_EQ(Manifest::parse(bytes_of("\xff")).code(), Errc::malformed);
  v1::IntegrityBaseline message;
  EXPECT_EQ(Manifest::parse(schema::serialise(message)).code(), Errc::unsupported);
  message.set_version(1);
  auto& folder = *message.add_folders();
  folder.set_path("/etc");
  auto& file = *folder.add_files();
  file.set_digest(std::string(32, 'x'));
  const auto refused = [&](const char* why) {
    EXPECT_EQ(Manifest::parse(schema::serialise(message)).code(), Errc::malformed) << why;
  };
  refused("no name");
  file.set_name("a/b");
  refused("a slash");
  file.set_name("a");
  EXPECT_TRUE(Manifest::parse(schema::serialise(message)));
  file.set_digest("short");
  refused("digest");
  file.set_digest(std::string(32, 'x'));
  folder.set_path("/etc/");
  refused("slash at the end");
  folder.set_path("/etc");
  *message.add_folders() = message.folders(0);
  refused("twice");
}

KeyFileContent content(std::uint64_t version, std::string_view text) {
  return {version, copy(bytes_of(text)), 0644, 0, 0};
}

TEST(KeyFiles, a_version_only_rises_and_an_older_signed_one_is_known_again) {
  KeyFiles files;
  ASSERT_TRUE(files.offer("/etc/k", content(1, "one")));
  ASSERT_TRUE(files.offer("/etc/k", content(2, "two")));
  EXPECT_EQ(files.offer("/etc/k", content(1, "one")).code(), Errc::wrong_state);
  EXPECT_EQ(files.offer("/etc/k", content(2, "three")).code(), Errc::conflict);
  EXPECT_TRUE(files.offer("/etc/k", content(2, "two")));
  EXPECT_EQ(text_of(files.find("/etc/k")->content), "two") << "the last good one stays in force";
  EXPECT_TRUE(files.was_signed("/etc/k", crypto::sm3(bytes_of("one"))));
  EXPECT_FALSE(files.was_signed("/etc/k", crypto::sm3(bytes_of("two"))));
  ASSERT_TRUE(files.offer("/etc/k", content(3, "one")));
  EXPECT_FALSE(files.was_signed("/etc/k", crypto::sm3(bytes_of("one")))) << "signed anew";
}
TEST(KeyFiles, what_was_kept_survives_a_restart_and_a_policy_without_the_file) {
  KeyFiles files;
  ASSERT_TRUE(files.offer("/etc/k", content(1, "one")));
  ASSERT_TRUE(files.offer("/etc/k", content(5, "five")));
  auto again = KeyFiles::parse(files.serialise()).value();
  EXPECT_EQ(again.find("/etc/k"), nullptr) << "not in force until policy names it";
  EXPECT_EQ(again.offer("/etc/k", content(4, "four")).code(), Errc::wrong_state);
  EXPECT_EQ(again.wanted("/etc/k")->digest, crypto::sm3(bytes_of("five")));
  EXPECT_TRUE(again.was_signed("/etc/k", crypto::sm3(bytes_of("one"))));
  again.begin();
  EXPECT_EQ(again.wanted("/etc/k"), std::nullopt);
  EXPECT_EQ(KeyFiles::parse(bytes_of("\xff")).code(), Errc::malformed);
  EXPECT_EQ(KeyFiles::parse({}).code(), Errc::unsupported);
}

class DeviationsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto manifest = std::make_shared<Manifest>();
    manifest->files = {{"/etc/a", state(1)}, {"/etc/b", state(2)}};
    deviations.use(std::move(manifest), std::make_shared<PathGlobs>(std::vector<std::string>{"/etc/**"},
                                                                    std::vector<std::string>{"/etc/mtab"}));
  }
  Deviations deviations;
};

TEST_F(DeviationsTest, each_kind_is_told_with_both_states) {
  EXPECT_EQ(deviations.seen("/etc/a", state(1), 0s), std::nullopt);
  const auto changed = deviations.seen("/etc/a", state(9), 0s);
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->what, Deviation::changed);
  EXPECT_EQ(changed->before, state(1));
  EXPECT_EQ(changed->now, state(9));
  EXPECT_EQ(deviations.seen("/etc/b", state(2, 0104755), 0s)->what, Deviation::attributes);
  EXPECT_EQ(deviations.seen("/etc/c", state(3), 0s)->what, Deviation::added);
  EXPECT_EQ(deviations.seen("/usr/c", state(3), 0s), std::nullopt);
  EXPECT_EQ(deviations.seen("/etc/mtab", state(3), 0s), std::nullopt);
  EXPECT_EQ(deviations.standing(), 3U);
}
TEST_F(DeviationsTest, removed_and_replaced) {
  EXPECT_EQ(deviations.seen("/etc/a", std::nullopt, 0s)->what, Deviation::removed);
  EXPECT_EQ(deviations.seen("/etc/b", state(2, 0120777), 0s)->what, Deviation::replaced);
}
TEST_F(DeviationsTest, what_stands_is_told_once_and_its_end_too) {
  ASSERT_TRUE(deviations.seen("/etc/a", state(9), 0s));
  EXPECT_EQ(deviations.seen("/etc/a", state(9), 1s), std::nullopt);
  EXPECT_EQ(deviations.seen("/etc/a", state(9), 1h), std::nullopt);
  const auto ended = deviations.seen("/etc/a", state(1), 2h);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->what, std::nullopt);
  EXPECT_EQ(deviations.standing(), 0U);
}
TEST_F(DeviationsTest, a_storm_on_one_file_is_gathered_and_its_last_state_is_told) {
  ASSERT_TRUE(deviations.seen("/etc/a", state(9), 0s));
  EXPECT_EQ(deviations.seen("/etc/a", state(8), 1s), std::nullopt);
  EXPECT_EQ(deviations.seen("/etc/a", state(7), 2s), std::nullopt);
  EXPECT_TRUE(deviations.due(10s).empty());
  EXPECT_EQ(deviations.due(11s), std::vector<std::string>{"/etc/a"}) << "to be looked at again";
  EXPECT_TRUE(deviations.due(12s).empty());
  const auto told = deviations.seen("/etc/a", state(7), 12s);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->count, 3U);
  EXPECT_EQ(told->now, state(7));
}

}  // namespace
}  // namespace kw::device
