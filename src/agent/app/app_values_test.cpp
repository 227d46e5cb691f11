// Values of a session and cases of the vault at the desk: what a page hears, what leaves, what is recorded, and that
// nothing is left when the session ends.
#include <gmock/gmock.h>

#include "agent/app/app_fixture_test.h"
#include "matters/value_check.h"
#include "trail/words.h"

namespace kw::agent {
namespace {

using namespace std::chrono_literals;
using testing::param;
using json = boost::json::object;
const std::string kCaseText(32, 'c');

struct AppValuesTest : testing::AppValuesDeskTest {
  /// tell gives what the page hears; of an error its code.
  std::string tell(const std::string& type, json more = {}) {
    more["type"] = type;
    more["handle"] = handle;
    say(page, std::move(more));
    return last(page);
  }
  std::string put(const std::string& field, const std::string& value) {
    return tell("put", {{"field", field}, {"value", value}});
  }
  std::string get(const std::string& field) {
    const auto word = tell("get", {{"field", field}});
    return word == "value" ? std::string(heard[page].back().at("text").as_string()) : word;
  }
  std::string reveal(const std::string& field, const std::string& purpose = "entry",
                     const std::string& place = "entry_screen") {
    const auto word = tell("reveal", {{"field", field}, {"purpose", purpose}, {"place", place}});
    return word == "value" ? std::string(heard[page].back().at("text").as_string()) : word;
  }
  static json with_reason(json more) {
    more["purpose"] = "entry";
    more["consent"] = "C-2026-1";
    return more;
  }
  std::string submit(json more = {}) {
    more["number"] = "A-1";
    more["status"] = "filed";
    return tell("submit", with_reason(std::move(more)));
  }
  void answer_vault(const std::string& outcome, const std::vector<v1::VaultCase>& cases = {},
                    const std::string& detail = {}) {
    v1::VaultAnswer out;
    out.set_span_id(sent.back().vault_request().span_id());
    out.set_outcome(outcome);
    out.set_detail(detail);
    for (const auto& one : cases) *out.add_cases() = one;
    ASSERT_TRUE(road.take(out));
  }
  static v1::VaultCase stored_case() {
    v1::VaultCase out;
    out.set_case_id(copy_text(*from_hex(kCaseText)));
    out.set_version(3);
    out.set_number("A-1");
    out.set_status("filed");
    out.set_name("张**");
    auto& value = *out.add_values();
    value.set_field("phone");
    value.set_text("138****00");
    return out;
  }
};

TEST_F(AppValuesTest, AValueIsShownMaskedAndWholeOnItsEntryScreen) {
  EXPECT_EQ(put("phone", "13800138000"), "done");
  EXPECT_EQ(get("phone"), "138****00");
  EXPECT_EQ(heard[page].back().at("whole"), false);
  EXPECT_EQ(reveal("phone"), "13800138000");
  EXPECT_EQ(heard[page].back().at("whole"), true);
  EXPECT_EQ(put("ground", "连续就读"), "done");
  EXPECT_EQ(get("ground"), "连续就读");
  EXPECT_EQ(heard[page].back().at("whole"), true) << "a datum without a mask";
  EXPECT_EQ(put("phone", "13900139000"), "done");
  EXPECT_EQ(reveal("phone"), "13900139000");
  EXPECT_EQ(tell("drop", {{"field", "phone"}}), "done");
  EXPECT_EQ(get("phone"), "field_unknown");
  EXPECT_EQ(tell("drop", {{"field", "phone"}}), "field_unknown");
}

TEST_F(AppValuesTest, EveryWholeValueIsAnEventAndSoIsEveryRefusal) {
  put("phone", "13800138000");
  put("address", "广东省深圳市南山区1号");
  const auto trace = sent.front().session_begin().trace_id();
  EXPECT_EQ(reveal("phone"), "13800138000");
  EXPECT_EQ(reveal("phone", "certificate", "printer"), "reveal_refused") << "this matter's certificate has none";
  EXPECT_EQ(heard[page].back().at("detail"), "field_not_named");
  EXPECT_EQ(reveal("address", "certificate", "printer"), "广东省深圳市南山区1号");
  EXPECT_EQ(reveal("address", "entry", "printer"), "reveal_refused");
  EXPECT_EQ(reveal("address", "listing"), "reveal_refused");
  EXPECT_EQ(reveal("ouyang_440300199001011234"), "field_unknown");
  EXPECT_EQ(types(), (std::vector<std::string>{"business.value.revealed success", "business.value.revealed refused",
                                               "business.value.revealed success", "business.value.revealed refused",
                                               "business.value.revealed refused", "business.value.revealed refused"}));
  EXPECT_EQ(param(recorder.events[0], "field"), "phone");
  EXPECT_EQ(param(recorder.events[1], "purpose"), "certificate");
  EXPECT_EQ(param(recorder.events[1], "place"), "printer");
  EXPECT_EQ(param(recorder.events[1], "reason"), "reveal_refused");
  EXPECT_EQ(param(recorder.events[5], "field"), "") << "a page's own word is not recorded";
  for (const auto& event : recorder.events) {
    EXPECT_EQ(event.trace_id(), trace);
    for (const auto* part : {"138001", "南山", "ouyang"})
      EXPECT_EQ(event.Utf8DebugString().find(part), std::string::npos) << event.Utf8DebugString();
  }
}

TEST_F(AppValuesTest, OnlyTheMattersDataAndWithinTheBounds) {
  EXPECT_EQ(put("bank_card", "6222020200000000000"), "field_unknown") << "another matter's";
  EXPECT_EQ(put("phone", ""), "malformed");
  EXPECT_EQ(put("phone", std::string("1\0a", 3)), "malformed");
  EXPECT_EQ(put("phone", std::string(SessionValues::kMostOctets + 1, '1')), "too_large");
  EXPECT_EQ(put("phone", std::string(matters::kMostValueText + 1, '1')), "value_invalid");
  EXPECT_EQ(put("sex", "F"), "value_invalid");
  EXPECT_EQ(put("valid_until", "30.6.2027"), "value_invalid");
  EXPECT_TRUE(values->fields().empty());
  static_assert(SessionValues::kMostOctets == 3 * matters::kMostValueText);
  for (const auto* field : {"phone", "address", "holder_name"})
    EXPECT_EQ(put(field, std::string(matters::kMostValueText, '1')), "done");
  EXPECT_EQ(put("permit_number", "1"), "too_large") << "the sum";
  EXPECT_EQ(arena->pieces(), 3U);
}

TEST_F(AppValuesTest, WhatIsNeverStoredDoesNotLeave) {
  put("phone", "13800138000");
  put("sms_code", "482913");
  const auto before = sent.size();
  EXPECT_EQ(submit({{"fields", {"phone", "sms_code"}}}), "field_forbidden");
  EXPECT_EQ(heard[page].back().at("detail"), "sms_code");
  EXPECT_EQ(submit({{"fields", {"name"}}}), "field_unknown");
  EXPECT_EQ(submit({{"fields", {"address"}}}), "field_unknown") << "no value";
  EXPECT_EQ(sent.size(), before);
  submit();
  const auto request = sent.back().vault_request();
  ASSERT_EQ(request.put().values_size(), 1);
  EXPECT_EQ(request.put().values(0).field(), "phone");
  EXPECT_EQ(request.put().values(0).text(), "13800138000");
  EXPECT_EQ(request.purpose(), "entry");
  EXPECT_EQ(request.consent(), "C-2026-1");
  EXPECT_EQ(request.put().number(), "A-1");
  EXPECT_EQ(request.put().status(), "filed");
  EXPECT_EQ(request.put().version(), 0U);
  EXPECT_EQ(request.session_id(), sent.front().session_begin().session_id());
  EXPECT_EQ(request.span_id().size(), 8U);
  EXPECT_EQ(param(recorder.events.front(), "reason"), "field_forbidden");
}

TEST_F(AppValuesTest, AMatterThatStoresNothingOfAPersonSubmitsNothingOfHim) {
  say(page, {{"type", "end"}, {"handle", handle}});
  begin_matter("social-insurance-certificate");
  put("id_number", "11010519491231002X");
  EXPECT_EQ(submit(), "field_unknown");
  put("purpose", "入学");
  submit();
  ASSERT_EQ(sent.back().vault_request().put().values_size(), 1);
  EXPECT_EQ(sent.back().vault_request().put().values(0).field(), "purpose");
}

TEST_F(AppValuesTest, ASubmittedCaseHasANumberAndAVersionAndIsWrittenAnew) {
  put("phone", "13800138000");
  submit({{"for_another", true}});
  EXPECT_TRUE(sent.back().vault_request().put().for_another());
  answer_vault("answered", {stored_case()});
  const auto& told = heard[page].back();
  EXPECT_EQ(told.at("type"), "case");
  EXPECT_EQ(told.at("case").as_string(), kCaseText);
  EXPECT_EQ(told.at("version").to_number<int>(), 3);
  const auto& event = recorder.events.back();
  EXPECT_EQ(event.type() + " " + event.result(), "business.vault success");
  EXPECT_EQ(param(event, "act"), "submit");
  submit({{"case", kCaseText}, {"version", 3}});
  EXPECT_EQ(sent.back().vault_request().put().version(), 3U);
  EXPECT_EQ(to_hex(bytes_of(sent.back().vault_request().put().case_id())), kCaseText);
  answer_vault("case_changed");
  EXPECT_EQ(last(page), "case_changed");
  EXPECT_EQ(recorder.events.back().result(), "refused");
}

TEST_F(AppValuesTest, StoredCasesAreSeenFoundRevealedAndRemoved) {
  tell("case", with_reason({{"case", kCaseText}}));
  EXPECT_EQ(to_hex(bytes_of(sent.back().vault_request().get().case_id())), kCaseText);
  answer_vault("answered", {stored_case()});
  EXPECT_EQ(heard[page].back().at("name"), "张**");
  EXPECT_EQ(heard[page].back().at("values").at(0).at("text"), "138****00");
  EXPECT_EQ(tell("find", with_reason({{"field", "phone"}, {"value", "13800138000"}})), "field_forbidden")
      << "not searchable";
  tell("find", with_reason({{"field", "id_number"}, {"value", "11010519491231002X"}}));
  EXPECT_EQ(sent.back().vault_request().find().value(), "11010519491231002X");
  answer_vault("answered", {stored_case(), stored_case()});
  EXPECT_EQ(heard[page].back().at("type"), "cases");
  EXPECT_EQ(heard[page].back().at("cases").as_array().size(), 2U);
  tell("reveal_case", {{"case", kCaseText},
                       {"purpose", "certificate"},
                       {"consent", "C-1"},
                       {"place", "printer"},
                       {"fields", {"holder_name", "address"}}});
  EXPECT_EQ(sent.back().vault_request().purpose(), "certificate");
  EXPECT_EQ(sent.back().vault_request().reveal().place(), "printer");
  EXPECT_EQ(sent.back().vault_request().reveal().fields_size(), 2);
  answer_vault("reveal_refused", {}, "address");
  EXPECT_EQ(last(page), "reveal_refused");
  EXPECT_EQ(heard[page].back().at("detail"), "address");
  tell("remove_case", with_reason({{"case", kCaseText}, {"version", 3}}));
  EXPECT_EQ(sent.back().vault_request().remove().version(), 3U);
  answer_vault("answered");
  EXPECT_EQ(last(page), "done");
  tell("case", with_reason({{"case", kCaseText}}));
  answer_vault("locked");
  EXPECT_EQ(heard[page].back().at("type"), "ended") << "the platform has ended it";
  EXPECT_EQ(heard[page].back().at("reason"), "locked");
}

TEST_F(AppValuesTest, WithoutConsentLinkOrCatalogueTheAnswerIsNo) {
  put("phone", "13800138000");
  EXPECT_EQ(tell("submit", {{"purpose", "entry"}, {"number", "A-1"}, {"status", "filed"}}), "consent_required");
  desk->cut(true);
  EXPECT_EQ(submit(), "cut_off");
  desk->cut(false);
  submit();
  road.down();
  EXPECT_EQ(last(page), "link_lost");
  EXPECT_EQ(recorder.events.back().result(), "failed");
  EXPECT_EQ(submit(), "no_link");
  link_up();
  sit_down({});
  begin_matter("residence-permit");
  EXPECT_EQ(put("phone", "13800138000"), "vault_unavailable");
  EXPECT_EQ(get("phone"), "vault_unavailable");
  EXPECT_EQ(reveal("phone"), "vault_unavailable");
  EXPECT_EQ(submit(), "vault_unavailable");
  sit_down({&book(), values.get()});
  begin_matter("permit");
  EXPECT_EQ(put("phone", "13800138000"), "matter_unknown");
}

TEST_F(AppValuesTest, NothingIsLeftHoweverTheSessionEnds) {
  const auto fill = [&] {
    ASSERT_EQ(put("phone", "13800138000"), "done");
    ASSERT_EQ(arena->pieces(), 1U);
  };
  fill();
  tell("end");
  EXPECT_EQ(arena->pieces(), 0U) << "end";
  begin_matter("residence-permit");
  EXPECT_EQ(get("phone"), "field_unknown") << "the next person sees nothing";
  fill();
  clock.at += 2min;
  desk->tick();
  EXPECT_EQ(arena->pieces(), 0U) << "idle";
  begin_matter("residence-permit");
  fill();
  desk->closed(page);
  clock.at += 10s;
  desk->tick();
  EXPECT_EQ(arena->pieces(), 0U) << "page gone";
  page = program();
  begin_matter("residence-permit");
  fill();
  desk->session_over("shell_ended");
  EXPECT_EQ(arena->pieces(), 0U) << "the shell's end, the agent's stop";
  begin_matter("residence-permit");
  fill();
  desk.reset();
  EXPECT_EQ(arena->pieces(), 0U) << "the desk's own end";
}

TEST_F(AppValuesTest, AnAnswerAfterTheEndIsNotShownToTheNextPerson) {
  tell("reveal_case", with_reason({{"case", kCaseText}, {"place", "entry_screen"}, {"fields", {"phone"}}}));
  const auto request = sent.back();
  tell("end");
  begin_matter("residence-permit");
  sent.push_back(request);
  answer_vault("answered", {stored_case()});
  EXPECT_EQ(last(page), "no_session");
  EXPECT_EQ(recorder.events.back().type(), "business.vault");
}

TEST_F(AppValuesTest, EightAreUnderWayWithRequests) {
  put("phone", "13800138000");
  for (std::size_t i = 0; i < trail::kMostUnderWay / 2; ++i) submit(), ask(page, handle);
  EXPECT_EQ(submit(), "busy");
  answer("answered", 200, "");
  submit();
  EXPECT_TRUE(sent.back().has_vault_request());
  EXPECT_EQ(road.under_way(), trail::kMostUnderWay);
}

TEST_F(AppValuesTest, WhatThePlatformDoesNotSendIsMalformed) {
  submit();
  v1::VaultAnswer odd;
  odd.set_outcome("because");
  EXPECT_EQ(road.take(odd).code(), Errc::malformed);
  odd.set_outcome("answered");
  odd.add_cases()->set_case_id("short");
  EXPECT_EQ(road.take(odd).code(), Errc::malformed);
  odd.clear_cases();
  odd.set_span_id("nobody's");
  EXPECT_TRUE(road.take(odd)) << "too late: dropped";
}

}  // namespace
}  // namespace kw::agent
