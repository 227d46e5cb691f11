// Scenario files (scenarios/*.txt) drive NetworkGuard: one observation a line, and behind it, on a line that starts
// with ">", exactly what comes out of it: event types, "type xN" for a count above one, CUT, SNAPSHOT, TOUCHED,
// LEARNT and REFUSED. No such line means that nothing comes out. Every scenario starts from the snapshot in base().
#include "device/guard.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "schema/event_catalogue.h"

namespace kw::device {
namespace {

TagJudgement judge(const std::string& tag) {
  if (tag == "illegal" || tag == "foreign") return {true, true, true, false, tag};
  if (tag == "w-illegal") return {true, true, true, true, "illegal"};
  if (tag == "tolerated" || tag == "cut" || tag == "stale") return {true, true, false, false, tag};
  if (tag == "inbound" || tag == "router" || tag == "dhcp") return {true, false, false, false, tag};
  return {};
}
NetworkExpectations expectations() {
  NetworkExpectations e;
  e.mode = v1::ENFORCE;
  e.interface = "eth0";
  e.mac = "02:4B:57:00:10:10";
  e.address = "198.18.10.10/24";
  e.gateway = "198.18.10.1";
  e.cut_on_illegal_outbound = e.cut_on_interface_change = e.cut_on_identity_change = true;
  return e;
}
std::vector<Observation> base() {
  return {LinkObserved{Change::present, 1, "lo", "loopback", "", "", true},
          LinkObserved{Change::present, 2, "eth0", "ether", "02:4b:57:00:10:10", "", true},
          AddressObserved{Change::present, 1, "lo", "127.0.0.1/8", false},
          AddressObserved{Change::present, 2, "eth0", "198.18.10.10/24", false},
          AddressObserved{Change::present, 2, "eth0", "fe80::4b:57ff:fe00:1010/64", true},
          RouteObserved{Change::present, "198.18.10.0/24", "", "eth0"},
          RouteObserved{Change::present, "default", "198.18.10.1", "eth0"},
          NeighbourObserved{Change::present, "198.18.10.1", "02:4b:57:00:10:01", "eth0"}};
}
std::string dash(const std::string& word) { return word == "-" ? "" : word; }

class Scenario {
 public:
  Scenario() : guard_(judge) {}

  void start(const NetworkExpectations& expected) {
    guard_.configure(expected);
    note(guard_.snapshot(base(), now_, case_maker()));
  }
  void act(const std::string& line) {
    std::istringstream in(line);
    std::string what, how;
    in >> what >> how;
    if (what == "tick") {
      const auto later = std::chrono::seconds(std::stoi(how));
      now_ = {now_.utc + later, now_.steady + later};
      return note(guard_.tick(now_));
    }
    if (what == "repeat") {
      std::string rest;
      std::getline(in, rest);
      for (int i = 0; i < std::stoi(how); ++i) act(rest.substr(1));
      return;
    }
    if (what == "scan") {  // one packet to each of N ports
      for (int i = 1; i <= std::stoi(how); ++i) act("packet illegal tcp 203.0.113.9 " + std::to_string(i));
      return;
    }
    if (what == "restore") return guard_.restore_cut(RawId{42}, how);
    if (what == "tripped") return note(guard_.kernel_tripped(now_, case_maker()));
    if (what == "order") return note(guard_.order_cut(RawId{43}, now_));
    if (what == "release" || what == "snapshot") {  // of the base, and of what "still" lines added to it
      auto present = base();
      present.insert(present.end(), still_.begin(), still_.end());
      still_.clear();
      if (what == "snapshot") return note(guard_.snapshot(present, now_, case_maker()));
      auto released = guard_.release(present, now_, case_maker());
      if (!released) return seen_.push_back("REFUSED");
      return note(*released);
    }
    if (what == "still") {
      std::string rest;
      std::getline(in, rest);
      return still_.push_back(parse(how + rest));
    }
    note(guard_.observe(parse(line), now_, case_maker()));
  }
  std::string take() {
    std::string out;
    for (const auto& word : seen_) out += (out.empty() ? "" : " ") + word;
    seen_.clear();
    return out;
  }
  NetworkGuard& guard() { return guard_; }
  int cases() const { return cases_; }
  std::size_t told() const { return told_; }

 private:
  NewCase case_maker() {
    return [this] { return RawId{1, static_cast<Byte>(++cases_)}; };
  }
  static Observation parse(const std::string& line) {
    std::istringstream in(line);
    std::string what, how, a, b, c;
    int number = 0;
    in >> what;
    if (what == "packet") {
      PacketLogged p;
      in >> p.tag >> p.protocol >> p.destination >> number;
      p.destination_port = static_cast<std::uint16_t>(number);
      p.source = "198.18.10.10";
      p.interface = "eth0";
      p.process = std::string(900, 'x');
      return p;
    }
    if (what == "touched") {
      in >> a;
      return RulesetTouched{a};
    }
    if (what == "lost") {
      in >> a >> number;
      return SensorLost{a, static_cast<std::uint64_t>(number)};
    }
    in >> how;
    const auto change = how == "added" ? Change::added : how == "changed" ? Change::changed : how == "removed" ? Change::removed : Change::present;
    if (what == "link") {
      in >> number >> a >> b >> c;
      return LinkObserved{change, number, a, b, dash(c), "", true};
    }
    in >> a >> b >> c;
    if (what == "address") return AddressObserved{change, 2, a, b, b.starts_with("fe80:") || b.starts_with("169.254.")};
    if (what == "route") return RouteObserved{change, a, dash(b), c};
    EXPECT_EQ(what, "neighbour") << line;
    return NeighbourObserved{change, a, dash(b), c};
  }
  void note(const Decisions& d) {
    for (auto event : d.events) {
      event.set_id(std::string(16, 'i'));
      const auto checked = schema::check_event(event);
      EXPECT_TRUE(checked) << event.type() << ": " << checked.error().text();
      EXPECT_EQ(event.case_id().size(), guard_.cut() ? 16U : event.case_id().size());
      const auto count = event.params().find("count");
      seen_.push_back(event.type() + (count != event.params().end() && count->second != "1" ? " x" + count->second : ""));
      ++told_;
    }
    if (d.cut) {
      EXPECT_EQ(d.cut->case_id, guard_.case_id());
      seen_.push_back("CUT");
    }
    if (d.want_snapshot) seen_.push_back("SNAPSHOT");
    if (d.ruleset_touched) seen_.push_back("TOUCHED");
    if (d.learnt_gateway_mac) seen_.push_back("LEARNT");
  }

  NetworkGuard guard_;
  GuardTime now_{Timestamp::from_seconds(1'000'000), std::chrono::seconds(100)};
  std::vector<std::string> seen_;
  std::vector<Observation> still_;
  int cases_ = 0;
  std::size_t told_ = 0;
};

void play(const std::filesystem::path& file) {
  std::ifstream in(file);
  Scenario scenario;
  auto expected = expectations();
  std::string line, acted;
  bool started = false, pending = false;
  int number = 0;
  const auto settle = [&](const std::string& wanted) {
    EXPECT_EQ(scenario.take(), wanted) << file << ":" << number << " after: " << acted;
    pending = false;
  };
  while (std::getline(in, line)) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    if (line == "mode watch") expected.mode = v1::WATCH;
    else if (line == "mode off") expected.mode = v1::OFF;
    else if (line == "no cuts") expected.cut_on_illegal_outbound = expected.cut_on_interface_change = expected.cut_on_identity_change = false;
    else if (line[0] == '>') settle(line.substr(std::min<std::size_t>(2, line.size())));
    else {
      if (pending) settle("");
      acted = line;
      if (!started) {
        scenario.start(expected);
        EXPECT_EQ(scenario.take(), expected.mode == v1::OFF ? "" : "LEARNT") << file;
        started = true;
      }
      scenario.act(line);
      pending = true;
    }
  }
  if (pending) settle("");
  EXPECT_TRUE(started) << file;
}

TEST(Guard, scenarios) {
  int played = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(KW_SOURCE_DIR) + "/src/device/scenarios")) {
    play(entry.path());
    ++played;
  }
  EXPECT_GE(played, 15);
}
TEST(Guard, a_new_case_for_each_incident_and_one_within) {
  Scenario s;
  s.start(expectations());
  s.act("packet illegal tcp 203.0.113.9 443");
  const auto first = s.guard().case_id();
  s.act("link added 5 tun0 tun -");
  EXPECT_EQ(s.guard().case_id(), first);
  EXPECT_EQ(s.guard().cause(), "net.outbound.illegal");
  s.act("still link present 5 tun0 tun -");
  s.act("release x");
  ASSERT_TRUE(s.guard().cut());
  EXPECT_NE(s.guard().case_id(), first);
  EXPECT_EQ(s.cases(), 2);
  s.act("release x");
  EXPECT_FALSE(s.guard().cut());
}
TEST(Guard, a_storm_stays_small) {
  Scenario s;
  s.start(expectations());
  s.act("scan 60000");
  for (int i = 0; i < 1000; ++i) {
    s.act("link added " + std::to_string(100 + i) + " v" + std::to_string(i) + " veth -");
    s.act("link removed " + std::to_string(100 + i) + " v" + std::to_string(i) + " veth -");
  }
  s.act("tick 11");
  EXPECT_LE(s.told(), 600U);
}
TEST(Guard, facts_are_told_when_they_change) {
  NetworkGuard guard(judge);
  guard.configure(expectations());
  const GuardTime now;
  const NewCase new_case = [] { return RawId{1}; };
  EXPECT_GE(guard.snapshot(base(), now, new_case).facts.size(), 4U);
  EXPECT_EQ(guard.snapshot(base(), now, new_case).facts.size(), 0U);
  const auto changed = guard.observe(RouteObserved{Change::removed, "default", "198.18.10.1", "eth0"}, now, new_case);
  ASSERT_EQ(changed.facts.size(), 1U);
  EXPECT_EQ(changed.facts[0].key(), "net.route.default");
}

}  // namespace
}  // namespace kw::device
