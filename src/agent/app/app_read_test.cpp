// Cards and codes read into a session: which values there are afterwards, what a page hears, what is recorded.
#include <gmock/gmock.h>

#include "agent/app/app_fixture_test.h"
#include "realname/id_token.h"
#include "trail/words.h"

namespace kw::agent {
namespace {

using namespace std::chrono_literals;
using testing::param;
using json = boost::json::object;

/// A reader that answers when the test says so.
struct SlowReader final : SessionReader {
  void read(ReadWish wanted, Done wanted_done) override {
    wish = std::move(wanted);
    done = std::move(wanted_done);
  }
  void cancel() override { answer(fail(Errc::cancelled, "cancelled")); }
  void answer(Result<std::vector<SecretBytes>> texts) {
    if (auto now = std::exchange(done, nullptr)) now(std::move(texts));
  }
  void shows(std::initializer_list<std::string_view> texts) {
    std::vector<SecretBytes> out;
    for (const auto text : texts) out.push_back(SecretBytes::copy_of(bytes_of(text)));
    answer(std::move(out));
  }
  ReadWish wish;
  Done done;
};

struct AppReadTest : testing::AppDeskTest {
  SlowReader reader;
  std::unique_ptr<platform::SecretArena> arena;
  std::unique_ptr<SessionValues> values;
  AppDesk::PeerId page = 0;
  std::string handle;

  void SetUp() override {
    static const auto book = matters::MatterBook::load(KW_SOURCE_DIR "/catalogue");
    ASSERT_TRUE(book) << book.error().text();
    auto made = platform::SecretArena::make(SessionValues::kArena);
    ASSERT_TRUE(made) << made.error().text();
    arena = std::move(*made);
    values = std::make_unique<SessionValues>(*arena);
    sit_down(&reader, {&*book, values.get()});
  }
  void TearDown() override { desk.reset(); }
  void sit_down(SessionReader* with, ValueDesk::Ports held) {
    desk = std::make_unique<AppDesk>(AppDesk::Options{"secret", testing::kDevice},
                                     AppDesk::Ports{road, recorder, clock, random, held, nullptr, with});
    page = program();
  }
  void platform_says(const std::string& outcome) {
    v1::SessionBegun answer;
    answer.set_session_id(sent.back().session_begin().session_id());
    answer.set_outcome(outcome);
    ASSERT_TRUE(road.take(answer));
  }
  void begin_session() {
    say(page, {{"type", "begin"}, {"matter", "residence-permit"}});
    platform_says("begun");
    handle = std::string(heard[page].back().at("handle").as_string());
  }
  void read_card(const json& into) {
    say(page, {{"type", "read"}, {"handle", handle}, {"source", "card"}, {"into", into}, {"wait_ms", 5000}});
  }
  std::string shown(const std::string& field) {
    say(page, {{"type", "get"}, {"handle", handle}, {"field", field}});
    return last(page) == "value" ? std::string(heard[page].back().at("text").as_string()) : last(page);
  }
  std::string last_read() const {
    for (auto at = recorder.events.rbegin(); at != recorder.events.rend(); ++at)
      if (at->type() == "business.value.read")
        return at->result() + " " + param(*at, "reader") + " " + param(*at, "values") + " " + param(*at, "reason");
    return "";
  }
};

TEST_F(AppReadTest, WhatACardSaysBecomesValuesAndThePageHearsOnlyTheirNames) {
  begin_session();
  read_card({{"name", "holder_name"}, {"id_number", "id_number"}, {"sex", "sex"}});
  EXPECT_EQ(reader.wish.patience, 5s);
  EXPECT_EQ(reader.wish.words, (std::vector<std::string>{"name", "id_number", "sex"}));
  reader.shows({"欧阳若溪", "11010519491231002X", "女"});
  EXPECT_EQ(last(page), "read");
  EXPECT_EQ(boost::json::serialize(heard[page].back()).find("欧阳"), std::string::npos);
  EXPECT_EQ(heard[page].back().at("fields").as_array().size(), 3U);
  EXPECT_EQ(values->get("id_number"), "11010519491231002X");
  EXPECT_NE(shown("id_number"), "11010519491231002X");
  EXPECT_EQ(last_read(), "success card 3 ");
  say(page, {{"type", "end"}, {"handle", handle}});
  EXPECT_TRUE(values->fields().empty());
}
TEST_F(AppReadTest, ACodeIsOneValue) {
  begin_session();
  say(page, {{"type", "read"}, {"handle", handle}, {"source", "code"}, {"into", json{{"text", "permit_number"}}}});
  EXPECT_EQ(reader.wish.source, ReadSource::code);
  EXPECT_EQ(reader.wish.patience, 30s);
  reader.shows({"440300123456"});
  EXPECT_EQ(last(page), "read");
  EXPECT_EQ(values->get("permit_number"), "440300123456");
  EXPECT_EQ(last_read(), "success code 1 ");
}
TEST_F(AppReadTest, AllOfACardOrNothingOfIt) {
  begin_session();
  read_card({{"name", "holder_name"}, {"nation", "sex"}});  // a code is none of the three words
  reader.shows({"欧阳若溪", "01"});
  EXPECT_EQ(last(page), "value_invalid");
  EXPECT_TRUE(values->fields().empty());
  EXPECT_EQ(last_read(), "refused card 0 value_invalid");
}
TEST_F(AppReadTest, WhatIsNoDatumIsRefusedBeforeAnybodyWaits) {
  begin_session();
  read_card({{"name", "nickname"}});
  EXPECT_EQ(last(page), "field_unknown");
  EXPECT_FALSE(reader.done);
  EXPECT_EQ(last_read(), "refused card 0 field_unknown");
}
TEST_F(AppReadTest, EveryFailureHasItsWord) {
  begin_session();
  const std::vector<std::pair<Errc, std::string>> cases{
      {Errc::timeout, "timeout"},      {Errc::not_found, "reader_unavailable"}, {Errc::io, "reader_unavailable"},
      {Errc::malformed, "unreadable"}, {Errc::unsupported, "unreadable"},       {Errc::closed, "reader_unavailable"},
      {Errc::cancelled, "no_session"}};
  for (const auto& [code, word] : cases) {
    clock.at += 1s;
    read_card({{"name", "holder_name"}});
    reader.answer(fail(code, "told"));
    EXPECT_EQ(last(page), word);
    EXPECT_TRUE(trail::is_reason(word));
    EXPECT_EQ(last_read(), "refused card 0 " + word);
  }
  EXPECT_TRUE(values->fields().empty());
}
TEST_F(AppReadTest, OneAtATime) {
  begin_session();
  read_card({{"name", "holder_name"}});
  read_card({{"name", "holder_name"}});
  EXPECT_EQ(last(page), "busy");
  reader.shows({"欧阳若溪"});
  EXPECT_EQ(last(page), "read");
}
TEST_F(AppReadTest, ASessionThatEndsStopsTheReading) {
  begin_session();
  read_card({{"name", "holder_name"}});
  desk->session_over("shell_ended");
  EXPECT_FALSE(reader.done);
  EXPECT_TRUE(values->fields().empty());
  EXPECT_FALSE(desk->has_session());
}
TEST_F(AppReadTest, ACardThatComesAfterItsSessionIsNotForTheNext) {
  begin_session();
  read_card({{"name", "holder_name"}});
  auto late = std::exchange(reader.done, nullptr);  // on its way already
  say(page, {{"type", "end"}, {"handle", handle}});
  begin_session();
  std::vector<SecretBytes> texts;
  texts.push_back(SecretBytes::copy_of(bytes_of("欧阳若溪")));
  late(std::move(texts));
  EXPECT_EQ(last(page), "no_session");
  EXPECT_TRUE(values->fields().empty());
}
TEST_F(AppReadTest, APageThatGoesStopsTheReading) {
  begin_session();
  read_card({{"name", "holder_name"}});
  desk->closed(page);
  EXPECT_FALSE(reader.done);
}
TEST_F(AppReadTest, WithoutAReaderOrValuesItIsSaid) {
  sit_down(nullptr, {});
  begin_session();
  read_card({{"name", "holder_name"}});
  EXPECT_EQ(last(page), "vault_unavailable");
}

struct AppIdentityCodeTest : AppReadTest {
  void challenge() { say(page, {{"type", "challenge"}}); }
  void begin_by_code() {
    say(page, {{"type", "begin"}, {"matter", "residence-permit"}, {"identity_code", true}, {"wait_ms", 20'000}});
  }
};

TEST_F(AppIdentityCodeTest, ATokenThatATelephoneShowsGoesToThePlatform) {
  challenge();
  begin_by_code();
  EXPECT_EQ(reader.wish.source, ReadSource::code);
  EXPECT_TRUE(sent.empty());
  reader.shows({"eyJ.e30.c2ln"});
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent.back().session_begin().identity_token(), "eyJ.e30.c2ln");
  EXPECT_EQ(sent.back().session_begin().identity_salt().size(), realname::kSalt);
  platform_says("begun");
  EXPECT_EQ(last(page), "begun");
}
TEST_F(AppIdentityCodeTest, WithoutAChallengeOrACodeNothingBegins) {
  begin_by_code();
  EXPECT_EQ(last(page), "identity_refused");
  EXPECT_FALSE(reader.done);
  challenge();
  begin_by_code();
  reader.answer(fail(Errc::timeout, "nothing was shown"));
  EXPECT_EQ(last(page), "timeout");
  EXPECT_FALSE(desk->has_session());
  EXPECT_TRUE(sent.empty());
}
TEST_F(AppIdentityCodeTest, APageThatGoesBeforeItsCodeLeavesNoSession) {
  challenge();
  begin_by_code();
  desk->closed(page);
  EXPECT_FALSE(desk->has_session());
  EXPECT_TRUE(sent.empty());
}
TEST_F(AppIdentityCodeTest, TheShellsEndWhileACodeIsWaitedForEndsIt) {
  challenge();
  begin_by_code();
  desk->session_over("shell_ended");
  EXPECT_FALSE(desk->has_session());
  EXPECT_TRUE(sent.empty());
}
TEST_F(AppReadTest, FormsThatAreNoneAreRefused) {
  begin_session();
  const std::vector<std::string> bad{R"("source":"nfc","into":{"name":"holder_name"})",
                                     R"("source":"card","into":{})",
                                     R"("source":"card","into":{"photo":"holder_name"})",
                                     R"("source":"code","into":{"name":"holder_name"})",
                                     R"("source":"card","into":{"name":"Holder"})",
                                     R"("source":"card","into":{"name":"a","sex":"a"})",
                                     R"("source":"card","into":["name"])",
                                     R"("source":"card","into":{"name":1})",
                                     R"("source":"card","into":{"name":"a"},"wait_ms":10)",
                                     R"("source":"card","into":{"name":"a"},"wait_ms":60001)"};
  for (const auto& one : bad) {
    clock.at += 1s;
    desk->text(page, R"({"type":"read","id":9,"handle":")" + handle + "\"," + one + "}");
    EXPECT_EQ(last(page), "malformed") << one;
    EXPECT_FALSE(reader.done) << one;
  }
}

}  // namespace
}  // namespace kw::agent
