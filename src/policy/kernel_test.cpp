// The compiled rules in a real kernel: two network namespaces with a veth pair between them. Skips where namespaces
// are not permitted. Nothing here leaves the namespaces.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "policy/plan.h"
#include "policy/test_policy.h"

namespace kw::policy {
namespace {

struct Ran {
  int status;
  std::string out;
};
Ran run(const std::string& command) {
  Ran result{-1, {}};
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return result;
  std::array<char, 4096> buffer{};
  while (const auto n = fread(buffer.data(), 1, buffer.size(), pipe)) result.out.append(buffer.data(), n);
  result.status = pclose(pipe);
  return result;
}

class Kernel : public testing::Test {
 protected:
  void SetUp() override {
    const auto permitted = run("unshare -n nft list ruleset");
    if (permitted.status != 0) GTEST_SKIP() << "network namespaces or nftables are not permitted here: " << permitted.out;
    char name[] = "/tmp/kwpolicyXXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    dir_ = name;
    const std::string tail = dir_.filename().string();
    kiosk_ = tail + "k";
    peer_ = tail + "p";
    must("ip netns add " + kiosk_);
    must("ip netns add " + peer_);
    must("ip -n " + kiosk_ + " link add eth0 address 02:4b:57:00:10:10 type veth peer name p0 netns " + peer_);
    must("ip -n " + kiosk_ + " addr add 198.18.10.10/24 dev eth0");
    must("ip -n " + kiosk_ + " -6 addr add fd00:10::10/64 dev eth0 nodad");
    must("ip -n " + peer_ + " addr add 198.18.10.20/24 dev p0");
    must("ip -n " + peer_ + " addr add 198.18.10.1/24 dev p0");
    must("ip -n " + peer_ + " addr add 198.18.20.2/24 dev p0");
    must("ip -n " + peer_ + " addr add 203.0.113.9/24 dev p0");
    must("ip -n " + peer_ + " -6 addr add fd00:10::1/64 dev p0 nodad");
    for (const auto& [ns, dev] : {std::pair{kiosk_, "eth0"}, {peer_, "p0"}, {kiosk_, "lo"}}) must("ip -n " + ns + " link set " + dev + " up");
    must("ip -n " + kiosk_ + " route add default via 198.18.10.1");
  }
  void TearDown() override {
    if (dir_.empty()) return;
    run("ip netns del " + kiosk_);
    run("ip netns del " + peer_);
    std::filesystem::remove_all(dir_);
  }
  static void must(const std::string& command) {
    const auto ran = run(command);
    ASSERT_EQ(ran.status, 0) << command << "\n" << ran.out;
  }
  Ran nft(const std::string& arguments) { return run("ip netns exec " + kiosk_ + " nft " + arguments); }
  void apply(const std::string& script) {
    std::ofstream(dir_ / "script.nft") << script;
    const auto ran = nft("-f " + (dir_ / "script.nft").string());
    ASSERT_EQ(ran.status, 0) << ran.out << script;
  }
  std::string listing() { return nft("-s list table inet kioskward").out; }
  bool tripped() { return nft("list set inet kioskward trip").out.find("elements = ") != std::string::npos; }
  /// Packets that a named counter has seen.
  long counter(const std::string& name) {
    const auto out = nft("list counter inet kioskward " + name).out;
    const auto at = out.find("packets ");
    return at == std::string::npos ? -1 : std::strtol(out.c_str() + at + 8, nullptr, 10);
  }
  /// One datagram; true when the kernel refused it (the output hook dropped it). The kernel sends packets of its own
  /// at times (MLD), so counters that they reach tell less.
  bool datagram(const std::string& to, int port, const std::string& extra = "") {
    return run("ip netns exec " + kiosk_ + " python3 -c \"import socket\ns=socket.socket(socket.AF_INET6 if ':' in '" + to +
        "' else socket.AF_INET, socket.SOCK_DGRAM)\n" + extra + "\ns.sendto(b'x',('" + to + "'," + std::to_string(port) + "))\"").out.find("Operation not permitted") != std::string::npos;
  }
  /// An answer is waited for generously where it must come, and shortly where none can: the counters say why.
  bool answers(const std::string& to, const std::string& wait = "5") {
    return run("ip netns exec " + kiosk_ + " ping -c1 -W" + wait + " " + to).status == 0;
  }
  bool silent(const std::string& to) { return !answers(to, "0.3"); }

  std::filesystem::path dir_;
  std::string kiosk_, peer_;
};

TEST_F(Kernel, read_back_is_stable_through_trips_counters_and_reapplying) {
  const auto compiled = compile(test::checked(test::sample()));
  apply(compiled.policy_script);
  const auto wanted = ruleset_digest(listing());
  datagram("198.18.10.20", 9001);
  datagram("203.0.113.9", 9000);
  ASSERT_TRUE(tripped());
  EXPECT_EQ(wanted, ruleset_digest(listing()));
  EXPECT_EQ(plan(compiled, wanted, ruleset_digest(listing()), true).policy, Step::keep);
  apply(compiled.release_script);
  EXPECT_EQ(wanted, ruleset_digest(listing()));
  apply(compiled.policy_script_tripped);
  EXPECT_TRUE(tripped());
  EXPECT_EQ(wanted, ruleset_digest(listing()));
  ASSERT_EQ(nft("flush chain inet kioskward drop_illegal").status, 0);
  EXPECT_EQ(plan(compiled, wanted, ruleset_digest(listing()), true).reason, "differs");
}

TEST_F(Kernel, first_illegal_packet_cuts_everything_but_the_platform) {
  const auto compiled = compile(test::checked(test::sample()));
  apply(compiled.policy_script);
  ASSERT_TRUE(answers("198.18.10.20"));
  EXPECT_FALSE(datagram("198.18.10.20", 9001));
  EXPECT_FALSE(datagram("198.18.10.20", 9015));
  EXPECT_EQ(counter("out_2"), 1) << "a range that overlaps another rule's";
  EXPECT_FALSE(tripped());
  EXPECT_TRUE(datagram("203.0.113.9", 53)) << "the first packet does not leave either";
  EXPECT_TRUE(tripped());
  EXPECT_EQ(counter("drop_illegal"), 1);
  EXPECT_TRUE(silent("198.18.10.20"));
  EXPECT_TRUE(silent("203.0.113.9"));
  const auto before = counter("platform_0");
  run("ip netns exec " + kiosk_ + " timeout 0.5 bash -c '</dev/tcp/198.18.20.2/8660'");
  EXPECT_GT(counter("platform_0"), before) << "the platform's channel is left";
  must("ip -n " + kiosk_ + " addr add 198.18.10.77/24 dev eth0");
  EXPECT_TRUE(datagram("198.18.10.20", 9001, "s.bind(('198.18.10.77',0))")) << "another source address does not escape";
  EXPECT_TRUE(datagram("fd00:10::1", 9001)) << "the other family does not escape";
  EXPECT_TRUE(run("ip netns exec " + kiosk_ + " ping -c1 -W1 127.0.0.1").status == 0);
  apply(compiled.release_script);
  EXPECT_FALSE(tripped());
  EXPECT_TRUE(answers("198.18.10.20"));
}

TEST_F(Kernel, loads_where_the_system_names_no_protocols) {
  std::ofstream(dir_ / "script.nft") << compile(test::checked(test::sample())).policy_script;
  const auto ran = run("ip netns exec " + kiosk_ + " unshare -m sh -c 'test ! -e /etc/protocols || mount --bind /dev/null " +
                       "/etc/protocols; test ! -s /etc/protocols && nft -f " + (dir_ / "script.nft").string() + "'");
  EXPECT_EQ(ran.status, 0) << ran.out;
  EXPECT_GE(counter("drop_illegal"), 0);
}

TEST_F(Kernel, ipv6_and_icmp_trip_too_and_noise_does_not) {
  const auto compiled = compile(test::checked(test::sample()));
  apply(compiled.policy_script);
  datagram("198.18.10.1", 9);
  datagram("224.0.0.251", 5353);
  EXPECT_EQ(counter("drop_tolerated"), 2);
  must("ip -n " + kiosk_ + " link add usb0 type veth peer name usb0p");
  must("ip -n " + kiosk_ + " link set usb0 up");
  EXPECT_FALSE(tripped()) << "tolerated packets and the kernel's own multicast are no contact";
  EXPECT_TRUE(silent("203.0.113.9"));
  EXPECT_TRUE(tripped());
  apply(compiled.release_script);
  // Without IPv6 in the policy neighbour discovery is silent, so a neighbour is given by hand.
  must("ip -n " + kiosk_ + " -6 neigh replace fd00:10::1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent");
  datagram("fd00:10::1", 4444);
  EXPECT_TRUE(tripped());
}

TEST_F(Kernel, a_flow_that_policy_no_longer_knows_is_stale_and_not_a_contact) {
  apply(compile(test::checked(test::sample())).policy_script);
  ASSERT_TRUE(answers("198.18.10.20"));
  // An echo that was answered is an established flow; the same identifier goes on under a policy without it.
  auto network = test::sample();
  std::ofstream(dir_ / "flow.py") << "import socket,sys,subprocess\n"
                                     "s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);s.bind(('198.18.10.10',40000))\n"
                                     "s.settimeout(3)\ns.sendto(b'a',('198.18.10.20',9001));s.recvfrom(9)\n"
                                     "subprocess.check_call(['nft','-f',sys.argv[1]])\n"
                                     "try: s.sendto(b'b',('198.18.10.20',9001))\nexcept OSError: print('refused')\n";
  network.allow_out.erase(network.allow_out.begin() + 1, network.allow_out.begin() + 3);
  std::ofstream(dir_ / "second.nft") << compile(test::checked(network)).policy_script;
  const auto flow = run("ip netns exec " + peer_ + " python3 -c \"import socket,subprocess\n"
                        "s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);s.bind(('198.18.10.20',9001));s.settimeout(5)\n"
                        "p=subprocess.Popen(['ip','netns','exec','" + kiosk_ + "','python3','" + (dir_ / "flow.py").string() +
                        "','" + (dir_ / "second.nft").string() + "'])\nd,a=s.recvfrom(9);s.sendto(b'r',a)\nassert p.wait(10)==0\"");
  EXPECT_EQ(flow.status, 0) << flow.out;
  EXPECT_EQ(counter("drop_stale"), 1) << flow.out;
  EXPECT_FALSE(tripped());
}

TEST_F(Kernel, cut_table_stands_without_the_policy_table) {
  const auto compiled = compile(test::checked(test::sample()));
  apply(compiled.release_script);  // nothing is there: must not fail
  apply(compiled.policy_script);
  apply(compiled.cut_script);
  EXPECT_TRUE(silent("198.18.10.20"));
  ASSERT_EQ(nft("delete table inet kioskward").status, 0);
  EXPECT_TRUE(silent("198.18.10.20"));
  apply(compiled.cut_script);  // twice is once
  apply(compiled.release_script);
  EXPECT_TRUE(answers("198.18.10.20"));
}

TEST_F(Kernel, watch_drops_nothing_and_off_leaves_nothing) {
  apply(compile(test::checked(test::sample(v1::WATCH))).policy_script);
  EXPECT_TRUE(answers("203.0.113.9"));
  EXPECT_EQ(counter("drop_illegal"), 1);
  apply(compile(test::checked(test::sample(v1::OFF))).policy_script);
  EXPECT_EQ(nft("list ruleset").out, "");
}

TEST_F(Kernel, dual_stack_and_no_channel_left) {
  auto network = test::sample();
  network.allow_out.push_back({"six", "fd00:10::/64", v1::ICMP, {}});
  network.cut.leave_platform_channel = false;
  const auto compiled = compile(test::checked(network));
  apply(compiled.policy_script);
  EXPECT_TRUE(answers("fd00:10::1"));
  datagram("203.0.113.9", 1);
  EXPECT_TRUE(silent("fd00:10::1"));
  const auto before = counter("platform_0");
  datagram("198.18.20.2", 8660);
  EXPECT_EQ(counter("platform_0"), before);
}

TEST_F(Kernel, traffic_by_another_interface_trips) {
  apply(compile(test::checked(test::sample())).policy_script);
  must("ip -n " + kiosk_ + " link add usb0 type veth peer name usb0p");
  must("ip -n " + kiosk_ + " addr add 192.0.2.1/24 dev usb0");
  must("ip -n " + kiosk_ + " link set usb0 up");
  must("ip -n " + kiosk_ + " link set usb0p up");
  must("ip -n " + kiosk_ + " neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev usb0");
  datagram("192.0.2.9", 8080);
  EXPECT_EQ(counter("drop_foreign"), 1);
  EXPECT_TRUE(tripped());
}

}  // namespace
}  // namespace kw::policy
