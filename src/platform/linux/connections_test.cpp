// Open connections and packet sockets of a namespace, on the real kernel.
#include "platform/linux/connections.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <fstream>

#include "platform/linux/durable_file.h"
#include "platform/linux/namespace_fixture_test.h"
#include "platform/linux/nft_ruleset.h"
#include "platform/linux/tcp_listeners.h"
#include "policy/frames.h"

namespace kw::platform {
namespace {

sockaddr_in at(const char* address, std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  ::inet_pton(AF_INET, address, &out.sin_addr);
  return out;
}
template <class T>
const sockaddr* as_address(const T& of) {
  return reinterpret_cast<const sockaddr*>(&of);  // the socket interface asks for it
}

class ConnectionsTest : public NamespaceTest {
 protected:
  void SetUp() override {
    NamespaceTest::SetUp();
    if (IsSkipped()) return;
    run_ok("ip link add eth0 type veth peer name far0");
    run_ok("ip addr add 198.18.10.10/24 dev eth0");
    run_ok("ip link set eth0 up");
    run_ok("ip link set far0 up");
  }
  static UniqueFd listening(const char* address) {
    UniqueFd out(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto here = at(address, 0);
    EXPECT_EQ(::bind(out.get(), as_address(here), sizeof here), 0);
    EXPECT_EQ(::listen(out.get(), 1), 0);
    return out;
  }
  /// A connection over loopback whose addresses are not loopback's.
  void connect_pair(std::uint16_t port, UniqueFd& client, UniqueFd& server) {
    UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto here = at("198.18.10.10", port);
    ASSERT_EQ(::bind(listener.get(), as_address(here), sizeof here), 0);
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    client.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::connect(client.get(), as_address(here), sizeof here), 0);
    server.reset(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    ASSERT_TRUE(static_cast<bool>(server));
  }
};

TEST_F(ConnectionsTest, all_end_but_the_kept_ones_and_loopback) {
  UniqueFd kept_client, kept_server, client, server;
  connect_pair(8660, kept_client, kept_server);
  connect_pair(8080, client, server);
  const auto ended = end_connections([](const OpenConnection& one) { return one.remote_port == 8660 || one.local_port == 8660; });
  ASSERT_TRUE(ended) << ended.error().text();
  EXPECT_EQ(ended->ended, 2U) << "both ends live here";
  EXPECT_EQ(ended->kept, 2U);
  char octet = 0;
  EXPECT_EQ(::recv(client.get(), &octet, 1, 0), -1);
  EXPECT_TRUE(errno == ECONNABORTED || errno == ECONNRESET) << errno << ": whichever end was ended first tells the other";
  EXPECT_EQ(::send(kept_client.get(), "x", 1, MSG_NOSIGNAL), 1);
  EXPECT_EQ(::recv(kept_server.get(), &octet, 1, 0), 1);
}

TEST_F(ConnectionsTest, listening_sockets_of_the_kernel_are_those_of_its_table) {
  const UniqueFd one = listening("0.0.0.0"), two = listening("198.18.10.10"), loopback = listening("127.0.0.1");
  auto asked = tcp_listeners();
  ASSERT_TRUE(asked) << asked.error().text();
  const auto table = read_file("/proc/thread-self/net/tcp", 1U << 20);
  ASSERT_TRUE(table);
  auto listed = device::parse_sockets(text_of(*table), "tcp");
  ASSERT_TRUE(listed);
  EXPECT_EQ(asked->size(), 2U);
  EXPECT_THAT(*asked, testing::UnorderedElementsAreArray(*listed));
}

TEST_F(ConnectionsTest, frames_of_a_packet_socket_do_not_leave_and_its_process_is_named) {
  NftRuleset nft;
  const auto applied = nft.apply(policy::compile_frames({::kioskward::v1::ENFORCE, "eth0", "198.18.10.10", {}, 0x1234abcd}));
  if (!applied && applied.code() == Errc::unsupported) GTEST_SKIP() << "no egress hook in this kernel: " << applied.error().text();
  ASSERT_TRUE(applied) << applied.error().text();
  UniqueFd raw(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(0x0003)));
  ASSERT_TRUE(static_cast<bool>(raw));
  sockaddr_ll far{};
  far.sll_family = AF_PACKET;
  far.sll_ifindex = static_cast<int>(::if_nametoindex("eth0"));
  far.sll_halen = 6;
  std::array<unsigned char, 60> frame{};
  frame.fill(0xff);
  frame[12] = 0x08;
  frame[13] = 0x00;
  // The kernel tells the sender that its frame went nowhere.
  EXPECT_EQ(::sendto(raw.get(), frame.data(), frame.size(), 0, as_address(far), sizeof far), -1);
  const auto counters = nft.counters("netdev", std::string(policy::kFramesTable));
  ASSERT_TRUE(counters) << counters.error().text();
  ASSERT_EQ(counters->size(), 1U);
  EXPECT_EQ(counters->front().packets, 1U);
  const auto holders = packet_socket_holders();
  EXPECT_TRUE(std::ranges::any_of(holders, [](const auto& h) { return h.ends_with(" " + std::to_string(::getpid())); }));
  // Ordinary datagrams pass both tables.
  UniqueFd plain(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto to = at("198.18.10.255", 9);
  int yes = 1;
  ::setsockopt(plain.get(), SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes);
  EXPECT_EQ(::sendto(plain.get(), "x", 1, 0, as_address(to), sizeof to), 1);
  EXPECT_EQ(nft.counters("netdev", std::string(policy::kFramesTable))->front().packets, 1U);
}

}  // namespace
}  // namespace kw::platform
