// A link that was there before the policy goes on under it, whichever end spoke first once the kernel followed the
// flow.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <future>
#include <thread>

#include "platform/linux/namespace_fixture_test.h"
#include "platform/linux/nft_ruleset.h"
#include "policy/compile.h"
#include "policy/test_policy.h"

namespace kw::platform {
namespace {

using namespace std::chrono_literals;

/// The kiosk of test_policy.h at one end of a wire, its platform in a namespace of its own at the other.
class KeptLinkTest : public NamespaceTest {
 protected:
  void SetUp() override {
    NamespaceTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    std::promise<pid_t> there;
    std::promise<void> wired;
    platform_ = std::thread([&, wire = wired.get_future()]() mutable {
      const bool own = ::unshare(CLONE_NEWNET) == 0;
      there.set_value(own ? static_cast<pid_t>(::syscall(SYS_gettid)) : 0);
      wire.wait();
      for (const auto* line :
           {"ip addr add 198.18.20.2/32 dev far", "ip link set far up", "ip route add 198.18.10.10 dev far"})
        run_ok(line);
      listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      const auto here = address("198.18.20.2");
      ASSERT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here), 0)
          << std::strerror(errno);
      ASSERT_EQ(::listen(listener_.get(), 1), 0);
    });
    const auto thread = there.get_future().get();
    run_ok("ip link add eth0 address 02:4b:57:00:10:10 type veth peer name far");
    run_ok("ip link set far netns " + std::to_string(thread));
    for (const auto* line :
         {"ip addr add 198.18.10.10/24 dev eth0", "ip link set eth0 up", "ip route add 198.18.20.2 dev eth0"})
      run_ok(line);
    wired.set_value();
    platform_.join();
    kiosk_end_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto far = address("198.18.20.2");
    ASSERT_EQ(::connect(kiosk_end_.get(), reinterpret_cast<const sockaddr*>(&far), sizeof far), 0)
        << std::strerror(errno);
    platform_end_.reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    ASSERT_TRUE(static_cast<bool>(platform_end_));
  }
  static sockaddr_in address(const char* text) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(8660);
    ::inet_pton(AF_INET, text, &out.sin_addr);
    return out;
  }
  /// passes: whether an octet arrives at the other end.
  static bool passes(const UniqueFd& from, const UniqueFd& to) {
    const timeval most{2, 0};
    ::setsockopt(to.get(), SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    char octet = 0;
    return ::send(from.get(), "x", 1, MSG_NOSIGNAL) == 1 && ::recv(to.get(), &octet, 1, 0) == 1;
  }

  NftRuleset nft_;
  std::thread platform_;
  UniqueFd listener_, kiosk_end_, platform_end_;
};

TEST_F(KeptLinkTest, itGoesOnWhenThePlatformSpeaksBeforeTheRulesStand) {
  // As while a policy is being loaded: the kernel follows flows already, and nothing is dropped yet.
  ASSERT_TRUE(
      nft_.apply("table inet follows {\n chain i { type filter hook input priority 0; policy accept\n"
                 "  ct state established accept\n }\n}\n"));
  ASSERT_TRUE(passes(platform_end_, kiosk_end_));
  const auto compiled = policy::compile(policy::test::checked(policy::test::sample()));
  ASSERT_TRUE(nft_.apply(compiled.policy_script + "delete table inet follows\n"));
  EXPECT_TRUE(passes(platform_end_, kiosk_end_));
  EXPECT_TRUE(passes(kiosk_end_, platform_end_));
}
TEST_F(KeptLinkTest, itGoesOnWhenTheKioskSpeaksFirst) {
  const auto compiled = policy::compile(policy::test::checked(policy::test::sample()));
  ASSERT_TRUE(nft_.apply(compiled.policy_script));
  EXPECT_TRUE(passes(kiosk_end_, platform_end_));
  EXPECT_TRUE(passes(platform_end_, kiosk_end_));
}
TEST_F(KeptLinkTest, nobodyBeginsAConnectionFromThePlatformsPort) {
  const auto compiled = policy::compile(policy::test::checked(policy::test::sample()));
  ASSERT_TRUE(nft_.apply(compiled.policy_script));
  const auto counters = nft_.counters("inet", std::string(policy::kPolicyTable));
  ASSERT_TRUE(counters);
  // A first packet that is the platform's is new, and new is not let in.
  char octet = 0;
  const timeval most{0, 500'000};
  ::setsockopt(kiosk_end_.get(), SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
  EXPECT_EQ(::send(platform_end_.get(), "x", 1, MSG_NOSIGNAL), 1);
  EXPECT_EQ(::recv(kiosk_end_.get(), &octet, 1, 0), -1);
}

}  // namespace
}  // namespace kw::platform
