// Scenarios of a kiosk's ports, in mode ENFORCE unless said otherwise; the machine of the test does what is asked.
#include "device/peripherals/watch.h"

#include <gmock/gmock.h>

#include "device/peripherals/test_devices.h"
#include "schema/event_catalogue.h"

namespace kw::device {
namespace {

using namespace testing;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

/// What the catalogue would refuse would be lost on its way to the platform.
void expect_known(v1::Event event) {
  event.set_version(1);
  event.set_id(std::string(16, 'i'));
  const auto known = schema::check_event(event);
  EXPECT_TRUE(known) << event.type() << ": " << known.error().text();
}

class PeripheralWatchTest : public ::testing::Test {
 protected:
  PeripheralWatchTest() {
    policy.set_mode(v1::ENFORCE);
    *policy.add_allow() = rule("keyboard", "046d", "c31c", {"03:*:*"});
    *policy.add_allow() = rule("printer", "04b8", "0e15", {"07:01:*"});
    policy.mutable_typing()->set_keys_per_second(30);
    policy.mutable_typing()->set_window_ms(1000);
    watch.configure(policy);
    seen.devices = {root_hub()};
    seen.closed = true;
  }
  void plug(Peripheral device) {
    unplug(device.handle);
    seen.devices.push_back(std::move(device));
  }
  void unplug(const std::string& handle) {
    std::erase_if(seen.devices, [&](const auto& d) { return d.handle == handle; });
  }
  Peripheral& on(const std::string& handle) {
    return *std::ranges::find_if(seen.devices, [&](const auto& d) { return d.handle == handle; });
  }
  // Looks and does what is planned until nothing is; gives what was told, as "type result param=value ...".
  std::vector<std::string> run(std::initializer_list<const char*> params = {}) {
    std::vector<std::string> told;
    for (int round = 0; round < 8; ++round) {
      const auto step = watch.look(seen, tickets, now(), noticed.value_or(now().steady));
      for (const auto& event : step.events) {
        expect_known(event);
        auto text = event.type() + " " + event.result();
        for (const auto* name : params) text += " " + event.params().at(name);
        told.push_back(text);
      }
      for (const auto& [key, value] : step.facts) facts[key] = value;
      if (step.attack) attack = *step.attack;
      if (step.close) seen.closed = true;
      for (const auto& change : step.changes) {
        changes.push_back((change.authorise ? "+" : "-") + change.device.handle);
        if (obeys)
          on(change.device.handle).authorised = change.authorise;
        else
          watch.failed(change.device.handle, "io: no");
      }
      if (step.changes.empty() || !obeys) break;
    }
    return told;
  }
  [[nodiscard]] GuardTime now() const { return {Timestamp::from_seconds(1'800'000'000) + time, time}; }

  v1::PeripheralPolicy policy;
  PeripheralWatch watch;
  PeripheralsSeen seen;
  Tickets tickets;
  Duration time = seconds(100);
  std::optional<Duration> noticed;
  std::map<std::string, std::string> facts;
  std::vector<std::string> changes;
  std::string attack;
  bool obeys = true;
};

TEST_F(PeripheralWatchTest, what_is_plugged_before_the_start_is_judged) {
  auto let_in = stick();
  let_in.authorised = true;
  plug(let_in);
  plug(keyboard());
  EXPECT_THAT(run(), ElementsAre("peripheral.blocked blocked", "peripheral.allowed success"));
  EXPECT_THAT(changes, ElementsAre("-1-2", "+1-1"));
  EXPECT_THAT(run(), IsEmpty());
  EXPECT_EQ(facts["peripherals.count"], "2");
  EXPECT_EQ(facts["peripherals.blocked"], "1");
  EXPECT_EQ(facts["peripherals.port.1-2"], "blocked 0781:5567 storage no_rule");
  EXPECT_EQ(facts["peripherals.port.1-1"], "allowed 046d:c31c keyboard keyboard");
}
TEST_F(PeripheralWatchTest, what_stays_off_by_itself_is_told_with_its_ids_and_the_time_it_took) {
  run();
  plug(stick());
  noticed = time;
  time += milliseconds(3);
  EXPECT_THAT(run({"port", "vendor", "product", "serial", "class", "kind", "reason", "title", "latency_us"}),
              ElementsAre("peripheral.blocked blocked 1-2 0781 5567 0001 08:06:50 storage no_rule Cruzer Blade 3000"));
  EXPECT_THAT(changes, IsEmpty());
}
TEST_F(PeripheralWatchTest, removal_empties_the_port) {
  plug(stick());
  run();
  unplug("1-2");
  EXPECT_THAT(run({"port"}), ElementsAre("peripheral.removed observed 1-2"));
  EXPECT_EQ(facts["peripherals.port.1-2"], "empty");
  EXPECT_THAT(run(), IsEmpty());
}
TEST_F(PeripheralWatchTest, what_leaves_before_it_could_be_put_out_is_told_as_a_failure) {
  auto let_in = stick();
  let_in.authorised = true;
  plug(let_in);
  EXPECT_THAT(watch.look(seen, tickets, now(), time).events, IsEmpty());  // the change is on its way
  unplug("1-2");
  EXPECT_THAT(run({"port"}), ElementsAre("peripheral.blocked failed 1-2", "peripheral.removed observed 1-2"));
}
TEST_F(PeripheralWatchTest, watch_mode_changes_nothing_and_tells_what_enforcing_would_have_done) {
  policy.set_mode(v1::WATCH);
  watch.configure(policy);
  seen.closed = false;
  auto let_in = stick();
  let_in.authorised = true;
  plug(let_in);
  plug(keyboard());
  EXPECT_THAT(run({"port"}), ElementsAre("peripheral.blocked observed 1-2", "peripheral.allowed observed 1-1"));
  EXPECT_THAT(changes, IsEmpty());
  EXPECT_FALSE(seen.closed);
  EXPECT_TRUE(watch.holds());
  policy.set_mode(v1::ENFORCE);  // the same device is told again, now with what was done
  watch.configure(policy);
  EXPECT_THAT(run({"port"}), ElementsAre("peripheral.blocked blocked 1-2", "peripheral.allowed success 1-1"));
  EXPECT_TRUE(seen.closed);
}
TEST_F(PeripheralWatchTest, what_somebody_lets_in_behind_our_back_is_put_out_again) {
  plug(stick());
  run();
  on("1-2").authorised = true;
  seen.closed = false;
  EXPECT_THAT(run(), ElementsAre("peripheral.blocked blocked"));
  EXPECT_THAT(changes, ElementsAre("-1-2"));
  EXPECT_TRUE(seen.closed);
}
TEST_F(PeripheralWatchTest, a_machine_that_does_not_follow_is_told_once_and_tried_on) {
  auto let_in = stick();
  let_in.authorised = true;
  plug(let_in);
  obeys = false;
  std::vector<std::string> told;
  for (int i = 0; i < 10; ++i)
    for (auto& one : run({"reason"})) told.push_back(one);
  EXPECT_THAT(told, ElementsAre("peripheral.not_applied failed io: no"));
  EXPECT_EQ(changes.size(), 10U);
  EXPECT_FALSE(watch.holds());
  obeys = true;
  EXPECT_THAT(run(), ElementsAre("peripheral.blocked blocked"));
  run();
  EXPECT_TRUE(watch.holds());
}
TEST_F(PeripheralWatchTest, a_stick_that_comes_back_as_a_keyboard_is_an_event_of_its_own) {
  policy.set_cut_on_attack(true);
  watch.configure(policy);
  plug(usb("1-2", "046d", "c31c", {"08:06:50"}, 5));
  run();
  unplug("1-2");
  run();
  time += seconds(60);
  plug(usb("1-2", "046d", "c31c", {"03:01:01"}, 6));
  EXPECT_THAT(run({"class"}), Contains("peripheral.changed_class blocked 03:01:01"));
  EXPECT_EQ(attack, "peripheral.changed_class");
}
TEST_F(PeripheralWatchTest, other_descriptors_faster_than_hands_are_a_change_too_and_slower_are_another_device) {
  plug(usb("1-2", "12d1", "1f01", {"08:06:50"}, 5));
  run();
  unplug("1-2");
  run();
  time += seconds(1);
  plug(usb("1-2", "12d1", "14dc", {"02:06:00"}, 6));  // how 4G sticks turn into network cards
  EXPECT_THAT(run({"port"}), ElementsAre("peripheral.changed_class blocked 1-2", "peripheral.blocked blocked 1-2"));
  EXPECT_EQ(attack, "");
  unplug("1-2");
  run();
  time += seconds(6);
  plug(stick());
  EXPECT_THAT(run({"port"}), ElementsAre("peripheral.blocked blocked 1-2"));
}
TEST_F(PeripheralWatchTest, a_change_between_two_looks_is_seen_by_the_new_enumeration) {
  plug(keyboard());
  run();
  auto other = usb("1-1", "046d", "c31c", {"03:01:01", "08:06:50"}, 9);
  other.authorised = true;
  plug(other);
  EXPECT_THAT(run(), ElementsAre("peripheral.changed_class blocked", "peripheral.blocked blocked"));
}
TEST_F(PeripheralWatchTest, the_same_device_plugged_again_is_told_again_but_a_flapping_one_floods_nothing) {
  int told = 0;
  for (unsigned i = 0; i < 1000; ++i) {
    time += milliseconds(20);  // 20 s in all
    auto flapping = stick();
    flapping.generation = i + 10;
    plug(flapping);
    told += static_cast<int>(run().size());
    unplug("1-2");
    told += static_cast<int>(run().size());
  }
  EXPECT_LE(told, 3 * PeripheralWatch::kPerPort);
  time += seconds(11);
  plug(stick());
  const auto last = run({"count"});
  ASSERT_EQ(last.size(), 1U);
  EXPECT_GT(std::stoi(last[0].substr(last[0].rfind(' '))), 1);
}
TEST_F(PeripheralWatchTest, an_exception_lets_in_until_its_end_and_both_are_told) {
  plug(stick());
  run();
  ASSERT_TRUE(tickets.permit(rule("ticket 7", "0781", "5567", {"08:06:50"}), RawId{1}, now().utc + seconds(60), now()));
  EXPECT_THAT(run({"rule"}), ElementsAre("peripheral.exception.used success ticket 7"));
  time += seconds(61);
  EXPECT_EQ(tickets.expire(now()).size(), 1U);
  EXPECT_THAT(run(), ElementsAre("peripheral.blocked blocked"));
  EXPECT_THAT(changes, ElementsAre("+1-2", "-1-2"));
}
TEST_F(PeripheralWatchTest, a_keyboard_that_types_too_fast_is_condemned) {
  auto board = keyboard();
  board.keyboards = {"/dev/input/event3"};
  plug(board);
  run();
  ASSERT_THAT(watch.keyboards(), ElementsAre(PeripheralWatch::Tapped{"1-1", "/dev/input/event3", 2}));
  const auto event = watch.typed("1-1", 31);
  ASSERT_TRUE(event);
  expect_known(*event);
  EXPECT_EQ(event->params().at("keys"), "31");
  tickets.condemn(*watch.find("1-1"), "typing");
  EXPECT_THAT(run({"reason"}), ElementsAre("peripheral.blocked blocked typing"));
  unplug("1-1");
  run();
  board.generation = 12;
  plug(board);
  EXPECT_THAT(run({"reason"}), ElementsAre("peripheral.blocked blocked typing"));  // plugging again is no pardon
  EXPECT_FALSE(watch.typed("9-9", 31));
}
TEST_F(PeripheralWatchTest, a_scanner_may_type_fast) {
  policy.mutable_allow(0)->set_types_fast(true);
  watch.configure(policy);
  auto board = keyboard();
  board.keyboards = {"/dev/input/event3"};
  plug(board);
  run();
  EXPECT_THAT(watch.keyboards(), IsEmpty());
}
TEST_F(PeripheralWatchTest, a_reader_with_another_module_is_told) {
  policy.mutable_allow(1)->set_module("05.03-1");
  watch.configure(policy);
  auto reader = usb("1-4", "04b8", "0e15", {"07:01:02"});
  reader.serial_lines = {"/dev/ttyUSB0"};
  plug(reader);
  run();
  ASSERT_EQ(watch.module_lines().size(), 1U);
  EXPECT_FALSE(watch.module_read("1-4", "05.03-1"));
  const auto event = watch.module_read("1-4", "05.03-2");
  ASSERT_TRUE(event);
  expect_known(*event);
  EXPECT_EQ(event->params().at("observed"), "05.03-2");
}
TEST_F(PeripheralWatchTest, two_hundred_sticks_of_one_serial_number_are_two_hundred_devices) {
  auto& one = *policy.add_allow() = rule("stick", "0781", "5567", {"08:06:50"});
  one.set_serial("0001");
  one.set_port("3-1");
  watch.configure(policy);
  for (int i = 1; i <= 200; ++i) plug(stick("3-" + std::to_string(i)));
  EXPECT_EQ(run().size(), 200U);
  EXPECT_EQ(facts["peripherals.count"], "200");
  EXPECT_EQ(facts["peripherals.blocked"], "199");
  const auto ports =
      std::ranges::count_if(facts, [](const auto& f) { return f.first.starts_with("peripherals.port."); });
  EXPECT_EQ(ports, 64);
}
TEST_F(PeripheralWatchTest, the_disk_of_the_system_is_never_put_out) {
  auto disk = stick();
  disk.system = disk.authorised = true;
  plug(disk);
  EXPECT_THAT(run({"rule"}), ElementsAre("peripheral.allowed success system"));
  EXPECT_THAT(changes, IsEmpty());
}
TEST_F(PeripheralWatchTest, empty_ports_are_forgotten_in_the_end) {
  for (std::size_t i = 0; i < 3 * kMostPeripherals; ++i) {
    plug(stick("1-" + std::to_string(i)));
    run();
    unplug("1-" + std::to_string(i));
    run();
  }
  EXPECT_EQ(facts["peripherals.count"], "0");
}

}  // namespace
}  // namespace kw::device
