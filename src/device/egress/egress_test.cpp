// The place: what frames, sentences and addresses tell, and how it is judged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "device/egress/nmea.h"
#include "device/egress/tracker.h"
#include "schema/codec.h"

namespace kw::device {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;

// A data unit of a switch: chassis ID MAC 02:00:5e:00:00:01, port "ge-0/0/7", 120 s, system "sw-3f".
const std::string kUnit =
    "0207"
    "0402005e000001"
    "0409"
    "0567652d302f302f37"
    "0602"
    "0078"
    "0a05"
    "73772d3366"
    "0000";
Bytes unit(const std::string& hex = kUnit) { return from_hex(hex).value(); }
Bytes framed(std::string_view to, std::string_view from, const std::string& type, const Bytes& payload) {
  Bytes out = from_hex(to).value();
  append(out, from_hex(from).value());
  append(out, from_hex(type).value());
  append(out, payload);
  return out;
}
WireSettings own() { return wire_settings("eth0", "02:4b:57:00:10:10", "198.18.10.10/24", "198.18.10.1").value(); }
Bytes arp(const std::string& kind, const std::string& mac, const std::string& ip, const std::string& target) {
  return framed("ffffffffffff", mac, "0806",
                from_hex("00010800060400" + kind + mac + ip + "000000000000" + target).value());
}

TEST(Lldp, reads_who_is_at_the_other_end) {
  const auto heard = parse_lldp(unit());
  ASSERT_TRUE(heard) << heard.error().text();
  EXPECT_EQ(heard->neighbour, (LinkNeighbour{"mac 02:00:5e:00:00:01", "ge-0/0/7", "sw-3f"}));
  EXPECT_EQ(heard->seconds, 120);
  auto padded = unit();
  padded.resize(60);
  EXPECT_TRUE(parse_lldp(padded));
}
TEST(Lldp, refuses_what_does_not_hold_together) {
  for (std::size_t n = 0; n < unit().size(); ++n) EXPECT_FALSE(parse_lldp(ByteView(unit()).first(n))) << n;
  EXPECT_EQ(parse_lldp(unit("0409"
                            "0567652d302f302f37"
                            "0207"
                            "0402005e000001"
                            "0602"
                            "0078"
                            "0000"))
                .code(),
            Errc::malformed);
  EXPECT_EQ(parse_lldp(unit(kUnit.substr(0, kUnit.size() - 4) + "0602"
                                                                "0078"
                                                                "0000"))
                .code(),
            Errc::malformed);
  EXPECT_EQ(parse_lldp(unit("0206"
                            "04005e000001"
                            "0402"
                            "0541"
                            "0602"
                            "0078"
                            "0000"))
                .code(),
            Errc::malformed);
}
TEST(Lldp, octets_that_are_no_text_stay_apart) {
  const auto a =
      parse_lldp(unit("0203"
                      "07ff01"
                      "0402"
                      "0541"
                      "0602"
                      "0078"
                      "0000"));
  const auto b =
      parse_lldp(unit("0203"
                      "07ff02"
                      "0402"
                      "0541"
                      "0602"
                      "0078"
                      "0000"));
  EXPECT_EQ(a->neighbour.chassis, "hex ff01");
  EXPECT_NE(a->neighbour.chassis, b->neighbour.chassis);
}

TEST(Nmea, positions_with_a_fix_and_a_good_checksum) {
  // NMEA 0183 examples: gpsd's documentation of RMC and GGA (Trimble), a position of ours with BeiDou's talker.
  const auto rmc = parse_nmea("$GPRMC,225446,A,4916.45,N,12311.12,W,000.5,054.7,191194,020.3,E*68");
  ASSERT_TRUE(rmc && *rmc);
  EXPECT_EQ((*rmc)->latitude_e7, 492'741'666);
  EXPECT_EQ((*rmc)->longitude_e7, -1'231'853'333);
  const auto gga = parse_nmea("$GPGGA,123519,4807.038,N,01131.324,E,1,08,0.9,545.4,M,46.9,M,,*42");
  ASSERT_TRUE(gga && *gga);
  EXPECT_EQ((*gga)->longitude_e7, 115'220'666);
  EXPECT_EQ(parse_nmea("$GPRMC,225446,A,4916.45,N,12311.12,W,000.5,054.7,191194,020.3,E*69").code(), Errc::malformed);
  EXPECT_EQ(parse_nmea("{\"class\":\"VERSION\"}").code(), Errc::malformed);
}
TEST(Nmea, no_fix_is_no_position_and_lines_are_bounded) {
  NmeaReader reader;
  const std::string good = "$GPGGA,123519,4807.038,N,01131.324,E,1,08,0.9,545.4,M,46.9,M,,*42\r\n";
  EXPECT_TRUE(reader.take(bytes_of("$GPRMC,225446,V,,,,,,,191194,,*00\r\n")).empty());
  EXPECT_TRUE(reader.take(bytes_of(std::string(100'000, 'x'))).empty());
  EXPECT_EQ(reader.take(bytes_of("\n" + good.substr(0, 20))).size(), 0U);
  EXPECT_EQ(reader.take(bytes_of(good.substr(20))).size(), 1U);
}

TEST(Wire, claims_of_the_own_address) {
  const auto claim = [](const Bytes& frame) { return std::get<AddressClaim>(read_frame(frame, own()).value()); };
  EXPECT_EQ(claim(arp("02", "02aa00000001", "c6120a0a", "c6120a01")), (AddressClaim{"arp", "02:aa:00:00:00:01"}));
  EXPECT_EQ(claim(arp("01", "02aa00000001", "c6120a0a", "c6120a0a")).how, "arp") << "gratuitous";
  EXPECT_EQ(claim(arp("01", "02aa00000001", "00000000", "c6120a0a")).how, "probe");
  EXPECT_EQ(claim(framed("ffffffffffff", "024b57001010", "0800", Bytes(30))),
            (AddressClaim{"mac", "02:4b:57:00:10:10"}));
}
TEST(Wire, the_gateway_and_nobody_else) {
  EXPECT_EQ(std::get<GatewayHeard>(read_frame(arp("02", "024b57001001", "c6120a01", "c6120a0a"), own()).value()).mac,
            "02:4b:57:00:10:01");
  EXPECT_FALSE(read_frame(arp("01", "02aa00000001", "c6120a14", "c6120a0a"), own())) << "a neighbour asks for us";
  EXPECT_FALSE(read_frame(framed("ffffffffffff", "02aa00000001", "0800", Bytes(30)), own()));
  EXPECT_FALSE(read_frame(Bytes(13), own()));
}
TEST(Wire, neighbour_discovery) {
  auto settings = wire_settings("eth0", "02:4b:57:00:10:10", "2001:db8::10/64", "fe80::1").value();
  Bytes packet = from_hex(
                     "600000000018"
                     "3aff")
                     .value();
  append(packet, from_hex("fe800000000000000000000000000099").value());
  append(packet, from_hex("ff020000000000000000000000000001").value());
  append(packet, from_hex("8800000020000000").value());
  auto to_own = packet, to_gateway = packet;
  append(to_own, settings.address);
  append(to_gateway, settings.gateway);
  EXPECT_EQ(std::get<AddressClaim>(*read_frame(framed("333300000001", "02aa00000001", "86dd", to_own), settings)).how,
            "nd");
  EXPECT_TRUE(std::holds_alternative<GatewayHeard>(
      *read_frame(framed("333300000001", "02aa00000001", "86dd", to_gateway), settings)));
  EXPECT_FALSE(read_frame(framed("333300000001", "02aa00000001", "86dd", packet), settings));
  EXPECT_TRUE(gateway_question(settings).empty());
}
TEST(Wire, the_question_is_an_answerable_one) {
  const auto question = gateway_question(own());
  ASSERT_EQ(question.size(), 60U);
  auto gateway = own();
  gateway.mac = mac_of("02:4b:57:00:10:01").value();
  gateway.address = own().gateway;
  gateway.gateway = own().address;
  EXPECT_EQ(std::get<GatewayHeard>(*read_frame(question, gateway)).mac, "02:4b:57:00:10:10");
}
TEST(Wire, settings_are_checked) {
  EXPECT_EQ(wire_settings("eth0", "02:4b:57:00:10", "", "").code(), Errc::invalid);
  EXPECT_EQ(wire_settings("eth0", "02-4b-57-00-10-10", "", "").code(), Errc::invalid);
  EXPECT_EQ(wire_settings("", "02:4b:57:00:10:10", "", "").code(), Errc::invalid);
  EXPECT_EQ(wire_settings("eth0", "02:4b:57:00:10:10", "host", "").code(), Errc::invalid);
  EXPECT_TRUE(wire_settings("eth0", "02:4b:57:00:10:10", "", ""));
}

TEST(Place, ranges) {
  EXPECT_EQ(range_of("198.18.10.10/24"), "198.18.10.0/24");
  EXPECT_EQ(range_of("10.1.2.3/30"), "10.1.2.0/30");
  EXPECT_EQ(range_of("2001:db8::10/64"), "2001:db8::/64");
  EXPECT_EQ(range_of("10.1.2.3"), "");
  EXPECT_EQ(range_of("10.1.2.3/33"), "");
  EXPECT_EQ(range_of("x/8"), "");
}
TEST(Place, distance) {
  const PlacePoint hall{225'431'000, 1'140'579'000}, across{225'440'000, 1'140'579'000}, paris{488'566'000, 23'522'000};
  EXPECT_NEAR(metres_between(hall, across), 100.1, 0.5);
  EXPECT_NEAR(metres_between(hall, paris) / 1000, 9'580, 60);
  EXPECT_EQ(metres_between(hall, hall), 0);
}
TEST(Place, verdicts) {
  PlaceSeen home;
  home.gateways = {"02:4b:57:00:10:01"};
  home.neighbours = {{"mac 02:00:5e:00:00:01", "ge-0/0/7", "sw-3f"}};
  home.ranges = {"198.18.10.0/24"};
  home.position = PlacePoint{225'431'000, 1'140'579'000};
  const auto bound = baseline_of(home);
  const auto matches = [&](const PlaceSeen& seen) {
    std::vector<std::string> out;
    for (const auto& one : judge_place(bound, seen, 150)) out.emplace_back(name(one.match));
    return out;
  };
  EXPECT_THAT(matches(home), ElementsAre("same", "same", "same", "same"));
  EXPECT_THAT(matches({}), ElementsAre("unknown", "unknown", "unknown", "unknown"));
  auto seen = home;
  seen.gateways.insert("02:66:66:66:66:66");
  seen.neighbours = {{"mac 02:00:5e:00:00:01", "ge-0/0/8", "sw-3f"}};
  seen.ranges.insert("10.0.0.0/8");
  seen.position->latitude_e7 += 15'000;
  EXPECT_THAT(matches(seen), ElementsAre("same", "different", "different", "different"));
  seen.gateways.erase("02:4b:57:00:10:01");
  seen.position->latitude_e7 -= 5'000;
  EXPECT_THAT(matches(seen), ElementsAre("different", "different", "different", "same"));
  for (const auto& one : judge_place({}, home, 0)) EXPECT_EQ(one.match, PlaceMatch::unknown) << "never learnt";
}
TEST(Place, a_baseline_reads_back_and_bad_ones_are_refused) {
  PlaceSeen seen;
  seen.gateways = {"02:4b:57:00:10:01"};
  seen.neighbours = {{"c", "p", ""}};
  auto bound = baseline_of(seen);
  EXPECT_EQ(egress_baseline_of(schema::serialise(bound))->gateways(0), "02:4b:57:00:10:01");
  bound.mutable_neighbours(0)->clear_port();
  EXPECT_EQ(egress_baseline_of(schema::serialise(bound)).code(), Errc::malformed);
  bound = {};
  bound.mutable_position()->set_latitude_e7(900'000'001);
  EXPECT_EQ(egress_baseline_of(schema::serialise(bound)).code(), Errc::malformed);
  bound = {};
  for (int i = 0; i < 9; ++i) bound.add_ranges("10.0.0.0/8");
  EXPECT_EQ(egress_baseline_of(schema::serialise(bound)).code(), Errc::malformed);
  EXPECT_EQ(egress_baseline_of(bytes_of("\xff")).code(), Errc::malformed);
}

TEST(Tracker, a_round_replaces_the_one_before_and_goes_stale) {
  PlaceTracker tracker;
  tracker.begin(seconds(100));
  tracker.round_began(seconds(100));
  tracker.gateway("a");
  tracker.settle(seconds(101));
  EXPECT_TRUE(tracker.seen().gateways.empty()) << "the round is not over";
  tracker.settle(seconds(102));
  EXPECT_THAT(tracker.seen().gateways, ElementsAre("a"));
  tracker.round_began(seconds(110));
  tracker.gateway("b");
  tracker.settle(seconds(112));
  EXPECT_THAT(tracker.seen().gateways, ElementsAre("b"));
  tracker.round_began(seconds(120));
  tracker.settle(seconds(122));
  EXPECT_THAT(tracker.seen().gateways, ElementsAre("b")) << "an unanswered round says nothing";
  tracker.settle(seconds(147));
  EXPECT_TRUE(tracker.seen().gateways.empty());
  EXPECT_EQ(tracker.silent_for(v1::GATEWAY, seconds(172)), seconds(50));
  EXPECT_EQ(tracker.silent_for(v1::NEIGHBOUR, seconds(172)), seconds(72)) << "since the beginning";
}
TEST(Tracker, neighbours_live_as_long_as_they_said) {
  PlaceTracker tracker;
  LldpHeard heard{{"c", "p", "s"}, 120};
  tracker.neighbour(heard, seconds(10));
  tracker.settle(seconds(129));
  EXPECT_EQ(tracker.seen().neighbours.size(), 1U);
  tracker.settle(seconds(130));
  EXPECT_TRUE(tracker.seen().neighbours.empty());
  tracker.neighbour(heard, seconds(140));
  heard.seconds = 0;
  tracker.neighbour(heard, seconds(141));
  EXPECT_TRUE(tracker.seen().neighbours.empty());
  for (int i = 0; i < 100; ++i) tracker.neighbour({{std::to_string(i), "p", ""}, 120}, seconds(150));
  EXPECT_EQ(tracker.seen().neighbours.size(), PlaceTracker::kMostSeen);
  tracker.moved();
  EXPECT_TRUE(tracker.seen().neighbours.empty());
}
TEST(Tracker, addresses_of_the_pinned_interface) {
  PlaceTracker tracker;
  tracker.use("eth0");
  tracker.address({Change::present, 2, "eth0", "198.18.10.10/24", false});
  tracker.address({Change::added, 2, "eth0", "198.18.10.11/24", false});
  tracker.address({Change::added, 3, "eth1", "10.0.0.1/8", false});
  tracker.address({Change::added, 2, "eth0", "fe80::1/64", true});
  tracker.address({Change::removed, 2, "eth0", "198.18.10.10/24", false});
  EXPECT_THAT(tracker.seen().ranges, ElementsAre("198.18.10.0/24"));
  tracker.address({Change::removed, 2, "eth0", "198.18.10.11/24", false});
  EXPECT_TRUE(tracker.seen().ranges.empty());
}
TEST(Tracker, positions_go_stale) {
  PlaceTracker tracker;
  tracker.position({1, 2}, seconds(9));
  tracker.position({1000, 2}, seconds(10));
  EXPECT_EQ(tracker.seen().position->latitude_e7, 1) << "11 m are no movement";
  tracker.settle(seconds(69));
  EXPECT_TRUE(tracker.seen().position);
  tracker.settle(seconds(70));
  EXPECT_FALSE(tracker.seen().position);
}

}  // namespace
}  // namespace kw::device
