#include "platform/linux/linux_hardware_port.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/linux/durable_file.h"
#include "platform/linux/edid.h"
#include "platform/linux/smbios.h"

namespace kw::platform {
namespace {

using ::testing::ElementsAre;
using ::testing::IsSupersetOf;

std::string fixture(const std::string& name) {
  return std::string(KW_SOURCE_DIR) + "/src/platform/linux/testdata/" + name;
}
std::vector<std::string> lines(const device::HardwareSeen& seen) {
  std::vector<std::string> out;
  for (const auto& one : seen.parts)
    out.push_back(device::kind_word(one.kind) + "|" + one.slot + "|" + one.model + "|" + one.serial);
  return out;
}

TEST(LinuxHardwarePort, a_desktop_tells_every_part) {
  const auto seen = LinuxHardwarePort(fixture("desktop")).look({"0400:c35a"});
  ASSERT_TRUE(seen) << seen.error().text();
  EXPECT_THAT(
      lines(*seen),
      ElementsAre(
          "board|board|Kiosk Boards Ltd. KB-H510 1.0|MB-7781-0042", "board|product|Kiosk Boards Ltd. Citizen Kiosk 2|",
          "bios|bios|American Megatrends Inc. 1.20 03/14/2023|", "processor|cpu|Intel(R) Core(TM) i5-11400 @ 2.60GHz|",
          "memory|DIMM_A1|Samsung M378A1K43EB2-CWE 8192 MiB|3A7F00C1", "memory|DIMM_B1|Samsung M393A8G40AB2 65536 MiB|",
          "disk|nvme0n1|Samsung SSD 980|S64DNX0R000000", "disk|sda|SAMSUNG MZ7L3480|naa.5002538e00000001",
          "network|enp3s0|igb|3c:ec:ef:00:00:01", "network|wlp2s0|iwlwifi|",
          "display|HDMI-A-1|PHL c0b4 PHL 242S1|AU1042004711", "reader|usb 1-2|0400:c35a ID card reader|",
          "reader|usb 1-5|076b:3031 OMNIKEY CardMan|", "printer|usb 1-1|0416:5011 POS Receipt printer|PR-0099",
          "camera|usb 1-3|046d:0825 Webcam|9B12"));
  EXPECT_THAT(seen->missing, ElementsAre("board.product.serial", "display.DP-2.edid", "memory.DIMM_B1.serial",
                                         "network.wlp2s0.serial", "reader.usb 1-2.serial", "reader.usb 1-5.serial"));
}
TEST(LinuxHardwarePort, a_device_counts_as_reader_only_by_class_or_list) {
  const auto seen = LinuxHardwarePort(fixture("desktop")).look({});
  ASSERT_TRUE(seen);
  EXPECT_THAT(lines(*seen), ::testing::Not(::testing::Contains(::testing::HasSubstr("0400:c35a"))));
}
TEST(LinuxHardwarePort, what_a_machine_does_not_tell_is_named) {
  const auto seen = LinuxHardwarePort(fixture("vm")).look({});
  ASSERT_TRUE(seen) << seen.error().text();
  EXPECT_THAT(seen->missing, IsSupersetOf({"displays", "memory.modules", "usb"}));
  EXPECT_EQ(LinuxHardwarePort(fixture("empty")).look({}).code(), Errc::not_found);
}
TEST(LinuxHardwarePort, memory_without_a_table_counts_as_a_whole_in_steps) {
  const auto seen = LinuxHardwarePort(fixture("arm")).look({});
  ASSERT_TRUE(seen) << seen.error().text();
  EXPECT_THAT(lines(*seen), ::testing::Contains("memory|total|3840 MiB|"));
  EXPECT_THAT(lines(*seen), ::testing::Contains("board|tree|Raspberry Pi 4 Model B Rev 1.4|10000000a1b2c3d4"));
}

TEST(Smbios, broken_tables_are_refused) {
  const auto table = read_file(fixture("desktop/sys/firmware/dmi/tables/DMI"), kMostSmbios).value();
  ASSERT_EQ(parse_memory_modules(table)->size(), 2U) << "the empty socket is left out";
  for (std::size_t size = 1; size < table.size() - 6; ++size) {
    const auto part = parse_memory_modules(ByteView(table).first(size));
    if (part) {
      EXPECT_LE(part->size(), 2U);
    } else {
      EXPECT_EQ(part.code(), Errc::malformed);
    }
  }
  EXPECT_EQ(parse_memory_modules(Bytes{17, 200, 0, 0, 0, 0}).code(), Errc::malformed);
  EXPECT_EQ(parse_memory_modules(Bytes{17, 4, 0, 0, 'x', 'y'}).code(), Errc::malformed);
  EXPECT_EQ(parse_memory_modules(Bytes(kMostSmbios + 1)).code(), Errc::too_large);
}
TEST(Edid, broken_ones_are_refused) {
  auto edid = read_file(fixture("desktop/sys/class/drm/card0-HDMI-A-1/edid"), 4096).value();
  ASSERT_TRUE(parse_edid(edid));
  EXPECT_EQ(parse_edid(ByteView(edid).first(127)).code(), Errc::truncated);
  for (std::size_t at = 0; at < edid.size(); ++at) {
    edid[at] ^= 0x40;
    EXPECT_EQ(parse_edid(edid).code(), Errc::malformed) << at;
    edid[at] ^= 0x40;
  }
}

}  // namespace
}  // namespace kw::platform
