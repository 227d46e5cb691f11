#include <gtest/gtest.h>

#include "server/testing/vault_bed.h"

namespace kw::server {
namespace {

using testing::code;
using testing::good;
using testing::new_case;
using testing::one_of;
using testing::sample_values;
using testing::take;

const VaultTerms kEntry{"entry", "C-2026-1"}, kListing{"listing", "C-2026-1"};

struct VaultTest : ::testing::Test, testing::VaultBed {
  PutCase put(const VaultAsker& who, const NewCase& from) {
    NewCase copy;
    copy.id = from.id;
    copy.version = from.version;
    copy.number = from.number;
    copy.status = from.status;
    copy.for_another = from.for_another;
    for (const auto& [name, value] : from.values) copy.values.emplace(name, value.clone());
    return take(service().put(who, kMatter, kEntry, one_of(std::move(copy)))).front();
  }
  PutCase put(const VaultAsker& who) { return put(who, new_case(sample_values())); }
  ShownCase get(const VaultAsker& who, const store::VaultCaseId& id) {
    return take(service().get(who, kMatter, kListing, {id})).front();
  }
  static std::string value(const ShownCase& shown, std::string_view field) {
    for (const auto& one : shown.values)
      if (one.field == field) return one.text;
    return "(none)";
  }
  static std::string word(const Error& error) { return refusal_word_of(error); }
  static std::string refusal_word_of(const Error& error) { return error.detail().substr(0, error.detail().find(':')); }
  store::VaultCase stored(const store::VaultCaseId& id) {
    return take(bed.platform.store->read([&](auto& r) { return r.vault().get(kMatter, id); }));
  }
  /// behind writes a row as somebody does who has the database and no key.
  void behind(const store::VaultCase& row, std::uint64_t version) {
    good(bed.platform.store->write([&](auto& r) { return r.vault().replace(row, version, {}); }));
  }
  std::vector<std::string> found() {
    good(house->look(false));
    std::vector<std::string> out;
    for (const auto& one : house->watch().found()) out.push_back(one.what);
    return out;
  }
  void rotate() {
    take(house->rotation().begin(kMatter, "福田区", {"secadmin", "security"}));
    for (int i = 0; i < 100 && take(house->rotation().step()); ++i) {
    }
    EXPECT_TRUE(take(house->rotation().list()).front().ended);
  }
};

TEST_F(VaultTest, ShowsEachRoleWhatItsMasksShow) {
  const auto mine = person("ouyang");
  const auto id = put(mine).id;
  const auto seen = get(mine, id);
  EXPECT_EQ(seen.name, "欧阳**");
  EXPECT_EQ(value(seen, "phone"), "138****00");
  EXPECT_EQ(value(seen, "id_number"), "1****X");
  EXPECT_EQ(value(seen, "ground"), "连续就读");
  EXPECT_EQ(value(seen, "sex"), "****");
  EXPECT_EQ(seen.values.size(), sample_values().size());
  EXPECT_EQ(value(get(official("operator"), id), "id_number"), "****");
  EXPECT_EQ(value(get(official("inspector"), id), "phone"), "****") << "a role without a profile";
  EXPECT_EQ(told("vault.written"), 1U);
  const auto read = bed.entries("vault.read");
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read.front().params().at("consent"), "C-2026-1");
  EXPECT_EQ(read.front().params().at("purpose"), "listing");
  EXPECT_EQ(read.front().params().at("session"), mine.session->id.text());
  EXPECT_EQ(read.back().person(), "clerk");
}

TEST_F(VaultTest, NothingOfAPersonLiesInTheClear) {
  const auto id = put(person("ouyang")).id;
  const auto row = stored(id);
  const auto terms = take(bed.platform.store->read([&](auto& r) { return r.vault().terms_of(kMatter, id); }));
  EXPECT_EQ(terms, 2U) << "name and identity number";
  std::string all = copy_text(row.cells) + row.number + row.status + copy_text(row.owner);
  for (const auto& entry : bed.platform.outbox()) all += entry.SerializeAsString();
  for (const auto& [field, text] : sample_values()) EXPECT_EQ(all.find(text), std::string::npos) << field;
}

TEST_F(VaultTest, RevealsForEntryAndForTheCertificateAlone) {
  const auto mine = person("ouyang");
  const auto id = put(mine).id;
  const auto reveal = [&](const VaultAsker& who, const char* purpose, const char* place,
                          std::vector<std::string> fields) {
    return service().reveal(who, kMatter, {purpose, "C-1"}, {id, place, std::move(fields)});
  };
  EXPECT_EQ(value(take(reveal(mine, "entry", "entry_screen", {"phone", "address"})), "phone"), "13800138000");
  EXPECT_EQ(value(take(reveal(mine, "certificate", "printer", {"address"})), "address"), sample_values().at("address"));
  EXPECT_EQ(code(reveal(mine, "certificate", "printer", {"address", "phone"})), Errc::forbidden) << "all or none";
  EXPECT_EQ(code(reveal(mine, "listing", "list_screen", {"phone"})), Errc::forbidden);
  EXPECT_EQ(code(reveal(mine, "entry", "printer", {"phone"})), Errc::forbidden);
  EXPECT_EQ(code(reveal(mine, "entry", "entry_screen", {"nothing"})), Errc::forbidden);
  EXPECT_EQ(code(reveal(official("operator"), "entry", "entry_screen", {"id_number"})), Errc::forbidden);
  EXPECT_EQ(code(reveal(mine, "curiosity", "entry_screen", {"phone"})), Errc::invalid);
  const auto records = bed.entries("vault.revealed");
  ASSERT_EQ(records.size(), 7U);
  EXPECT_EQ(records[0].result(), "success");
  EXPECT_EQ(records[0].params().at("fields"), "phone,address");
  EXPECT_EQ(records[2].result(), "refused");
  EXPECT_EQ(records[2].params().at("why"), "field_not_named");
}

TEST_F(VaultTest, WhoActsForAnotherSeesTheTrunk) {
  const auto agent = person("agent");
  auto filed = new_case(sample_values());
  filed.for_another = true;
  const auto id = put(agent, filed).id;
  const auto seen = get(agent, id);
  EXPECT_TRUE(seen.trunk);
  EXPECT_TRUE(seen.values.empty());
  EXPECT_EQ(seen.name, "欧阳**");
  const auto whole = service().reveal(agent, kMatter, kEntry, {id, "entry_screen", {"phone"}});
  ASSERT_FALSE(whole);
  EXPECT_EQ(whole.error().detail(), "reveal_refused: trunk_only");
}

TEST_F(VaultTest, WalkingThroughOthersCasesLocksTheSession) {
  const auto id = put(person("ouyang")).id;
  const auto curious = person("curious");
  for (int i = 1; i <= 5; ++i) {
    const auto got = service().get(curious, kMatter, kListing, {id});
    ASSERT_FALSE(got);
    EXPECT_EQ(word(got.error()), i < 5 ? "case_unknown" : "locked") << i;
  }
  EXPECT_EQ(word(service().get(curious, kMatter, kListing, {id}).error()), "locked");
  EXPECT_EQ(told("vault.refused"), 5U);
  EXPECT_EQ(told("vault.walked"), 1U);
  const auto session = take(bed.platform.store->read([&](auto& r) { return r.business().get(curious.session->id); }));
  EXPECT_TRUE(session.ended);
  EXPECT_EQ(session.reason, "locked");
  EXPECT_TRUE(schema::find_event_type("vault.walked")->alarm);
}

TEST_F(VaultTest, WalkingThroughNumbersLocksTheSession) {
  put(person("ouyang"));
  const auto curious = person("curious");
  std::string last;
  for (int i = 0; i < 5; ++i) {
    const auto number = "11010519491231" + std::to_string(1000 + i);
    const auto got = service().find(curious, kMatter, kListing, "id_number", number);
    ASSERT_FALSE(got);
    last = word(got.error());
  }
  EXPECT_EQ(last, "locked");
  EXPECT_EQ(told("vault.walked"), 1U);
}

TEST_F(VaultTest, FindsEqualValuesWhateverTheSpelling) {
  const auto id = put(person("ouyang")).id;
  put(person("li"), new_case({{"holder_name", "李四"}, {"id_number", "440304199001011234"}}, "A-2"));
  const auto find = [&](const char* field, const char* text) {
    return take(service().find(official("operator"), kMatter, kListing, field, text));
  };
  ASSERT_EQ(find("id_number", "11010519491231002x").size(), 1U);
  EXPECT_EQ(find("id_number", "110105 19491231 002X").front().id, id);
  EXPECT_EQ(find("holder_name", "欧阳予倩").size(), 1U);
  EXPECT_TRUE(find("holder_name", "欧阳").empty());
  EXPECT_EQ(word(service().find(official("operator"), kMatter, kListing, "phone", "13800138000").error()),
            "field_forbidden");
  for (int i = 0; i < 40; ++i)
    static_cast<void>(service().find(official("operator"), kMatter, kListing, "holder_name", "x"));
  EXPECT_EQ(word(service().find(official("operator"), kMatter, kListing, "holder_name", "x").error()), "too_often");
  bed.platform.clock.advance(std::chrono::minutes(2));
  EXPECT_TRUE(service().find(official("operator"), kMatter, kListing, "holder_name", "x"));
}

struct BadValue {
  const char *field, *text, *word;
};
TEST_F(VaultTest, RefusesWhatTheCatalogueDoesNotKeep) {
  constexpr BadValue kBad[] = {
      {"phones", "13800138000", "field_unknown"},
      {"sms_code", "123456", "field_forbidden"},
      {"live_face", "x", "field_forbidden"},
      {"sex", "F", "value_invalid"},
      {"valid_until", "tomorrow", "value_invalid"},
      {"ground", "旅游", "value_invalid"},
      {"address", "机密★1年 深南大道", "landing_refused"},
      {"address", "\x01", "value_invalid"},
  };
  for (const auto& bad : kBad) {
    const auto put = service().put(person("ouyang"), kMatter, kEntry, one_of(new_case({{bad.field, bad.text}})));
    ASSERT_FALSE(put) << bad.field;
    EXPECT_EQ(word(put.error()), bad.word) << bad.field << " " << put.error().text();
  }
  const auto try_put = [&](NewCase one, const VaultTerms& terms = kEntry, const char* matter = kMatter) {
    const auto put = service().put(person("ouyang"), matter, terms, one_of(std::move(one)));
    return put ? std::string("put") : word(put.error());
  };
  EXPECT_EQ(try_put(new_case({})), "value_invalid");
  EXPECT_EQ(try_put(new_case({{"sex", "女"}}, "张三")), "value_invalid") << "a number is a reference";
  EXPECT_EQ(try_put(new_case({{"sex", "女"}}, "13800138000")), "value_invalid") << "nor a telephone";
  EXPECT_EQ(try_put(new_case({{"sex", "女"}}), {"entry", ""}), "consent_required");
  EXPECT_EQ(try_put(new_case({{"sex", "女"}}), {"listing", "C-1"}), "purpose_forbidden");
  EXPECT_EQ(try_put(new_case({{"sex", "女"}}), kEntry, "no-matter"), "matter_unknown");
  EXPECT_EQ(take(bed.platform.store->read([&](auto& r) { return r.vault().count(kMatter); })), 0U);
}

TEST_F(VaultTest, WritesAnewOnlyTheVersionThatWasRead) {
  const auto mine = person("ouyang");
  const auto first = put(mine);
  auto again = new_case({{"phone", "13900139000"}});
  again.id = first.id;
  again.version = first.version;
  EXPECT_EQ(put(mine, again).version, 2U);
  EXPECT_EQ(value(get(mine, first.id), "phone"), "139****00");
  EXPECT_EQ(value(get(mine, first.id), "address"), "(none)") << "a case is written whole";
  auto late = new_case({{"phone", "13700137000"}});
  late.id = first.id;
  late.version = 1;
  EXPECT_EQ(word(service().put(mine, kMatter, kEntry, one_of(std::move(late))).error()), "case_changed");
  EXPECT_EQ(word(service().remove(mine, kMatter, kEntry, first.id, 1).error()), "case_changed");
  good(service().remove(mine, kMatter, kEntry, first.id, 2));
  EXPECT_EQ(word(service().get(mine, kMatter, kListing, {first.id}).error()), "case_unknown");
  EXPECT_EQ(found(), std::vector<std::string>{});
}

TEST_F(VaultTest, AChangedCaseIsNotOpenedAndIsTold) {
  const auto mine = person("ouyang");
  const auto id = put(mine).id;
  auto row = stored(id);
  row.cells[row.cells.size() / 2] ^= 1;
  behind(row, 1);
  EXPECT_EQ(code(service().get(mine, kMatter, kListing, {id})), Errc::corrupt);
  const auto other = put(mine, new_case(sample_values(), "A-2")).id;
  const auto all = take(service().newest(official("operator"), kMatter, kListing, 10));
  ASSERT_EQ(all.size(), 2U) << "one that does not open hides no other";
  for (const auto& one : all) {
    EXPECT_EQ(one.damaged, one.id == id);
    EXPECT_EQ(one.values.empty(), one.id == id);
  }
  const auto same = take(service().find(official("operator"), kMatter, kListing, "holder_name", "欧阳予倩"));
  ASSERT_EQ(same.size(), 1U) << "its index was taken as well";
  EXPECT_EQ(same[0].id, other);
  EXPECT_EQ(found(), std::vector<std::string>{"changed"});
  EXPECT_EQ(told("vault.rows.differ"), 1U);
  found();
  EXPECT_EQ(told("vault.rows.differ"), 1U) << "once";
}

TEST_F(VaultTest, SwappedRolledBackAndMissingCasesAreFound) {
  const auto mine = person("ouyang");
  const auto first = put(mine), second = put(mine, new_case({{"phone", "13900139000"}}, "A-2"));
  auto a = stored(first.id), b = stored(second.id);
  const auto old_a = a;
  std::swap(a.cells, b.cells);
  std::swap(a.seal, b.seal);
  behind(a, 1);
  EXPECT_EQ(code(service().get(mine, kMatter, kListing, {first.id})), Errc::corrupt) << "another row's cells";
  behind(old_a, 1);
  EXPECT_EQ(found(), std::vector<std::string>{});

  auto again = new_case({{"phone", "13700137000"}});
  again.id = first.id;
  again.version = 1;
  put(mine, again);
  behind(old_a, 2);  // whole row, seal and all, as it was
  EXPECT_EQ(found(), std::vector<std::string>{"rows"});
  good(bed.platform.store->write([&](auto& r) { return r.vault().remove(kMatter, second.id, 1); }));
  EXPECT_EQ(found(), std::vector<std::string>{"rows"});
}

TEST_F(VaultTest, TablesThatWerePutBackTogetherDoNotFitTheLedger) {
  const auto mine = person("ouyang");
  const auto id = put(mine).id;
  const auto old_row = stored(id);
  const auto old_parts = take(bed.platform.store->read([&](auto& r) { return r.vault().parts(kMatter); }));
  auto again = new_case({{"phone", "13700137000"}});
  again.id = id;
  again.version = 1;
  put(mine, again);
  reopen();
  EXPECT_TRUE(house->watch().found().empty());
  reopen(false);  // as after a power cut
  EXPECT_TRUE(house->watch().found().empty());
  behind(old_row, 2);
  good(bed.platform.store->write([&](auto& r) -> Result<> {
    for (const auto& part : old_parts) KW_CHECK(r.vault().put_part(kMatter, part));
    return {};
  }));
  reopen(false);
  ASSERT_EQ(house->watch().found().size(), 1U);
  EXPECT_EQ(house->watch().found().front().what, "root");
}

TEST_F(VaultTest, RotationGoesOnWhileEverybodyReads) {
  const auto mine = person("ouyang");
  std::vector<store::VaultCaseId> ids;
  for (int i = 0; i < 250; ++i) ids.push_back(put(mine).id);
  const auto begun = take(house->rotation().begin(kMatter, "福田区", {"secadmin", "security"}));
  EXPECT_EQ(code(house->rotation().begin(kMatter, "福田区", {})), Errc::conflict);
  EXPECT_EQ(code(house->rotation().begin(kMatter, "南山区", {})), Errc::not_found);
  EXPECT_TRUE(take(house->rotation().step()));
  EXPECT_EQ(value(get(mine, ids.back()), "phone"), "138****00") << "still under the old keys";
  EXPECT_EQ(take(service().find(official("operator"), kMatter, kListing, "holder_name", "欧阳予倩")).size(), 50U);
  reopen(false);  // a stop in the middle
  for (int i = 0; i < 100 && take(house->rotation().step()); ++i) {
  }
  const auto done = take(house->rotation().list()).front();
  EXPECT_TRUE(done.ended);
  EXPECT_EQ(done.moved, 250U);
  // The old versions open nothing any more: they may be disabled and destroyed.
  for (const auto& key : house->keys().list()) {
    if (key.state != vault::KeyState::decrypt_only) continue;
    good(house->keys().act(key.label.ref, vault::KeyAct::disable, "rotated", {"secadmin", "security"}));
    good(house->keys().act(key.label.ref, vault::KeyAct::destroy, "rotated", {"secadmin", "security"}));
  }
  for (const auto& id : ids) EXPECT_EQ(value(get(mine, id), "phone"), "138****00");
  EXPECT_EQ(take(service().find(official("operator"), kMatter, kListing, "id_number", "11010519491231002X")).size(),
            50U);
  EXPECT_EQ(found(), std::vector<std::string>{});
}

TEST_F(VaultTest, RewrappingOpensNothingAndLeavesEverythingReadable) {
  const auto mine = person("ouyang");
  const auto id = put(mine).id;
  EXPECT_GT(take(house->keys().rewrap(vault::DataClass::personal, "福田区", {"sysadmin", "system"})), 0U);
  reopen();
  EXPECT_EQ(value(get(mine, id), "phone"), "138****00");
  secret = bed.platform.random.bytes(32);
  EXPECT_EQ(code(VaultHouse::open(parts(), root())), Errc::decrypt_failed);
}

TEST_F(VaultTest, ADestroyedKeyIsTheEndOfItsData) {
  const auto mine = person("ouyang");
  const auto id = put(mine).id;
  for (const auto& key : house->keys().list()) {
    if (key.label.purpose.scope != "residence-permit/phone") continue;
    EXPECT_EQ(code(house->keys().act(key.label.ref, vault::KeyAct::destroy, "x", {})), Errc::wrong_state);
    EXPECT_EQ(code(house->keys().act(key.label.ref, vault::KeyAct::retire, "x", {})), Errc::wrong_state);
    good(house->keys().act(key.label.ref, vault::KeyAct::disable, "x", {}));
    EXPECT_EQ(code(service().get(mine, kMatter, kListing, {id})), Errc::corrupt);
    const auto same = take(service().find(official("operator"), kMatter, kListing, "holder_name", "欧阳予倩"));
    ASSERT_EQ(same.size(), 1U) << "who works here sees that there is one";
    EXPECT_TRUE(same[0].damaged && same[0].values.empty());
    EXPECT_NE(code(service().find(mine, kMatter, kListing, "holder_name", "欧阳予倩")), Errc::corrupt);
    good(house->keys().act(key.label.ref, vault::KeyAct::restore, "x", {}));
    EXPECT_EQ(value(get(mine, id), "phone"), "138****00");
    good(house->keys().act(key.label.ref, vault::KeyAct::disable, "x", {}));
    good(house->keys().act(key.label.ref, vault::KeyAct::destroy, "x", {}));
  }
  EXPECT_EQ(code(service().get(mine, kMatter, kListing, {id})), Errc::corrupt);
  reopen();
  EXPECT_EQ(code(service().get(mine, kMatter, kListing, {id})), Errc::corrupt);
  EXPECT_TRUE(service().put(mine, kMatter, kEntry, one_of(new_case(sample_values())))) << "the next version is made";
}

TEST_F(VaultTest, ValuesGoWhenTheirTimeIsOver) {
  const auto mine = person("ouyang");
  const auto id = put(mine).id;
  const auto days = [&](int n) {
    bed.platform.clock.advance(std::chrono::hours(24) * n);
    return take(service().sweep());
  };
  EXPECT_EQ(days(364), 0U);
  EXPECT_EQ(days(2), 1U);
  EXPECT_EQ(value(get(mine, id), "phone"), "(none)");
  EXPECT_EQ(value(get(mine, id), "ground"), "连续就读");
  EXPECT_EQ(days(1460), 1U);
  EXPECT_EQ(word(service().get(mine, kMatter, kListing, {id}).error()), "case_unknown");
  EXPECT_EQ(told("vault.removed"), 2U);
  EXPECT_EQ(found(), std::vector<std::string>{});
}

TEST_F(VaultTest, RecordsAreCompressedWithTheCataloguesDictionary) {
  const auto id = put(person("ouyang")).id;
  v1::SealedCells cells;
  ASSERT_TRUE(cells.ParseFromString(copy_text(stored(id).cells)));
  std::uint64_t dictionary = 0;
  for (const auto& cell : cells.cells())
    if (cell.column() == CaseForm::kRecord) dictionary = take(vault::record_header(bytes_of(cell.sealed()))).dictionary;
  EXPECT_EQ(dictionary, take(vault::RecordDictionary::load(testing::shipped_book().dictionary(kMatter))).id());
  EXPECT_EQ(told("vault.dictionary.adopted"), 1U);
  reopen();
  EXPECT_EQ(told("vault.dictionary.adopted"), 1U) << "once";
  EXPECT_EQ(value(get(person("ouyang"), id), "ground"), "连续就读");
}

TEST_F(VaultTest, ADeskAnswersKiosksInWords) {
  VaultDesk desk(bed.platform.changes, house.get(), bed.log);
  VaultDesk::Line line;
  const auto mine = person("ouyang");
  v1::VaultRequest wish;
  wish.set_session_id(copy_text(mine.session->id.bytes()));
  wish.set_span_id(std::string(8, 'q'));
  wish.set_purpose("entry");
  wish.set_consent("C-1");
  auto* put = wish.mutable_put();
  put->set_number("A-1");
  put->set_status("accepted");
  auto* value = put->add_values();
  value->set_field("phone");
  value->set_text("13800138000");
  const auto filed = take(desk.answer(kiosk.id, wish, line));
  ASSERT_EQ(filed.outcome(), "answered");
  wish.mutable_get()->set_case_id(filed.cases(0).case_id());
  EXPECT_EQ(take(desk.answer(kiosk.id, wish, line)).cases(0).values(0).text(), "138****00");
  wish.mutable_reveal()->set_case_id(filed.cases(0).case_id());
  wish.mutable_reveal()->set_place("entry_screen");
  wish.mutable_reveal()->add_fields("phone");
  EXPECT_EQ(take(desk.answer(kiosk.id, wish, line)).cases(0).values(0).text(), "13800138000");
  wish.set_consent("");
  EXPECT_EQ(take(desk.answer(kiosk.id, wish, line)).outcome(), "consent_required");
  EXPECT_EQ(take(desk.answer(testing::Kiosk::enrolled(bed.platform, "127.0.0.3").id, wish, line)).outcome(),
            "no_session")
      << "another kiosk's session";
  wish.clear_act();
  EXPECT_EQ(code(desk.answer(kiosk.id, wish, line)), Errc::malformed);
  wish.mutable_get()->set_case_id("short");
  EXPECT_EQ(code(desk.answer(kiosk.id, wish, line)), Errc::malformed);
  VaultDesk none(bed.platform.changes, nullptr, bed.log);
  EXPECT_EQ(take(none.answer(kiosk.id, wish, line)).outcome(), "vault_unavailable");
}

}  // namespace
}  // namespace kw::server
