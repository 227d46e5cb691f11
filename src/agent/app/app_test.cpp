// The local API's messages, and the desk's session in every state: what a program says, what it hears, what is
// recorded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <filesystem>
#include <fstream>

#include "agent/app/app_config.h"
#include "agent/app/app_fixture_test.h"
#include "agent/app/app_server.h"
#include "net/websocket_client.h"
#include "realname/id_token.h"
#include "trail/words.h"

namespace kw::agent {
namespace {

using namespace std::chrono_literals;
using testing::AppDeskTest, testing::kDevice, testing::param, testing::SlowPlace;

TEST(AppMessages, AreReadAsTheFileSays) {
  // Each line: a word of Errc, or "good" and the type; then the message.
  std::ifstream file(KW_SOURCE_DIR "/src/agent/app/testdata/messages.txt");
  std::string line;
  std::size_t seen = 0;
  while (std::getline(file, line)) {
    if (line.empty() || line.starts_with('#')) continue;
    const auto space = line.find(' ');
    const auto want = line.substr(0, space), text = line.substr(space + 1);
    std::int64_t id = 0;
    const auto message = parse_app_message(text, id);
    EXPECT_EQ(message ? "good" : std::string(name(message.code())), want) << text;
    ++seen;
  }
  EXPECT_GT(seen, 30U);
}

TEST(AppMessages, ABodyIsBoundedHoweverItIsWritten) {
  std::int64_t id = 0;
  const auto request = [](const std::string& body) {
    return R"({"type":"request","id":9,"handle":"000102030405060708090a0b0c0d0e0f","service":"s","method":"POST","path":"/a",)" +
           body + "}";
  };
  const std::string most(trail::kMostRequestBody, 'x');
  ASSERT_TRUE(parse_app_message(request(R"("body":")" + most + '"'), id));
  EXPECT_EQ(parse_app_message(request(R"("body":")" + most + R"(x")"), id).code(), Errc::too_large);
  EXPECT_EQ(id, 9) << "the answer names the request";
  const auto encoded = parse_app_message(request(R"("body_base64":")" + to_base64(bytes_of(most)) + '"'), id);
  ASSERT_TRUE(encoded) << encoded.error().text();
  EXPECT_EQ(std::get<AppRequest>(*encoded).body, most);
  EXPECT_EQ(parse_app_message(std::string(kMostAppMessage + 1, ' '), id).code(), Errc::too_large);
}

TEST_F(AppDeskTest, ATokenGoesWithTheSaltOfItsNonceAndOnce) {
  const auto page = program(), other = program();
  say(page, {{"type", "begin"}, {"matter", "permit"}, {"identity_token", "a.b.c"}});
  EXPECT_EQ(last(page), "identity_refused") << "no challenge";
  say(page, {{"type", "challenge"}});
  const auto nonce = std::string(heard[page].back().at("nonce").as_string());
  say(other, {{"type", "begin"}, {"matter", "permit"}, {"identity_token", "a.b.c"}});
  EXPECT_EQ(last(other), "identity_refused") << "another connection's challenge";
  clock.at += 4min;
  say(page, {{"type", "begin"}, {"matter", "permit"}, {"identity_token", "a.b.c"}});
  ASSERT_TRUE(sent.back().has_session_begin());
  const auto begin = sent.back().session_begin();
  EXPECT_EQ(begin.identity_token(), "a.b.c");
  EXPECT_EQ(realname::session_nonce(kDevice, bytes_of(begin.identity_salt())), nonce);
  v1::SessionBegun answer;
  answer.set_session_id(begin.session_id());
  answer.set_outcome("identity_refused");
  EXPECT_TRUE(road.take(answer));
  EXPECT_EQ(last(page), "identity_refused");
  clock.at += 2s;
  say(page, {{"type", "begin"}, {"matter", "permit"}, {"identity_token", "a.b.c"}});
  EXPECT_EQ(last(page), "identity_refused") << "its challenge was used";
  say(page, {{"type", "challenge"}});
  clock.at += 6min;
  say(page, {{"type", "begin"}, {"matter", "permit"}, {"identity_token", "a.b.c"}});
  EXPECT_EQ(last(page), "identity_refused") << "its challenge is old";
  for (const auto& event : recorder.events) EXPECT_EQ(event.ShortDebugString().find("a.b.c"), std::string::npos);
}

TEST_F(AppDeskTest, ASessionFromItsBeginningToItsEndIsOneTrace) {
  const auto page = program();
  const auto handle = begin(page);
  ASSERT_EQ(handle.size(), 32U);
  const auto begun = sent.back().session_begin();
  clock.at += 3s;
  step(page, handle, "form");
  EXPECT_EQ(last(page), "done");
  const auto id = ask(page, handle);
  clock.at += 250ms;
  answer("answered", 201, R"({"number":"A-1"})");
  const auto& reply = heard[page].back();
  EXPECT_EQ(reply.at("type"), "answer");
  EXPECT_EQ(reply.at("id"), id);
  EXPECT_EQ(reply.at("status"), 201);
  EXPECT_EQ(reply.at("body"), R"({"number":"A-1"})");
  step(page, handle, "submit", false);
  say(page, {{"type", "end"}, {"handle", handle}});
  EXPECT_EQ(last(page), "done");
  EXPECT_EQ(types(), (std::vector<std::string>{"business.step success", "business.request success",
                                               "business.step failed", "business.session.ended success"}));
  for (const auto& event : recorder.events) {
    EXPECT_EQ(event.trace_id(), begun.trace_id());
    EXPECT_EQ(param(event, "session"), to_hex(bytes_of(begun.session_id())));
  }
  const auto& first = recorder.events[0];
  const auto& request = recorder.events[1];
  const auto& second = recorder.events[2];
  const auto& end = recorder.events[3];
  EXPECT_EQ(param(first, "duration_us"), "3000000");
  EXPECT_EQ(param(first, "parent"), to_hex(bytes_of(begun.span_id())));
  EXPECT_EQ(param(request, "parent"), param(second, "span")) << "it was asked in the step that ended after it";
  EXPECT_EQ(param(request, "duration_us"), "250000");
  EXPECT_EQ(param(request, "service"), "residence");
  EXPECT_EQ(param(request, "status"), "2xx");
  EXPECT_EQ(param(end, "steps"), "2");
  EXPECT_EQ(param(end, "requests"), "1");
  EXPECT_EQ(param(end, "errors"), "1");
  EXPECT_EQ(param(end, "reason"), "done");
  EXPECT_FALSE(desk->has_session());
}

TEST_F(AppDeskTest, ASessionBeginsOnceItsPlaceIsThereAndTheTwoEndTogether) {
  SlowPlace place;
  use(place);
  const auto page = program();
  say(page, {{"type", "begin"}, {"matter", "permit"}});
  EXPECT_TRUE(sent.empty()) << "nobody is asked before there is a place";
  place.waiting("/run/session/00ff");
  v1::SessionBegun answer;
  answer.set_session_id(sent.back().session_begin().session_id());
  answer.set_outcome("begun");
  EXPECT_TRUE(road.take(answer));
  EXPECT_EQ(heard[page].back().at("temporary"), "/run/session/00ff");
  const auto handle = std::string(heard[page].back().at("handle").as_string());
  say(page, {{"type", "end"}, {"handle", handle}});
  EXPECT_EQ(place.ends, std::vector<bool>{false});
}
TEST_F(AppDeskTest, ASessionThatIsRefusedGivesItsPlaceBack) {
  SlowPlace place;
  use(place);
  const auto page = program();
  say(page, {{"type", "begin"}, {"matter", "permit"}});
  place.waiting("");
  v1::SessionBegun answer;
  answer.set_session_id(sent.back().session_begin().session_id());
  answer.set_outcome("matter_unknown");
  EXPECT_TRUE(road.take(answer));
  EXPECT_EQ(last(page), "matter_unknown");
  EXPECT_EQ(place.ends, std::vector<bool>{false});
}
TEST_F(AppDeskTest, IdleAndGoneSessionsGiveTheirPlaceBackToo) {
  SlowPlace place;
  use(place);
  for (const auto* reason : {"idle", "shell_ended"}) {
    const auto page = program();
    say(page, {{"type", "begin"}, {"matter", "permit"}});
    place.waiting("");
    v1::SessionBegun answer;
    answer.set_session_id(sent.back().session_begin().session_id());
    answer.set_outcome("begun");
    EXPECT_TRUE(road.take(answer));
    EXPECT_FALSE(heard[page].back().contains("temporary")) << "none was made";
    desk->session_over(reason);
  }
  EXPECT_EQ(place.ends, (std::vector<bool>{false, true}));
}

TEST_F(AppDeskTest, NothingOfARequestIsRecordedButItsOutcome) {
  const auto page = program();
  const auto handle = begin(page);
  say(page, {{"type", "request"},
             {"handle", handle},
             {"service", "zhang-san"},
             {"method", "GET"},
             {"path", "/people/440300199001011234?name=ouyang"},
             {"purpose", "entry"},
             {"place", "entry_screen"},
             {"body", "ouyang"}});
  EXPECT_EQ(sent.back().service_request().purpose(), "entry");
  EXPECT_EQ(sent.back().service_request().place(), "entry_screen");
  EXPECT_EQ(sent.back().service_request().path(), "/people/440300199001011234?name=ouyang");
  answer("service_unknown", 0, "");
  EXPECT_EQ(last(page), "service_unknown");
  ASSERT_EQ(recorder.events.size(), 1U);
  const auto text = recorder.events[0].ShortDebugString();
  for (const auto* word : {"zhang", "ouyang", "4403"}) EXPECT_EQ(text.find(word), std::string::npos) << text;
  EXPECT_EQ(param(recorder.events[0], "reason"), "service_unknown");
}

TEST_F(AppDeskTest, OneSessionAtATime) {
  const auto page = program(), other = program();
  say(page, {{"type", "begin"}, {"matter", "permit"}});
  say(other, {{"type", "begin"}, {"matter", "permit"}});
  EXPECT_EQ(last(other), "busy") << "while it opens";
  v1::SessionBegun answer;
  answer.set_session_id(sent.back().session_begin().session_id());
  answer.set_outcome("begun");
  ASSERT_TRUE(road.take(answer));
  const auto handle = std::string(heard[page].back().at("handle").as_string());
  say(other, {{"type", "begin"}, {"matter", "permit"}});
  EXPECT_EQ(last(other), "busy") << "while it stands";
  step(other, handle);
  EXPECT_EQ(last(other), "busy") << "a handle does not share it";
  step(other, std::string(32, '0'));
  EXPECT_EQ(last(other), "no_session");
  EXPECT_TRUE(recorder.events.empty());
}

TEST_F(AppDeskTest, TheTokenComesFirstAndOnce) {
  const auto wrong = stranger();
  desk->text(wrong, R"({"type":"hello","token":"secre"})");
  EXPECT_TRUE(closed[wrong]);
  const auto eager = stranger();
  desk->text(eager, R"({"type":"begin","id":1,"matter":"permit"})");
  EXPECT_EQ(last(eager), "forbidden");
  EXPECT_TRUE(closed[eager]);
  const auto twice = program();
  desk->text(twice, R"({"type":"hello","token":"secret"})");
  EXPECT_TRUE(closed[twice]);
  const auto silent = stranger();
  clock.at += 5s;
  desk->tick();
  EXPECT_TRUE(closed[silent]);
  EXPECT_TRUE(sent.empty());
}

TEST_F(AppDeskTest, ThePlatformsNoEndsItAndIsNotAskedAgainAtOnce) {
  const auto page = program();
  begin(page, "matter_forbidden");
  EXPECT_EQ(last(page), "matter_forbidden");
  EXPECT_FALSE(desk->has_session());
  const auto asked = sent.size();
  say(page, {{"type", "begin"}, {"matter", "permit"}});
  EXPECT_EQ(last(page), "busy");
  EXPECT_EQ(sent.size(), asked);
  clock.at += 1s;
  EXPECT_NE(begin(page), "");
}

TEST_F(AppDeskTest, ACutKioskAndOneWithoutALinkRefuseAtOnce) {
  const auto page = program();
  const auto handle = begin(page);
  desk->cut(true);
  ask(page, handle);
  EXPECT_EQ(last(page), "cut_off");
  EXPECT_EQ(recorder.events.back().result(), "refused");
  EXPECT_EQ(param(recorder.events.back(), "reason"), "cut_off");
  desk->cut(false);
  ask(page, handle);
  road.down();
  EXPECT_EQ(last(page), "link_lost");
  EXPECT_EQ(recorder.events.back().result(), "failed");
  ask(page, handle);
  EXPECT_EQ(last(page), "no_link");
  say(page, {{"type", "end"}, {"handle", handle}});
  say(page, {{"type", "begin"}, {"matter", "permit"}});
  EXPECT_EQ(last(page), "no_link");
  desk->cut(true);
  clock.at += 2s;
  say(page, {{"type", "begin"}, {"matter", "permit"}});
  EXPECT_EQ(last(page), "cut_off");
}

TEST_F(AppDeskTest, AnIdleSessionEndsAndItsPageIsTold) {
  const auto page = program();
  const auto handle = begin(page);
  clock.at += 119s;
  desk->tick();
  EXPECT_TRUE(desk->has_session());
  step(page, handle);
  clock.at += 119s;
  desk->tick();
  EXPECT_TRUE(desk->has_session()) << "a message keeps it";
  clock.at += 1s;
  desk->tick();
  EXPECT_FALSE(desk->has_session());
  EXPECT_EQ(last(page), "ended");
  EXPECT_EQ(param(recorder.events.back(), "reason"), "idle");
}

TEST_F(AppDeskTest, TheNextPageTakesTheSessionUpWithinTheGrace) {
  const auto page = program();
  const auto handle = begin(page);
  desk->closed(page);
  clock.at += 9s;
  desk->tick();
  const auto next = program();
  say(next, {{"type", "resume"}, {"handle", std::string(32, '0')}});
  EXPECT_EQ(last(next), "no_session");
  say(next, {{"type", "resume"}, {"handle", handle}});
  EXPECT_EQ(last(next), "resumed");
  step(next, handle);
  EXPECT_EQ(last(next), "done");
  desk->closed(next);
  clock.at += 10s;
  desk->tick();
  EXPECT_FALSE(desk->has_session());
  EXPECT_EQ(param(recorder.events.back(), "reason"), "page_gone");
}

TEST_F(AppDeskTest, TheShellsEndEndsItEvenWhileItOpens) {
  const auto page = program();
  begin(page);
  desk->session_over("shell_ended");
  EXPECT_EQ(last(page), "ended");
  EXPECT_EQ(param(recorder.events.back(), "reason"), "shell_ended");
  say(page, {{"type", "begin"}, {"matter", "permit"}});
  desk->session_over("shell_ended");
  EXPECT_TRUE(desk->has_session()) << "the platform will say that it has begun";
  v1::SessionBegun answer;
  answer.set_session_id(sent.back().session_begin().session_id());
  answer.set_outcome("begun");
  ASSERT_TRUE(road.take(answer));
  EXPECT_FALSE(desk->has_session());
  EXPECT_EQ(recorder.events.size(), 2U);
  desk->session_over("shell_ended");
  EXPECT_EQ(recorder.events.size(), 2U) << "nothing to end";
}

TEST_F(AppDeskTest, AnAnswerAfterTheEndIsStillRecorded) {
  const auto page = program();
  const auto handle = begin(page);
  ask(page, handle);
  const auto request = sent.back();
  say(page, {{"type", "end"}, {"handle", handle}});
  answer("answered", 500, "");
  EXPECT_EQ(types(), (std::vector<std::string>{"business.session.ended success", "business.request failed"}));
}

TEST_F(AppDeskTest, EightAreUnderWayAndTheNinthIsRefused) {
  const auto page = program();
  const auto handle = begin(page);
  for (std::size_t i = 0; i < trail::kMostUnderWay; ++i) ask(page, handle);
  EXPECT_EQ(sent.size(), 1 + trail::kMostUnderWay);
  ask(page, handle);
  EXPECT_EQ(last(page), "busy");
  answer("answered", 200, "");
  ask(page, handle);
  EXPECT_EQ(sent.size(), 2 + trail::kMostUnderWay);
}

TEST_F(AppDeskTest, AFloodOfMessagesEndsItsConnection) {
  const auto page = program();
  for (std::size_t i = 0; i <= AppDesk::kMostPerSecond; ++i) desk->text(page, "{}");
  EXPECT_TRUE(closed[page]);
  const auto calm = program();
  for (std::size_t i = 0; i < 3 * AppDesk::kMostPerSecond; ++i) {
    clock.at += 20ms;
    desk->text(calm, "{}");
  }
  EXPECT_FALSE(closed[calm]);
  EXPECT_EQ(last(calm), "malformed");
}

TEST_F(AppDeskTest, ABinaryAnswerComesInBase64) {
  const auto page = program();
  const auto handle = begin(page);
  ask(page, handle);
  answer("answered", 200, "\xff\xfe");
  EXPECT_EQ(heard[page].back().at("body_base64"), "//4=");
  EXPECT_FALSE(heard[page].back().contains("body"));
}

struct BusinessRoadTest : AppDeskTest {
  std::vector<ServiceResult> results;
  v1::ServiceRequest request() {
    v1::ServiceRequest out;
    out.set_span_id(copy_text(random.bytes(8)));
    return out;
  }
  v1::ServiceAnswer part(const v1::ServiceRequest& of, std::uint32_t offset, std::uint32_t size,
                         const std::string& data) {
    v1::ServiceAnswer out;
    out.set_span_id(of.span_id());
    out.set_outcome("answered");
    out.set_status(200);
    out.set_offset(offset);
    out.set_size(size);
    out.set_data(data);
    return out;
  }
};

TEST_F(BusinessRoadTest, PartsMakeAnAnswerAndOthersComeBetween) {
  const auto a = request(), b = request();
  for (const auto& one : {a, b})
    road.ask(one, 1min, [&](ServiceResult result) { results.push_back(std::move(result)); });
  EXPECT_TRUE(road.take(part(a, 0, 6, "abc")));
  EXPECT_TRUE(road.take(part(b, 0, 2, "xy")));
  EXPECT_TRUE(road.take(part(a, 3, 6, "def")));
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].body, "xy");
  EXPECT_EQ(results[1].body, "abcdef");
  EXPECT_EQ(road.under_way(), 0U);
}

TEST_F(BusinessRoadTest, WhatDoesNotFitTogetherIsMalformed) {
  for (const auto& bad : {std::tuple{std::uint32_t{1}, std::uint32_t{3}, std::string("b")},     // not where it goes on
                          std::tuple{std::uint32_t{0}, std::uint32_t{3}, std::string("abcd")},  // more than it is
                          std::tuple{std::uint32_t{0}, std::uint32_t{3}, std::string()},        // nothing of something
                          std::tuple{std::uint32_t{0}, std::uint32_t(trail::kMostAnswerBody + 1), std::string("a")}}) {
    const auto one = request();
    road.ask(one, 1min, [](const ServiceResult&) {});
    const auto& [offset, size, data] = bad;
    EXPECT_EQ(road.take(part(one, offset, size, data)).code(), Errc::malformed);
  }
  auto odd = part(request(), 0, 0, "");
  odd.set_outcome("because");
  EXPECT_EQ(road.take(odd).code(), Errc::malformed);
  road.down();
}

TEST_F(BusinessRoadTest, WhatTakesTooLongIsATimeoutAndItsAnswerIsDropped) {
  const auto one = request();
  road.ask(one, 5ms, [&](ServiceResult result) { results.push_back(std::move(result)); });
  const auto end = std::chrono::steady_clock::now() + 10s;
  while (results.empty() && std::chrono::steady_clock::now() < end) io.run_for(2ms), io.restart();
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].outcome, "timeout");
  EXPECT_TRUE(road.take(part(one, 0, 2, "xy")));
  EXPECT_EQ(results.size(), 1U);
}

TEST_F(BusinessRoadTest, ALostLinkAnswersEverythingOnce) {
  std::vector<std::string> told;
  v1::SessionBegin begin;
  begin.set_session_id("s");
  road.begin(begin, [&](std::string outcome) { told.push_back(std::move(outcome)); });
  const auto one = request();
  road.ask(one, 1min, [&](const ServiceResult& result) {
    told.push_back(result.outcome + " " + std::to_string(result.status) + result.body);
    road.ask(request(), 1min, [&](const ServiceResult& again) { told.push_back(again.outcome); });
  });
  EXPECT_TRUE(road.take(part(one, 0, 4, "ab")));
  road.down();
  EXPECT_EQ(told, (std::vector<std::string>{"link_lost", "link_lost 0", "no_link"}));
}

struct AppServerTest : AppDeskTest {
  NullLog log;
  std::unique_ptr<AppServer> server;
  void SetUp() override {
    AppServerOptions options;
    options.port = 0;
    options.origins = {"https://portal.example"};
    options.desk.token = "secret";
    auto started = AppServer::start(io.get_executor(), options, road, recorder, {log, clock, random});
    ASSERT_TRUE(started) << started.error().text();
    server = std::move(*started);
  }
  template <class F>
  void run(F work) {
    bool done = false;
    boost::asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& thrown) {
      done = true;
      if (thrown) std::rethrow_exception(thrown);
    });
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!done && std::chrono::steady_clock::now() < end) io.run_for(5ms), io.restart();
    EXPECT_TRUE(done);
  }
};

TEST_F(AppServerTest, AProgramSpeaksOverAWebSocket) {
  run([this]() -> boost::asio::awaitable<void> {
    net::Target target("127.0.0.1", server->port());
    net::HttpCall call("GET", "/session");
    auto opening = co_await net::WebSocketClient::open(std::move(target), std::move(call), net::in(10s));
    EXPECT_TRUE(opening && opening->socket);
    if (!opening || !opening->socket) co_return;
    auto& socket = *opening->socket;
    std::string hello = R"({"type":"hello","token":"secret"})";
    const auto greeted = co_await socket.send(std::move(hello));
    EXPECT_TRUE(greeted);
    const auto ready = co_await socket.read();
    EXPECT_EQ(ready.value_or(""), R"({"type":"ready","version":1})");
    std::string begin = R"({"type":"begin","id":1,"matter":"permit"})";
    const auto asked = co_await socket.send(std::move(begin));
    EXPECT_TRUE(asked);
    std::string wrong = "no json";
    const auto said = co_await socket.send(std::move(wrong));
    EXPECT_TRUE(said);
    const auto error = co_await socket.read();
    EXPECT_NE(error.value_or("").find("malformed"), std::string::npos);
    server->desk().session_over("shell_ended");
    v1::SessionBegun answer;
    answer.set_session_id(sent.back().session_begin().session_id());
    answer.set_outcome("begun");
    EXPECT_TRUE(road.take(answer));
    const auto ended = co_await socket.read();
    EXPECT_NE(ended.value_or("").find("shell_ended"), std::string::npos);
    server->stop();
    const auto gone = co_await socket.read();
    EXPECT_FALSE(gone);
  });
}

TEST_F(AppServerTest, APageOfAnotherHostsNameIsRefused) {
  run([this]() -> boost::asio::awaitable<void> {
    net::Target target("127.0.0.1", server->port());
    net::HttpCall call("GET", "/session");
    call.headers.emplace_back("Host", "127.0.0.1.evil.example");
    auto opening = co_await net::WebSocketClient::open(std::move(target), std::move(call), net::in(10s));
    EXPECT_TRUE(opening);
    if (opening) EXPECT_EQ(opening->answer.status, 403);
  });
}

TEST(AppConfigs, TheTokenIsForOneUserWhateverTheUmask) {
  const auto root = std::filesystem::temp_directory_path() / ("kw-app-" + std::to_string(::getpid()));
  AppConfig config;
  config.token_file = (root / "run" / "token").string();
  const auto before = ::umask(077);
  for (const auto* token : {"first", "second"}) {
    const auto written = write_app_token(config, token);
    EXPECT_TRUE(written) << (written ? "" : written.error().text());
  }
  ::umask(before);
  struct stat file{}, directory{};
  ASSERT_EQ(::stat(config.token_file.c_str(), &file), 0);
  ASSERT_EQ(::stat((root / "run").c_str(), &directory), 0);
  EXPECT_EQ(file.st_mode & 07777, 0400U);
  EXPECT_EQ(directory.st_mode & 07777, 0755U);
  std::string text;
  std::getline(std::ifstream(config.token_file), text);
  EXPECT_EQ(text, "second");
  config.user = "nobody-of-this-name";
  EXPECT_EQ(write_app_token(config, "third").code(), Errc::not_found);
  std::filesystem::remove_all(root);
}

TEST(AppConfigs, OriginsAreAsBrowsersSendThem) {
  for (const auto* good : {"https://portal.example", "http://10.0.0.1:8080", "https://[::1]:8443"})
    EXPECT_TRUE(is_web_origin(good)) << good;
  for (const auto* bad : {"", "portal.example", "https://", "https://portal.example/", "https://Portal.example",
                          "file://x", "https://a b", "*"})
    EXPECT_FALSE(is_web_origin(bad)) << bad;
}

}  // namespace
}  // namespace kw::agent
