// Rules of persons: parsing, counting, succession. Keys are made here; what is signed is judged by the library's SM2.
#include "pki/persons.h"

#include <gtest/gtest.h>

#include "schema/codec.h"

namespace kw::pki {
namespace {

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text());
  return std::move(*result);
}

struct PersonsTest : ::testing::Test {
  std::vector<crypto::Sm2PrivateKey> keys;
  PersonsTest() {
    for (int i = 0; i < 4; ++i) keys.push_back(must(crypto::Sm2PrivateKey::generate()));
  }
  v1::PersonRule rule(std::vector<std::pair<std::string, int>> who = {{"an", 0}, {"bo", 1}, {"cy", 2}}) {
    v1::PersonRule out;
    out.set_version(1);
    out.set_revision(1);
    for (const auto& [account, key] : who) {
      auto& one = *out.add_keys();
      one.set_account(account);
      one.set_spki(copy_text(keys.at(static_cast<std::size_t>(key)).public_key().spki()));
    }
    out.set_policy(2);
    out.set_release(1);
    out.set_rule(2);
    return out;
  }
  static PersonRule parsed(const v1::PersonRule& wire) { return must(parse_person_rule(schema::serialise(wire))); }
  v1::Signed order_signed_by(std::vector<int> who, std::string payload = "payload") {
    v1::Signed out;
    out.set_version(1);
    out.set_kind("order");
    out.set_payload(std::move(payload));
    for (const int one : who)
      if (const auto done = add_signature(out, keys.at(static_cast<std::size_t>(one))); !done) ADD_FAILURE();
    return out;
  }
  static Errc refused(v1::PersonRule wire) {
    const auto out = parse_person_rule(schema::serialise(wire));
    return out ? Errc::internal : out.error().code();
  }
};

TEST_F(PersonsTest, WhatARuleMustBe) {
  EXPECT_EQ(parsed(rule()).needed_for(PersonAct::policy), 2U);
  EXPECT_EQ(parsed(rule()).needed_for(PersonAct::cut), 0U);
  auto one = rule();
  one.set_version(2);
  EXPECT_EQ(refused(one), Errc::unsupported);
  one = rule();
  one.clear_keys();
  EXPECT_EQ(refused(one), Errc::malformed);
  one = rule();
  one.set_rule(0);
  EXPECT_EQ(refused(one), Errc::malformed) << "anybody could replace it";
  one = rule();
  one.set_policy(4);
  EXPECT_EQ(refused(one), Errc::malformed) << "three persons";
  one = rule({{"an", 0}, {"an", 1}});
  EXPECT_EQ(refused(one), Errc::malformed) << "two keys are one person";
  EXPECT_EQ(refused(rule({{"an", 0}, {"bo", 0}})), Errc::malformed) << "a key stands twice";
  one = rule();
  one.set_revision(2);
  EXPECT_EQ(refused(one), Errc::malformed) << "made from nothing";
  one = rule();
  one.mutable_keys(0)->set_spki("no key");
  EXPECT_NE(refused(one), Errc::internal);
}

TEST_F(PersonsTest, PersonsAreCountedNotKeys) {
  const auto two_keys = parsed(rule({{"an", 0}, {"an", 1}, {"bo", 2}}));
  EXPECT_FALSE(approved_by(order_signed_by({0, 1}), "order", two_keys, PersonAct::policy));
  EXPECT_TRUE(approved_by(order_signed_by({1, 2}), "order", two_keys, PersonAct::policy));
  EXPECT_FALSE(approved_by(order_signed_by({0, 3}), "order", two_keys, PersonAct::policy))
      << "a stranger does not count";
  EXPECT_TRUE(approved_by(order_signed_by({3}), "order", two_keys, PersonAct::cut)) << "nobody is asked for";
}

TEST_F(PersonsTest, WhoAskedHasSigned) {
  const auto three = parsed(rule());
  EXPECT_TRUE(approved_by(order_signed_by({0}), "order", three, PersonAct::release, "an"));
  const auto other = approved_by(order_signed_by({1}), "order", three, PersonAct::release, "an");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), Errc::bad_signature);
  EXPECT_FALSE(approved_by(order_signed_by({1}), "order", three, PersonAct::release, "nobody"));
}

TEST_F(PersonsTest, AFalseSignatureAndAnotherKindAreRefused) {
  const auto three = parsed(rule());
  auto object = order_signed_by({0, 1});
  object.set_payload("another");
  EXPECT_FALSE(approved_by(object, "order", three, PersonAct::policy));
  EXPECT_FALSE(approved_by(order_signed_by({0, 1}), "policy-approval", three, PersonAct::policy));
}

TEST_F(PersonsTest, ARuleFollowsTheOneBeforeBySignaturesOfItsPersons) {
  const auto first = parsed(rule());
  auto wire = rule({{"cy", 2}, {"di", 3}});
  wire.set_revision(2);
  wire.set_previous(copy_text(first.digest));
  const auto offered = [&](const v1::PersonRule& what, std::vector<int> who) {
    auto out = order_signed_by({}, copy_text(schema::serialise(what)));
    out.set_kind("persons");
    for (const int one : who)
      if (const auto done = add_signature(out, keys.at(static_cast<std::size_t>(one))); !done) ADD_FAILURE();
    return out;
  };
  const auto code = [&](const v1::Signed& what) {
    const auto out = succeed(first, what);
    return out ? Errc::internal : out.error().code();
  };
  EXPECT_TRUE(succeed(first, offered(wire, {0, 1})));
  EXPECT_EQ(code(offered(wire, {2, 3})), Errc::bad_signature) << "its own persons are not those who decide";
  EXPECT_EQ(code(offered(wire, {0})), Errc::bad_signature);
  wire.set_revision(3);
  EXPECT_EQ(code(offered(wire, {0, 1})), Errc::conflict);
  wire.set_revision(2);
  wire.set_previous(std::string(32, 'x'));
  EXPECT_EQ(code(offered(wire, {0, 1})), Errc::conflict) << "made from another one";
}

TEST_F(PersonsTest, ASignatureMadeElsewhereIsAttachedWhenItIsGood) {
  auto object = order_signed_by({0});
  const auto value = must(keys[1].sign(octets_to_sign("order", bytes_of(object.payload()))));
  EXPECT_TRUE(attach_signature(object, keys[1].public_key(), value));
  EXPECT_FALSE(attach_signature(object, keys[1].public_key(), value)) << "once";
  EXPECT_FALSE(attach_signature(object, keys[2].public_key(), value)) << "not this key's";
  EXPECT_TRUE(approved_by(object, "order", parsed(rule()), PersonAct::policy));
}

}  // namespace
}  // namespace kw::pki
