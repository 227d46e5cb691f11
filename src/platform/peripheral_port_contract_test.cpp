// What every PeripheralPort promises, asked of the kernel's files (a tree that does as a kernel does), of the real
// usbguard-daemon over umockdev, and of the recorded one alike.
#include <gmock/gmock.h>

#include "platform/linux/namespace_fixture_test.h"
#include "platform/linux/peripheral_fixture_test.h"
#include "platform/linux/sysfs_peripherals.h"
#include "platform/linux/system_clock.h"
#include "platform/linux/usbguard_peripherals.h"
#include "platform/recorded/recorded_peripherals.h"

namespace kw::platform {
namespace {

using device::Peripheral;

/// A machine with a root hub and an unauthorised keyboard on port 1-1, that lets new devices in.
class Machine {
 public:
  virtual ~Machine() = default;
  virtual device::PeripheralPort& port() = 0;
  virtual void swap_keyboard() = 0;  // another device takes its place, with another enumeration
};

class SysfsMachine final : public Machine {
 public:
  SysfsMachine() {
    auto tree = std::make_unique<FakeSys>(dir_);
    tree->build();
    tree_ = tree.get();
    port_ = std::make_unique<SysfsPeripherals>(std::move(tree));
  }
  device::PeripheralPort& port() override { return *port_; }
  void swap_keyboard() override { tree_->usb("1-1", 0x0781, 0x5567, {{8, 6, 0x50}}, 9, false); }

 private:
  ScratchDir dir_;
  FakeSys* tree_ = nullptr;
  std::unique_ptr<SysfsPeripherals> port_;
};

class UsbguardMachine final : public Machine {
 public:
  UsbguardMachine() : daemon_(dir_) {
    daemon_.start();
    port_ = std::make_unique<UsbguardPeripherals>(
        std::make_unique<SysfsPeripherals>(std::make_unique<SysTree>(daemon_.root())), clock_);
  }
  device::PeripheralPort& port() override { return *port_; }
  void swap_keyboard() override { std::ofstream(daemon_.root() + kController + "/1-1/devnum", std::ios::trunc) << "9"; }

 private:
  ScratchDir dir_;
  SystemClock clock_;
  UsbguardDaemon daemon_;
  std::unique_ptr<UsbguardPeripherals> port_;
};

class RecordedMachine final : public Machine {
 public:
  RecordedMachine() {
    port_.plug(device::testing::root_hub());
    auto keyboard = device::testing::usb("1-1", "046d", "c31c", {"03:00:00", "03:01:01"}, 2, "S1");
    port_.plug(keyboard);
    EXPECT_TRUE(port_.block(keyboard));
  }
  device::PeripheralPort& port() override { return port_; }
  void swap_keyboard() override {
    auto other = device::testing::usb("1-1", "0781", "5567", {"08:06:50"}, 9);
    port_.plug(other);
    EXPECT_TRUE(port_.block(other));
  }

 private:
  RecordedPeripherals port_;
};

struct PeripheralDriver {
  const char* title;
  std::unique_ptr<Machine> (*make)();
};
template <class M>
std::unique_ptr<Machine> make() {
  return std::make_unique<M>();
}
const PeripheralDriver kDrivers[] = {
    {"Sysfs", make<SysfsMachine>}, {"Usbguard", make<UsbguardMachine>}, {"Recorded", make<RecordedMachine>}};

class PeripheralPortContract : public NamespaceTest, public testing::WithParamInterface<PeripheralDriver> {
 protected:
  void SetUp() override {
    if (std::string(GetParam().title) == "Usbguard" && !UsbguardDaemon::installed())
      GTEST_SKIP() << "usbguard and umockdev are not installed";
    NamespaceTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    machine_ = GetParam().make();
    ASSERT_FALSE(HasFatalFailure());
  }
  void TearDown() override {
    machine_.reset();
    NamespaceTest::TearDown();
  }
  device::PeripheralPort& port() { return machine_->port(); }
  Peripheral find(const std::string& handle) {
    const auto seen = port().list();
    EXPECT_TRUE(seen) << seen.error().text();
    if (seen)
      for (const auto& one : seen->devices)
        if (one.handle == handle) return one;
    ADD_FAILURE() << handle << " is not listed";
    return {};
  }
  std::unique_ptr<Machine> machine_;
};
INSTANTIATE_TEST_SUITE_P(All, PeripheralPortContract, testing::ValuesIn(kDrivers),
                         [](const auto& one) { return std::string(one.param.title); });

TEST_P(PeripheralPortContract, ListShowsWhatIsPluggedIn) {
  EXPECT_FALSE(port().name().empty());
  const auto hub = find("usb1");
  EXPECT_TRUE(hub.fixed && hub.authorised);
  const auto keyboard = find("1-1");
  EXPECT_EQ(keyboard.port, "1-1");
  EXPECT_EQ(keyboard.vendor + ":" + keyboard.product, "046d:c31c");
  EXPECT_THAT(keyboard.interfaces, testing::ElementsAre("03:00:00", "03:01:01"));
  EXPECT_EQ(keyboard.serial, "S1");
  EXPECT_FALSE(keyboard.digest.empty());
  EXPECT_TRUE(keyboard.readable);
  EXPECT_FALSE(keyboard.authorised || keyboard.fixed || keyboard.system);
}
TEST_P(PeripheralPortContract, WhatIsLetInAndPutOutIsReadBack) {
  const auto keyboard = find("1-1");
  for (int i = 0; i < 2; ++i) {  // the second time there is nothing to do, which is done too
    const auto done = port().authorise(keyboard);
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_TRUE(find("1-1").authorised);
  }
  for (int i = 0; i < 2; ++i) {
    const auto done = port().block(find("1-1"));
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_FALSE(find("1-1").authorised);
  }
}
TEST_P(PeripheralPortContract, ADeviceThatTookAnothersPlaceIsNotLetInForIt) {
  const auto keyboard = find("1-1");
  machine_->swap_keyboard();
  EXPECT_EQ(port().authorise(keyboard).code(), Errc::conflict);
  EXPECT_FALSE(find("1-1").authorised);
}
TEST_P(PeripheralPortContract, WhatHasGoneIsNotFound) {
  auto gone = find("1-1");
  gone.handle = gone.port = "1-7";
  EXPECT_EQ(port().authorise(gone).code(), Errc::not_found);
  EXPECT_EQ(port().block(gone).code(), Errc::not_found);
}
TEST_P(PeripheralPortContract, TheMachineItselfIsNeverPutOut) {
  EXPECT_EQ(port().block(find("usb1")).code(), Errc::wrong_state);
  EXPECT_TRUE(find("usb1").authorised);
}
TEST_P(PeripheralPortContract, ClosedOnceAndOpenedToWhatItWas) {
  device::v1::PeripheralPolicy policy;
  *policy.add_allow() = device::testing::rule("a \"keyboard\"", "046d", "c31c", {"03:*:*"});
  EXPECT_FALSE(port().list()->closed);
  const auto before = port().before();
  ASSERT_TRUE(before) << before.error().text();
  EXPECT_FALSE(before->empty());
  for (int i = 0; i < 2; ++i) {
    const auto closed = port().close(policy);
    ASSERT_TRUE(closed) << closed.error().text();
    EXPECT_TRUE(port().list()->closed);
    EXPECT_EQ(port().before().value(), "");
  }
  const auto opened = port().open(*before);
  ASSERT_TRUE(opened) << opened.error().text();
  EXPECT_FALSE(port().list()->closed);
  EXPECT_EQ(port().before().value(), *before);
}

TEST(RecordedPeripherals, LosesAndFindsItself) {
  RecordedPeripherals port;
  port.plug(device::testing::keyboard());
  port.lose(Error(Errc::unavailable, "gone"));
  EXPECT_EQ(port.list().code(), Errc::unavailable);
  EXPECT_EQ(port.block(device::testing::keyboard()).code(), Errc::unavailable);
  port.lose(std::nullopt);
  EXPECT_TRUE(port.block(device::testing::keyboard()));
  EXPECT_THAT(port.calls(), testing::ElementsAre("block 1-1"));
}

}  // namespace
}  // namespace kw::platform
