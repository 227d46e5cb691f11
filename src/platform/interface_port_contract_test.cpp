// What every InterfacePort promises, asked of the Linux adapter (in a namespace of its own) and of the recorded one.
#include <filesystem>
#include <fstream>
#include <memory>

#include "platform/linux/linux_interface_port.h"
#include "platform/linux/namespace_fixture_test.h"
#include "platform/recorded/recorded_interface_port.h"

namespace kw::platform {
namespace {

using namespace device;
constexpr auto kMac = "02:4b:57:00:10:10";

/// A machine with the pinned port eth0, and what a stranger may do to it, in each of the two ways.
class InterfaceMachine {
 public:
  virtual ~InterfaceMachine() = default;
  virtual InterfacePort& port() = 0;
  virtual void second_port() = 0;    // "usb0" appears and is up
  virtual void rename() = 0;         // eth0 becomes wlan0
  virtual void other_mac() = 0;
  virtual void other_address() = 0;  // 198.18.10.99/24 in place of the right one
  virtual void other_route() = 0;    // default by 198.18.10.66
};

class LinuxMachine final : public InterfaceMachine {
 public:
  LinuxMachine() {
    run_ok("ip link add eth0 type veth peer name far0");
    run_ok(std::string("ip link set eth0 address ") + kMac);
    run_ok("ip link set far0 up");
    run_ok("ip link set eth0 up");
    run_ok("ip addr add 198.18.10.10/24 dev eth0");
    run_ok("ip route add default via 198.18.10.1");
    std::filesystem::create_directories(root_ + "/etc");
    std::ofstream(root_ + "/etc/resolv.conf") << "nameserver 8.8.8.8\n";
    port_ = std::make_unique<LinuxInterfacePort>(LinuxInterfacePort::Options{root_});
  }
  ~LinuxMachine() override { std::filesystem::remove_all(root_); }
  InterfacePort& port() override { return *port_; }
  void second_port() override {
    run_ok("ip link add usb0 type veth peer name usb1");
    run_ok("ip link set usb0 up");
  }
  void rename() override {
    run_ok("ip link set eth0 down");
    run_ok("ip link set eth0 name wlan0");
    run_ok("ip link set wlan0 up");
  }
  void other_mac() override { run_ok("ip link set eth0 address 02:66:66:66:66:66"); }
  void other_address() override {
    run_ok("ip addr flush dev eth0");
    run_ok("ip addr add 198.18.10.99/24 dev eth0");
  }
  void other_route() override { run_ok("ip route replace default via 198.18.10.66"); }

 private:
  std::string root_ = (std::filesystem::path(::testing::TempDir()) / ("kw-ifport-" + std::to_string(::getpid()))).string();
  std::unique_ptr<LinuxInterfacePort> port_;
};

class RecordedInterfaceMachine final : public InterfaceMachine {
 public:
  RecordedInterfaceMachine() {
    auto& s = port_.state;
    s.links = {{Change::present, 1, "lo", "loopback", "", "", true},
               {Change::present, 2, "eth0", "ether", kMac, "", true},
               {Change::present, 3, "far0", "veth", "02:00:00:00:00:03", "", true}};
    s.addresses = {{Change::present, 2, "eth0", "198.18.10.10/24", false}};
    s.defaults = {{Change::present, "default", "198.18.10.1", "eth0"}};
    s.resolvers = {"8.8.8.8"};
  }
  InterfacePort& port() override { return port_; }
  void second_port() override { port_.state.links.push_back({Change::present, 9, "usb0", "veth", "02:00:00:00:00:09", "", true}); }
  void rename() override { port_.state.links[1].name = "wlan0"; }
  void other_mac() override { port_.state.links[1].mac = "02:66:66:66:66:66"; }
  void other_address() override { port_.state.addresses[0].address = "198.18.10.99/24"; }
  void other_route() override { port_.state.defaults[0].gateway = "198.18.10.66"; }

 private:
  RecordedInterfacePort port_;
};

InterfacesWanted wanted() {
  InterfacesWanted out;
  out.port = {"eth0", kMac, "198.18.10.10/24", "198.18.10.1", "02:4b:57:00:10:01"};
  out.others_down = out.restore_identity = out.pin_gateway = true;
  out.resolvers = {"198.18.10.53"};
  out.tolerated = {"far0", "usb1"};
  return out;
}

class InterfacePortContract : public NamespaceTest, public testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    NamespaceTest::SetUp();
    if (IsSkipped()) return;
    if (GetParam()) machine_ = std::make_unique<LinuxMachine>();
    else machine_ = std::make_unique<RecordedInterfaceMachine>();
    settle();
  }
  void TearDown() override {
    machine_.reset();
    NamespaceTest::TearDown();
  }
  /// settle applies plans until nothing is left to do: a few rounds, for one change can undo what another needs.
  std::vector<std::string> settle() {
    std::vector<std::string> actions;
    for (int round = 0; round < 5; ++round) {
      const auto seen = machine_->port().look(wanted().port);
      EXPECT_TRUE(seen) << seen.error().text();
      const auto plan = plan_interfaces(wanted(), *seen);
      if (plan.empty()) return actions;
      for (const auto& change : plan) {
        const auto done = machine_->port().apply(change);
        EXPECT_TRUE(done) << word_of(change).action << " " << word_of(change).subject << ": " << done.error().text();
        actions.push_back(word_of(change).action);
      }
    }
    ADD_FAILURE() << "the plan does not become empty";
    return actions;
  }
  std::unique_ptr<InterfaceMachine> machine_;
};
INSTANTIATE_TEST_SUITE_P(All, InterfacePortContract, testing::Bool(),
                         [](const auto& which) { return which.param ? "Linux" : "Recorded"; });

TEST_P(InterfacePortContract, nothing_is_left_to_do_after_settling) { EXPECT_TRUE(settle().empty()); }
TEST_P(InterfacePortContract, a_second_port_goes_down) {
  machine_->second_port();
  EXPECT_EQ(settle(), std::vector<std::string>{"link.down"});
}
TEST_P(InterfacePortContract, a_renamed_port_gets_its_name_and_routes_back) {
  machine_->rename();
  EXPECT_THAT(settle(), testing::IsSupersetOf({"name", "link.up", "route"}));
}
TEST_P(InterfacePortContract, mac_address_and_route_are_put_back) {
  machine_->other_mac();
  EXPECT_THAT(settle(), testing::Contains("mac"));
  machine_->other_address();
  EXPECT_THAT(settle(), testing::Contains("address"));
  machine_->other_route();
  EXPECT_THAT(settle(), testing::Contains("route"));
}
TEST_P(InterfacePortContract, what_is_not_there_is_an_error) {
  EXPECT_FALSE(machine_->port().apply(LinkDown{4711, "gone", "ether"}));
  EXPECT_EQ(machine_->port().origin("gone").code(), Errc::not_found);
  EXPECT_EQ(machine_->port().owner("gone"), "");
}

class MovedPort : public NamespaceTest {};

TEST_F(MovedPort, is_found_in_the_other_namespace_and_fetched_back) {
  run_ok("ip link add eth0 type veth peer name far0");
  run_ok(std::string("ip link set eth0 address ") + kMac);
  LinuxInterfacePort port;
  const PinnedPort pinned{"eth0", kMac, "198.18.10.10/24", "", ""};
  auto here = port.look(pinned);
  ASSERT_TRUE(here) << here.error().text();
  EXPECT_FALSE(here->elsewhere);
  // A process in a namespace of its own takes the port.
  int ready[2], done[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(done), 0);
  const pid_t thief = ::fork();
  ASSERT_GE(thief, 0);
  if (thief == 0) {
    char octet = ::unshare(CLONE_NEWNET) == 0 ? 'y' : 'n';
    (void)!::write(ready[1], &octet, 1);
    (void)!::read(done[0], &octet, 1);
    ::_exit(0);
  }
  char octet = 0;
  ASSERT_EQ(::read(ready[0], &octet, 1), 1);
  ASSERT_EQ(octet, 'y');
  run_ok("ip link set eth0 netns " + std::to_string(thief));
  auto away = port.look(pinned);
  ASSERT_TRUE(away) << away.error().text();
  EXPECT_TRUE(away->elsewhere);
  const auto fetched = port.apply(BringBack{"eth0"});
  EXPECT_TRUE(fetched) << fetched.error().text();
  auto back = port.look(pinned);
  ASSERT_TRUE(back);
  EXPECT_FALSE(back->elsewhere);
  EXPECT_TRUE(std::ranges::any_of(back->links, [](const auto& l) { return l.name == "eth0" && !l.up; }));
  ASSERT_EQ(::write(done[1], "x", 1), 1);
  for (const int fd : {ready[0], ready[1], done[0], done[1]}) ::close(fd);
}

TEST_F(MovedPort, a_tunnel_has_its_process_named) {
  const int tun = ::open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  if (tun < 0) GTEST_SKIP() << "no /dev/net/tun here: " << std::strerror(errno);
  ::close(tun);
  run_ok("ip tuntap add dev tun7 mode tun");
  LinuxInterfacePort port;
  EXPECT_EQ(port.owner("tun7"), "");  // made and let go: nobody holds it
}

}  // namespace
}  // namespace kw::platform
