// login, activate and logout against a server whose answers the test gives.
#include <sys/stat.h>

#include <boost/json.hpp>

#include "cli/api/testing/answering_server.h"
#include "platform/linux/durable_file.h"

namespace kw::cli {
namespace {

namespace json = boost::json;
using ::testing::AllOf;
using testing::AnsweringServer;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kSession =
    R"({"account":"secadmin","display_name":"S","role":"security","csrf":"csrf2","expires":"2026-11-23T16:00:00Z","idle_seconds":900})";

net::Response entered() { return testing::opens_session(std::string(kSession)); }
net::Response gone() {
  net::Response out;
  out.status = 204;
  return out;
}
json::object object_of(const net::Request& request) { return json::parse(request.body).as_object(); }
unsigned mode(const std::string& path) {
  struct stat facts{};
  return ::stat(path.c_str(), &facts) == 0 ? facts.st_mode & 07777 : 0;
}

TEST(Login, KeepsTheSessionForItsOwnerOnly) {
  AnsweringServer server;
  server.on("POST", "/api/v1/session", entered());
  server.start();
  EXPECT_EQ(server.run({"login", "--server", server.url(), "--account", "secadmin"}, "pass \"word\" 你好\n123456\n"),
            kDone)
      << server.err();
  EXPECT_EQ(object_of(server.asked().at(0)),
            (json::object{{"account", "secadmin"}, {"password", "pass \"word\" 你好"}, {"code", "123456"}}));
  EXPECT_THAT(server.out(), AllOf(HasSubstr("role          security"), Not(HasSubstr("csrf"))));
  EXPECT_EQ(mode(server.session_file()), 0600U);
  const auto kept = SessionFile::at(server.session_file())->load();
  ASSERT_TRUE(kept.has_value()) << kept.error().text();
  EXPECT_EQ(text_of(kept->cookie.reveal()), "cookie2");
  EXPECT_EQ(kept->csrf, "csrf2");
  EXPECT_EQ(kept->server, server.url());
}

TEST(Login, ReadsACredentialsFileFirst) {
  AnsweringServer server;
  server.on("POST", "/api/v1/session", entered());
  server.start();
  const auto file = server.file("credentials");
  ASSERT_TRUE(platform::write_file_durably(file, bytes_of("password\n")));
  EXPECT_EQ(server.run({"login", "--server", server.url(), "--account", "a", "--credentials", file}, "654321\n"), kDone)
      << server.err();
  EXPECT_EQ(object_of(server.asked().at(0)),
            (json::object{{"account", "a"}, {"password", "password"}, {"code", "654321"}}));
}

TEST(Login, SecretsNeverComeFromTheCommandLine) {
  AnsweringServer server;
  server.start();
  for (const auto* option : {"--password", "--code"})
    EXPECT_EQ(server.run({"login", "--server", server.url(), "--account", "a", option, "x"}, "p\nc\n"), kUsage)
        << option;
}

TEST(Login, FailuresKeepNothing) {
  AnsweringServer server;
  server.on("POST", "/api/v1/session", net::error_response(401, "unauthenticated", "account, password or code", "t"));
  server.start();
  const std::vector<std::string> login{"login", "--server", server.url(), "--account", "a"};
  EXPECT_EQ(server.run(login, "p\n123456\n"), kFailed);
  EXPECT_THAT(server.err(), HasSubstr("unauthenticated: account, password or code; check account, password and code"));
  EXPECT_EQ(server.run(login, "p\n"), kFailed);
  EXPECT_EQ(server.err(), "kioskward: truncated: One-time code: the input has ended\n");
  EXPECT_EQ(server.run({"login", "--server", "https://127.0.0.1:1", "--account", "a"}, "p\nc\n"), kFailed);
  EXPECT_THAT(server.err(), StartsWith("kioskward: unsupported: https://"));
  EXPECT_EQ(server.run({"login", "--server", server.url()}, "p\nc\n"), kUsage);
  EXPECT_EQ(mode(server.session_file()), 0U) << "no file";
  EXPECT_EQ(server.asked().size(), 1U);
}

TEST(Login, AnAnswerWithoutASessionIsRefused) {
  for (auto answer : {net::json_response(200, std::string(kSession)), net::json_response(200, "{}")}) {
    AnsweringServer server;
    server.on("POST", "/api/v1/session", answer);
    server.start();
    EXPECT_EQ(server.run({"login", "--server", server.url(), "--account", "a"}, "p\nc\n"), kFailed);
    EXPECT_THAT(server.err(), StartsWith("kioskward: malformed: the server's answer opens no session"));
    EXPECT_EQ(mode(server.session_file()), 0U);
  }
}

TEST(Login, ASessionThatCannotBeKeptIsEnded) {
  AnsweringServer server;
  server.on("POST", "/api/v1/session", entered());
  server.on("DELETE", "/api/v1/session", gone());
  server.start();
  ASSERT_TRUE(std::filesystem::create_directory(server.session_file()));
  EXPECT_EQ(server.run({"login", "--server", server.url(), "--account", "a"}, "p\nc\n"), kFailed);
  EXPECT_THAT(server.err(), HasSubstr("the session cannot be kept"));
  const auto asked = server.asked();
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[1].method, "DELETE");
  EXPECT_EQ(asked[1].cookie("kw_session"), "cookie2");
  EXPECT_EQ(asked[1].header("x-kw-csrf"), "csrf2");
}

TEST(Activate, ShowsTheSecretThenConfirms) {
  AnsweringServer server;
  server.on("POST", "/api/v1/activation",
            net::json_response(200, R"({"totp_secret":"ABC234","totp_uri":"otpauth://totp/x","activation":"act1"})"));
  server.on("POST", "/api/v1/activation/confirm", entered());
  server.start();
  EXPECT_EQ(
      server.run({"activate", "--server", server.url(), "--account", "secadmin"}, "once\nNew-password-1\n123456\n"),
      kDone)
      << server.err();
  EXPECT_THAT(server.out(),
              AllOf(HasSubstr("totp_secret  ABC234"), HasSubstr("otpauth://totp/x"), Not(HasSubstr("act1"))));
  const auto asked = server.asked();
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(object_of(asked[0]),
            (json::object{{"account", "secadmin"}, {"one_time_password", "once"}, {"new_password", "New-password-1"}}));
  EXPECT_EQ(object_of(asked[1]), (json::object{{"activation", "act1"}, {"code", "123456"}}));
  EXPECT_EQ(mode(server.session_file()), 0600U);
}

TEST(Activate, StopsWhereTheServerDoes) {
  AnsweringServer server;
  server.on("POST", "/api/v1/activation", net::json_response(200, "{}"));
  server.start();
  EXPECT_EQ(server.run({"activate", "--server", server.url(), "--account", "a"}, "o\nn\n1\n"), kFailed);
  EXPECT_THAT(server.err(), HasSubstr("holds no activation"));
  AnsweringServer other;
  other.on("POST", "/api/v1/activation",
           net::json_response(200, R"({"totp_secret":"A","totp_uri":"o","activation":"act1"})"));
  other.on("POST", "/api/v1/activation/confirm", net::error_response(401, "unauthenticated", "code", "t"));
  other.start();
  EXPECT_EQ(other.run({"activate", "--server", other.url(), "--account", "a"}, "o\nn\n1\n2\n"), kFailed);
  EXPECT_EQ(other.asked().size(), 2U) << "only a person may try again";
  EXPECT_EQ(mode(other.session_file()), 0U);
}

TEST(Logout, EndsTheSessionThereAndHere) {
  AnsweringServer server;
  server.on("DELETE", "/api/v1/session", gone());
  server.start();
  server.log_in();
  EXPECT_EQ(server.run({"logout"}), kDone) << server.err();
  EXPECT_EQ(server.asked().at(0).header("x-kw-csrf"), "csrf1");
  EXPECT_EQ(mode(server.session_file()), 0U);
  EXPECT_EQ(server.run({"logout"}), kFailed);
}

TEST(Logout, ForgetsASessionThatThePlatformEnded) {
  AnsweringServer server;
  server.on("DELETE", "/api/v1/session", net::error_response(401, "unauthenticated", "no session", "t"));
  server.start();
  server.log_in();
  EXPECT_EQ(server.run({"logout"}), kDone) << server.err();
  EXPECT_EQ(mode(server.session_file()), 0U);
}

TEST(Logout, KeepsTheFileWhereThePlatformDidNotAnswer) {
  AnsweringServer server;
  server.on("DELETE", "/api/v1/session", net::error_response(503, "unavailable", "later", "t"));
  server.start();
  server.log_in();
  EXPECT_EQ(server.run({"logout"}), kFailed);
  EXPECT_EQ(mode(server.session_file()), 0600U);
}

}  // namespace
}  // namespace kw::cli
