// A file for a stored case at the desk: what goes over the link, what the page hears, and that whoever stops gives it
// up.
#include "agent/app/app_fixture_test.h"
#include "trail/words.h"

namespace kw::agent {
namespace {

using testing::param;
constexpr auto kOnePart = trail::kMostFilePart;

struct AppFilesTest : testing::AppValuesDeskTest {
  std::string case_text = std::string(32, 'c'), field = "photo", consent = "C-1", purpose = "entry";

  /// part gives what the page hears at once: of a refusal its code, or "nothing" where the platform has the part.
  std::string part(std::uint64_t offset, std::size_t size, std::uint64_t whole) {
    heard[page].clear();
    const std::string octets(size, static_cast<char>('a' + offset % 7));
    say(page, {{"type", "put_file"},
               {"handle", handle},
               {"purpose", purpose},
               {"consent", consent},
               {"case", case_text},
               {"field", field},
               {"size", whole},
               {"offset", offset},
               {"data_base64", to_base64(bytes_of(octets))}});
    return last(page);
  }
  std::string taken(std::uint64_t through, bool stored) {
    v1::VaultAnswer out;
    out.set_span_id(sent.back().vault_request().span_id());
    out.set_outcome("answered");
    out.mutable_file()->set_taken(through);
    out.mutable_file()->set_stored(stored);
    EXPECT_TRUE(road.take(out));
    return last(page);
  }
  std::string answer_with(const std::string& outcome) {
    v1::VaultAnswer out;
    out.set_span_id(sent.back().vault_request().span_id());
    out.set_outcome(outcome);
    EXPECT_TRUE(road.take(out));
    return last(page);
  }
  /// under_way: the platform has the first of two parts.
  void under_way() {
    EXPECT_EQ(part(0, kOnePart, kOnePart + 10), "nothing");
    EXPECT_EQ(taken(kOnePart, false), "file");
  }
  bool told_drop() const { return sent.back().vault_request().has_file_drop(); }
  std::string outcome_recorded() const {
    for (auto at = recorder.events.rbegin(); at != recorder.events.rend(); ++at)
      if (at->type() == "business.vault") return at->result() + " " + param(*at, "act") + " " + param(*at, "reason");
    return "none";
  }
};

TEST_F(AppFilesTest, PartsGoToThePlatformAndTheirOutcomeToThePage) {
  under_way();
  EXPECT_EQ(heard[page].back().at("taken"), kOnePart);
  EXPECT_EQ(heard[page].back().at("stored"), false);
  const auto first = sent.back().vault_request();
  EXPECT_EQ(first.file_part().case_id(), copy_text(*from_hex(case_text)));
  EXPECT_EQ(first.file_part().field(), "photo");
  EXPECT_EQ(first.file_part().size(), kOnePart + 10);
  EXPECT_EQ(first.file_part().octets(), std::string(kOnePart, 'a'));
  EXPECT_EQ(first.purpose(), "entry");
  EXPECT_EQ(first.consent(), "C-1");
  EXPECT_EQ(first.session_id(), sent.front().session_begin().session_id());
  EXPECT_EQ(outcome_recorded(), "none") << "a file is one event";
  EXPECT_EQ(part(kOnePart, 10, kOnePart + 10), "nothing");
  EXPECT_EQ(sent.back().vault_request().file_part().offset(), kOnePart);
  EXPECT_EQ(taken(kOnePart + 10, true), "file");
  EXPECT_EQ(heard[page].back().at("stored"), true);
  EXPECT_EQ(outcome_recorded(), "success file ");
  EXPECT_EQ(part(kOnePart, 10, kOnePart + 10), "upload_unknown") << "it is over";
  for (const auto& event : recorder.events) EXPECT_EQ(event.Utf8DebugString().find("aaaa"), std::string::npos);
}

TEST_F(AppFilesTest, WhatTheCatalogueDoesNotAllowDoesNotLeave) {
  const auto before = sent.size();
  field = "phone";
  EXPECT_EQ(part(0, 10, 10), "field_forbidden") << "stored, but no file";
  EXPECT_EQ(outcome_recorded(), "refused file field_forbidden");
  field = "sms_code";
  EXPECT_EQ(part(0, 10, 10), "field_forbidden");
  field = "photos";
  EXPECT_EQ(part(0, 10, 10), "field_unknown");
  field = "photo";
  consent = "";
  EXPECT_EQ(part(0, 10, 10), "consent_required");
  consent = "C-1";
  purpose = "listing";
  EXPECT_EQ(part(0, 10, 10), "purpose_forbidden");
  purpose = "entry";
  EXPECT_EQ(part(0, 10, trail::kMostFile + 1), "too_large");
  EXPECT_EQ(part(0, kOnePart + 1, kOnePart + 1), "too_large");
  EXPECT_EQ(part(0, 11, 10), "malformed") << "more than the whole";
  EXPECT_EQ(part(0, 0, 10), "malformed");
  EXPECT_EQ(part(0, 0, 0), "malformed");
  case_text = "cc";
  EXPECT_EQ(part(0, 10, 10), "malformed");
  case_text = std::string(32, 'c');
  desk->cut(true);
  EXPECT_EQ(part(0, 10, 10), "cut_off");
  EXPECT_EQ(sent.size(), before) << "nobody has to be told of what nobody has heard of";
}

TEST_F(AppFilesTest, OneFileAtATimeInOrder) {
  EXPECT_EQ(part(10, 10, 20), "upload_unknown");
  EXPECT_EQ(part(0, 10, 20), "nothing");
  EXPECT_EQ(part(10, 10, 20), "busy") << "before the answer";
  EXPECT_EQ(taken(10, false), "file");
  EXPECT_EQ(part(0, 10, 20), "busy") << "another";
  EXPECT_EQ(part(9, 11, 20), "upload_order");
  EXPECT_TRUE(told_drop());
  EXPECT_EQ(outcome_recorded(), "refused file upload_order");
  for (const auto* other : {"case", "field", "size"}) {
    EXPECT_EQ(part(0, 10, 20), "nothing");
    EXPECT_EQ(taken(10, false), "file");
    const auto is = std::string_view(other);
    if (is == "case") case_text = std::string(32, 'd');
    if (is == "field") field = "phone";
    EXPECT_EQ(part(10, is == "size" ? 11 : 10, is == "size" ? 21 : 20), "upload_order") << other;
    EXPECT_TRUE(told_drop());
    field = "photo";
  }
  EXPECT_EQ(part(0, 20, 20), "nothing");
  EXPECT_EQ(taken(20, true), "file") << "and from the beginning";
}

TEST_F(AppFilesTest, ARefusalOfThePlatformEndsTheFile) {
  for (const auto* word : {"case_unknown", "too_large", "too_often"}) {
    under_way();
    EXPECT_EQ(part(kOnePart, 10, kOnePart + 10), "nothing");
    EXPECT_EQ(answer_with(word), word);
    EXPECT_FALSE(told_drop()) << "it knows";
    EXPECT_EQ(outcome_recorded(), std::string("refused file ") + word);
    EXPECT_EQ(part(kOnePart, 10, kOnePart + 10), "upload_unknown");
  }
  EXPECT_EQ(part(0, 10, 20), "nothing");
  EXPECT_EQ(taken(7, false), "upload_order") << "it takes something else for the file";
  EXPECT_TRUE(told_drop());
  EXPECT_EQ(part(0, 10, 20), "nothing");
  EXPECT_EQ(answer_with("locked"), "ended");
  EXPECT_FALSE(desk->has_session());
}

TEST_F(AppFilesTest, ALostLinkEndsTheFile) {
  under_way();
  EXPECT_EQ(part(kOnePart, 10, kOnePart + 10), "nothing");
  road.down();
  EXPECT_EQ(last(page), "link_lost");
  EXPECT_EQ(outcome_recorded(), "failed file link_lost");
  EXPECT_EQ(part(0, 10, 20), "no_link");
  link_up();
  EXPECT_EQ(part(kOnePart, 10, kOnePart + 10), "upload_unknown");
  EXPECT_EQ(part(0, 10, 20), "nothing");
}

TEST_F(AppFilesTest, WhoeverStopsGivesItUpOnBothSides) {
  under_way();
  say(page, {{"type", "drop_file"}, {"handle", handle}});
  EXPECT_EQ(last(page), "done");
  EXPECT_TRUE(told_drop());
  EXPECT_EQ(outcome_recorded(), "failed file interrupted");
  say(page, {{"type", "drop_file"}, {"handle", handle}});
  EXPECT_EQ(last(page), "upload_unknown");

  under_way();
  clock.at += AppDesk::kFilePatience;
  desk->tick();
  EXPECT_TRUE(told_drop()) << "a page that says nothing more";
  EXPECT_EQ(outcome_recorded(), "failed file timeout");
  EXPECT_TRUE(desk->has_session());

  under_way();
  desk->session_over("shell_ended");
  EXPECT_TRUE(told_drop());
  EXPECT_EQ(sent.back().vault_request().session_id(), sent.front().session_begin().session_id());
  EXPECT_EQ(outcome_recorded(), "failed file shell_ended");

  begin_matter("residence-permit");
  under_way();
  desk->closed(page);
  EXPECT_TRUE(told_drop());
  EXPECT_EQ(outcome_recorded(), "failed file page_gone");
  EXPECT_TRUE(desk->has_session()) << "for the next page, without the file";
}

TEST_F(AppFilesTest, AnAnswerThatComesTooLateChangesNothing) {
  EXPECT_EQ(part(0, 10, 20), "nothing");
  const auto late = sent.back();
  say(page, {{"type", "drop_file"}, {"handle", handle}});
  v1::VaultAnswer out;
  out.set_span_id(late.vault_request().span_id());
  out.set_outcome("answered");
  out.mutable_file()->set_taken(10);
  EXPECT_TRUE(road.take(out));
  EXPECT_EQ(last(page), "upload_unknown");

  EXPECT_EQ(part(0, 10, 20), "nothing");
  const auto of_before = sent.back();
  desk->session_over("idle");
  begin_matter("residence-permit");
  out.set_span_id(of_before.vault_request().span_id());
  EXPECT_TRUE(road.take(out));
  EXPECT_EQ(last(page), "no_session");
}

TEST_F(AppFilesTest, AnswersBeforeASessionAreRefused) {
  const auto mine = std::exchange(handle, std::string(32, '0'));
  EXPECT_EQ(part(0, 10, 10), "no_session");
  handle = mine;
  const auto other = program();
  say(other, {{"type", "drop_file"}, {"handle", handle}});
  EXPECT_EQ(last(other), "busy") << "another connection has it";
}

}  // namespace
}  // namespace kw::agent
