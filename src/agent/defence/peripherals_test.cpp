// Scenarios of the section on recorded ports: the machine plugs, types and loses its enforcer as the test says.
#include "agent/defence/peripherals.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <future>

#include "agent/defence/worker.h"
#include "agent/testing/defence_bench.h"
#include "device/peripherals/test_devices.h"
#include "platform/linux/durable_file.h"
#include "platform/recorded/recorded_peripherals.h"
#include "schema/event_catalogue.h"

namespace kw::agent {
namespace {

using namespace device;
using device::testing::keyboard;
using device::testing::root_hub;
using device::testing::rule;
using device::testing::stick;
using device::testing::usb;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class PeripheralDefenceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    section.set_mode(v1::ENFORCE);
    section.set_enforcer(v1::PeripheralPolicy::SYSFS);
    *section.add_allow() = rule("keyboard", "046d", "c31c", {"03:*:*"});
    section.mutable_typing()->set_keys_per_second(30);
    section.mutable_typing()->set_window_ms(1000);
    begin();
  }
  void TearDown() override {
    defence->stop();
    EXPECT_TRUE(bench.watched.empty());
    for (auto event : bench.events) {
      event.set_version(1);
      event.set_id(std::string(16, 'i'));
      const auto known = schema::check_event(event);
      EXPECT_TRUE(known) << event.type() << ": " << known.error().text();
    }
  }
  /// begin starts an agent on the machine as it is; a second call is its restart.
  void begin() {
    auto before = std::move(machine);
    PeripheralDefence::Ports ports;
    auto kernel_port = std::make_unique<platform::RecordedPeripherals>("sysfs");
    auto daemon_port = std::make_unique<platform::RecordedPeripherals>("usbguard");
    kernel = kernel_port.get();
    daemon = daemon_port.get();
    ports.kernel = std::move(kernel_port);
    ports.usbguard = std::move(daemon_port);
    auto hotplug_port = std::make_unique<platform::RecordedHotplug>();
    hotplug = hotplug_port.get();
    ports.hotplug = std::move(hotplug_port);
    auto keys_port = std::make_unique<platform::RecordedKeys>();
    keys = keys_port.get();
    ports.keys = std::move(keys_port);
    auto modules_port = std::make_unique<platform::RecordedModules>();
    modules = modules_port.get();
    ports.modules = std::move(modules_port);
    ports.work = ports.ask = [](const auto& job) { job(); };
    defence = std::make_unique<PeripheralDefence>(std::move(ports));
    ASSERT_TRUE(defence->start(bench));
    for (auto& one : before) plug(one, false);
    plug(root_hub(), false);
  }
  void restart() {
    defence->stop();
    bench.events.clear();
    begin();
  }
  void use() {
    v1::PolicyBundle bundle;
    *bundle.mutable_peripherals() = section;
    ASSERT_TRUE(defence->configure(bundle));
    bench.run_posted();
  }
  void plug(Peripheral device, bool tell = true) {
    std::erase_if(machine, [&](const auto& d) { return d.handle == device.handle; });
    if (!device.fixed) machine.push_back(device);
    for (auto* port : {kernel, daemon}) port->plug(device);
    if (tell) news({.devices = true});
  }
  void news(device::HotplugPort::News what) {
    hotplug->push(what);
    for (const auto& [fd, ready] : std::map(bench.watched)) ready();
    bench.run_posted();
  }
  void pass(Duration time) {
    bench.ahead += time;
    bench.clock.ahead += time;
    defence->tick();
    bench.run_posted();
  }
  void type(const std::string& node, int many, Duration apart) {
    std::vector<Duration> at;
    for (int i = 0; i < many; ++i) at.push_back(typed += apart);
    keys->press(node, at);
    for (const auto& [fd, ready] : std::map(bench.watched)) ready();
    bench.run_posted();
  }
  v1::Order order(const std::string& action, std::map<std::string, std::string> args) {
    v1::Order out;
    out.set_order_id(copy_text(RawId{7}));
    out.set_section("peripherals");
    out.set_action(action);
    for (auto& [name, value] : args) (*out.mutable_args())[name] = value;
    return out;
  }
  v1::Order permit(Duration length) {
    return order("permit", {{"name", "ticket 7"},
                            {"bus", "usb"},
                            {"vendor", "0781"},
                            {"product", "5567"},
                            {"serial", "0001"},
                            {"port", "1-2"},
                            {"interfaces", "08:06:50"},
                            {"digest", ""},
                            {"until", to_rfc3339(bench.now().utc + length)}});
  }
  [[nodiscard]] const v1::Event* last(const std::string& type) const {
    for (auto at = bench.events.rbegin(); at != bench.events.rend(); ++at)
      if (at->type() == type) return &*at;
    return nullptr;
  }
  [[nodiscard]] std::string param(const std::string& type, const std::string& name) const {
    const auto* event = last(type);
    return event == nullptr ? "no event" : event->params().at(name);
  }

  agent::testing::DefenceBench bench;
  v1::PeripheralPolicy section;
  std::vector<Peripheral> machine;  // what is plugged in, over restarts
  platform::RecordedPeripherals *kernel = nullptr, *daemon = nullptr;
  platform::RecordedHotplug* hotplug = nullptr;
  platform::RecordedKeys* keys = nullptr;
  platform::RecordedModules* modules = nullptr;
  std::unique_ptr<PeripheralDefence> defence;
  Duration typed = seconds(1000);
};

// A01, A02, A04 to A06: what the terminal's assessor plugs in. Each stays off, and is told with its ids and place.
TEST_F(PeripheralDefenceTest, the_assessors_devices_stay_off_and_are_told) {
  use();
  bench.events.clear();
  const std::pair<Peripheral, const char*> cases[] = {
      {usb("1-2", "03eb", "2ff4", {"03:01:01"}, 3, "HIDLDR"), "keyboard"},               // A01 BadUSB keyboard
      {stick("1-3"), "storage"},                                                         // A02 USB stick
      {usb("1-4", "18d1", "4ee4", {"e0:01:03", "0a:00:00", "ff:42:01"}, 5), "network"},  // A04 phone, RNDIS
      {usb("1-5", "05ac", "12a8", {"06:01:01", "ff:fe:02", "ff:fd:01"}, 6), "network"},  // A04 phone, ipheth
      {usb("1-6", "0bda", "8179", {"ff:ff:ff"}, 7), "vendor"},                           // A05 Wi-Fi dongle
      {usb("1-7", "0a12", "0001", {"e0:01:01"}, 8), "wireless"}};                        // A06 Bluetooth dongle
  for (const auto& [device, kind] : cases) {
    plug(device);
    EXPECT_FALSE(kernel->authorised(device.handle)) << kind;
    const auto* event = last("peripheral.blocked");
    ASSERT_NE(event, nullptr);
    EXPECT_EQ(event->result(), "blocked");
    EXPECT_EQ(event->params().at("port"), device.port);
    EXPECT_EQ(event->params().at("kind"), kind);
    EXPECT_EQ(event->params().at("vendor"), device.vendor);
    EXPECT_EQ(event->params().at("product"), device.product);
    EXPECT_EQ(event->params().at("serial"), device.serial);
    EXPECT_EQ(event->params().at("class"), classes_of(device));
  }
  EXPECT_TRUE(defence->holds());
  EXPECT_EQ(bench.facts["peripherals.blocked"], "6");
}
// A03: the card is bound to its driver when it comes, and unbound.
TEST_F(PeripheralDefenceTest, a_card_is_put_out) {
  use();
  auto card = usb("mmc0:aaaa", "0003", "5344", {"sd"});
  card.bus = Peripheral::Bus::card;
  card.port = "mmc0";
  card.authorised = true;
  plug(card);
  EXPECT_THAT(kernel->calls(), Contains("block mmc0:aaaa"));
  EXPECT_EQ(param("peripheral.blocked", "reason"), "cards_off");
}
TEST_F(PeripheralDefenceTest, what_was_plugged_before_the_start_is_judged_and_the_allowed_goes_on_working) {
  plug(stick(), false);
  plug(keyboard(), false);
  ASSERT_TRUE(kernel->authorised("1-2"));  // the machine was open
  use();
  EXPECT_FALSE(kernel->authorised("1-2"));
  EXPECT_TRUE(kernel->authorised("1-1"));
  EXPECT_TRUE(kernel->closed());
  EXPECT_THAT(bench.types(), ElementsAre("peripheral.allowed", "peripheral.blocked"));
  EXPECT_EQ(bench.facts["peripherals.enforcer"], "sysfs");
}
TEST_F(PeripheralDefenceTest, watch_tells_what_enforce_would_have_done_and_changes_nothing) {
  section.set_mode(v1::WATCH);
  plug(keyboard(), false);
  use();
  plug(stick());
  EXPECT_TRUE(kernel->authorised("1-2"));
  EXPECT_THAT(kernel->calls(), IsEmpty());
  ASSERT_NE(last("peripheral.blocked"), nullptr);
  EXPECT_EQ(last("peripheral.blocked")->result(), "observed");
  EXPECT_EQ(last("peripheral.allowed")->result(), "observed");
  EXPECT_EQ(bench.facts["peripherals.blocked"], "1");
}
TEST_F(PeripheralDefenceTest, off_puts_back_what_was_changed_and_tells_nothing) {
  plug(stick(), false);
  use();
  ASSERT_FALSE(kernel->authorised("1-2"));
  bench.events.clear();
  section.set_mode(v1::OFF);
  use();
  EXPECT_TRUE(kernel->authorised("1-2"));
  EXPECT_FALSE(kernel->closed());
  plug(keyboard("1-3"));
  pass(seconds(5));
  EXPECT_THAT(bench.events, IsEmpty());
  EXPECT_EQ(defence->order(permit(hours(1))).code(), Errc::wrong_state);
}
TEST_F(PeripheralDefenceTest, what_was_closed_is_opened_after_a_restart_too) {
  use();
  restart();  // the recorded machine forgets that it was closed; the agent does not
  section.set_mode(v1::OFF);
  use();
  EXPECT_THAT(kernel->calls(), ElementsAre("open"));
}
TEST_F(PeripheralDefenceTest, what_could_not_be_opened_is_tried_again) {
  use();
  daemon->lose(Error(Errc::unavailable, "gone"));
  ASSERT_TRUE(
      platform::write_file_durably(*bench.state_path("peripherals") + "/before.usbguard", bytes_of("gate 1\n")));
  section.set_mode(v1::OFF);
  use();
  EXPECT_FALSE(kernel->closed());
  daemon->lose(std::nullopt);
  ASSERT_TRUE(daemon->close({}));
  pass(PeripheralDefence::kRetry);
  EXPECT_FALSE(daemon->closed());
  EXPECT_EQ(platform::read_file(*bench.state_path("peripherals") + "/before.usbguard", 100).code(), Errc::not_found);
}
TEST_F(PeripheralDefenceTest, a_machine_whose_own_settings_cannot_be_kept_is_not_closed_but_its_devices_are_put_out) {
  const auto before = *bench.state_path("peripherals") + "/before.sysfs";
  std::filesystem::create_directories(before);  // nothing can be written in its place
  plug(stick(), false);
  use();
  EXPECT_FALSE(kernel->closed());
  EXPECT_FALSE(defence->holds());
  EXPECT_FALSE(kernel->authorised("1-2"));
  std::filesystem::remove(before);
  pass(seconds(1));
  EXPECT_TRUE(kernel->closed());
  EXPECT_TRUE(platform::read_file(before, 100));
}
TEST_F(PeripheralDefenceTest, a_kernel_started_closed_is_opened_where_nothing_is_enforced) {
  auto off = keyboard();
  kernel->set_boot_default("0");
  ASSERT_TRUE(kernel->close({}));
  plug(off, false);
  section.set_mode(v1::WATCH);
  use();
  EXPECT_TRUE(kernel->authorised("1-1"));
  EXPECT_FALSE(kernel->closed());
  EXPECT_EQ(bench.facts["peripherals.authorized_default"], "0");
}
TEST_F(PeripheralDefenceTest, lost_events_are_told_and_lead_to_a_new_look) {
  use();
  bench.events.clear();
  kernel->plug(stick());  // no news of it: the queue overflowed
  news({.devices = false, .lost = 3});
  EXPECT_THAT(bench.types(), ElementsAre("peripheral.events_lost", "peripheral.blocked"));
  EXPECT_EQ(param("peripheral.events_lost", "lost"), "3");
}
TEST_F(PeripheralDefenceTest, without_any_news_the_next_second_finds_it) {
  use();
  kernel->plug(stick());
  pass(seconds(1));
  EXPECT_THAT(bench.types(), Contains("peripheral.blocked"));
}

// ---- enforcers --------------------------------------------------------------------------------------------------

TEST_F(PeripheralDefenceTest, the_daemons_loss_is_told_and_the_kernels_files_take_over_until_it_is_back) {
  section.set_enforcer(v1::PeripheralPolicy::AUTO);
  use();
  EXPECT_EQ(bench.facts["peripherals.enforcer"], "usbguard");
  EXPECT_THAT(daemon->calls(), Contains("close"));
  bench.events.clear();
  daemon->lose(Error(Errc::unavailable, "connection refused"));
  kernel->plug(stick());
  pass(seconds(1));
  EXPECT_FALSE(kernel->authorised("1-2"));
  EXPECT_THAT(bench.types(), ElementsAre("peripheral.enforcer.lost", "peripheral.blocked"));
  EXPECT_EQ(param("peripheral.enforcer.lost", "fallback"), "sysfs");
  EXPECT_EQ(bench.facts["peripherals.enforcer"], "sysfs");
  for (int i = 0; i < 30; ++i) pass(seconds(1));
  EXPECT_EQ(bench.events.size(), 2U);  // told once
  daemon->lose(std::nullopt);
  daemon->plug(stick());
  pass(PeripheralDefence::kRetry);
  EXPECT_THAT(bench.types(), Contains("peripheral.enforcer.restored"));
  EXPECT_EQ(bench.facts["peripherals.enforcer"], "usbguard");
}
TEST_F(PeripheralDefenceTest, a_daemon_that_never_was_there_is_no_loss_unless_policy_asks_for_it) {
  section.set_enforcer(v1::PeripheralPolicy::AUTO);
  daemon->lose(Error(Errc::unavailable));
  use();
  EXPECT_THAT(bench.types(), Not(Contains("peripheral.enforcer.lost")));
  section.set_enforcer(v1::PeripheralPolicy::USBGUARD);
  use();
  pass(PeripheralDefence::kRetry);
  EXPECT_THAT(bench.types(), Contains("peripheral.enforcer.lost"));
  EXPECT_TRUE(kernel->closed());
}
TEST_F(PeripheralDefenceTest, a_new_policy_is_given_to_the_enforcer) {
  use();
  const auto closings = [&] { return std::ranges::count(kernel->calls(), "close"); };
  const auto before = closings();
  pass(seconds(1));
  EXPECT_EQ(closings(), before);
  use();
  EXPECT_EQ(closings(), before + 1);
}
TEST_F(PeripheralDefenceTest, a_look_that_fails_is_not_holding) {
  use();
  kernel->lose(Error(Errc::io, "no sysfs"));
  pass(seconds(1));
  EXPECT_FALSE(defence->holds());
  kernel->lose(std::nullopt);
  pass(seconds(1));
  EXPECT_TRUE(defence->holds());
}

// ---- typing -----------------------------------------------------------------------------------------------------

Peripheral typing_keyboard(unsigned generation = 2) {
  auto out = keyboard();
  out.keyboards = {"/dev/input/event3"};
  out.generation = generation;
  return out;
}

// A01 behind an allowed keyboard's numbers: it is let in, types a command, and is out before the line is full.
TEST_F(PeripheralDefenceTest, a_keyboard_that_types_as_no_hand_does_is_put_out_and_stays_out) {
  section.set_cut_on_attack(true);
  plug(typing_keyboard(), false);
  use();
  type("/dev/input/event3", 200, milliseconds(100));  // a quick typist
  EXPECT_EQ(last("peripheral.typing_too_fast"), nullptr);
  type("/dev/input/event3", 31, milliseconds(2));
  EXPECT_EQ(param("peripheral.typing_too_fast", "keys"), "31");
  EXPECT_FALSE(kernel->authorised("1-1"));
  EXPECT_EQ(param("peripheral.blocked", "reason"), "typing");
  EXPECT_THAT(bench.cuts, ElementsAre("peripheral.typing_too_fast"));
  EXPECT_EQ(last("peripheral.typing_too_fast")->case_id().size(), 16U);
  EXPECT_FALSE(keys->listening("/dev/input/event3"));
  restart();
  plug(typing_keyboard(9), false);
  use();
  EXPECT_FALSE(kernel->authorised("1-1"));  // over a restart, and plugged again
  EXPECT_EQ(defence->order(order("pardon", {{"port", "1-9"}})).code(), Errc::not_found);
  EXPECT_TRUE(defence->order(order("pardon", {{"port", "1-1"}})));
  bench.run_posted();
  EXPECT_TRUE(kernel->authorised("1-1"));
  EXPECT_EQ(param("peripheral.pardoned", "port"), "1-1");
}
TEST_F(PeripheralDefenceTest, in_watch_it_is_told_once_and_goes_on_typing) {
  section.set_mode(v1::WATCH);
  section.set_cut_on_attack(true);
  plug(typing_keyboard(), false);
  use();
  type("/dev/input/event3", 31, milliseconds(2));
  pass(seconds(1));
  type("/dev/input/event3", 31, milliseconds(2));
  EXPECT_EQ(last("peripheral.typing_too_fast")->result(), "observed");
  EXPECT_EQ(std::ranges::count(bench.types(), "peripheral.typing_too_fast"), 1);
  EXPECT_TRUE(kernel->authorised("1-1"));
  EXPECT_THAT(bench.cuts, IsEmpty());
}
TEST_F(PeripheralDefenceTest, a_keyboard_that_goes_is_heard_no_more) {
  plug(typing_keyboard(), false);
  use();
  ASSERT_TRUE(keys->listening("/dev/input/event3"));
  keys->unplug("/dev/input/event3");
  kernel->unplug("1-1");
  for (const auto& [fd, ready] : std::map(bench.watched)) ready();
  news({.devices = true});
  EXPECT_FALSE(keys->listening("/dev/input/event3"));
  EXPECT_EQ(bench.watched.size(), 1U);
}

// ---- ID-card reader ---------------------------------------------------------------------------------------------

TEST_F(PeripheralDefenceTest, an_id_card_reader_with_another_module_is_put_out) {
  auto& reader_rule = *section.add_allow() = rule("reader", "0400", "c35a", {"02:02:*", "0a:00:00"});
  reader_rule.set_module("05.03-1");
  section.set_serial_adapters(true);
  auto reader = usb("1-4", "0400", "c35a", {"02:02:01", "0a:00:00"});
  reader.serial_lines = {"/dev/ttyACM0"};
  plug(reader, false);
  use();
  EXPECT_TRUE(kernel->authorised("1-4"));
  EXPECT_EQ(bench.facts["peripherals.module.1-4"], "unknown");  // the kiosk's program holds the line
  EXPECT_EQ(param("peripheral.module_unread", "port"), "1-4");
  modules->set("/dev/ttyACM0", "05.03-1");
  pass(seconds(30));
  EXPECT_EQ(bench.facts["peripherals.module.1-4"], "unknown");  // not asked before its time
  pass(seconds(31));
  EXPECT_EQ(bench.facts["peripherals.module.1-4"], "05.03-1");
  EXPECT_TRUE(kernel->authorised("1-4"));
  modules->set("/dev/ttyACM0", "05.03-2");  // another module in the same housing
  reader.generation = 17;
  plug(reader);
  EXPECT_FALSE(kernel->authorised("1-4"));
  EXPECT_EQ(param("peripheral.module_changed", "bound"), "05.03-1");
  EXPECT_EQ(param("peripheral.module_changed", "observed"), "05.03-2");
}

// ---- exceptions -------------------------------------------------------------------------------------------------

TEST_F(PeripheralDefenceTest, an_exception_lets_in_survives_a_restart_and_ends) {
  use();
  plug(stick());
  ASSERT_TRUE(defence->order(permit(hours(2))));
  bench.run_posted();
  EXPECT_TRUE(kernel->authorised("1-2"));
  EXPECT_EQ(param("peripheral.exception.granted", "order"), to_hex(RawId{7}));
  EXPECT_EQ(param("peripheral.exception.used", "rule"), "ticket 7");
  EXPECT_EQ(defence->order(permit(hours(1))).code(), Errc::already_exists);
  pass(hours(1));
  restart();
  use();
  EXPECT_TRUE(kernel->authorised("1-2"));
  bench.clock.ahead -= hours(3);  // the wall clock is set back
  pass(hours(1) + seconds(1));
  EXPECT_FALSE(kernel->authorised("1-2"));
  EXPECT_EQ(param("peripheral.exception.expired", "rule"), "ticket 7");
  EXPECT_EQ(last("peripheral.blocked")->result(), "blocked");
}
TEST_F(PeripheralDefenceTest, an_exception_taken_back_ends_at_once) {
  use();
  plug(stick());
  ASSERT_TRUE(defence->order(permit(hours(2))));
  EXPECT_TRUE(defence->order(order("revoke", {{"name", "ticket 7"}})));
  bench.run_posted();
  EXPECT_FALSE(kernel->authorised("1-2"));
  EXPECT_EQ(param("peripheral.exception.revoked", "rule"), "ticket 7");
  EXPECT_EQ(defence->order(order("revoke", {{"name", "ticket 7"}})).code(), Errc::not_found);
}
TEST_F(PeripheralDefenceTest, an_exception_that_cannot_be_stored_is_none) {
  use();
  plug(stick());
  std::filesystem::remove_all(bench.dir.path("peripherals"));
  EXPECT_FALSE(defence->order(permit(hours(2))));
  bench.run_posted();
  EXPECT_FALSE(kernel->authorised("1-2"));
  EXPECT_EQ(last("peripheral.exception.granted"), nullptr);
}
TEST_F(PeripheralDefenceTest, a_state_that_cannot_be_read_means_no_exception) {
  use();
  plug(stick());
  ASSERT_TRUE(defence->order(permit(hours(2))));
  defence->stop();
  ASSERT_TRUE(platform::write_file_durably(bench.dir.path("peripherals") + "/state", bytes_of("\xff\xff\xff")));
  begin();
  use();
  EXPECT_FALSE(kernel->authorised("1-2"));
}

TEST(Worker, runs_jobs_in_order_elsewhere_and_none_after_the_end) {
  Worker worker;
  std::vector<int> order;
  std::promise<std::thread::id> last;
  for (int i = 0; i < 100; ++i) worker.run([&order, i] { order.push_back(i); });
  worker.run([&] { last.set_value(std::this_thread::get_id()); });
  EXPECT_NE(last.get_future().get(), std::this_thread::get_id());
  worker.stop();
  EXPECT_EQ(order.size(), 100U);
  EXPECT_TRUE(std::ranges::is_sorted(order));
  worker.run([&order] { order.clear(); });
  worker.stop();
  EXPECT_EQ(order.size(), 100U);
}

}  // namespace
}  // namespace kw::agent
