#include "device/hardware.h"

#include <gmock/gmock.h>

#include "crypto/sm3.h"

namespace kw::device {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<SourceValue> machine() {
  return {{"nic.eth0.permanent_mac", "02:4b:57:00:10:10"}, {"machine-id", "abc"}, {"dmi.board_serial", std::nullopt}, {"cpu.model", "x86"}};
}

TEST(Hardware, digest_is_over_sorted_lines_of_what_is_there) {
  const auto digest = hardware_digest(machine());
  EXPECT_EQ(bytes_of(digest.digest()).size(), 32U);
  EXPECT_EQ(digest.digest(), copy_text(crypto::sm3(bytes_of("cpu.model=x86\nmachine-id=abc\nnic.eth0.permanent_mac=02:4b:57:00:10:10\n"))));
  ASSERT_EQ(digest.sources_size(), 4);
  EXPECT_EQ(digest.sources(1).name(), "dmi.board_serial");
  EXPECT_FALSE(digest.sources(1).present());
  EXPECT_TRUE(check_digest(digest));
  auto other_order = machine();
  std::swap(other_order[0], other_order[3]);
  EXPECT_EQ(hardware_digest(other_order).digest(), digest.digest());
}
TEST(Hardware, a_value_cannot_pretend_to_be_two_sources) {
  const auto one = hardware_digest({{"a", "1\nb=2"}});
  const auto two = hardware_digest({{"a", "1"}, {"b", "2"}});
  EXPECT_NE(one.digest(), two.digest());
  EXPECT_EQ(hardware_digest({{"a", " 1\n"}}).digest(), hardware_digest({{"a", "1"}}).digest());
  EXPECT_EQ(hardware_digest({{"a", "1"}, {"a", "2"}}).sources_size(), 1);
}
TEST(Hardware, compare_names_what_changed) {
  const auto bound = hardware_digest(machine());
  EXPECT_TRUE(compare(bound, bound).none());
  auto changed = machine();
  changed[3].value = "arm";
  changed[1].value.reset();
  changed[2].value = "B123";
  changed.push_back({"disk.vda.serial", "d"});
  const auto found = compare(bound, hardware_digest(changed));
  EXPECT_THAT(found.changed, ElementsAre("cpu.model", "machine-id"));
  EXPECT_THAT(found.added, ElementsAre("disk.vda.serial", "dmi.board_serial"));
  EXPECT_EQ(found.text(), "cpu.model,machine-id,disk.vda.serial,dmi.board_serial");
  auto forged = bound;
  forged.set_digest(std::string(32, 'x'));
  EXPECT_THAT(compare(bound, forged).changed, ElementsAre("digest"));
}
TEST(Hardware, sealing_key_follows_hardware_and_salt) {
  const auto digest = hardware_digest(machine());
  const auto key = sealing_key(digest, bytes_of("salt"));
  EXPECT_EQ(key.size(), 16U);
  EXPECT_TRUE(equal(key.reveal(), sealing_key(digest, bytes_of("salt")).reveal()));
  EXPECT_FALSE(equal(key.reveal(), sealing_key(digest, bytes_of("salz")).reveal()));
  EXPECT_FALSE(equal(key.reveal(), sealing_key(hardware_digest({{"a", "b"}}), bytes_of("salt")).reveal()));
}
TEST(Hardware, form_is_checked) {
  const auto refused = [](auto change) {
    auto digest = hardware_digest(machine());
    change(digest);
    const auto checked = check_digest(digest);
    return !checked && checked.code() == Errc::malformed;
  };
  EXPECT_TRUE(refused([](auto& d) { d.set_version(0); }));
  EXPECT_TRUE(refused([](auto& d) { d.set_digest("x"); }));
  EXPECT_TRUE(refused([](auto& d) { d.clear_sources(); }));
  EXPECT_TRUE(refused([](auto& d) { d.mutable_sources()->SwapElements(0, 1); }));
  EXPECT_TRUE(refused([](auto& d) { *d.add_sources() = d.sources(3); }));
  EXPECT_TRUE(refused([](auto& d) { d.mutable_sources(0)->set_value_digest(""); }));
  EXPECT_TRUE(refused([](auto& d) { d.mutable_sources(1)->set_value_digest(std::string(32, 'x')); }));
  EXPECT_TRUE(refused([](auto& d) { d.mutable_sources(0)->set_name(""); }));
  EXPECT_TRUE(refused([](auto& d) { while (d.sources_size() < 200) *d.add_sources() = d.sources(0); }));
  EXPECT_TRUE(refused([](auto& d) { for (auto& s : *d.mutable_sources()) { s.set_present(false); s.clear_value_digest(); } }));
}

}  // namespace
}  // namespace kw::device
