// The adapters' own sides: the kernel's tree, uevents of a real kernel, key records, a reader on a pseudo terminal, and
// USBGuard's daemon that dies.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/input.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <thread>

#include "device/peripherals/sam_module.h"
#include "platform/linux/evdev_keys.h"
#include "platform/linux/namespace_fixture_test.h"
#include "platform/linux/peripheral_fixture_test.h"
#include "platform/linux/serial_module.h"
#include "platform/linux/sysfs_peripherals.h"
#include "platform/linux/system_clock.h"
#include "platform/linux/uevent.h"
#include "platform/linux/uevent_socket.h"
#include "platform/linux/usbguard_peripherals.h"

namespace kw::platform {
namespace {

using device::Peripheral;
using testing::ElementsAre;

class SysfsPeripheralsTest : public testing::Test {
 protected:
  SysfsPeripheralsTest() {
    auto made = std::make_unique<FakeSys>(dir);
    made->build();
    tree = made.get();
    owned = std::move(made);
  }
  SysfsPeripherals& port(const std::string& system = "0:0") {
    if (!made_) made_ = std::make_unique<SysfsPeripherals>(std::move(owned), system);
    return *made_;
  }
  Peripheral find(const std::string& handle) {
    const auto seen = port().list();
    for (const auto& one : seen->devices)
      if (one.handle == handle) return one;
    ADD_FAILURE() << handle << " is not listed";
    return {};
  }
  ScratchDir dir;
  FakeSys* tree = nullptr;
  std::unique_ptr<FakeSys> owned;

 private:
  std::unique_ptr<SysfsPeripherals> made_;
};

TEST_F(SysfsPeripheralsTest, a_card_is_unbound_from_its_driver_and_bound_again) {
  const auto card = find("mmc0:aaaa");
  EXPECT_EQ(card.bus, Peripheral::Bus::card);
  EXPECT_EQ(card.vendor + ":" + card.product, "0003:5344");
  EXPECT_THAT(card.interfaces, ElementsAre("sd"));
  EXPECT_EQ(card.port, "mmc0");
  EXPECT_TRUE(card.authorised);
  ASSERT_TRUE(port().block(card));
  EXPECT_EQ(tree->text("/sys/bus/mmc/drivers/mmcblk/unbind"), "mmc0:aaaa");
  EXPECT_FALSE(find("mmc0:aaaa").authorised);
  ASSERT_TRUE(port().authorise(card));
  EXPECT_TRUE(find("mmc0:aaaa").authorised);
}
TEST_F(SysfsPeripheralsTest, soldered_memory_and_the_disk_of_the_system_belong_to_the_machine) {
  tree->card("mmc1:0001", "MMC");
  dir.put("/sys/devices/platform/mmc1host/of_node/non-removable", "");
  tree->link("/sys/class/mmc_host/mmc1/device", "/sys/devices/platform/mmc1host");
  tree->usb("1-2", 0x0781, 0x5567, {{8, 6, 0x50}}, 3, true);
  const auto block = FakeSys::directory("1-2") + "/1-2:1.0/host0/target0:0:0/0:0:0:0/block/sda/sda2";
  dir.put(block + "/partition", "2\n");
  // "/" stands on a mapped device over sda2.
  dir.put("/sys/devices/virtual/block/dm-0/size", "1\n");
  tree->link("/sys/devices/virtual/block/dm-0/slaves/sda2", block);
  tree->link("/sys/dev/block/253:0", "/sys/devices/virtual/block/dm-0");
  EXPECT_TRUE(port("253:0").list());
  EXPECT_TRUE(find("mmc1:0001").fixed);
  EXPECT_TRUE(find("1-2").system);
  EXPECT_FALSE(find("1-1").system);
  EXPECT_EQ(port().block(find("1-2")).code(), Errc::wrong_state);
  EXPECT_EQ(port().block(find("mmc1:0001")).code(), Errc::wrong_state);
}
TEST_F(SysfsPeripheralsTest, two_hundred_sticks_with_one_serial_number) {
  for (int i = 1; i <= 200; ++i) tree->usb("2-" + std::to_string(i), 0x0781, 0x5567, {{8, 6, 0x50}}, i, true, "0001");
  EXPECT_EQ(port().list()->devices.size(), 203U);
  EXPECT_EQ(find("2-117").serial, "0001");
}
TEST_F(SysfsPeripheralsTest, descriptors_that_lie_make_a_device_unreadable) {
  dir.put(FakeSys::directory("1-1") + "/idVendor", "04b8\n");
  EXPECT_FALSE(find("1-1").readable);
  dir.put(FakeSys::directory("1-1") + "/descriptors", "short");
  EXPECT_FALSE(find("1-1").readable);
}
TEST_F(SysfsPeripheralsTest, a_device_swapped_in_the_moment_of_the_write_is_put_out_again) {
  const auto keyboard = find("1-1");
  tree->on_write = [this](const std::string& path) {
    if (path.ends_with("1-1/authorized") && tree->text(path) == "1")
      tree->usb("1-1", 0x0781, 0x5567, {{8, 6, 0x50}}, 9, true);
  };
  EXPECT_EQ(port().authorise(keyboard).code(), Errc::conflict);
  EXPECT_FALSE(find("1-1").authorised);
}
TEST_F(SysfsPeripheralsTest, a_kernel_that_does_not_follow_is_an_error) {
  tree->deaf = true;
  EXPECT_EQ(port().authorise(find("1-1")).code(), Errc::io);
  EXPECT_EQ(port().block(find("mmc0:aaaa")).code(), Errc::io);
  EXPECT_EQ(port().close({}).code(), Errc::io);
}
TEST_F(SysfsPeripheralsTest, keyboards_and_serial_lines_are_found_below_a_device_that_is_let_in) {
  const auto at = FakeSys::directory("1-1");
  const auto input = at + "/1-1:1.0/0003:046D:C31C.0001/input/input5";
  dir.put(input + "/event3/dev", "13:67\n");
  dir.put(input + "/capabilities/key", "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe\n");
  const auto media = at + "/1-1:1.1/0003:046D:C31C.0002/input/input6";
  dir.put(media + "/event4/dev", "13:68\n");
  dir.put(media + "/capabilities/key", "3007ff 0 0 0\n");
  dir.put(at + "/1-1:1.2/tty/ttyACM0/dev", "166:0\n");
  EXPECT_TRUE(find("1-1").keyboards.empty());  // not while it is kept out
  ASSERT_TRUE(port().authorise(find("1-1")));
  EXPECT_THAT(find("1-1").keyboards, ElementsAre("/dev/input/event3"));
  EXPECT_THAT(find("1-1").serial_lines, ElementsAre("/dev/ttyACM0"));
}
TEST_F(SysfsPeripheralsTest, a_machine_without_any_bus_is_closed_and_empty) {
  SysfsPeripherals none(std::make_unique<SysTree>(dir.path() + "/nowhere"), "0:0");
  const auto seen = none.list();
  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->devices.empty() && seen->closed);
}
TEST_F(SysfsPeripheralsTest, the_boot_parameter_is_told_and_only_gates_are_opened) {
  EXPECT_EQ(port().list()->boot_default, "0");
  dir.put("/sys/other", "0\n");
  EXPECT_TRUE(port().open("/sys/other 1\n/sys/bus/usb/devices/usb9/authorized_default 1\n"));
  EXPECT_EQ(tree->text("/sys/other"), "0");
  EXPECT_TRUE(port().close({}));
  EXPECT_TRUE(port().open(""));
  EXPECT_EQ(tree->text(kController + "/authorized_default"), "1");
}

// ---- uevents ----------------------------------------------------------------------------------------------------

std::string message(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const auto part : parts) {
    out += part;
    out += '\0';
  }
  return out;
}

TEST(Uevent, one_of_a_device) {
  const auto event = parse_uevent(bytes_of(message({"add@/devices/x/1-1", "ACTION=add", "DEVPATH=/devices/x/1-1",
                                                    "SUBSYSTEM=usb", "DEVTYPE=usb_device", "SEQNUM=7"})));
  ASSERT_TRUE(event) << event.error().text();
  EXPECT_EQ(event->action, "add");
  EXPECT_EQ(event->devpath, "/devices/x/1-1");
  EXPECT_TRUE(about_peripherals(*event));
}
TEST(Uevent, which_are_about_peripherals) {
  const auto about = [](const char* subsystem, const char* devtype) {
    return about_peripherals({"add", "/d", subsystem, devtype});
  };
  EXPECT_TRUE(about("usb", "usb_device"));
  EXPECT_FALSE(about("usb", "usb_interface"));
  EXPECT_TRUE(about("mmc", ""));
  EXPECT_TRUE(about("input", ""));
  EXPECT_TRUE(about("tty", ""));
  EXPECT_FALSE(about("net", ""));
}
TEST(Uevent, refusals) {
  for (const auto& bad :
       {message({}), message({"libudev"}), message({"@/d"}), message({"add@d"}), message({"add@/a/../b"}),
        message({"add@/d", "SUBSYSTEM"}), message({"add@/d", "ACTION=remove"}), message({"add@/d", "DEVPATH=/e"})})
    EXPECT_EQ(parse_uevent(bytes_of(bad)).code(), Errc::malformed) << bad;
  EXPECT_EQ(parse_uevent(Bytes(kMostUevent + 1)).code(), Errc::too_large);
}

class UeventSocketTest : public NamespaceTest {};

// The kernel's own uevents: a new link's reach the namespace that it was made in.
TEST_F(UeventSocketTest, the_real_kernel_is_heard_and_what_is_not_ours_is_passed_over) {
  UeventSocket socket;
  EXPECT_EQ(socket.read().code(), Errc::wrong_state);
  const auto fd = socket.open();
  ASSERT_TRUE(fd) << fd.error().text();
  EXPECT_FALSE(socket.read()->devices);
  run_ok("ip link add kwu0 type bridge");
  pollfd waiting{*fd, POLLIN, 0};
  ASSERT_EQ(::poll(&waiting, 1, 3000), 1);
  const auto news = socket.read();
  ASSERT_TRUE(news);
  EXPECT_FALSE(news->devices);
  EXPECT_EQ(news->lost, 0U);
}
TEST_F(UeventSocketTest, a_queue_that_overflows_silently_is_told) {
  UeventSocket socket({.receive_buffer = 4096});
  ASSERT_TRUE(socket.open());
  for (int i = 0; i < 20; ++i) run_ok("ip link add kwu" + std::to_string(i) + " type bridge");
  const auto news = socket.read();
  ASSERT_TRUE(news);
  EXPECT_GT(news->lost, 0U);
  run_ok("ip link add kwlater type bridge");  // and it goes on hearing
  const auto later = socket.read();
  ASSERT_TRUE(later);
  EXPECT_EQ(later->lost, 0U);
}

// ---- keys -------------------------------------------------------------------------------------------------------

input_event key(int type, int code, int value, long second, long micro) {
  input_event out{};
  out.input_event_sec = second;
  out.input_event_usec = micro;
  out.type = static_cast<std::uint16_t>(type);
  out.code = static_cast<std::uint16_t>(code);
  out.value = value;
  return out;
}
template <std::size_t N>
ByteView octets(const input_event (&events)[N]) {
  return {reinterpret_cast<const Byte*>(events), sizeof events};
}

TEST(EvdevKeys, presses_count_repeats_releases_buttons_and_nonsense_do_not) {
  const input_event events[] = {key(EV_KEY, KEY_A, 1, 5, 1),
                                key(EV_SYN, 0, 0, 5, 1),
                                key(EV_KEY, KEY_A, 2, 5, 2),
                                key(EV_KEY, KEY_A, 0, 5, 3),
                                key(EV_KEY, BTN_LEFT, 1, 5, 4),
                                key(EV_REL, 0, 1, 5, 5),
                                key(EV_KEY, KEY_B, 1, -1, 5),
                                key(EV_KEY, KEY_B, 1, 5, 1'000'000),
                                key(EV_KEY, KEY_B, 1, INT64_MAX / 2, 0),
                                key(EV_KEY, KEY_ENTER, 1, 6, 7)};
  const auto presses = parse_key_presses(octets(events));
  ASSERT_TRUE(presses);
  EXPECT_THAT(*presses, ElementsAre(std::chrono::microseconds(5'000'001), std::chrono::microseconds(6'000'007)));
  EXPECT_EQ(parse_key_presses(octets(events).first(30)).code(), Errc::malformed);
}
TEST(EvdevKeys, a_source_is_read_until_it_closes) {
  ScratchDir dir;
  dir.put("/dev/input/.keep", "");
  ASSERT_EQ(::mkfifo((dir.path() + "/dev/input/event3").c_str(), 0600), 0);
  EvdevKeys keys(dir.path());
  EXPECT_EQ(keys.open("/dev/input/event9").code(), Errc::not_found);
  const auto fd = keys.open("/dev/input/event3");
  ASSERT_TRUE(fd) << fd.error().text();
  UniqueFd keyboard(::open((dir.path() + "/dev/input/event3").c_str(), O_WRONLY | O_CLOEXEC));
  const input_event events[] = {key(EV_KEY, KEY_A, 1, 5, 1)};
  EXPECT_THAT(keys.read(*fd).value(), testing::IsEmpty());
  ASSERT_EQ(::write(keyboard.get(), events, sizeof events), static_cast<ssize_t>(sizeof events));
  EXPECT_THAT(keys.read(*fd).value(), ElementsAre(std::chrono::microseconds(5'000'001)));
  keyboard.reset();
  EXPECT_EQ(keys.read(*fd).code(), Errc::closed);
  keys.close(*fd);
}

// ---- the ID-card reader's module --------------------------------------------------------------------------------

/// A reader on a pseudo terminal that answers one question with the given octets.
class PtyReader {
 public:
  explicit PtyReader(Bytes answer) : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    EXPECT_TRUE(master_ && ::grantpt(master_.get()) == 0 && ::unlockpt(master_.get()) == 0);
    line_ = ::ptsname(master_.get());
    // Keeps the line raw and alive between the master's life and the question.
    slave_.reset(::open(line_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    thread_ = std::thread([this, answer = std::move(answer)] {
      Bytes asked(device::sam_request().size());
      for (std::size_t at = 0; at < asked.size();) {
        pollfd waiting{master_.get(), POLLIN, 0};
        if (::poll(&waiting, 1, 3000) != 1) return;
        const auto n = ::read(master_.get(), asked.data() + at, asked.size() - at);
        if (n <= 0) return;
        at += static_cast<std::size_t>(n);
      }
      right_question = asked == device::sam_request();
      [[maybe_unused]] const auto n = ::write(master_.get(), answer.data(), answer.size());  // the reader's error shows
    });
  }
  ~PtyReader() { join(); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] const std::string& line() const noexcept { return line_; }
  bool right_question = false;

 private:
  UniqueFd master_, slave_;
  std::string line_;
  std::thread thread_;
};

TEST(SerialModule, a_reader_tells_its_number) {
  PtyReader reader(from_hex("aaaaaa96690014000090050003008d0034010c7b000015cd5b07c9").value());
  const auto number = SerialModule().module_of(reader.line());
  reader.join();
  EXPECT_TRUE(reader.right_question);
  ASSERT_TRUE(number) << number.error().text();
  EXPECT_EQ(*number, "05.03-20185229-0000031500-0123456789");
}
TEST(SerialModule, refusals) {
  EXPECT_EQ(SerialModule().module_of("/dev/kw-nowhere").code(), Errc::not_found);
  PtyReader silent({});
  EXPECT_EQ(SerialModule().module_of(silent.line()).code(), Errc::timeout);
  PtyReader wrong(from_hex("aaaaaa9669000400002125").value());
  EXPECT_EQ(SerialModule().module_of(wrong.line()).code(), Errc::unavailable);
}

// ---- USBGuard ---------------------------------------------------------------------------------------------------

TEST(UsbguardText, rules_are_as_strict_as_the_policy) {
  device::v1::PeripheralPolicy policy;
  auto printer = device::testing::rule("a \"p\\\"", "04b8", "0e15", {"07:01:*", "07:01:02"});
  printer.set_serial("P\"1");
  printer.set_port("1-1");
  *policy.add_allow() = printer;
  *policy.add_allow() = device::testing::rule("mice", "", "", {"03:01:02"});
  *policy.add_allow() = device::testing::rule("hub", "05e3", "0610", {"09:*:*"});
  *policy.add_allow() = device::testing::rule("adapter", "1a86", "7523", {"ff:*:*"});
  auto pinned = device::testing::rule("pinned", "04b8", "0e16", {"07:*:*"});
  pinned.set_digest(std::string(64, 'a'));
  *policy.add_allow() = pinned;
  const auto rules = compile_usbguard_rules(policy);
  ASSERT_EQ(rules.size(), 3U);
  EXPECT_THAT(rules[0], testing::StartsWith("allow via-port one-of { \"usb1\" \"usb2\""));
  EXPECT_EQ(
      rules[1],
      R"(allow id 04b8:0e15 serial "P\"1" via-port "1-1" with-interface match-all { 07:01:* 07:01:02 } label "kioskward: a \"p\\\"")");
  EXPECT_EQ(rules[2], R"(allow with-interface match-all { 03:01:02 } label "kioskward: mice")");
  policy.set_serial_adapters(true);
  EXPECT_EQ(compile_usbguard_rules(policy).size(), 4U);
}
TEST(UsbguardText, lines) {
  const auto lines = parse_usbguard_lines(
      "1: allow id 1d6b:0002 name \"x via-port \\\"9-9\\\" y\" via-port \"usb1\" hash \"a\"\n2: block id 1:2\n3: "
      "block\n");
  ASSERT_TRUE(lines) << lines.error().text();
  ASSERT_EQ(lines->size(), 3U);
  EXPECT_EQ((*lines)[0].attribute("via-port"), "usb1");  // a device's name cannot pose as a port
  EXPECT_TRUE((*lines)[0].allows());
  EXPECT_EQ((*lines)[1].attribute("via-port"), "");
  for (const auto* bad : {"x", "1 allow", ": allow", "1a: allow", "1: permit x"})
    EXPECT_EQ(parse_usbguard_lines(bad).code(), Errc::malformed) << bad;
  std::string many;
  for (int i = 0; i < 4097; ++i) many += "1: block\n";
  EXPECT_EQ(parse_usbguard_lines(many).code(), Errc::too_large);
}

class UsbguardTest : public NamespaceTest {
 protected:
  void SetUp() override {
    if (!UsbguardDaemon::installed()) GTEST_SKIP() << "usbguard and umockdev are not installed";
    NamespaceTest::SetUp();
  }
  ScratchDir dir;
  SystemClock clock;
};

TEST_F(UsbguardTest, the_daemon_holds_the_policy_by_itself_and_its_death_is_seen) {
  UsbguardDaemon daemon(dir);
  daemon.start();
  ASSERT_FALSE(HasFatalFailure());
  UsbguardPeripherals port(std::make_unique<SysfsPeripherals>(std::make_unique<SysTree>(daemon.root())), clock);
  device::v1::PeripheralPolicy policy;
  *policy.add_allow() = device::testing::rule("keyboard", "046d", "c31c", {"03:01:01", "03:00:00"});
  ASSERT_TRUE(port.close(policy));
  const SysTree tree(dir.path());
  EXPECT_THAT(tree.text("/rules.conf"), testing::HasSubstr("label \"kioskward: keyboard\""));
  EXPECT_THAT(tree.text("/rules.conf"), testing::Not(testing::HasSubstr("1111:2222")));
  daemon.stop();
  const auto seen = port.list();
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.code(), Errc::unavailable);
  daemon.start();  // without us: the rules in its file let the keyboard in
  ASSERT_FALSE(HasFatalFailure());
  const auto listed = run_process({{"usbguard", "list-devices"}});
  ASSERT_TRUE(listed);
  EXPECT_THAT(listed->out, testing::HasSubstr(": allow id 046d:c31c"));
}

}  // namespace
}  // namespace kw::platform
