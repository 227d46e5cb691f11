#include "kioskward/v1/link.pb.h"
#include "kioskward/v1/policy.pb.h"
#include "pki/enveloped_key.h"
#include "pki/signed.h"
#include "policy/bundle.h"
#include "policy/checked.h"
#include "policy/sections/section.h"
#include "schema/codec.h"
#include "server/testing/platform.h"

namespace kw::server {
namespace {

using testing::code;
using testing::good;
using testing::Platform;
using testing::take;

constexpr auto kTemplate =
    R"({"mode":"enforce","allow_out":[{"name":"business","address":"198.18.10.20","protocol":"tcp",
  "ports":["8080"]}],"allow_in":[],"tolerate":[],"cut":{"on_illegal_outbound":true,"on_interface_change":true,
  "on_identity_change":true,"leave_platform_channel":true}})";

const crypto::Sm2PrivateKey& kiosk_key() {
  static const auto key = take(crypto::Sm2PrivateKey::generate());
  return key;
}

TEST(Enrolment, ApprovalGivesTheKioskAllItNeeds) {
  Platform p;
  take(p.policies.publish(0, kTemplate, "first", 365, p.security));
  const auto id = p.enrolment(kiosk_key());
  const auto done = take(p.enrol.approve(id, p.binding(id), p.security));
  EXPECT_EQ(done.state, store::EnrolmentState::approved);
  const auto reply = take(schema::parse<v1::EnrolReply>(done.reply, 1 << 20));
  const auto signing = take(crypto::Certificate::parse(bytes_of(reply.signing_certificate())));
  const auto encryption = take(crypto::Certificate::parse(bytes_of(reply.encryption_certificate())));
  EXPECT_EQ(take(pki::device_of(signing)), done.device);
  good(signing.signed_by(testing::test_keys().authority().certificate().public_key()));
  const auto key = take(pki::open_enveloped_key(bytes_of(reply.enveloped_key()), kiosk_key()));
  EXPECT_EQ(key.public_key(), encryption.public_key());
  const auto rule = take(pki::parse_rule(reply.command_rule()));
  good(pki::verify_object(reply.policy(), "policy", rule.keys, rule.policy_threshold));
  const auto bundle = take(policy::parse_bundle(bytes_of(reply.policy().payload()))).bundle;
  EXPECT_EQ(bundle.device_id(), copy_text(done.device.bytes()));
  EXPECT_EQ(bundle.network().interface().mac(), "02:4b:57:00:10:10");
  EXPECT_TRUE(policy::check_policy(bundle.network()).has_value());
  EXPECT_EQ(p.count("enrol.approved"), 1u);
  EXPECT_EQ(p.count("certificate.issued"), 2u);
  EXPECT_TRUE(p.effects.back().new_bundles.contains(done.device));
  EXPECT_EQ(code(p.enrol.approve(id, p.binding(id, "other", "198.18.10.11/24"), p.security)), Errc::conflict);
  EXPECT_EQ(code(p.enrol.reject(id, "late", p.security)), Errc::conflict);
}

TEST(Enrolment, WithoutAPolicyThereIsNoBundleYet) {
  Platform p;
  const auto id = p.enrolment(kiosk_key());
  const auto done = take(p.enrol.approve(id, p.binding(id), p.security));
  EXPECT_FALSE(take(schema::parse<v1::EnrolReply>(done.reply, 1 << 20)).has_policy());
  const auto published = take(p.policies.publish(0, kTemplate, "first", 365, p.security));
  EXPECT_EQ(published.policy->devices, 1u);
}

TEST(Enrolment, BadBindingsNameTheirFieldAndChangeNothing) {
  Platform p;
  const auto id = p.enrolment(kiosk_key());
  const std::pair<std::string, std::function<void(BindingInput&)>> cases[] = {
      {"/address", [](auto& b) { b.address = "198.18.10.10"; }},
      {"/address", [](auto& b) { b.address = "not-an-address/24"; }},
      {"/address", [](auto& b) { b.address = "127.0.0.1/8"; }},
      {"/address", [](auto& b) { b.address = "224.0.0.1/24"; }},
      {"/gateway", [](auto& b) { b.gateway = "198.18.10.1/24x"; }},
      {"/mac", [](auto& b) { b.mac = "02:4b"; }},
      {"/site", [](auto& b) { b.site = SiteId(); }},
  };
  for (const auto& [field, spoil] : cases) {
    auto binding = p.binding(id);
    spoil(binding);
    const auto done = p.enrol.approve(id, binding, p.security);
    ASSERT_EQ(code(done), Errc::invalid) << field;
    EXPECT_TRUE(done.error().detail().starts_with(field)) << done.error().text();
  }
  EXPECT_EQ(take(p.enrol.list(store::EnrolmentState::pending)).size(), 1u);
  EXPECT_EQ(p.count("enrol.approved"), 0u);
  EXPECT_EQ(code(p.enrol.approve(EnrolmentId(), p.binding(id), p.security)), Errc::not_found);
}

TEST(Enrolment, TwoKiosksDoNotShareAnAddress) {
  Platform p;
  p.approved(kiosk_key());
  const auto id = p.enrolment(kiosk_key());
  EXPECT_EQ(code(p.enrol.approve(id, p.binding(id, "kiosk 2"), p.security)), Errc::already_exists);
}

TEST(Policy, RevisionsRiseAndAStaleEditIsRefused) {
  Platform p;
  const auto device = p.approved(kiosk_key());
  EXPECT_EQ(take(p.policies.publish(0, kTemplate, "a", 365, p.security)).policy->revision, 1u);
  EXPECT_EQ(code(p.policies.publish(0, kTemplate, "b", 365, p.security)), Errc::conflict);
  EXPECT_EQ(code(p.policies.publish(7, kTemplate, "b", 365, p.security)), Errc::conflict);
  EXPECT_EQ(take(p.policies.publish(1, kTemplate, "b", 365, p.security)).policy->revision, 2u);
  EXPECT_EQ(take(p.devices.get(device)).policy_wanted, 2u);
  EXPECT_EQ(p.count("policy.published"), 2u);
  EXPECT_EQ(take(p.policies.list()).size(), 2u);
  EXPECT_EQ(code(p.policies.get(3)), Errc::not_found);
}

TEST(Policy, ProblemsAreNamedAndNothingIsPublished) {
  Platform p;
  for (const auto* bad : {"[]", "{}", R"({"mode":"enforce"})", "not json"}) {
    const auto verdict = p.policies.check(bad);
    EXPECT_FALSE(verdict.ok) << bad;
    EXPECT_EQ(verdict.problems.size(), 1u) << bad;
  }
  std::string open = kTemplate;
  open.replace(open.find("198.18.10.20"), 12, "198.18.10.20/99");
  const auto done = take(p.policies.publish(0, open, "x", 365, p.security));
  EXPECT_FALSE(done.policy.has_value());
  EXPECT_FALSE(done.verdict.problems.empty());
  EXPECT_TRUE(take(p.policies.list()).empty());
  EXPECT_NE(p.policies.check(kTemplate).compiled.find("table inet kioskward"), std::string::npos);
}

/// bundle_of gives what a device was sent last.
v1::PolicyBundle bundle_of(Platform& p, const DeviceId& device) {
  const auto row = take(p.store->read([&](auto& r) { return r.bundles().latest(device); }));
  const auto object = take(schema::parse<v1::Signed>(row.signed_octets, 1 << 20));
  return take(policy::parse_bundle(bytes_of(object.payload()))).bundle;
}

TEST(Policy, SectionsGoIntoEachBundleAndStayUntilTheyAreChanged) {
  Platform p;
  const auto device = p.approved(kiosk_key());
  const auto publish = [&](std::uint64_t base, std::optional<std::string> defence) {
    return take(p.policies.publish(base, kTemplate, "n", 365, p.security, defence)).policy.value();
  };
  const auto bare = publish(0, std::nullopt);
  EXPECT_FALSE(bundle_of(p, device).has_interfaces());
  const auto watched = publish(1, R"({"interfaces":{"mode":"watch"}})");
  EXPECT_EQ(bundle_of(p, device).interfaces().mode(), v1::WATCH);
  EXPECT_NE(watched.digest, bare.digest) << "the digest covers both parts";
  const auto kept = publish(2, std::nullopt);
  EXPECT_EQ(kept.defence_json, watched.defence_json);
  EXPECT_EQ(kept.digest, watched.digest);
  EXPECT_EQ(bundle_of(p, device).interfaces().mode(), v1::WATCH);
  EXPECT_EQ(bundle_of(p, device).network().interface().name(), "eth0");
  const auto late = p.approved(kiosk_key(), "kiosk 2", "198.18.10.11/24");
  EXPECT_EQ(bundle_of(p, late).interfaces().mode(), v1::WATCH) << "a kiosk that joins later has them too";
  EXPECT_EQ(publish(3, "{}").digest, bare.digest);
  EXPECT_FALSE(bundle_of(p, device).has_interfaces());
}

TEST(Policy, SectionsWithProblemsAreNotPublished) {
  Platform p;
  for (const auto* bad :
       {"[]", R"({"weather":{}})", R"({"interfaces":{}})", R"({"interfaces":{"mode":"watch","x":1}})"}) {
    const auto done = take(p.policies.publish(0, kTemplate, "n", 365, p.security, bad));
    EXPECT_FALSE(done.policy.has_value()) << bad;
    ASSERT_FALSE(done.verdict.problems.empty()) << bad;
    EXPECT_FALSE(done.verdict.problems[0].detail.starts_with(":")) << done.verdict.problems[0].detail;
  }
  EXPECT_TRUE(take(p.policies.list()).empty());
}

TEST(Orders, ReleaseNeedsACutAndCutNeedsNone) {
  Platform p;
  const auto device = p.approved(kiosk_key());
  EXPECT_EQ(code(p.orders.release(device, "why", p.security)), Errc::wrong_state);
  const auto cut = take(p.orders.cut(device, "why", p.security));
  EXPECT_EQ(cut.case_id.size(), 16u);
  store::LiveUpdate update;
  update.state = v1::CUT;
  update.case_id = Bytes(16, 5);
  good(p.store->write([&](auto& r) { return r.devices().update_live(device, update); }));
  EXPECT_EQ(code(p.orders.cut(device, "again", p.security)), Errc::wrong_state);
  const auto release = take(p.orders.release(device, "checked", p.security));
  EXPECT_EQ(release.case_id, Bytes(16, 5));
  const auto object = take(schema::parse<v1::Signed>(release.signed_octets, 65536));
  good(pki::verify_object(object, "order", testing::test_keys().command_key().public_key()));
  EXPECT_EQ(code(pki::verify_object(object, "policy", testing::test_keys().command_key().public_key())),
            Errc::malformed);
  EXPECT_TRUE(p.effects.back().new_orders.contains(device));
  EXPECT_EQ(p.count("device.release.ordered"), 1u);
  EXPECT_EQ(code(p.orders.release(DeviceId(), "x", p.security)), Errc::not_found);
}

TEST(Orders, AnActionOfASectionNeedsItsNameAndExactlyItsArguments) {
  Platform p;
  const auto device = p.approved(kiosk_key());
  v1::Order wanted;
  wanted.set_section("interfaces");
  wanted.set_action("dance");
  EXPECT_EQ(code(p.orders.action(device, wanted, "why", p.security)), Errc::invalid);
  for (const auto& section : policy::sections()) {
    for (const auto& action : section.actions) {
      wanted.Clear();
      wanted.set_section(std::string(section.name));
      wanted.set_action(std::string(action.name));
      for (const auto arg : action.args) (*wanted.mutable_args())[std::string(arg)] = "x";
      const auto row = take(p.orders.action(device, wanted, "why", p.security));
      EXPECT_EQ(row.kind, "section");
      EXPECT_EQ(row.args.size(), action.args.size());
      const auto object = take(schema::parse<v1::Signed>(row.signed_octets, 65536));
      v1::Order order;
      ASSERT_TRUE(order.ParseFromString(object.payload()));
      EXPECT_EQ(order.kind(), v1::SECTION);
      EXPECT_EQ(order.person(), p.security.person);
      EXPECT_NE(policy::find_action(order), nullptr);
      EXPECT_EQ(code(p.orders.action(DeviceId(), wanted, "why", p.security)), Errc::not_found);
      (*wanted.mutable_args())["more"] = "x";
      EXPECT_EQ(code(p.orders.action(device, wanted, "why", p.security)), Errc::invalid);
    }
  }
  EXPECT_EQ(p.outbox().back().type() == "device.action.ordered", p.count("device.action.ordered") > 0);
}

TEST(Devices, DisablingRevokesAndPutsOut) {
  Platform p;
  const auto device = p.approved(kiosk_key());
  good(p.ca.publish_crl());
  const auto before = take(p.ca.crl());
  EXPECT_EQ(take(p.devices.disable(device, "stolen", p.security)).live, store::DeviceLive::disabled);
  const auto after = take(p.ca.crl());
  EXPECT_GT(after.number(), before.number());
  for (const auto& row : take(p.devices.detail(device)).certificates) EXPECT_TRUE(after.contains(row.serial));
  EXPECT_EQ(p.count("certificate.revoked"), 2u);
  EXPECT_TRUE(
      std::any_of(p.effects.begin(), p.effects.end(), [&](const auto& e) { return e.put_out.contains(device); }));
  EXPECT_EQ(code(p.devices.disable(device, "again", p.security)), Errc::conflict);
}

TEST(Ca, TheListIsRenewedInTime) {
  Platform p;
  good(p.ca.tick());
  const auto first = take(p.ca.crl()).number();
  good(p.ca.tick());
  EXPECT_EQ(take(p.ca.crl()).number(), first);
  p.clock.advance(CaService::kCrlRenewal);
  good(p.ca.tick());
  EXPECT_EQ(take(p.ca.crl()).number(), first + 1);
}

TEST(Changes, AnUnknownTypeOrParameterRollsTheStateBack) {
  Platform p;
  for (const auto& bad :
       {Happening{.type = "no.such.event"}, Happening{.type = "admin.logout", .params = {{"x", "y"}}}}) {
    const auto done = p.changes.run([&](Change& change) -> Result<> {
      KW_CHECK(change.repositories().meta().put("k", "v"));
      return change.record(bad);
    });
    EXPECT_EQ(code(done), Errc::internal);
  }
  EXPECT_FALSE(take(p.store->read([](auto& r) { return r.meta().get("k"); })).has_value());
  EXPECT_TRUE(p.outbox().empty());
}

TEST(Changes, AnEntryThatNobodyCouldReadIsNotStored) {
  Platform p;
  const auto done = p.changes.run(
      [&](Change& change) { return change.record({.type = "admin.logout", .actor = {.person = "\xff"}}); });
  EXPECT_EQ(code(done), Errc::internal);
  EXPECT_TRUE(p.outbox().empty());
}

TEST(Changes, LongValuesAreCutBetweenCharacters) {
  Platform p;
  std::string text;
  for (int i = 0; i < 300; ++i) text += "字";
  good(p.changes.run([&](Change& c) { return c.record({.type = "device.disabled", .params = {{"reason", text}}}); }));
  const auto entry = p.outbox().at(0);
  EXPECT_EQ(entry.params().at("reason").size(), 510u);
  EXPECT_EQ(entry.clause(), "6.2-a");
}

TEST(Orders, AnUninstallOrderIsHandedOutRecordedAndNeverSent) {
  Platform p;
  const auto device = p.approved(kiosk_key());
  const auto handed = take(p.orders.uninstall(device, "moved to another hall", p.security));
  const auto object = take(schema::parse<v1::Signed>(handed.signed_octets, 65536));
  EXPECT_TRUE(pki::verify_object(object, "order", testing::test_keys().command_key().public_key()));
  const auto order = take(schema::parse<v1::Order>(bytes_of(object.payload()), 65536));
  EXPECT_EQ(order.kind(), v1::UNINSTALL);
  EXPECT_EQ(order.device_id(), copy_text(device.bytes()));
  EXPECT_EQ(p.count("device.uninstall.ordered"), 1u);
  EXPECT_TRUE(take(p.store->read([&](auto& r) { return r.orders().waiting(device, p.clock.now()); })).empty());
  EXPECT_EQ(code(p.orders.uninstall(DeviceId(), "x", p.security)), Errc::not_found);
}

TEST(Changes, ADeviceEventIsStoredOnceWithItsAlarm) {
  Platform p;
  const auto device = p.approved(kiosk_key());
  v1::Event event;
  event.set_version(1);
  event.set_id(std::string(16, 'e'));
  event.set_sequence(1);
  event.set_type("net.outbound.illegal");
  event.set_result("blocked");
  event.set_case_id(std::string(16, 'c'));
  const auto record = [&] { return take(p.changes.run([&](Change& c) { return c.record_event(device, event); })); };
  EXPECT_TRUE(record());
  EXPECT_FALSE(record());
  event.set_sequence(7);  // a link process that died had stored it and not said so
  EXPECT_FALSE(record());
  EXPECT_EQ(p.count("net.outbound.illegal"), 1u);
  const auto alarm = take(p.alarms.page({})).items.at(0);
  EXPECT_EQ(alarm.count, 1u);
  EXPECT_EQ(take(p.devices.get(device)).alarms_open, 1u);
  EXPECT_EQ(take(p.alarms.acknowledge(alarm.id, "seen", p.security)).state, store::AlarmState::closed)
      << "the case is over";
  EXPECT_EQ(code(p.alarms.acknowledge(alarm.id, "again", p.security)), Errc::conflict);
}

TEST(Keys, AreKeptAndGuarded) {
  const testing::TemporaryDirectory dir;
  testing::FakeClock clock;
  crypto::SystemRandom random;
  const auto load = [&] { return PlatformKeys::load(dir.path(), "platform", clock.now(), random); };
  const auto first = take(load());
  const auto again = take(load());
  EXPECT_EQ(first.authority().certificate().der(), again.authority().certificate().der());
  EXPECT_EQ(first.ledger_key().public_key(), again.ledger_key().public_key());
  EXPECT_EQ(first.signing_certificate().der(), again.signing_certificate().der());
  clock.advance(std::chrono::hours(24 * 800));
  EXPECT_NE(take(load()).signing_certificate().der(), first.signing_certificate().der()) << "renewed in time";
  namespace fs = std::filesystem;
  for (const auto& file : fs::directory_iterator(dir.path() / "keys")) {
    if (file.path().extension() == ".pem") continue;
    EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write) << file.path();
  }
  const auto root = dir.path() / "keys" / "root.secret";
  fs::permissions(root, fs::perms::others_read, fs::perm_options::add);
  EXPECT_EQ(code(load()), Errc::not_permitted);
  fs::permissions(root, fs::perms::others_read, fs::perm_options::remove);
  fs::rename(root, dir.path() / "saved");
  EXPECT_EQ(code(load()), Errc::corrupt) << "no new secret beside old keys";
}

}  // namespace
}  // namespace kw::server
