#include "device/peripherals/rules.h"

#include <gtest/gtest.h>

#include "crypto/sm3.h"
#include "device/peripherals/sam_module.h"
#include "device/peripherals/test_devices.h"
#include "device/peripherals/typing.h"

namespace kw::device {
namespace {

using namespace testing;

TEST(UsbDescriptors, every_interface_of_every_configuration_counts) {
  auto in = descriptors_of(0x046d, 0xc31c, {{3, 1, 1}, {8, 6, 0x50}});
  // A second configuration, with an alternate setting of another class.
  append(in, Bytes{9, 2, 27, 0, 1, 2, 0, 0x80, 50, 9, 4, 0, 0, 0, 0xff, 0, 0, 0, 9, 4, 0, 1, 0, 2, 6, 0, 0});
  const auto read = parse_usb_descriptors(in);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->vendor, "046d");
  EXPECT_EQ(read->product, "c31c");
  EXPECT_EQ(read->interfaces, (std::set<std::string>{"03:01:01", "08:06:50", "ff:00:00", "02:06:00"}));
}
TEST(UsbDescriptors, a_class_of_the_device_counts_where_it_has_no_interface) {
  const auto read = parse_usb_descriptors(descriptors_of(0x0a12, 1, {}, {0xe0, 1, 1}));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->interfaces, std::set<std::string>{"e0:01:01"});
}
TEST(UsbDescriptors, refusals) {
  const auto good = descriptors_of(0x046d, 0xc31c, {{3, 1, 1}});
  const auto code = [](const Bytes& in) { return parse_usb_descriptors(in).code(); };
  for (std::size_t n = 0; n < 18; ++n)
    EXPECT_EQ(code(Bytes(good.begin(), good.begin() + static_cast<long>(n))), Errc::truncated);
  EXPECT_EQ(code(Bytes(good.begin(), good.end() - 1)), Errc::truncated);
  auto bad = good;
  bad[1] = 2;
  EXPECT_EQ(code(bad), Errc::malformed);
  bad = good;
  bad[18] = 0;  // a descriptor that would never end
  EXPECT_EQ(code(bad), Errc::malformed);
  bad = good;
  bad[19] = 4;  // an interface before any configuration
  EXPECT_EQ(code(bad), Errc::malformed);
  EXPECT_EQ(code(Bytes(kMostDescriptors + 1)), Errc::too_large);
}

TEST(Kinds, the_most_dangerous_thing_names_the_device) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {{{"03:01:01"}, "keyboard"},
                                                                    {{"03:01:02"}, "hid"},
                                                                    {{"08:06:50"}, "storage"},
                                                                    {{"03:01:01", "08:06:50"}, "keyboard"},
                                                                    {{"08:06:50", "e0:01:03"}, "network"},
                                                                    {{"02:0d:00", "0a:00:01"}, "network"},
                                                                    {{"02:06:00"}, "network"},
                                                                    {{"e0:01:01"}, "wireless"},
                                                                    {{"06:01:01"}, "phone"},
                                                                    {{"ff:42:01"}, "phone"},
                                                                    {{"02:02:01", "0a:00:00"}, "serial"},
                                                                    {{"09:00:00"}, "hub"},
                                                                    {{"07:01:02"}, "printer"},
                                                                    {{"0b:00:00"}, "reader"},
                                                                    {{"0e:01:00"}, "video"},
                                                                    {{"ff:ff:ff"}, "vendor"},
                                                                    {{}, "other"}};
  for (const auto& [interfaces, kind] : cases) EXPECT_EQ(kind_of(usb("1-1", "1234", "5678", interfaces)), kind);
  EXPECT_EQ(kind_of(usb("1-1", "1a86", "7523", {"ff:01:02"})), "serial");
  EXPECT_EQ(depth_of("usb1"), 0U);
  EXPECT_EQ(depth_of("1-1"), 1U);
  EXPECT_EQ(depth_of("1-1.4.2"), 3U);
  EXPECT_EQ(clean_text(" a\x1b[2Jb\xe4\xb8\xad\n"), "a?[2Jb???");
  EXPECT_EQ(clean_text(std::string(200, 'x')).size(), kMostText);
}

TEST(JudgePeripheral, the_nearest_rule_gives_the_reason) {
  v1::PeripheralPolicy policy;
  auto& printer = *policy.add_allow() = rule("printer", "04b8", "0e15", {"07:01:*"});
  printer.set_serial("P1");
  printer.set_port("1-1");
  printer.set_digest("04b80e1507:01:02");
  *policy.add_allow() = rule("mice", "", "", {"03:01:02", "03:00:00"});
  const auto reason = [&](const Peripheral& device) {
    const auto verdict = judge_peripheral(device, policy, {});
    return verdict.allowed ? "allowed " + verdict.rule : verdict.reason;
  };
  const auto good = usb("1-1", "04b8", "0e15", {"07:01:02"}, 2, "P1");
  EXPECT_EQ(reason(good), "allowed printer");
  EXPECT_EQ(reason(usb("1-1", "04b8", "0e15", {"03:01:01", "07:01:02"}, 2, "P1")),
            "interfaces");  // a keyboard on its back
  EXPECT_EQ(reason(usb("1-1", "04b8", "0e15", {}, 2, "P1")), "interfaces");
  EXPECT_EQ(reason(usb("1-1", "04b8", "0e15", {"07:01:02"}, 2, "P2")), "serial");
  EXPECT_EQ(reason(usb("1-2", "04b8", "0e15", {"07:01:02"}, 2, "P1")), "port");
  EXPECT_EQ(reason(usb("1-1", "04b8", "0e15", {"07:01:03"}, 2, "P1")), "digest");
  EXPECT_EQ(reason(usb("1-1", "04b9", "0e15", {"07:01:02"}, 2, "P1")), "no_rule");
  EXPECT_EQ(reason(usb("1-4", "1111", "2222", {"03:01:02"})), "allowed mice");
  EXPECT_EQ(reason(usb("1-4", "1111", "2222", {"03:01:01", "03:01:02"})), "interfaces");
  EXPECT_EQ(reason(keyboard()), "no_rule");
  auto broken = good;
  broken.readable = false;
  EXPECT_EQ(reason(broken), "unreadable");
  EXPECT_EQ(reason(root_hub()), "allowed fixed");
  auto carrier = stick();
  carrier.system = true;
  EXPECT_EQ(reason(carrier), "allowed system");
}
TEST(JudgePeripheral, a_rule_that_says_nothing_allows_nothing) {
  v1::PeripheralPolicy policy;
  policy.add_allow()->set_name("empty");
  EXPECT_FALSE(judge_peripheral(keyboard(), policy, {}).allowed);
}
TEST(JudgePeripheral, switches_stand_above_rules_and_exceptions_above_switches) {
  v1::PeripheralPolicy policy;
  *policy.add_allow() = rule("hub", "05e3", "0610", {"09:*:*"});
  *policy.add_allow() = rule("adapter", "1a86", "7523", {"ff:*:*"});
  auto card_rule = rule("card", "0003", "5344", {"sd"});
  card_rule.set_bus(v1::PeripheralRule::CARD);
  *policy.add_allow() = card_rule;
  auto card = usb("mmc0", "0003", "5344", {"sd"});
  card.bus = Peripheral::Bus::card;
  const auto hub = usb("1-1", "05e3", "0610", {"09:00:01", "09:00:02"});
  const auto deep = usb("1-1.1", "05e3", "0610", {"09:00:01"});
  const auto adapter = usb("1-2", "1a86", "7523", {"ff:01:02"});
  const auto reason = [&](const Peripheral& d) { return judge_peripheral(d, policy, {}).reason; };
  EXPECT_EQ(reason(hub), "hub_depth");
  EXPECT_EQ(reason(adapter), "serial_adapters_off");
  EXPECT_EQ(reason(card), "cards_off");
  *policy.add_allow() = rule("board", "2341", "8036", {"02:02:*", "03:01:01", "0a:*:*"});
  EXPECT_EQ(reason(usb("1-3", "2341", "8036", {"02:02:00", "03:01:01", "0a:00:00"})), "serial_adapters_off");
  *policy.add_allow() = rule("dock", "05e3", "0620", {"09:*:*", "03:01:01"});
  EXPECT_EQ(reason(usb("1-3", "05e3", "0620", {"03:01:01", "09:00:00"})), "hub_depth");
  const std::vector<v1::PeripheralRule> exceptions{card_rule};
  const auto by_ticket = judge_peripheral(card, policy, exceptions);
  EXPECT_TRUE(by_ticket.allowed && by_ticket.exception);
  policy.set_hub_depth(1);
  policy.set_serial_adapters(true);
  policy.set_cards(true);
  for (const auto& d : {hub, adapter, card}) EXPECT_EQ(reason(d), "");
  EXPECT_EQ(reason(deep), "hub_depth");
  EXPECT_FALSE(
      judge_peripheral(usb("mmc0", "0003", "5344", {"sd"}), policy, {}).allowed);  // a stick with a card's numbers
}

TEST(TypingGauge, counts_keys_in_a_window_that_slides) {
  using std::chrono::milliseconds;
  TypingGauge gauge(30, milliseconds(1000));
  EXPECT_EQ(gauge.most(), 30U);
  for (int i = 0; i < 600; ++i) EXPECT_FALSE(gauge.press(milliseconds(40 * i))) << i;  // 25 a second, for 24 s
  TypingGauge other(30, milliseconds(1000));
  int typed = 1;
  while (!other.press(milliseconds(typed))) ++typed;  // one a millisecond
  EXPECT_EQ(typed, 31);
}
TEST(TypingGauge, a_clock_set_back_does_not_empty_the_window) {
  TypingGauge gauge(5, std::chrono::seconds(1));
  bool caught = false;
  for (int i = 0; i < 6; ++i) caught = gauge.press(std::chrono::seconds(100 - 10 * i));
  EXPECT_TRUE(caught);
}

TEST(SamModule, request_and_reply) {
  EXPECT_EQ(to_hex(sam_request()), "aaaaaa9669000312ffee");
  const auto good = from_hex("aaaaaa96690014000090050003008d0034010c7b000015cd5b0716").value();
  auto reply = good;
  reply.back() = 0;
  for (std::size_t i = 5; i + 1 < reply.size(); ++i) reply.back() = static_cast<Byte>(reply.back() ^ reply[i]);
  ASSERT_EQ(reply.size(), kSamReply);
  EXPECT_EQ(parse_sam_reply(reply).value(), "05.03-20185229-0000031500-0123456789");
  for (std::size_t n = 0; n < reply.size(); ++n)
    EXPECT_EQ(parse_sam_reply(ByteView(reply).first(n)).code(), Errc::truncated) << n;
  auto bad = reply;
  bad[12] = static_cast<Byte>(bad[12] ^ 1);
  EXPECT_EQ(parse_sam_reply(bad).code(), Errc::malformed);
  bad = from_hex("aaaaaa966900040000110000").value();
  bad = from_hex("aaaaaa9669000400002125").value();
  EXPECT_EQ(parse_sam_reply(bad).code(), Errc::unavailable);
}

}  // namespace
}  // namespace kw::device
