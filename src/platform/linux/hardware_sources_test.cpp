#include "platform/linux/hardware_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kw::platform {
namespace {

using testing::AnyOf;
using testing::Contains;
using testing::Not;

std::string source_fixture(const std::string& name) {
  return std::string(KW_SOURCE_DIR) + "/src/platform/linux/testdata/" + name;
}

// "name=value", or "name absent".
std::vector<std::string> lines(const HardwareReading& reading) {
  std::vector<std::string> out;
  for (const auto& s : reading.sources) out.push_back(s.value ? s.name + "=" + *s.value : s.name + " absent");
  return out;
}

TEST(HardwareSources, ADesktopTellsBoardProcessorDisksAndCard) {
  const auto reading = read_hardware({source_fixture("desktop"), ""});
  ASSERT_TRUE(reading) << reading.error().text();
  EXPECT_EQ(reading->unique_id, "0123456789abcdef0123456789abcdef");
  EXPECT_THAT(
      lines(*reading),
      testing::ElementsAre("cpu.model=Intel(R) Core(TM) i5-11400 @ 2.60GHz", "cpu.serial absent",
                           "disk.nvme0n1.model=Samsung SSD 980", "disk.nvme0n1.serial=S64DNX0R000000",
                           "disk.nvme0n1.wwid=eui.002538d500000001", "disk.sda.model=SAMSUNG MZ7L3480",
                           "disk.sda.serial absent", "disk.sda.wwid=naa.5002538e00000001", "dmi.board_name=KB-H510",
                           "dmi.board_serial=MB-7781-0042", "dmi.board_vendor=Kiosk Boards Ltd.",
                           "dmi.product_serial absent", "dmi.product_uuid=4c4c4544-0042-3510-8051-b7c04f4e3232",
                           "machine-id=0123456789abcdef0123456789abcdef", "nic.enp3s0.permanent_mac=3c:ec:ef:00:00:01",
                           "nic.wlp2s0.permanent_mac absent"));
}

TEST(HardwareSources, AnArmBoardTellsModelAndSerialOfItsProcessor) {
  const auto reading = read_hardware({source_fixture("arm"), ""});
  ASSERT_TRUE(reading) << reading.error().text();
  EXPECT_EQ(reading->unique_id, "fedcba9876543210fedcba9876543210");
  const auto found = lines(*reading);
  EXPECT_THAT(found, Contains("cpu.model=Raspberry Pi 4 Model B Rev 1.4"));
  EXPECT_THAT(found, Contains("cpu.serial=10000000a1b2c3d4"));
  EXPECT_THAT(found, Contains("disk.mmcblk0.model=SC32G"));
  EXPECT_THAT(found, Contains("dmi.board_serial absent"));
}

TEST(HardwareSources, AMachinesFillersAreNoIdentity) {
  const auto reading = read_hardware({source_fixture("vm"), ""});
  ASSERT_TRUE(reading) << reading.error().text();
  const auto found = lines(*reading);
  EXPECT_THAT(found, Contains("dmi.board_serial absent"));
  EXPECT_THAT(found, Contains("dmi.product_uuid absent"));
  EXPECT_THAT(found, Contains("disk.vda.serial=kiosk-disk-1"));
  EXPECT_THAT(found, Contains("nic.eth0.permanent_mac=52:54:00:12:34:56"));
}

TEST(HardwareSources, AVethCountsOnlyAsThePinnedInterface) {
  const auto without = read_hardware({source_fixture("desktop"), "enp3s0"});
  ASSERT_TRUE(without);
  EXPECT_THAT(lines(*without), Not(Contains(testing::HasSubstr("veth7"))));
  EXPECT_THAT(lines(*without), Not(Contains(testing::HasSubstr("enp3s0.mac"))));
  const auto with = read_hardware({source_fixture("desktop"), "veth7"});
  ASSERT_TRUE(with);
  EXPECT_THAT(lines(*with), Contains("nic.veth7.mac=02:00:00:00:00:07"));
  const auto gone = read_hardware({source_fixture("desktop"), "veth8"});
  ASSERT_TRUE(gone);
  EXPECT_THAT(lines(*gone), Contains("nic.veth8.mac absent"));
}

TEST(HardwareSources, WithoutAMachineIdThereIsNoReading) {
  EXPECT_EQ(read_hardware({source_fixture("empty"), ""}).code(), Errc::not_found);
  EXPECT_EQ(read_hardware({source_fixture("broken"), ""}).code(), Errc::malformed);
  EXPECT_EQ(read_boot_id(source_fixture("broken")).code(), Errc::malformed);
  EXPECT_EQ(read_boot_id(source_fixture("empty")).code(), Errc::not_found);
}

TEST(HardwareSources, ThisMachineIsTheSameTwice) {
  const auto first = read_hardware({}), second = read_hardware({});
  if (!first) {
    EXPECT_THAT(first.code(), AnyOf(Errc::not_found, Errc::malformed));
    GTEST_SKIP() << "this machine has no machine-id: " << first.error().text();
  }
  EXPECT_EQ(lines(*first), lines(*second));
  EXPECT_EQ(read_boot_id().value(), read_boot_id().value());
  EXPECT_EQ(read_boot_id(source_fixture("desktop")).value(), "3f1c0d527b7a4a7e9c531d2f6a5b4c3d");
}

}  // namespace
}  // namespace kw::platform
