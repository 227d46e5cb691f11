#include "cli/api/session_file.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace kw::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr std::string_view kGood =
    "kioskward-session 1\nserver http://127.0.0.1:8661\naccount secadmin\ncookie ab12\ncsrf cd34\n";

class SessionFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "kw-session-XXXXXX").native();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    dir_ = name;
    for (const auto* one : {"HOME", "XDG_STATE_HOME"})
      if (const char* value = ::getenv(one)) before_.emplace_back(one, value);
  }
  void TearDown() override {
    for (const auto* one : {"HOME", "XDG_STATE_HOME"}) ::unsetenv(one);
    for (const auto& [one, value] : before_) ::setenv(one.c_str(), value.c_str(), 1);
    fs::remove_all(dir_);
  }
  static unsigned mode(const std::string& path) {
    struct stat facts{};
    EXPECT_EQ(::stat(path.c_str(), &facts), 0) << path;
    return facts.st_mode & 07777;
  }
  static Session good() {
    auto out = parse_session(kGood);
    EXPECT_TRUE(out.has_value());
    return std::move(*out);
  }
  std::string dir_;
  std::vector<std::pair<std::string, std::string>> before_;
};

TEST_F(SessionFileTest, StandsInTheStateDirectoryForItsOwnerOnly) {
  ::setenv("XDG_STATE_HOME", (dir_ + "/state").c_str(), 1);
  const auto file = SessionFile::at("");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->path(), dir_ + "/state/kioskward/session");
  EXPECT_EQ(file->load().code(), Errc::unauthenticated);
  ASSERT_TRUE(file->prepare());
  EXPECT_EQ(mode(dir_ + "/state/kioskward"), 0700U);
  ::umask(0);
  ASSERT_TRUE(file->save(good()));
  ::umask(022);
  EXPECT_EQ(mode(file->path()), 0600U);
  const auto back = file->load();
  ASSERT_TRUE(back.has_value()) << back.error().text();
  EXPECT_EQ(back->account, "secadmin");
  EXPECT_EQ(text_of(back->cookie.reveal()), "ab12");
  ASSERT_TRUE(file->remove());
  EXPECT_FALSE(fs::exists(file->path()));
  EXPECT_TRUE(file->remove());
}

TEST_F(SessionFileTest, FindsItsPlace) {
  ::setenv("HOME", dir_.c_str(), 1);
  ::unsetenv("XDG_STATE_HOME");
  EXPECT_EQ(SessionFile::at("")->path(), dir_ + "/.local/state/kioskward/session");
  ::setenv("XDG_STATE_HOME", "relative", 1);
  EXPECT_EQ(SessionFile::at("")->path(), dir_ + "/.local/state/kioskward/session");
  ::unsetenv("HOME");
  EXPECT_EQ(SessionFile::at("").code(), Errc::not_found);
  EXPECT_EQ(SessionFile::at("mine")->path(), "mine");
}

TEST_F(SessionFileTest, OpenToOthersIsRefused) {
  const auto file = SessionFile::at(dir_ + "/mine");
  ASSERT_TRUE(file && file->save(good()));
  for (const mode_t wider : {0640, 0604, 0660, 0644}) {
    ASSERT_EQ(::chmod(file->path().c_str(), wider), 0);
    const auto refused = file->load();
    ASSERT_FALSE(refused.has_value()) << std::oct << wider;
    EXPECT_EQ(refused.code(), Errc::not_permitted);
    EXPECT_THAT(refused.error().text(), HasSubstr("chmod 600"));
  }
}

TEST_F(SessionFileTest, ACustomPlaceMustBeThere) {
  const auto file = SessionFile::at(dir_ + "/none/mine");
  ASSERT_TRUE(file && file->prepare());
  EXPECT_EQ(file->save(good()).code(), Errc::not_found);
  EXPECT_FALSE(fs::exists(dir_ + "/none"));
}

TEST(Session, WritesWhatItReads) {
  const auto session = parse_session(kGood);
  ASSERT_TRUE(session.has_value());
  EXPECT_EQ(text_of(write_session(*session).reveal()), kGood);
}

TEST(Session, RefusesEverythingElse) {
  const auto with = [](std::string_view from, std::string_view to) {
    std::string text(kGood);
    return text.replace(text.find(from), from.size(), to);
  };
  const std::pair<std::string, Errc> cases[] = {
      {"", Errc::malformed},
      {"{}", Errc::malformed},
      {with("session 1", "session 2"), Errc::unsupported},
      {with("\nserver", "\nserve"), Errc::malformed},
      {with("account secadmin\n", ""), Errc::malformed},
      {with("account secadmin", "account "), Errc::malformed},
      {with("ab12", ""), Errc::malformed},
      {with("ab12", "ab12; x=1"), Errc::malformed},
      {with("ab12", "ab12\r"), Errc::malformed},
      {with("cd34", std::string(257, 'a')), Errc::malformed},
      {with("http://127.0.0.1:8661", "https://127.0.0.1:8661"), Errc::unsupported},
      {with("http://127.0.0.1:8661", "http://evil.example:80"), Errc::unsupported},
      {std::string(kGood) + "more\n", Errc::trailing_data},
      {std::string(kGood.substr(0, kGood.size() - 1)), Errc::malformed},
      {with("secadmin", std::string(5000, 'a')), Errc::too_large},
  };
  for (const auto& [text, code] : cases) {
    const auto got = parse_session(text);
    ASSERT_FALSE(got.has_value()) << text.substr(0, 120);
    EXPECT_EQ(got.code(), code) << text.substr(0, 120);
  }
}

TEST(ServerUrl, IsPlainHttpOnThisMachine) {
  const std::pair<const char*, const char*> good[] = {{"http://127.0.0.1:8661", "127.0.0.1"},
                                                      {"http://127.9.9.9:1/", "127.9.9.9"},
                                                      {"http://[::1]:8661", "::1"},
                                                      {"http://localhost:8661/", "127.0.0.1"}};
  for (const auto& [text, host] : good) {
    const auto target = parse_server_url(text);
    ASSERT_TRUE(target.has_value()) << text << target.error().text();
    EXPECT_EQ(target->host, host);
  }
  const std::pair<const char*, Errc> bad[] = {
      {"", Errc::invalid},
      {"127.0.0.1:8661", Errc::invalid},
      {"ftp://127.0.0.1:8661", Errc::invalid},
      {"http://127.0.0.1", Errc::invalid},
      {"http://127.0.0.1:0", Errc::invalid},
      {"http://127.0.0.1:99999", Errc::invalid},
      {"http://127.0.0.1:8661/console", Errc::invalid},
      {"https://127.0.0.1:8661", Errc::unsupported},
      {"http://198.18.20.2:8661", Errc::unsupported},
      {"http://0.0.0.0:8661", Errc::unsupported},
      {"http://user@127.0.0.1:8661", Errc::unsupported},
      {"http://localhost.evil.example:80", Errc::unsupported},
  };
  for (const auto& [text, code] : bad) {
    const auto target = parse_server_url(text);
    ASSERT_FALSE(target.has_value()) << text;
    EXPECT_EQ(target.code(), code) << text;
  }
  EXPECT_THAT(parse_server_url("https://x:1").error().text(), HasSubstr("proxy"));
}

}  // namespace
}  // namespace kw::cli
