// Commands of the table against a server whose answers the test gives: what is sent, what is shown, how it fails.
#include "cli/api/api_command.h"

#include <sys/stat.h>

#include "cli/api/exchange.h"
#include "cli/api/testing/answering_server.h"
#include "platform/linux/durable_file.h"

namespace kw::cli {
namespace {

using ::testing::AllOf;
using testing::AnsweringServer;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kProblem = R"({"code":"CODE","detail":"the detail","trace":"00ff"})";

net::Response problem(int status, const std::string& code) {
  std::string body(kProblem);
  return net::json_response(status, body.replace(body.find("CODE"), 4, code));
}

TEST(ApiCommand, ShowsAListAndTheServersJsonAsItIs) {
  AnsweringServer server;
  const std::string json = R"({"items": [ {"id":"01","name":"市民","live":"cut","extra":1}],"total":1,"next":""})";
  server.on("GET", "/api/v1/devices", net::json_response(200, json));
  server.start();
  server.log_in();
  EXPECT_EQ(server.run({"devices", "list", "--state", "cut"}), kDone) << server.err();
  EXPECT_THAT(server.out(), AllOf(StartsWith("ID  NAME  LIVE"), HasSubstr("01  市民  cut"), HasSubstr("total  1"),
                                  Not(HasSubstr("EXTRA"))));
  EXPECT_EQ(server.err(), "");
  EXPECT_EQ(server.run({"devices", "list", "--json"}), kDone);
  EXPECT_EQ(server.out(), json + "\n");
  const auto asked = server.asked();
  EXPECT_EQ(asked.at(0).query.at("state"), "cut");
  EXPECT_EQ(asked.at(0).cookie("kw_session"), "cookie1");
  EXPECT_EQ(asked.at(0).header("x-kw-csrf"), std::nullopt) << "reading needs no token";
}

TEST(ApiCommand, WritesCarryTheCsrfToken) {
  AnsweringServer server;
  server.on(
      "POST", "/api/v1/devices/{id}/release",
      net::json_response(202, R"({"id":"02","kind":"release","issued":"2026-11-23T08:15:30.1Z","state":"waiting"})"));
  server.start();
  server.log_in();
  EXPECT_EQ(server.run({"devices", "release", "01", "--reason", "looked"}), kDone) << server.err();
  EXPECT_THAT(server.out(), AllOf(HasSubstr("state   waiting"), HasSubstr("2026-11-23T08:15:30Z")));
  const auto asked = server.asked();
  EXPECT_EQ(asked.at(0).header("x-kw-csrf"), "csrf1");
  EXPECT_EQ(asked.at(0).body, R"({"reason":"looked"})");
  EXPECT_EQ(asked.at(0).params.at("id"), "01");
}

TEST(ApiCommand, APickedItemIsFoundOrNot) {
  AnsweringServer server;
  server.on(
      "GET", "/api/v1/enrolments",
      net::json_response(200, R"({"items":[{"id":"aa","mac":"1"},{"id":"bb","mac":"2","hardware_digest":"d1"}]})"));
  server.start();
  server.log_in();
  EXPECT_EQ(server.run({"enrolments", "show", "bb"}), kDone);
  EXPECT_THAT(server.out(), AllOf(HasSubstr("hardware_digest  d1"), Not(HasSubstr("aa"))));
  EXPECT_EQ(server.run({"enrolments", "show", "bb", "--json"}), kDone);
  EXPECT_EQ(server.out(), "{\"id\":\"bb\",\"mac\":\"2\",\"hardware_digest\":\"d1\"}\n");
  EXPECT_EQ(server.run({"enrolments", "show", "cc"}), kFailed);
  EXPECT_EQ(server.err(), "kioskward: not_found: cc\n");
}

TEST(ApiCommand, AnAnswerThatIsNotAsExpectedFails) {
  for (const auto& [text, code] :
       {std::pair(R"({"ok":true,"problems":[],"compiled":"x\ny"})", kDone),
        std::pair(R"({"ok":false,"problems":[{"path":"/mode","code":"bad_mode"}]})", kFailed),
        std::pair(R"({"fine":true})", kFailed)}) {
    AnsweringServer server;
    server.on("POST", "/api/v1/policies/check", net::json_response(200, text));
    server.start();
    server.log_in();
    const auto file = server.file("policy");
    ASSERT_TRUE(platform::write_file_durably(file, bytes_of("{}")));
    EXPECT_EQ(server.run({"policies", "check", file}), code) << text << server.err();
  }
}

TEST(ApiCommand, EachRefusalIsOneLineWithCodeAndAdvice) {
  const std::tuple<int, const char*, const char*> cases[] = {
      {401, "unauthenticated", "log in: kioskward login --server http://127.0.0.1:"},
      {403, "forbidden", "role"},
      {404, "not_found", "list"},
      {409, "conflict", "read it again"},
      {422, "invalid", "correct"},
      {429, "rate_limited", "wait"},
      {500, "internal", "under trace 00ff"},
  };
  for (const auto& [status, code, advice] : cases) {
    AnsweringServer server;
    server.on("GET", "/api/v1/overview", problem(status, code));
    server.start();
    server.log_in();
    EXPECT_EQ(server.run({"overview"}), kFailed);
    EXPECT_EQ(server.out(), "");
    EXPECT_THAT(server.err(),
                AllOf(StartsWith("kioskward: " + std::string(code) + ": the detail; "), HasSubstr(advice)));
    EXPECT_EQ(std::ranges::count(server.err(), '\n'), 1) << server.err();
    EXPECT_EQ(server.run({"overview", "--json"}), kFailed);
    EXPECT_THAT(server.out(), HasSubstr(code)) << "scripts read the server's object";
  }
}

TEST(ApiCommand, ProblemsOfAPolicyAreNamed) {
  AnsweringServer server;
  server.on("POST", "/api/v1/policies",
            net::json_response(
                422, R"({"ok":false,"problems":[{"path":"/mode","code":"bad_mode","detail":"x"}],"compiled":""})"));
  server.start();
  server.log_in();
  const auto file = server.file("policy");
  ASSERT_TRUE(platform::write_file_durably(file, bytes_of("{}")));
  EXPECT_EQ(server.run({"policies", "publish", file, "--base", "0", "--note", "n"}), kFailed);
  EXPECT_THAT(server.err(), StartsWith("kioskward: invalid: path=/mode code=bad_mode detail=x; correct"));
}

TEST(ApiCommand, AnswersThatAreNotThePlatforms) {
  const std::pair<int, const char*> cases[] = {{200, "<html>"}, {200, ""},   {200, "[]"}, {502, "<html>"},    {500, ""},
                                               {404, "[]"},     {403, "{}"}, {301, "{}"}, {200, "{\"items\""}};
  for (const auto& [status, body] : cases) {
    AnsweringServer server;
    server.on("GET", "/api/v1/overview", net::json_response(status, body));
    server.start();
    server.log_in();
    EXPECT_EQ(server.run({"overview"}), kFailed) << status << body;
    EXPECT_THAT(server.err(), StartsWith("kioskward: malformed: the answer (status " + std::to_string(status))) << body;
  }
}

TEST(ApiCommand, AServersWordsCannotSteerTheTerminal) {
  AnsweringServer server;
  server.on("GET", "/api/v1/overview",
            net::json_response(403, R"({"code":"\u001b[2J","detail":"a\nb","trace":"\u009b"})"));
  server.start();
  server.log_in();
  EXPECT_EQ(server.run({"overview"}), kFailed);
  EXPECT_THAT(server.err(), AllOf(StartsWith("kioskward: \\x1b[2J: a\\nb"), HasSubstr("\\u{9b}")));
}

TEST(ApiCommand, WithoutASessionNothingIsSent) {
  AnsweringServer server;
  server.on("GET", "/api/v1/overview", net::json_response(200, "{}"));
  server.on("GET", "/api/v1/health", net::json_response(200, R"({"status":"ok"})"));
  server.start();
  EXPECT_EQ(server.run({"overview"}), kFailed);
  EXPECT_THAT(server.err(),
              AllOf(StartsWith("kioskward: unauthenticated: no session in "), HasSubstr("kioskward login")));
  EXPECT_TRUE(server.asked().empty());
  EXPECT_EQ(server.run({"health", "--server", server.url()}), kDone);
  EXPECT_EQ(server.out(), "status  ok\n");
  server.log_in();
  ASSERT_EQ(::chmod(server.session_file().c_str(), 0644), 0);
  EXPECT_EQ(server.run({"overview"}), kFailed);
  EXPECT_THAT(server.err(), HasSubstr("not_permitted"));
  EXPECT_EQ(server.asked().size(), 1U) << "only health";
}

TEST(ApiCommand, APlatformThatIsNotThereIsNamed) {
  AnsweringServer server;
  Session session;
  session.server = "http://127.0.0.1:1";  // tcpmux: nothing listens there
  session.account = "a";
  session.cookie = SecretBytes::copy_of(bytes_of("c"));
  session.csrf = "c";
  ASSERT_TRUE(SessionFile::at(server.session_file())->save(session));
  for (const auto* command : {"overview", "events"}) {
    EXPECT_EQ(server.run({command}), kFailed);
    EXPECT_THAT(server.err(), AllOf(StartsWith("kioskward: unavailable: connect 127.0.0.1:1"),
                                    HasSubstr("is the platform running at http://127.0.0.1:1?")));
  }
}

TEST(ApiCommand, EventsAreLinesUntilTheCount) {
  AnsweringServer server;
  server.live({R"({"kind":"policy","policy":{"revision":3,"note":"n","devices":2,"applied":1}})",
               R"({"kind":"checkpoint","checkpoint":{"size":9,"root":"aa","time":"2026-11-23T08:15:30Z"}})",
               "no message"});
  server.start();
  server.log_in();
  EXPECT_EQ(server.run({"events", "--count", "2"}), kDone) << server.err();
  EXPECT_EQ(server.out(),
            "policy  revision=3 note=n devices=2 applied=1\ncheckpoint  size=9 root=aa time=2026-11-23T08:15:30Z\n");
  EXPECT_THAT(server.err(), StartsWith("kioskward: following 127.0.0.1:"));
  EXPECT_EQ(server.run({"events", "--count", "1", "--json"}), kDone);
  EXPECT_THAT(server.out(), StartsWith(R"({"kind":"policy")"));
  EXPECT_EQ(server.run({"events"}), kFailed) << "what is no message ends it";
  EXPECT_THAT(server.err(), HasSubstr("\nkioskward: malformed"));
}

TEST(ApiCommand, ALiveStreamMayBeRefused) {
  AnsweringServer server;
  server.live({});
  server.start();
  server.log_in();
  auto file = SessionFile::at(server.session_file());
  auto session = file->load();
  session->cookie = SecretBytes::copy_of(bytes_of("other"));
  ASSERT_TRUE(file->save(*session));
  EXPECT_EQ(server.run({"events"}), kFailed);
  EXPECT_THAT(server.err(), StartsWith("kioskward: unauthenticated: no session; log in"));
}

TEST(Understand, TakesTheCookieOnlyAsAToken) {
  const auto cookie = [](const std::string& header) {
    auto response = net::json_response(200, "{}");
    response.headers.emplace_back("set-cookie", header);
    return understand(std::move(response))->cookie;
  };
  EXPECT_EQ(cookie("kw_session=ab12; Path=/; HttpOnly"), "ab12");
  EXPECT_EQ(cookie("kw_session=ab12"), "ab12");
  EXPECT_EQ(cookie("kw_sessions=ab12"), "");
  EXPECT_EQ(cookie("kw_session=a b; Path=/"), "");
  EXPECT_EQ(cookie("kw_session=; Path=/; Max-Age=0"), "");
}

}  // namespace
}  // namespace kw::cli
