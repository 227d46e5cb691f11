#include "device/host/logins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <utmp.h>

#include <cstring>

#include "device/host/command_text.h"

namespace kw::device {
namespace {

Bytes record(int type, const char* line, const char* user, const char* from, int seconds = 1'700'000'000) {
  utmp one{};
  one.ut_type = static_cast<short>(type);
  one.ut_pid = 42;
  one.ut_tv.tv_sec = seconds;
  std::strncpy(one.ut_line, line, sizeof one.ut_line);
  std::strncpy(one.ut_user, user, sizeof one.ut_user);
  std::strncpy(one.ut_host, from, sizeof one.ut_host);
  Bytes out(sizeof one);
  std::memcpy(out.data(), &one, sizeof one);
  return out;
}

TEST(Logins, records_are_read_and_what_is_not_whole_is_left_out) {
  auto octets = record(USER_PROCESS, "tty1", "root", "192.0.2.1");
  const auto long_name = std::string(UT_NAMESIZE, 'x');  // fills its field without a zero
  for (const auto octet : record(LOGIN_PROCESS, "tty2", long_name.c_str(), "")) octets.push_back(octet);
  octets.push_back(1);
  const auto read = parse_logins(octets);
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].user, "root");
  EXPECT_EQ(read[0].line, "tty1");
  EXPECT_EQ(read[0].from, "192.0.2.1");
  EXPECT_EQ(read[0].pid, 42);
  EXPECT_EQ(read[0].at, Timestamp::from_seconds(1'700'000'000));
  EXPECT_EQ(read[1].user, long_name);
  EXPECT_TRUE(parse_logins(Bytes(kLoginRecord - 1)).empty());
}
TEST(Logins, a_session_of_logind) {
  const auto text =
      "# This is private data. Do not parse.\nUID=1000\nUSER=kiosk\nACTIVE=1\nIS_DISPLAY=1\nSTATE=active\nREMOTE=0\n"
      "TYPE=tty\nCLASS=user\nSCOPE=session-2.scope\nSEAT=seat0\nTTY=tty1\nSERVICE=login\nLEADER=731\n";
  EXPECT_EQ(parse_session(text), (SessionSeen{"logind", "kiosk", "tty1", "", 731}));
  EXPECT_EQ(parse_session("USER=a\nREMOTE=1\nREMOTE_HOST=192.0.2.7\nCLASS=user\n")->from, "192.0.2.7");
  EXPECT_EQ(parse_session("USER=a\nREMOTE=1\n")->from, "remote");
  EXPECT_FALSE(parse_session("USER=lightdm\nCLASS=greeter\n"));
  EXPECT_FALSE(parse_session("USER=a\nSTATE=closing\n"));
  EXPECT_FALSE(parse_session(""));
}
// Texts as Debian 12's PAM and kernel write them; see audit.log(5) of auditd.
TEST(Logins, a_failed_authentication_of_audit) {
  const auto failed = parse_audit(
      1100,
      "audit(1700000000.123:451): pid=1234 uid=1000 auid=1000 ses=3 subj=unconfined msg='op=PAM:authentication "
      "grantors=? acct=\"root\" exe=\"/usr/bin/su\" hostname=? addr=? terminal=/dev/pts/0 res=failed'");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->user, "root");
  EXPECT_EQ(failed->program, "/usr/bin/su");
  EXPECT_EQ(failed->line, "/dev/pts/0");
  EXPECT_EQ(failed->from, "");
  EXPECT_EQ(failed->at, Timestamp::from_seconds(1'700'000'000));
  EXPECT_FALSE(parse_audit(1100, "audit(1.2:3): msg='op=PAM:authentication acct=\"a\" res=success'"));
  EXPECT_FALSE(parse_audit(1112, "audit(1.2:3): msg='op=login acct=\"a\" res=failed'")) << "PAM told it already";
  for (const auto* text : {"", "=", "a='", "msg='", "acct=\"", "res=failed\""})
    static_cast<void>(parse_audit(1100, text));
}
TEST(Logins, failures_of_one_place_or_of_many_are_an_attack_once_in_a_window) {
  LoginFailures failures;
  failures.use(3, std::chrono::seconds(60));
  const auto fails = [&](const std::string& from, int at) {
    return failures.add({"btmp", "root", "ssh", from, "", {}}, std::chrono::seconds(at));
  };
  EXPECT_FALSE(fails("192.0.2.1", 0));
  EXPECT_FALSE(fails("192.0.2.1", 1));
  const auto attack = fails("192.0.2.1", 2);
  ASSERT_TRUE(attack);
  EXPECT_EQ(attack->place, "192.0.2.1");
  EXPECT_EQ(attack->count, 3U);
  EXPECT_FALSE(fails("192.0.2.1", 3)) << "told already";
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(fails("192.0.2." + std::to_string(10 + i), 4));
  EXPECT_EQ(fails("192.0.2.20", 5)->place, "everywhere") << "spread over many places";
  EXPECT_FALSE(fails("192.0.2.1", 100)) << "the window is over";
  for (int i = 0; i < 3000; ++i) static_cast<void>(fails("host" + std::to_string(i), 200));
}
TEST(CommandText, nothing_that_could_be_somebody_s_is_kept) {
  using std::string_literals::operator""s;
  EXPECT_EQ(command_text("/bin/sh\0-c\0id\0"s), "/bin/sh -c id");
  EXPECT_EQ(command_text("lp\0-d\0hp4\0/tmp/440301199001011234.pdf\0"s), "lp -d hp4 /tmp/#.pdf");
  EXPECT_EQ(command_text("curl\0https://a.example/x?name=zhang&id=1\0"s), "curl https://a.example/x?...");
  EXPECT_EQ(command_text("mail\0someone@example.org\0"s), "mail <address>");
  EXPECT_EQ(command_text("echo\0\xe5\xbc\xa0\xe4\xb8\x89\0"s), "echo ?");
  EXPECT_EQ(command_text("x\0"s + std::string(500, 'a')).size(), 2 + 64 + 3U);
  EXPECT_LE(command_text(std::string(100000, '1')).size(), kMostCommand);
  EXPECT_EQ(command_text(""), "");
}

}  // namespace
}  // namespace kw::device
