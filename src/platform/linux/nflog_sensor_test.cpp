#include "platform/linux/nflog_sensor.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "platform/linux/durable_file.h"
#include "platform/linux/namespace_fixture_test.h"
#include "platform/linux/nft_ruleset.h"
#include "platform/linux/system_clock.h"

namespace kw::platform {
namespace {

using device::PacketLogged;

constexpr auto kRules = R"(table inet kioskward {
  chain out { type filter hook output priority 0; policy accept
    ip daddr 10.66.0.0/24 log prefix "kw:illegal:" group 5 drop
    ip6 daddr fd66::/64 log prefix "kw:illegal:" group 5 drop
  }
  chain in { type filter hook input priority 0; policy accept
    tcp dport 8081 log prefix "kw:inbound:" group 5 drop
  }
}
)";

sockaddr_in place(const char* address, std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  EXPECT_EQ(::inet_pton(AF_INET, address, &out.sin_addr), 1);
  return out;
}

class NflogTest : public NamespaceTest {
 protected:
  void SetUp() override {
    NamespaceTest::SetUp();
    if (IsSkipped()) return;
    run_ok("ip link add kiosk0 type veth peer name peer0");
    run_ok("ip addr add 10.66.0.10/24 dev kiosk0");
    run_ok("ip -6 addr add fd66::10/64 dev kiosk0 nodad");
    run_ok("ip link set kiosk0 up");
    run_ok("ip link set peer0 up");
    run_ok("nft -f -", kRules);
    ASSERT_TRUE(sensor_.start(seen_.sink()));
  }
  std::optional<PacketLogged> logged(const std::string& protocol) {
    return seen_.wait<PacketLogged>([&](const auto& p) { return p.protocol == protocol; });
  }
  static std::string own_command() {
    auto text = copy_text(read_file("/proc/self/comm", 64).value());
    text.pop_back();
    return text;
  }
  SystemClock clock_;
  Observed seen_;
  // What is looked for is found in time even on a machine that has no time; how long it takes is platform_bench's.
  NflogSensor sensor_{clock_, {.group = 5, .attribution = std::chrono::seconds(2)}};
};

TEST_F(NflogTest, ATcpConnectIsSeenWithItsProcess) {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const auto to = place("10.66.0.99", 443);
  const auto begun = clock_.steady();
  ASSERT_NE(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  const auto packet = logged("tcp");
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->tag, "kw:illegal:");
  EXPECT_TRUE(packet->outbound);
  EXPECT_EQ(packet->source, "10.66.0.10");
  EXPECT_EQ(packet->destination, "10.66.0.99");
  EXPECT_EQ(packet->destination_port, 443);
  EXPECT_NE(packet->source_port, 0);
  EXPECT_EQ(packet->interface, "kiosk0");
  EXPECT_EQ(packet->user, std::to_string(::getuid()));
  EXPECT_EQ(packet->pid, ::getpid());
  EXPECT_EQ(packet->process, own_command());
  EXPECT_GE(packet->packet_steady, begun);
}

// The search begins with the newest process: these are all newer than the one that is looked for.
TEST_F(NflogTest, AProcessIsFoundAmongHundredsThatAreNewer) {
  std::vector<pid_t> others;
  for (int i = 0; i < 400; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::pause();
      ::_exit(0);
    }
    others.push_back(child);
  }
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const auto to = place("10.66.0.98", 443);
  EXPECT_NE(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  const auto packet = logged("tcp");
  for (const auto other : others) ::kill(other, SIGKILL);
  for (const auto other : others) ::waitpid(other, nullptr, 0);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->pid, ::getpid());
}

TEST_F(NflogTest, AUdpDatagramFromAnUnconnectedSocketIsSeenWithItsProcess) {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto to = place("10.66.0.53", 53);
  EXPECT_LT(::sendto(socket.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  const auto packet = logged("udp");
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->destination_port, 53);
  EXPECT_EQ(packet->pid, ::getpid());
}

TEST_F(NflogTest, AUdpDatagramOverIpv6IsSeenWithItsProcess) {
  const UniqueFd socket(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  to.sin6_port = htons(53);
  ASSERT_EQ(::inet_pton(AF_INET6, "fd66::53", &to.sin6_addr), 1);
  EXPECT_LT(::sendto(socket.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  const auto packet = logged("udp");
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->destination, "fd66::53");
  EXPECT_EQ(packet->pid, ::getpid());
}

TEST_F(NflogTest, AnIcmpEchoFromARawSocketIsSeenWithItsProcess) {
  const UniqueFd socket(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
  if (!socket) GTEST_SKIP() << "raw sockets are not permitted here: " << std::strerror(errno);
  const auto to = place("10.66.0.7", 0);
  const std::array<Byte, 8> echo{8, 0, 0xf7, 0xfd, 0, 1, 0, 1};
  EXPECT_LT(::sendto(socket.get(), echo.data(), echo.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  const auto packet = logged("icmp");
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->destination, "10.66.0.7");
  EXPECT_EQ(packet->source_port, 0);
  EXPECT_EQ(packet->pid, ::getpid());
}

TEST_F(NflogTest, InboundIsToldApart) {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const auto to = place("127.0.0.1", 8081);
  ASSERT_NE(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  const auto packet = logged("tcp");
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->tag, "kw:inbound:");
  EXPECT_FALSE(packet->outbound);
  EXPECT_EQ(packet->interface, "lo");
  EXPECT_EQ(packet->pid, 0);
}

TEST_F(NflogTest, TwoThousandPacketsAreAllSeen) {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  for (std::uint16_t i = 0; i < 2000; ++i) {
    const auto to = place("10.66.0.99", static_cast<std::uint16_t>(10000 + i));
    EXPECT_LT(::sendto(socket.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  }
  EXPECT_TRUE(seen_.wait_for_count<PacketLogged>(2000)) << seen_.count<PacketLogged>();
  EXPECT_EQ(seen_.count<device::SensorLost>(), 0U);
}

TEST_F(NflogTest, WhatOverflowsIsCounted) {
  sensor_.stop();
  // Nobody reads while the sink waits: the small buffer fills.
  std::mutex gate;
  std::unique_lock closed(gate);
  NflogSensor small(clock_, {.group = 5, .receive_buffer = 4096});
  auto sink = seen_.sink();
  ASSERT_TRUE(small.start([&](device::Observation o) {
    const std::lock_guard wait(gate);
    sink(std::move(o));
  }));
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto send = [&](std::uint16_t port) {
    const auto to = place("10.66.0.99", port);
    EXPECT_LT(::sendto(socket.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  };
  constexpr std::size_t kSent = 500;
  for (std::size_t i = 0; i < kSent; ++i) send(9);
  closed.unlock();
  const auto told = [&] {
    std::uint64_t n = 0;
    for (const auto& o : seen_.all())
      if (const auto* l = std::get_if<device::SensorLost>(&o)) n += l->lost;
    return n;
  };
  // Packets that arrive now reveal the gap before them.
  std::size_t sent = kSent;
  for (int i = 0; i < 200 && told() == 0; ++i, ++sent) {
    send(10);
    seen_.wait<device::SensorLost>([](const auto&) { return true; }, std::chrono::milliseconds(10));
  }
  EXPECT_GT(told(), 0U);
  small.stop();
  EXPECT_LE(seen_.count<PacketLogged>() + told(), sent);
}

TEST_F(NflogTest, AGroupHasOneListener) {
  NflogSensor second(clock_, {.group = 5});
  EXPECT_EQ(second.start(seen_.sink()).code(), Errc::already_exists);
  EXPECT_EQ(sensor_.start(seen_.sink()).code(), Errc::wrong_state);
  sensor_.stop();
  EXPECT_TRUE(second.start(seen_.sink()));
}

}  // namespace
}  // namespace kw::platform
