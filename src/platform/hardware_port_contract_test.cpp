// What every HardwarePort promises, asked of the Linux adapter (on fixture trees and on this machine) and of the
// recorded.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "base/text.h"
#include "platform/linux/linux_hardware_port.h"
#include "platform/recorded/recorded_hardware_port.h"

namespace kw::platform {
namespace {

std::string root_of(const std::string& name) {
  return name == "machine" ? "/" : std::string(KW_SOURCE_DIR) + "/src/platform/linux/testdata/" + name;
}
std::unique_ptr<device::HardwarePort> port_of(const std::string& name) {
  if (name != "recorded") return std::make_unique<LinuxHardwarePort>(root_of(name));
  auto out = std::make_unique<RecordedHardwarePort>();
  using Component = device::v1::HardwareComponent;
  out->state = {{{Component::DISK, "sda", "SSD", "S1"}, {Component::BOARD, "board", "KB-H510", "MB-1"}},
                {"usb", "dmi"}};
  return out;
}

class HardwarePortContract : public ::testing::TestWithParam<const char*> {};

TEST_P(HardwarePortContract, the_same_machine_gives_the_same_answer) {
  const auto port = port_of(GetParam());
  const auto first = port->look({}), second = port->look({});
  ASSERT_TRUE(first) << first.error().text();
  EXPECT_EQ(*first, *second);
}
TEST_P(HardwarePortContract, parts_are_sorted_known_bounded_and_of_one_line) {
  const auto seen = port_of(GetParam())->look({});
  ASSERT_TRUE(seen);
  EXPECT_TRUE(std::ranges::is_sorted(seen->parts));
  EXPECT_TRUE(std::ranges::is_sorted(seen->missing));
  for (const auto& one : seen->parts) {
    EXPECT_NE(one.kind, device::v1::HardwareComponent::KIND_UNSPECIFIED);
    EXPECT_FALSE(one.slot.empty());
    EXPECT_FALSE(one.identity().empty()) << one.slot;
    for (const auto* text : {&one.slot, &one.model, &one.serial}) {
      EXPECT_EQ(clean_text(*text, device::kMostPartText), *text);
      EXPECT_TRUE(std::ranges::none_of(*text, [](char c) { return static_cast<unsigned char>(c) < ' '; })) << *text;
    }
  }
}
TEST_P(HardwarePortContract, what_it_tells_is_a_baseline_from_which_it_does_not_differ) {
  const auto seen = port_of(GetParam())->look({});
  ASSERT_TRUE(seen);
  const auto content = device::baseline_of(*seen).SerializeAsString();
  const auto bound = device::parts_of(bytes_of(content));
  ASSERT_TRUE(bound) << bound.error().text();
  EXPECT_TRUE(device::compare_hardware(*bound, seen->parts, {}).empty());
}
INSTANTIATE_TEST_SUITE_P(Ports, HardwarePortContract, ::testing::Values("desktop", "arm", "vm", "machine", "recorded"),
                         [](const auto& one) { return std::string(one.param); });

TEST(HardwarePort, nothing_to_read_is_not_found) {
  RecordedHardwarePort recorded;
  EXPECT_EQ(recorded.look({}).code(), Errc::not_found);
  EXPECT_EQ(LinuxHardwarePort(root_of("empty")).look({}).code(), Errc::not_found);
}

}  // namespace
}  // namespace kw::platform
