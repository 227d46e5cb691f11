#include "device/hardware/inventory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "schema/codec.h"

namespace kw::device {
namespace {

using Component = v1::HardwareComponent;
using ::testing::ElementsAre;

constexpr auto kNow = Timestamp{1'000'000'000'000'000'000};

/// One case of hardware/cases.txt.
struct Case {
  std::string name;
  std::vector<HardwarePart> bound, seen;
  v1::HardwareReplacements orders;
  std::vector<std::string> wanted;
};

std::vector<std::string> words(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string word; in >> word;) out.push_back(word == "-" ? "" : word);
  return out;
}

std::vector<Case> cases() {
  std::ifstream in(std::string(KW_SOURCE_DIR) + "/src/device/hardware/cases.txt");
  std::vector<Case> out;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    const auto w = words(line);
    if (w[0] == "case")
      out.push_back({line.substr(5), {}, {}, {}, {}});
    else if (w[0] == "bound")
      out.back().bound.push_back({kind_of_word(w[1]), w[2], w[3], w[4]});
    else if (w[0] == "seen")
      out.back().seen.push_back({kind_of_word(w[1]), w[2], w[3], w[4]});
    else if (w[0] == "both") {
      out.back().bound.push_back({kind_of_word(w[1]), w[2], w[3], w[4]});
      out.back().seen.push_back(out.back().bound.back());
    } else if (w[0] == "order") {
      auto order = take_replacement(w[1], w[2], w[3], "24", kNow);
      EXPECT_TRUE(order) << line;
      order->set_order_id("order");
      *out.back().orders.add_items() = *order;
    } else if (w[0] == "want")
      out.back().wanted.push_back(line.substr(5));
    else
      ADD_FAILURE() << line;
  }
  return out;
}

std::string told(const HardwareDeviation& one) {
  return (isolates(one, {}) ? "isolate " : one.order_id.empty() ? "tell " : "covered ") + one.text();
}

TEST(Inventory, every_case_of_the_file) {
  const auto all = cases();
  ASSERT_GE(all.size(), 14U);
  for (const auto& one : all) {
    std::vector<std::string> got;
    for (const auto& deviation : compare_hardware(one.bound, one.seen, one.orders)) got.push_back(told(deviation));
    EXPECT_EQ(got, one.wanted) << one.name;
  }
}
TEST(Inventory, the_order_of_the_parts_does_not_matter) {
  for (auto one : cases()) {
    const auto first = compare_hardware(one.bound, one.seen, one.orders);
    std::ranges::reverse(one.bound);
    std::ranges::reverse(one.seen);
    EXPECT_EQ(compare_hardware(one.bound, one.seen, one.orders), first) << one.name;
  }
}
TEST(Inventory, policy_may_leave_kinds_to_telling) {
  const HardwareDeviation printer{Component::PRINTER, HardwarePart{Component::PRINTER, "usb 1-1", "m", "p1"}, {}, {}};
  EXPECT_TRUE(isolates(printer, {}));
  EXPECT_FALSE(isolates(printer, {Component::PRINTER}));
  EXPECT_TRUE(isolates(printer, {Component::DISK}));
}
TEST(Inventory, a_replacement_is_taken_with_good_arguments_only) {
  const auto good = take_replacement("disk", "a", "b", "24", kNow);
  ASSERT_TRUE(good);
  EXPECT_EQ(good->until_ns(), (kNow + std::chrono::hours(24)).unix_ns);
  const std::array<std::string, 4> bad[] = {{"disc", "a", "b", "24"},
                                            {"kind_unspecified", "a", "b", "24"},
                                            {"disk", "", "", "24"},
                                            {"disk", "a", "a", "24"},
                                            {"disk", "a", "b", "0"},
                                            {"disk", "a", "b", "721"},
                                            {"disk", "a", "b", "1h"},
                                            {"disk", "a", "b", ""},
                                            {"disk", std::string(257, 'a'), "b", "24"}};
  for (const auto& [kind, old_part, new_part, hours] : bad)
    EXPECT_EQ(take_replacement(kind, old_part, new_part, hours, kNow).code(), Errc::invalid) << kind << hours;
}
TEST(Inventory, replacements_end) {
  v1::HardwareReplacements all;
  *all.add_items() = *take_replacement("disk", "a", "b", "1", kNow);
  *all.add_items() = *take_replacement("disk", "c", "d", "2", kNow);
  EXPECT_FALSE(drop_expired(all, kNow));
  EXPECT_TRUE(drop_expired(all, kNow + std::chrono::hours(1)));
  ASSERT_EQ(all.items_size(), 1);
  EXPECT_EQ(all.items(0).old_part(), "c");
}
TEST(Inventory, a_baseline_reads_back_and_bad_ones_are_refused) {
  const HardwareSeen seen{{{Component::BOARD, "board", "KB-H510", "MB-1"}, {Component::DISK, "sda", "SSD", "S1"}},
                          {"smbios"}};
  auto baseline = baseline_of(seen);
  EXPECT_EQ(parts_of(schema::serialise(baseline)).value(), seen.parts);
  EXPECT_EQ(baseline.missing_sources(0), "smbios");
  baseline.mutable_components(0)->set_slot(std::string(257, 's'));
  EXPECT_EQ(parts_of(schema::serialise(baseline)).code(), Errc::malformed);
  baseline = baseline_of(seen);
  baseline.mutable_components(0)->clear_kind();
  EXPECT_EQ(parts_of(schema::serialise(baseline)).code(), Errc::malformed);
  baseline = {};
  for (int i = 0; i <= kMostParts; ++i) baseline.add_components()->set_kind(Component::DISK);
  EXPECT_EQ(parts_of(schema::serialise(baseline)).code(), Errc::malformed);
  EXPECT_EQ(parts_of(bytes_of("\xff\xff")).code(), Errc::malformed);
}

}  // namespace
}  // namespace kw::device
