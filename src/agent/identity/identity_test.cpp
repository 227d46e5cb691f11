#include "agent/identity/identity.h"

#include <fstream>

#include "agent/testing/kiosk.h"

namespace kw::agent {
namespace {

using testing::KioskSide;
using testing::must;
using testing::PlatformSide;

struct IdentityTest : ::testing::Test {
  PlatformSide platform;
  KioskSide kiosk{platform};
  crypto::Sm2PrivateKey key = must(open_device_key(kiosk.state, kiosk.seal));
  Result<Identity> check(const v1::EnrolReply& reply) {
    return check_approval(reply, key, {platform.ca.certificate()}, platform.clock.now());
  }
};

TEST_F(IdentityTest, AnApprovalIsStoredAndComesBack) {
  const auto identity = load_identity(kiosk.state, key);
  ASSERT_TRUE(identity) << identity.error().text();
  EXPECT_EQ(identity->device, kiosk.device);
  EXPECT_EQ(identity->rule.keys.size(), 1U);
  EXPECT_TRUE(identity->tlcp.encryption_key.has_value());
}

TEST_F(IdentityTest, ACopyOnOtherHardwareOpensNothingAndSaysWhy) {
  const auto other = SecretBytes::copy_of(Bytes(16, 4));
  const auto refused = open_device_key(kiosk.state, other);
  ASSERT_EQ(refused.code(), Errc::untrusted);
  EXPECT_NE(refused.error().text().find("other hardware"), std::string::npos);
  EXPECT_EQ(open_spool_key(kiosk.state, other).code(), Errc::untrusted);
  EXPECT_EQ(make_device_key(kiosk.state, other, platform.random).code(), Errc::untrusted) << "and is not overwritten";
  EXPECT_TRUE(open_device_key(kiosk.state, kiosk.seal));
}

TEST_F(IdentityTest, FilesArePrivateAndHoldNoKeyInTheClear) {
  const auto scalar = key.scalar();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kiosk.state.path())) {
    const auto wanted = entry.is_directory() ? std::filesystem::perms(0700) : std::filesystem::perms(0600);
    EXPECT_EQ(entry.status().permissions(), wanted) << entry.path();
    if (entry.is_directory()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string octets(std::istreambuf_iterator<char>(file), {});
    EXPECT_EQ(octets.find(text_of(scalar.reveal())), std::string::npos) << entry.path();
  }
}

TEST_F(IdentityTest, RefusesApprovalsThatDoNotHold) {
  auto reply = kiosk.approval;
  reply.set_state(v1::PENDING);
  EXPECT_EQ(check(reply).code(), Errc::wrong_state);

  reply = kiosk.approval;
  reply.set_device_id(std::string(16, 'x'));
  EXPECT_EQ(check(reply).code(), Errc::untrusted) << "certificate of another device";

  reply = kiosk.approval;
  std::swap(*reply.mutable_signing_certificate(), *reply.mutable_encryption_certificate());
  EXPECT_FALSE(check(reply)) << "usages swapped";

  reply = kiosk.approval;
  reply.mutable_enveloped_key()->back() ^= 1;
  EXPECT_EQ(check(reply).code(), Errc::decrypt_failed);

  reply = kiosk.approval;
  reply.mutable_command_rule()->set_policy_threshold(2);
  EXPECT_FALSE(check(reply)) << "a threshold that cannot be met";

  reply = kiosk.approval;
  reply.set_ledger_key("nonsense");
  EXPECT_FALSE(check(reply));

  EXPECT_EQ(check_approval(kiosk.approval, must(crypto::Sm2PrivateKey::generate()), {platform.ca.certificate()},
                           platform.clock.now())
                .code(),
            Errc::bad_key);
  PlatformSide impostor;
  EXPECT_EQ(check_approval(kiosk.approval, key, {impostor.ca.certificate()}, platform.clock.now()).code(),
            Errc::untrusted);
  EXPECT_EQ(check_approval(kiosk.approval, key, {platform.ca.certificate()},
                           platform.clock.now() + std::chrono::hours(24 * 60))
                .code(),
            Errc::expired);
}

TEST(DeviceHardware, SealDoesNotStandOnNetworkCardsOrDisks) {
  const std::string root = KW_SOURCE_DIR "/src/platform/linux/testdata/desktop";
  const auto one = must(read_device_hardware("", root));
  EXPECT_EQ(one.unique_id.size(), 32U);
  EXPECT_EQ(one.seal.size(), 16U);
  const auto vm = must(read_device_hardware("", KW_SOURCE_DIR "/src/platform/linux/testdata/vm"));
  EXPECT_FALSE(equal(one.seal.reveal(), vm.seal.reveal()));
  EXPECT_FALSE(missing_sources(vm.digest).empty());
}

}  // namespace
}  // namespace kw::agent
