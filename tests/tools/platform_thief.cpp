// platform_thief has everything that a platform's machine holds, its database and every key, and commands with it.
//
//   platform_thief DATA release DEVICE CASE    an order that ends a cut, signed by the command key
//   platform_thief DATA renew DEVICE           an order of section shell
//   platform_thief DATA open DEVICE            a policy that allows everything, with an approval by keys of the thief's
//   own platform_thief DATA persons                a rule of persons whose keys are the thief's
// Each is written into the database, sealed as the platform's own rows are; the running platform delivers it.
#include <iostream>

#include "crypto/random.h"
#include "kioskward/v1/device.pb.h"
#include "kioskward/v1/policy.pb.h"
#include "pki/persons.h"
#include "platform/linux/system_clock.h"
#include "policy/bundle.h"
#include "schema/codec.h"
#include "server/platform_keys.h"
#include "store/sqlite/sqlite_store.h"

namespace {

using namespace kw;
namespace v1 = ::kioskward::v1;

struct Loot {
  platform::SystemClock clock;
  crypto::SystemRandom random;
  server::PlatformKeys keys;
  std::unique_ptr<store::SqliteStore> db;
  crypto::Sm2PrivateKey own;

  template <class Work>
  Result<> write(Work work) {
    return db->write([&](store::Repositories& r) -> Result<> { return work(r); });
  }
};

Result<> order(Loot& loot, const DeviceId& device, v1::OrderKind kind, const Bytes& case_id) {
  v1::Order wanted;
  store::Order row;
  row.issued = loot.clock.now();
  row.expires = row.issued + std::chrono::hours(1);
  row.id = OrderId::make(row.issued, loot.random);
  row.device = device;
  row.kind = kind == v1::RELEASE ? "release" : "section";
  row.case_id = case_id;
  wanted.set_version(1);
  wanted.set_order_id(copy_text(row.id.bytes()));
  wanted.set_device_id(copy_text(device.bytes()));
  wanted.set_kind(kind);
  wanted.set_case_id(copy_text(case_id));
  wanted.set_issued_ns(row.issued.unix_ns);
  wanted.set_expires_ns(row.expires.unix_ns);
  if (kind == v1::SECTION) {
    wanted.set_section("shell");
    wanted.set_action("renew");
  }
  KW_TRY(auto object, pki::sign_object("order", schema::serialise(wanted), loot.keys.command_key()));
  KW_CHECK(pki::add_signature(object, loot.own));
  row.signed_octets = schema::serialise(object);
  return loot.write([&](store::Repositories& r) { return r.orders().insert(row); });
}

Result<> open_policy(Loot& loot, const DeviceId& device) {
  return loot.write([&](store::Repositories& r) -> Result<> {
    KW_TRY(auto row, r.bundles().latest(device));
    KW_TRY(const auto before, schema::parse<v1::Signed>(row.signed_octets, 2U << 20));
    KW_TRY(auto bundle, schema::parse<v1::PolicyBundle>(bytes_of(before.payload()), 2U << 20));
    KW_TRY(auto common, schema::parse<v1::PolicyBundle>(bytes_of(bundle.common()), 2U << 20));
    common.mutable_network()->set_mode(v1::OFF);
    row.id = BundleId::make(loot.clock.now(), loot.random);
    ++row.revision;
    bundle.set_bundle_id(copy_text(row.id.bytes()));
    bundle.set_revision(row.revision);
    bundle.set_common(copy_text(schema::serialise(common)));
    v1::PolicyApproval approval;
    approval.set_version(1);
    approval.set_revision(row.revision);
    approval.set_common(copy_text(crypto::sm3(bytes_of(bundle.common()))));
    approval.set_not_after_ns(bundle.expires_ns());
    KW_TRY(auto approved, pki::sign_object("policy-approval", schema::serialise(approval), loot.keys.command_key()));
    KW_CHECK(pki::add_signature(approved, loot.own));
    *bundle.mutable_approval() = std::move(approved);
    const auto payload = schema::serialise(bundle);
    const auto digest = crypto::sm3(payload);
    row.digest = {digest.begin(), digest.end()};
    KW_TRY(const auto object, pki::sign_object("policy", payload, loot.keys.command_key()));
    row.signed_octets = schema::serialise(object);
    row.outcome.clear();
    KW_TRY(auto policy, r.policies().latest());
    policy.revision = row.revision;
    KW_CHECK(r.policies().insert(policy));
    KW_CHECK(r.bundles().insert(row));
    return r.devices().set_wanted(device, row.revision);
  });
}

Result<> persons(Loot& loot) {
  return loot.write([&](store::Repositories& r) -> Result<> {
    KW_TRY(auto row, r.person_rules().latest());
    v1::PersonRule rule;
    rule.set_version(1);
    rule.set_revision(row.revision + 1);
    rule.set_previous(copy_text(row.digest));
    auto& key = *rule.add_keys();
    key.set_account("secadmin");
    key.set_spki(copy_text(loot.own.public_key().spki()));
    rule.set_rule(1);
    const auto payload = schema::serialise(rule);
    KW_TRY(auto object, pki::sign_object("persons", payload, loot.keys.command_key()));
    KW_CHECK(pki::add_signature(object, loot.own));
    const auto digest = crypto::sm3(payload);
    row = {rule.revision(), schema::serialise(object), {digest.begin(), digest.end()}, loot.clock.now(), "secadmin"};
    return r.person_rules().insert(row);
  });
}

Result<> run(const std::vector<std::string>& words) {
  if (words.size() < 2) return fail(Errc::invalid, "DATA WHAT ...");
  const std::filesystem::path data = words[0];
  platform::SystemClock clock;
  crypto::SystemRandom random;
  KW_TRY(auto keys, server::PlatformKeys::load(data, "platform", clock.now(), random));
  KW_TRY(auto db, store::SqliteStore::open((data / "kioskward.db").string()));
  KW_TRY(const auto findings, db->seal_rows(keys.row_key(), true));
  if (!findings.empty()) return fail(Errc::corrupt, "rows that are not sealed");
  KW_TRY(auto own, crypto::Sm2PrivateKey::generate());
  Loot loot{{}, {}, std::move(keys), std::move(db), std::move(own)};
  if (words[1] == "persons") return persons(loot);
  if (words.size() < 3) return fail(Errc::invalid, "DEVICE is missing");
  KW_TRY(const auto device, DeviceId::parse(words[2]));
  if (words[1] == "open") return open_policy(loot, device);
  if (words[1] == "renew") return order(loot, device, v1::SECTION, {});
  if (words[1] != "release" || words.size() != 4) return fail(Errc::invalid, "release DEVICE CASE");
  KW_TRY(const auto case_id, from_hex(words[3]));
  return order(loot, device, v1::RELEASE, case_id);
}

}  // namespace

int main(int argc, char** argv) {
  const auto done = run({argv + 1, argv + argc});
  if (!done) std::cerr << done.error().text() << "\n";
  return done ? 0 : 1;
}
