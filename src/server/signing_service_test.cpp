// Persons' keys, the rule, and what they sign: orders, policy, baselines.
#include "server/signing_service.h"

#include <gtest/gtest.h>

#include "policy/bundle.h"
#include "schema/codec.h"
#include "server/testing/platform.h"

namespace kw::server {
namespace {

using namespace testing;

constexpr auto kNetwork =
    R"({"mode":"enforce","allow_out":[{"name":"business","address":"198.18.10.20","protocol":"tcp",
  "ports":["8080"]}],"allow_in":[],"tolerate":[],"cut":{"on_illegal_outbound":true,"on_interface_change":true,
  "on_identity_change":true,"leave_platform_channel":true}})";

struct Signer {
  Principal who;
  crypto::Sm2PrivateKey key = take(crypto::Sm2PrivateKey::generate());
};

struct SigningTest : ::testing::Test {
  Platform p;
  Signer an = person("an", "security"), bo = person("bo", "system"), cy = person("cy", "security");
  crypto::Sm2PrivateKey device_key = take(crypto::Sm2PrivateKey::generate());
  const std::string trace = std::string(32, '1');

  Signer person(const std::string& account, const std::string& role) {
    store::User user;
    user.id = UserId::make(p.clock.now(), p.random);
    user.account = account;
    user.display_name = account;
    user.person = "staff-" + account;
    user.role = role;
    user.state = store::UserState::active;
    user.created = p.clock.now();
    good(p.store->write([&](auto& r) { return r.users().insert(user); }));
    Signer out;
    out.who.user = user.id;
    out.who.account = account;
    out.who.person = user.person;
    out.who.role = role;
    return out;
  }
  Result<store::SigningKey> add(const Signer& who, const crypto::Sm2PrivateKey& key) {
    const auto proof = take(key.sign(SignerService::proof_octets(who.who.account)));
    return p.signers.add("key", key.public_key().spki(), proof, who.who, trace);
  }
  Result<store::Signing> sign(const store::SigningId& id, const Signer& who) {
    const auto object = take(signed_of(take(p.signings.get(id))));
    const auto value = take(who.key.sign(pki::octets_to_sign(object.kind(), bytes_of(object.payload()))));
    return p.signings.sign(id, who.key.public_key().key_id(), value, who.who, trace);
  }
  /// Policy 2, baseline 1, release 1, action 1, cut 0, uninstall 2, rule 2.
  RuleProposal proposal(const std::vector<const Signer*>& who) {
    RuleProposal out;
    out.reason = "test";
    out.needed = {2, 1, 1, 1, 0, 2, 2};
    const auto keys = take(p.signers.keys());
    for (const auto* one : who)
      for (const auto& key : keys)
        if (equal(key.key_id, one->key.public_key().key_id())) out.keys.push_back(key.id);
    return out;
  }
  void rule_in_force() {
    for (const auto* one : {&an, &bo, &cy}) take(add(*one, one->key));
    const auto waiting = take(p.signers.propose(proposal({&an, &bo, &cy}), p.security));
    EXPECT_EQ(take(sign(waiting.id, an)).state, store::SigningState::waiting);
    EXPECT_EQ(take(sign(waiting.id, bo)).state, store::SigningState::complete);
  }
  /// The one that waits.
  store::Signing newest() {
    store::SigningQuery query;
    query.state = store::SigningState::waiting;
    const auto all = take(p.signings.page(query));
    EXPECT_EQ(all.size(), 1U);
    return all.front();
  }
};

TEST_F(SigningTest, AKeyIsShownToBeHisWhoAddsIt) {
  EXPECT_EQ(take(add(an, an.key)).account, "an");
  EXPECT_EQ(code(add(an, an.key)), Errc::already_exists);
  const auto proof = take(bo.key.sign(SignerService::proof_octets("an")));
  EXPECT_EQ(code(p.signers.add("stolen proof", bo.key.public_key().spki(), proof, bo.who, trace)), Errc::bad_signature);
  const auto key = take(add(bo, bo.key));
  EXPECT_EQ(code(p.signers.remove(key.id, "not mine", an.who, trace, false)), Errc::forbidden);
  EXPECT_TRUE(take(p.signers.remove(key.id, "lost", an.who, trace, true)).removed);
}

TEST_F(SigningTest, TheFirstRuleIsSignedByItsOwnPersons) {
  rule_in_force();
  const auto rule = take(p.signers.in_force());
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->rule.revision, 1U);
  EXPECT_EQ(rule->rule.keys.size(), 3U);
  EXPECT_TRUE(p.effects.back().persons) << "every kiosk is told";
}

TEST_F(SigningTest, ANextRuleIsSignedByThePersonsOfTheOneBefore) {
  rule_in_force();
  auto di = person("di", "security");
  take(add(di, di.key));
  const auto waiting = take(p.signers.propose(proposal({&an, &di}), p.security));
  EXPECT_EQ(code(p.signers.propose(proposal({&an, &bo}), p.security)), Errc::wrong_state) << "one at a time";
  EXPECT_EQ(code(sign(waiting.id, di)), Errc::forbidden) << "not yet in the rule";
  take(sign(waiting.id, bo));
  EXPECT_EQ(code(sign(waiting.id, bo)), Errc::already_exists);
  EXPECT_EQ(take(sign(waiting.id, cy)).state, store::SigningState::complete);
  EXPECT_EQ(take(p.signers.in_force())->rule.revision, 2U);
}

TEST_F(SigningTest, RulesThatCannotBeAreRefused) {
  for (const auto* one : {&an, &bo}) take(add(*one, one->key));
  auto wanted = proposal({&an});
  EXPECT_EQ(code(p.signers.propose(wanted, p.security)), Errc::invalid) << "two of one person";
  auto auditor = person("au", "audit");
  take(add(auditor, auditor.key));
  EXPECT_EQ(code(p.signers.propose(proposal({&an, &auditor}), p.security)), Errc::invalid) << "he may not sign";
}

TEST_F(SigningTest, AnOrderIsDeliveredWhenItIsSigned) {
  rule_in_force();
  const auto device = p.approved(device_key);
  const auto waits = [&] {
    return take(p.store->read([&](auto& r) { return r.orders().waiting(device, p.clock.now()); }));
  };
  v1::Order wanted;
  wanted.set_section("shell");
  wanted.set_action("renew");
  const auto order = take(p.orders.action(device, wanted, "stuck", an.who.actor(trace)));
  EXPECT_EQ(order.state, store::OrderState::unsigned_yet);
  EXPECT_TRUE(waits().empty());
  const auto signing = newest();
  EXPECT_EQ(signing.must, "an");
  EXPECT_EQ(take(sign(signing.id, bo)).state, store::SigningState::waiting) << "who asked has not signed";
  EXPECT_EQ(take(sign(signing.id, an)).state, store::SigningState::complete);
  ASSERT_EQ(waits().size(), 1U);
  const auto object = take(schema::parse<v1::Signed>(waits().front().signed_octets, 1U << 20));
  EXPECT_TRUE(pki::approved_by(object, "order", take(p.signers.in_force())->rule, pki::PersonAct::action, "an"));
  EXPECT_TRUE(pki::verify_object(object, "order", test_keys().command_key().public_key()));
}

TEST_F(SigningTest, WhatNobodySignsIsRefusedInTheEnd) {
  rule_in_force();
  const auto device = p.approved(device_key);
  v1::Order wanted;
  wanted.set_section("shell");
  wanted.set_action("renew");
  const auto first = take(p.orders.action(device, wanted, "stuck", an.who.actor(trace)));
  take(p.signings.withdraw(newest().id, "solved", an.who, trace));
  const auto second = take(p.orders.action(device, wanted, "stuck", an.who.actor(trace)));
  const auto late = newest();
  p.clock.advance(OrderService::kValidity + std::chrono::seconds(1));
  EXPECT_EQ(code(sign(late.id, an)), Errc::wrong_state);
  good(p.signings.tick());
  for (const auto& id : {first.id, second.id}) {
    const auto order = take(p.store->read([&](auto& r) { return r.orders().get(id); }));
    EXPECT_EQ(order.state, store::OrderState::refused);
    EXPECT_TRUE(order.outcome_reason.starts_with("not signed: ")) << order.outcome_reason;
  }
  EXPECT_EQ(code(p.signings.withdraw(late.id, "again", an.who, trace)), Errc::wrong_state);
}

TEST_F(SigningTest, ACutNeedsNobody) {
  rule_in_force();
  const auto device = p.approved(device_key);
  EXPECT_EQ(take(p.orders.cut(device, "smoke", p.security)).state, store::OrderState::waiting);
}

TEST_F(SigningTest, AnUninstallOrderIsHadFromItsSigning) {
  rule_in_force();
  const auto device = p.approved(device_key);
  const auto handed = take(p.orders.uninstall(device, "sold", an.who.actor(trace)));
  EXPECT_TRUE(handed.signed_octets.empty());
  ASSERT_TRUE(handed.signing);
  take(sign(*handed.signing, an));
  const auto done = take(sign(*handed.signing, cy));
  EXPECT_EQ(done.state, store::SigningState::complete);
}

TEST_F(SigningTest, APolicyIsPublishedWhenItIsApproved) {
  rule_in_force();
  const auto device = p.approved(device_key);
  const std::uint64_t before = 0;
  const auto published = take(p.policies.publish(before, kNetwork, "next", 30, an.who.actor(trace)));
  ASSERT_TRUE(published.policy);
  EXPECT_EQ(published.policy->state, store::PolicyState::waiting);
  EXPECT_EQ(code(p.policies.publish(before, kNetwork, "another", 30, p.security)), Errc::wrong_state);
  const auto signing = newest();
  take(sign(signing.id, an));
  take(sign(signing.id, bo));
  EXPECT_EQ(take(p.policies.get(published.policy->revision)).state, store::PolicyState::published);
  const auto bundle = take(p.store->read([&](auto& r) { return r.bundles().latest(device); }));
  EXPECT_EQ(bundle.revision, published.policy->revision);
  const auto object = take(schema::parse<v1::Signed>(bundle.signed_octets, 1U << 20));
  const auto whole = take(policy::parse_bundle(bytes_of(object.payload())));
  ASSERT_TRUE(whole.approval && whole.common);
  const auto approval = take(schema::parse<v1::PolicyApproval>(bytes_of(whole.approval->payload()), 4096));
  EXPECT_TRUE(equal(bytes_of(approval.common()), *whole.common));
  EXPECT_LE(whole.bundle.expires_ns(), approval.not_after_ns());
}

TEST_F(SigningTest, APolicyThatIsWithdrawnLeavesTheOneBefore) {
  rule_in_force();
  p.approved(device_key);
  const std::uint64_t before = 0;
  take(p.policies.publish(before, kNetwork, "next", 30, an.who.actor(trace)));
  take(p.signings.withdraw(newest().id, "wrong text", bo.who, trace));
  const auto again = take(p.policies.publish(before, kNetwork, "better", 30, an.who.actor(trace)));
  EXPECT_EQ(again.policy->revision, before + 2) << "a number is never used twice";
}

}  // namespace
}  // namespace kw::server
