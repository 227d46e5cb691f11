#include "server/password_rules.h"

#include <fstream>

#include "server/testing/platform.h"

namespace kw::server {
namespace {

using testing::code;
using testing::good;
using testing::take;

TEST(PasswordRules, WeakOnesAreRefused) {
  for (const auto* weak : {"Short-1", "onlylowercase", "alice-Password-1", "0123456789012345", "ALICE-Password-1",
                           "Ecila-Password-1", ""}) {
    EXPECT_EQ(code(check_password("alice", weak, 12, {})), Errc::invalid) << weak;
  }
  EXPECT_EQ(code(check_password("alice", std::string(300, 'a') + "B1-", 12, {})), Errc::invalid);
  good(check_password("alice", "Correct-horse-9", 12, {}));
  EXPECT_EQ(code(check_password("alice", "Correct-horse-9", 16, {})), Errc::invalid) << "the settings' length";
}

TEST(PasswordRules, WhatEverybodyKnowsIsRefused) {
  const auto known = BreachedPasswords::parse("Password1234!\r\nshort\n\nCORRECT-horse-9\nlast-Line-without-end-1");
  EXPECT_EQ(known.size(), 3u) << "what is too short for a password is not kept";
  for (const auto* word : {"password1234!", "Correct-horse-9", "Last-line-without-end-1"})
    EXPECT_EQ(code(check_password("alice", word, 12, known)), Errc::invalid) << word;
  good(check_password("alice", "Correct-horse-8", 12, known));
}

TEST(PasswordRules, TheListComesFromAFile) {
  const testing::TemporaryDirectory dir;
  EXPECT_EQ(code(BreachedPasswords::load(dir.path() / "none")), Errc::not_found);
  std::ofstream(dir.path() / "list") << "Correct-horse-9\n";
  EXPECT_TRUE(take(BreachedPasswords::load(dir.path() / "list")).contains("correct-HORSE-9"));
  std::filesystem::resize_file(dir.path() / "list", BreachedPasswords::kMostOctets + 1);
  EXPECT_EQ(code(BreachedPasswords::load(dir.path() / "list")), Errc::too_large);
}

}  // namespace
}  // namespace kw::server
