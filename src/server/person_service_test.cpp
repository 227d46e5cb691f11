#include "server/person_service.h"

#include "export/record.h"
#include "ledger/receipt.h"
#include "server/audit_service.h"
#include "server/extract_service.h"
#include "server/testing/link_bed.h"

namespace kw::server {
namespace {

using testing::code;
using testing::good;
using testing::LinkBed;
using testing::take;

struct Persons : ::testing::Test {
  LinkBed bed;
  testing::TemporaryDirectory dir;
  AuditService audit{bed.platform.changes, *bed.keeper, bed.platform.subjects};
  ExtractService extracts{bed.platform.changes, *bed.keeper, audit, dir.path()};
  PersonService persons{bed.platform.changes, bed.platform.subjects};
  crypto::Sm2PrivateKey key = take(crypto::Sm2PrivateKey::generate());
  Actor system{"sysadmin", "system", "00000000000000000000000000000009"};
  Actor auditor{"auditadmin", "audit", "00000000000000000000000000000008"};

  /// durable waits until everything recorded so far is in the ledger, under a checkpoint.
  void durable() {
    const auto last = take(bed.platform.store->read([](auto& r) { return r.outbox().last_position(); }));
    ASSERT_TRUE(bed.soon([&] { return bed.feeder->durable_through() >= last; }));
    good(bed.keeper->tick(true));
  }
  /// The custodian of Platform::binding, 张三, after a kiosk of his was let in.
  PersonInfo custodian() {
    device = bed.platform.approved(key);
    durable();
    return take(persons.find({.name = "张三"}, "why", system)).at(0);
  }
  std::uint64_t entry_of(const std::string& type) {
    store::AuditQuery query;
    query.type = type;
    return take(audit.find(query)).at(0).index;
  }
  std::map<std::string, std::string> shown(const std::string& type) {
    store::AuditQuery query;
    query.type = type;
    const auto list = take(audit.list(query, "q", auditor));
    const auto& params = list.items.at(0).entry.params();
    return {params.begin(), params.end()};
  }
  void replace_custodian() { take(bed.platform.devices.change_custodian(device, "李四", "0755-1", "left", system)); }
  DeviceId device;
};

TEST_F(Persons, TheLedgerHoldsCiphertextOfWhoSomebodyIs) {
  custodian();
  bool seen = false;
  good(bed.reader().for_each_from(0, [&](std::uint64_t, ByteView octets) -> Result<> {
    EXPECT_EQ(text_of(octets).find("张三"), std::string_view::npos);
    EXPECT_EQ(text_of(octets).find("0755-0"), std::string_view::npos);
    seen = seen || text_of(octets).find("kwp1:") != std::string_view::npos;
    return {};
  }));
  EXPECT_TRUE(seen);
  EXPECT_EQ(shown("enrol.approved").at("custodian"), "张**");
  const auto index = entry_of("enrol.approved");
  EXPECT_EQ(take(audit.personal(index, auditor)),
            (std::map<std::string, std::string>{{"custodian", "张三"}, {"custodian_phone", "0755-0"}}));
  EXPECT_EQ(bed.recorded("person.read").params().at("index"), std::to_string(index));
  EXPECT_EQ(code(audit.personal(entry_of("certificate.issued"), auditor)), Errc::not_found);
}

TEST_F(Persons, APersonIsFoundByWhatIsKnownExactly) {
  const auto one = custodian();
  EXPECT_EQ(one.shown, "张**");
  EXPECT_EQ(one.subject.entries, 1u);
  EXPECT_EQ(take(persons.find({.phone = "0755-0"}, "why", system)).at(0).subject.id, one.subject.id);
  EXPECT_TRUE(take(persons.find({.name = "张"}, "why", system)).empty());
  EXPECT_TRUE(take(persons.find({.number = "张三"}, "why", system)).empty());
  EXPECT_EQ(code(persons.find({.number = "1", .name = "张三"}, "why", system)), Errc::invalid);
  EXPECT_EQ(code(persons.find({}, "why", system)), Errc::invalid);
  const auto found = bed.recorded("person.found");
  EXPECT_EQ(found.params().at("by"), "name");
  EXPECT_EQ(found.params().size(), 3u) << "not for whom";
  const auto detail = take(persons.get(one.subject.id));
  EXPECT_EQ(detail.entries, std::vector<std::uint64_t>{entry_of("enrol.approved")});
  EXPECT_EQ(detail.devices, std::vector<DeviceId>{device});
  EXPECT_EQ(detail.in_office, "custodian");
}

TEST_F(Persons, WhoIsForgottenIsReadNoMoreAndEveryProofStays) {
  const auto one = custodian();
  const auto index = entry_of("enrol.approved");
  const auto before = take(bed.keeper->receipt(index));
  const auto head = take(bed.keeper->head());

  EXPECT_EQ(code(persons.forget(one.subject.id, "asked for it", system)), Errc::wrong_state) << "in office";
  replace_custodian();
  EXPECT_EQ(code(persons.forget(one.subject.id, "张三 asked", system)), Errc::invalid) << "the reason would name him";
  EXPECT_TRUE(take(persons.forget(one.subject.id, "asked for it", system)).subject.forgotten.has_value());
  EXPECT_EQ(code(persons.forget(one.subject.id, "again", system)), Errc::wrong_state);
  durable();

  EXPECT_EQ(shown("enrol.approved").at("custodian"), "[forgotten]");
  EXPECT_EQ(take(audit.personal(index, auditor)).at("custodian_phone"), "[forgotten]");
  EXPECT_TRUE(take(persons.find({.name = "张三"}, "why", system)).empty());
  EXPECT_EQ(shown("device.custodian.changed").at("custodian"), "李**") << "nobody else is forgotten";
  EXPECT_EQ(bed.recorded("person.forgotten").params().at("person"), privacy::pseudonym(one.subject.id));

  const auto& trusted = bed.keeper->key().public_key();
  EXPECT_EQ(ledger::check_receipt(before, trusted).fault, ledger::ReceiptFault::none);
  const auto after = take(bed.keeper->receipt(index));
  EXPECT_EQ(after.entry, before.entry) << "octet for octet";
  EXPECT_EQ(ledger::check_receipt(after, trusted).fault, ledger::ReceiptFault::none);
  EXPECT_TRUE(take(bed.keeper->prove(index)).verified);
  const auto now = take(bed.keeper->head());
  EXPECT_TRUE(ledger::verify_consistency(head.checkpoint.size, head.checkpoint.root, now.checkpoint.size,
                                         now.checkpoint.root,
                                         take(bed.keeper->consistency(head.checkpoint.size, now.checkpoint.size))));
}

TEST_F(Persons, TheRegisterLosesTheNameWithADisabledKiosk) {
  const auto one = custodian();
  take(bed.platform.devices.disable(device, "old", system));
  take(persons.forget(one.subject.id, "asked for it", system));
  const auto left = take(bed.platform.devices.get(device));
  EXPECT_EQ(left.custodian + left.custodian_phone, "");
}

TEST_F(Persons, AnAccountKeepsItsNameAndLosesItsPerson) {
  const Principal who{.account = "sysadmin", .person = "S-1", .role = "system"};
  const auto user = take(bed.platform.users.create(
      {.account = "aud2", .display_name = "王五", .person = "A-77", .role = "audit"}, who, ""));
  durable();
  EXPECT_EQ(shown("admin.created").at("person"), "A**");
  const auto one = take(persons.find({.number = "A-77"}, "why", system)).at(0);
  EXPECT_EQ(take(persons.get(one.subject.id)).in_office, "account");
  EXPECT_EQ(code(persons.forget(one.subject.id, "left", system)), Errc::wrong_state);
  take(bed.platform.users.disable(user.id, "left", who, ""));
  take(persons.forget(one.subject.id, "left", system));
  const auto left = take(bed.platform.store->read([&](auto& r) { return r.users().get(user.id); }));
  EXPECT_EQ(left.account, "aud2");
  EXPECT_EQ(left.display_name, "");
  EXPECT_EQ(left.person, privacy::pseudonym(one.subject.id));
  good(persons.adopt());
  EXPECT_TRUE(take(persons.find({.number = "A-77"}, "why", system)).empty()) << "a start does not bring him back";
}

TEST_F(Persons, WhatLeavesHasAPseudonym) {
  const auto one = custodian();
  const auto index = entry_of("enrol.approved");
  const auto entry = take(bed.keeper->entry(index));
  const auto ledger = exports::identity_of("platform", Bytes{1});
  EXPECT_EQ(exports::record_of(entry, index, ledger, {}).params.at("custodian"), privacy::pseudonym(one.subject.id));
  EXPECT_FALSE(
      exports::record_of(entry, index, ledger, {}, exports::PersonalForm::left_out).params.contains("custodian"));
  const auto line = extract_line({}, {index, entry, {}, false}, {});
  EXPECT_NE(line.find(privacy::pseudonym(one.subject.id)), std::string::npos);
  EXPECT_EQ(line.find("kwp1:"), std::string::npos);
}

TEST_F(Persons, AValueThatWasMovedDoesNotOpen) {
  custodian();
  auto entry = bed.recorded("enrol.approved");
  std::swap((*entry.mutable_params())["custodian"], (*entry.mutable_params())["custodian_phone"]);
  good(bed.platform.store->read([&](auto& r) { return bed.platform.subjects.show(r, entry, Showing::plain); }));
  EXPECT_EQ(entry.params().at("custodian"), "[unreadable]");
}

TEST_F(Persons, PeopleOfTheRegistersAreTakenInAtTheStart) {
  const auto id = bed.platform.approved(key);
  good(bed.platform.store->write([&](auto& r) { return r.devices().set_custodian(id, "赵六", "1"); }));  // as of old
  EXPECT_TRUE(take(persons.find({.name = "赵六"}, "why", system)).empty());
  good(persons.adopt());
  good(persons.adopt());
  EXPECT_EQ(take(persons.find({.name = "赵六"}, "why", system)).size(), 1u);
  EXPECT_EQ(take(persons.list(std::nullopt)).size(), 2u);
}

TEST_F(Persons, NothingPersonalIsRecordedAboutNobody) {
  const auto recorded = bed.platform.changes.run(
      [&](Change& change) { return change.record({.type = "enrol.approved", .params = {{"custodian", "张三"}}}); });
  EXPECT_EQ(code(recorded), Errc::internal);
}

TEST_F(Persons, IdentifiersLeaveFreeText) {
  good(bed.platform.changes.run([&](Change& change) {
    return change.record({.type = "device.disabled", .params = {{"reason", "of 11010519491231002X, 13800138000"}}});
  }));
  EXPECT_EQ(bed.recorded("device.disabled").params().at("reason"), "of [id-number], [phone]");
}

}  // namespace
}  // namespace kw::server
