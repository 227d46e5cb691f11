#include "device/hardware/quote.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

namespace kw::device {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// The lines of testdata/tpm2_tools_quote.txt: a quote that tpm2-tools made.
std::map<std::string, Bytes> vector_lines() {
  std::ifstream in(std::string(KW_SOURCE_DIR) + "/src/device/hardware/testdata/tpm2_tools_quote.txt");
  std::map<std::string, Bytes> out;
  for (std::string name, hex; in >> name;) {
    if (name[0] == '#') {
      std::getline(in, hex);
      continue;
    }
    in >> hex;
    out[name] = from_hex(hex).value();
  }
  return out;
}

struct QuoteTest : ::testing::Test {
  std::map<std::string, Bytes> vector = vector_lines();
  v1::TpmIdentity identity;
  v1::TpmQuote quote;
  v1::TpmBinding bound;
  Bytes nonce = vector.at("nonce");

  QuoteTest() {
    identity.set_version(1);
    identity.set_attestation_key(copy_text(vector.at("key")));
    identity.set_manufacturer("IBM");
    quote.set_attest(copy_text(vector.at("attest")));
    quote.set_signature(copy_text(vector.at("signature")));
    for (const auto index : {0U, 2U, 4U, 7U}) {
      auto& pcr = *quote.add_pcrs();
      pcr.set_index(index);
      pcr.set_value(copy_text(vector.at("pcr" + std::to_string(index))));
    }
    bound = bind_tpm(identity, quote, nonce).value();
  }
  std::string_view fault() { return judge_quote(bound, quote, nonce).fault; }
};

TEST_F(QuoteTest, a_quote_of_tpm2_tools_holds) {
  const auto verdict = judge_quote(bound, quote, nonce);
  EXPECT_EQ(verdict.fault, "");
  EXPECT_THAT(verdict.changed, IsEmpty());
  const auto attest = parse_quote_attest(vector.at("attest")).value();
  EXPECT_THAT(attest.pcrs, ElementsAre(0, 2, 4, 7));
  EXPECT_EQ(attest.firmware, 0x2019102300163636U);
  EXPECT_EQ(attest.resets, 1U);
}

TEST_F(QuoteTest, values_other_than_the_bound_ones_are_named) {
  bound.mutable_pcrs(2)->set_value(std::string(32, 'x'));
  bound.mutable_pcrs(3)->set_value(std::string(32, 'y'));
  const auto verdict = judge_quote(bound, quote, nonce);
  EXPECT_EQ(verdict.fault, "");
  EXPECT_THAT(verdict.changed, ElementsAre(4, 7));
  EXPECT_EQ(pcr_list(verdict.changed), "4, 7");
}

TEST_F(QuoteTest, an_old_quote_does_not_answer_a_new_nonce) {
  nonce[31] ^= 1;
  EXPECT_EQ(fault(), "wrong_nonce");
  nonce.clear();
  EXPECT_EQ(fault(), "wrong_nonce") << "nothing was asked";
}

TEST_F(QuoteTest, values_that_the_signature_does_not_cover_are_refused) {
  quote.mutable_pcrs(1)->set_value(std::string(32, 'x'));
  EXPECT_EQ(fault(), "wrong_pcrs");
  quote.mutable_pcrs()->DeleteSubrange(1, 1);
  EXPECT_EQ(fault(), "wrong_pcrs") << "one is left out";
}

TEST_F(QuoteTest, a_bound_value_that_is_not_quoted_is_a_fault) {
  auto& more = *bound.add_pcrs();
  more.set_index(9);
  more.set_value(std::string(32, 'x'));
  EXPECT_EQ(fault(), "wrong_pcrs");
}

TEST_F(QuoteTest, any_changed_octet_is_refused) {
  const auto good = quote;
  for (std::size_t i = 0; i < good.attest().size(); ++i) {
    quote = good;
    (*quote.mutable_attest())[i] = static_cast<char>((*quote.mutable_attest())[i] ^ 1);
    EXPECT_NE(fault(), "") << "attest, octet " << i;
  }
  for (std::size_t i = 0; i < good.signature().size(); ++i) {
    quote = good;
    (*quote.mutable_signature())[i] = static_cast<char>((*quote.mutable_signature())[i] ^ 1);
    EXPECT_NE(fault(), "") << "signature, octet " << i;
  }
  quote = good;
  EXPECT_EQ(fault(), "");
}

TEST_F(QuoteTest, what_is_cut_short_or_goes_on_is_malformed) {
  for (const auto* name : {"attest", "key", "signature"}) {
    const auto& whole = vector.at(name);
    for (std::size_t n = 0; n <= whole.size() + 1; ++n) {
      if (n == whole.size()) continue;
      Bytes octets = whole;
      octets.resize(n);
      const bool taken = std::string(name) == "attest" ? parse_quote_attest(octets).has_value()
                         : std::string(name) == "key"  ? parse_attestation_key(octets).has_value()
                                                       : parse_tpm_signature(octets).has_value();
      EXPECT_FALSE(taken) << name << " of " << n;
    }
  }
}

TEST_F(QuoteTest, a_key_that_signs_anything_is_no_attestation_key) {
  auto octets = vector.at("key");
  octets[5] ^= 1;  // restricted
  EXPECT_EQ(parse_attestation_key(octets).code(), Errc::wrong_usage);
  octets = vector.at("key");
  octets[7] ^= 2;  // fixedTPM
  EXPECT_EQ(parse_attestation_key(octets).code(), Errc::wrong_usage);
  EXPECT_EQ(parse_attestation_key(vector.at("rsa_key")).code(), Errc::too_large);
  octets = vector.at("rsa_key");
  octets.resize(200);
  EXPECT_EQ(parse_attestation_key(octets).code(), Errc::unsupported);
}

TEST_F(QuoteTest, another_key_or_none_is_told) {
  EXPECT_FALSE(tpm_key_fault(bound, identity));
  EXPECT_EQ(tpm_key_fault(bound, {}), "no_key");
  auto other = identity;
  other.mutable_attestation_key()->back() ^= 1;
  EXPECT_EQ(tpm_key_fault(bound, other), "key_changed");
  EXPECT_FALSE(tpm_key_fault({}, other)) << "nothing is bound";
}

TEST_F(QuoteTest, nothing_is_bound_on_a_quote_that_does_not_hold) {
  EXPECT_EQ(bind_tpm(identity, quote, bytes_of("another nonce")).code(), Errc::untrusted);
  identity.set_manufacturer(std::string(65, 'x'));
  EXPECT_EQ(bind_tpm(identity, quote, nonce).code(), Errc::too_large);
  identity.set_version(0);
  EXPECT_EQ(bind_tpm(identity, quote, nonce).code(), Errc::malformed);
}

}  // namespace
}  // namespace kw::device
