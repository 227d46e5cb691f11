// What every TpmPort promises, asked of the real one over a software TPM and of the recorded one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "device/hardware/quote.h"
#include "platform/linux/swtpm_fixture_test.h"
#include "platform/linux/tss_error.h"
#include "platform/linux/tss_tpm.h"
#include "platform/recorded/recorded_tpm.h"

namespace kw::platform {
namespace {

using device::PcrSet;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const PcrSet kBoot{0, 2, 4, 7};

/// One machine with its TPM.
struct TpmMachine {
  explicit TpmMachine(bool real_one, const std::string& name) {
    if (real_one) {
      software = std::make_unique<Swtpm>(name);
      port = std::make_unique<TssTpm>(software->transport());
      return;
    }
    auto made = std::make_unique<RecordedTpm>();
    recorded = made.get();
    port = std::move(made);
  }
  void extend(int pcr) {
    if (recorded != nullptr) return recorded->extend(static_cast<std::uint32_t>(pcr), bytes_of("other software"));
    ASSERT_TRUE(software->extend(pcr));
  }
  void lose() {
    if (recorded != nullptr)
      recorded->refusal = Error(Errc::unavailable, "gone");
    else
      software->stop();
  }
  std::unique_ptr<Swtpm> software;
  RecordedTpm* recorded = nullptr;
  std::unique_ptr<device::TpmPort> port;
};

struct TpmPortContract : ::testing::TestWithParam<bool> {
  void SetUp() override {
    if (GetParam() && !Swtpm::installed()) GTEST_SKIP() << "swtpm and tpm2-tools are not installed";
    machine = std::make_unique<TpmMachine>(GetParam(), "kw-tpm-a-");
  }
  device::TpmPort& tpm() { return *machine->port; }
  std::unique_ptr<TpmMachine> machine;
  SecretBytes auth = SecretBytes::copy_of(Bytes(32, 5));
  Bytes secret = Bytes(32, 9);
};

TEST_P(TpmPortContract, a_sealed_secret_comes_back) {
  const auto facts = tpm().facts();
  ASSERT_TRUE(facts) << facts.error().text();
  EXPECT_FALSE(facts->manufacturer.empty());
  EXPECT_FALSE(facts->firmware.empty());
  EXPECT_FALSE(facts->locked);
  const auto object = tpm().seal(secret, auth, kBoot);
  ASSERT_TRUE(object) << object.error().text();
  const auto back = tpm().unseal(*object, auth, kBoot);
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_TRUE(equal(back->reveal(), secret));
  EXPECT_EQ(tpm().seal(Bytes(129), auth, kBoot).code(), Errc::too_large);
}

TEST_P(TpmPortContract, another_tpm_cannot_open_it) {
  const auto object = tpm().seal(secret, auth, {}).value();
  const auto key = tpm().make_attestation_key().value();
  const TpmMachine other(GetParam(), "kw-tpm-b-");
  EXPECT_EQ(other.port->unseal(object, auth, {}).code(), Errc::untrusted);
  auto forged = object;  // as if the parent's name were no obstacle
  forged.set_parent_name(other.port->seal(secret, auth, {}).value().parent_name());
  EXPECT_EQ(other.port->unseal(forged, auth, {}).code(), Errc::untrusted);
  EXPECT_EQ(other.port->quote(key, kBoot, Bytes(32, 1)).code(), Errc::untrusted);
}

TEST_P(TpmPortContract, other_measured_values_do_not_open_it) {
  const auto bound = tpm().seal(secret, auth, kBoot).value();
  const auto open = tpm().seal(secret, auth, {}).value();
  machine->extend(5);
  EXPECT_TRUE(tpm().unseal(bound, auth, kBoot)) << "not among those that it is sealed to";
  machine->extend(4);
  EXPECT_EQ(tpm().unseal(bound, auth, kBoot).code(), Errc::wrong_state);
  EXPECT_FALSE(tpm().unseal(bound, auth, {}).has_value()) << "nor without the values";
  EXPECT_TRUE(tpm().unseal(open, auth, {}));
}

TEST_P(TpmPortContract, other_hardware_around_it_does_not_open_it_and_locks_nothing) {
  const auto object = tpm().seal(secret, auth, kBoot).value();
  const auto wrong = SecretBytes::copy_of(Bytes(32, 6));
  for (int i = 0; i < 8; ++i) EXPECT_EQ(tpm().unseal(object, wrong, kBoot).code(), Errc::forbidden);
  EXPECT_TRUE(tpm().unseal(object, auth, kBoot));
}

TEST_P(TpmPortContract, a_quote_holds_and_names_what_changed) {
  const auto key = tpm().make_attestation_key();
  ASSERT_TRUE(key) << key.error().text();
  device::v1::TpmIdentity identity;
  identity.set_version(1);
  identity.set_attestation_key(copy_text(tpm().public_of(*key).value()));
  const auto first = tpm().quote(*key, kBoot, Bytes(32, 1));
  ASSERT_TRUE(first) << first.error().text();
  const auto bound = device::bind_tpm(identity, *first, Bytes(32, 1));
  ASSERT_TRUE(bound) << bound.error().text();
  EXPECT_EQ(device::judge_quote(*bound, *first, Bytes(32, 2)).fault, "wrong_nonce");

  const auto again = device::judge_quote(*bound, tpm().quote(*key, kBoot, Bytes(32, 2)).value(), Bytes(32, 2));
  EXPECT_EQ(again.fault, "");
  EXPECT_THAT(again.changed, IsEmpty());
  machine->extend(7);
  const auto changed = device::judge_quote(*bound, tpm().quote(*key, kBoot, Bytes(32, 3)).value(), Bytes(32, 3));
  EXPECT_EQ(changed.fault, "");
  EXPECT_THAT(changed.changed, ElementsAre(7));
  PcrSet all(24);
  for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  EXPECT_EQ(tpm().quote(*key, all, Bytes(32, 4)).value().pcrs_size(), 24);
}

TEST_P(TpmPortContract, a_tpm_that_is_gone_is_unavailable) {
  const auto object = tpm().seal(secret, auth, {}).value();
  machine->lose();
  EXPECT_EQ(tpm().facts().code(), Errc::unavailable);
  EXPECT_EQ(tpm().unseal(object, auth, {}).code(), Errc::unavailable);
}

INSTANTIATE_TEST_SUITE_P(Ports, TpmPortContract, ::testing::Bool(),
                         [](const auto& one) { return one.param ? "Tss" : "recorded"; });

TEST(TssTpm, a_machine_without_a_tpm_says_so) {
  EXPECT_EQ(TssTpm("device:/nonexistent/tpmrm0").facts().code(), Errc::not_found);
  EXPECT_EQ(TssTpm("nonsense").facts().code(), Errc::unavailable);
  EXPECT_EQ(TssTpm("device:/dev/null").facts().code(), Errc::unavailable) << "a device that is no TPM";
}

// Codes of the TPM 2.0 Library, part 2, table 16, as they come from a TPM (with the number of a parameter, handle or
// session) and from the kernel's resource manager.
TEST(TssError, every_code_has_its_meaning) {
  EXPECT_EQ(tss_error(0x1df, "x").code(), Errc::untrusted);     // TPM_RC_INTEGRITY, parameter 1
  EXPECT_EQ(tss_error(0x99d, "x").code(), Errc::wrong_state);   // TPM_RC_POLICY_FAIL, session 1
  EXPECT_EQ(tss_error(0x98e, "x").code(), Errc::forbidden);     // TPM_RC_AUTH_FAIL, session 1
  EXPECT_EQ(tss_error(0x9a2, "x").code(), Errc::forbidden);     // TPM_RC_BAD_AUTH, session 1
  EXPECT_EQ(tss_error(0x921, "x").code(), Errc::rate_limited);  // TPM_RC_LOCKOUT
  EXPECT_EQ(tss_error(0x902, "x").code(), Errc::unavailable);   // TPM_RC_OBJECT_MEMORY
  EXPECT_EQ(tss_error(0x922, "x").code(), Errc::unavailable);   // TPM_RC_RETRY
  EXPECT_EQ(tss_error(0x2a6, "x").code(), Errc::unsupported);   // TPM_RC_CURVE, parameter 2
  EXPECT_EQ(tss_error(0x0b0921, "x").code(), Errc::rate_limited);
  EXPECT_EQ(tss_error(0xa000a, "x").code(), Errc::unavailable);  // transport: IO
  EXPECT_EQ(tss_error(0x7001a, "x").code(), Errc::io);
}

}  // namespace
}  // namespace kw::platform
