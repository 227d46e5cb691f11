#include "bench/fleet/script.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "device/defence.h"

namespace kw::fleet {
namespace {

using std::to_string;
using Params = std::initializer_list<std::pair<std::string, std::string>>;

v1::Event happening(std::string type, std::string result, Params params, const std::string& case_id = {}) {
  auto out = device::defence_event(std::move(type), std::move(result), params);
  out.set_case_id(case_id);
  return out;
}

struct StrangePlace {
  const char *address, *port;
};
constexpr auto kPlaces = std::to_array<StrangePlace>(
    {{"203.0.113.9", "443"}, {"203.0.113.40", "80"}, {"198.51.100.7", "53"}, {"192.0.2.66", "4444"}});
struct Device {
  const char *vendor, *product, *title;
};
constexpr auto kDevices = std::to_array<Device>({{"0781", "5567", "mass storage"},
                                                 {"18d1", "4ee2", "phone"},
                                                 {"0951", "1666", "mass storage"},
                                                 {"046d", "c31c", "keyboard"}});
constexpr auto kViruses =
    std::to_array<const char*>({"Win.Test.EICAR_HDB-1", "Unix.Trojan.Mirai-1", "Js.Miner.Generic-2"});

std::string hex(Dice& dice, std::size_t octets) { return to_hex(dice.bytes(octets)); }
std::string micros(Dice& dice, std::uint64_t least, std::uint64_t span) { return to_string(least + dice.below(span)); }

v1::Event purged(Dice& dice) {
  const auto count = 1 + dice.below(6);
  return happening("system.session.purged", "success",
                   {{"reason", "session_ended"},
                    {"count", to_string(count)},
                    {"octets", to_string(count * (2048 + dice.below(90'000)))},
                    {"gone", to_string(count)}});
}
v1::Event renewed(Dice& dice) {
  return happening("shell.renewed", "success",
                   {{"files", to_string(20 + dice.below(60))}, {"octets", to_string(400'000 + dice.below(3'000'000))}});
}
v1::Event scanned(Dice& dice) {
  return happening("malware.scan.done", "success",
                   {{"files", to_string(41'000 + dice.below(4000))},
                    {"found", "0"},
                    {"skipped", to_string(dice.below(40))},
                    {"failed", "0"},
                    {"seconds", to_string(180 + dice.below(400))}});
}
v1::Event dropped(const Place& place, Dice& dice) {
  return happening("net.drop", "blocked",
                   {{"tag", "in"},
                    {"direction", "in"},
                    {"protocol", "udp"},
                    {"source", place.address.substr(0, place.address.rfind('.') + 1) + to_string(200 + dice.below(50))},
                    {"destination", place.address},
                    {"port", dice.one_in(2) ? "5353" : "137"},
                    {"interface", place.interface},
                    {"count", to_string(1 + dice.below(12))}});
}
v1::Event allowed(Dice& dice) {
  return happening("peripheral.allowed", "success",
                   {{"port", "1-1." + to_string(1 + dice.below(3))},
                    {"kind", "usb"},
                    {"vendor", "0483"},
                    {"product", "5750"},
                    {"class", "03"},
                    {"rule", "card-reader"}});
}
v1::Event mistyped(Dice& dice) {
  return happening("host.login.failed", "observed",
                   {{"source", "journal"},
                    {"user", "service"},
                    {"terminal", "tty2"},
                    {"program", "login"},
                    {"count", to_string(1 + dice.below(3))}});
}

std::vector<v1::Event> illegal(const Place& place, const std::string& case_id, Dice& dice) {
  const auto& to = kPlaces.at(dice.below(kPlaces.size()));
  return {happening("net.outbound.illegal", "blocked",
                    {{"protocol", "tcp"},
                     {"source", place.address},
                     {"destination", to.address},
                     {"port", to.port},
                     {"interface", place.interface},
                     {"process", "updater"},
                     {"user", "kiosk"},
                     {"count", "1"},
                     {"latency_us", micros(dice, 30, 200)}},
                    case_id)};
}
std::vector<v1::Event> strange_interface(const std::string& case_id, Dice& dice) {
  return {happening("net.interface.added", "observed",
                    {{"interface", dice.one_in(2) ? "wlan0" : "usb0"},
                     {"kind", "ether"},
                     {"mac", "02:4b:99:" + hex(dice, 1) + ":" + hex(dice, 1) + ":" + hex(dice, 1)}},
                    case_id)};
}
std::vector<v1::Event> infected(Dice& dice) {
  const auto* virus = kViruses.at(dice.below(kViruses.size()));
  const std::string path = "/var/lib/kiosk/inbox/" + hex(dice, 4) + ".pdf", digest = hex(dice, 32);
  return {happening("malware.found", "blocked",
                    {{"path", path},
                     {"malware", virus},
                     {"digest", digest},
                     {"use", "open"},
                     {"process", "viewer"},
                     {"user", "kiosk"},
                     {"count", "1"}}),
          happening("malware.quarantined", "success",
                    {{"item", hex(dice, 16)}, {"path", path}, {"malware", virus}, {"digest", digest}})};
}
v1::Event stick(Dice& dice) {
  const auto& it = kDevices.at(dice.below(kDevices.size()));
  return happening("peripheral.blocked", "blocked",
                   {{"port", "1-" + to_string(1 + dice.below(4))},
                    {"kind", "usb"},
                    {"vendor", it.vendor},
                    {"product", it.product},
                    {"class", "08"},
                    {"title", it.title},
                    {"reason", "no_rule"},
                    {"count", "1"},
                    {"latency_us", micros(dice, 400, 3000)}});
}
v1::Event cut_for(const std::string& cause, const std::string& case_id, Dice& dice) {
  return happening("net.cut", "success",
                   {{"cause", cause}, {"left", "platform"}, {"latency_us", micros(dice, 900, 3000)}}, case_id);
}

constexpr auto kDay = std::chrono::hours(24);

void put(std::vector<PastEvent>& to, Duration ago, std::vector<v1::Event> events) {
  for (auto& event : events) {
    to.push_back({ago, std::move(event)});
    ago -= std::chrono::milliseconds(2);
  }
}

/// An incident of the past and its end, some minutes or hours later.
void put_incident(std::vector<PastEvent>& to, Duration ago, const Place& place, Dice& dice) {
  const Duration later = std::chrono::minutes(4 + static_cast<std::int64_t>(dice.below(90)));
  switch (dice.below(4)) {
    case 0: {
      auto told = begin_of(Act::illegal_outbound, place, dice);
      put(to, ago, std::move(told.events));
      put(to, ago - later, {released(told.case_id, {})});
      return;
    }
    case 1:
      return put(to, ago, infected(dice));
    case 2: {
      put(to, ago, begin_of(Act::camera_covered, place, dice).events);
      return put(to, ago - later, end_of(Act::camera_covered, std::chrono::duration_cast<Seconds>(later)));
    }
    default:
      return put(to, ago, {stick(dice)});
  }
}

}  // namespace

Dice::Dice(std::uint64_t seed, std::string_view address) : state_(seed) {
  for (const char c : address) state_ = (state_ ^ static_cast<Byte>(c)) * 0x100000001b3ULL;  // FNV-1a
}

std::uint64_t Dice::next() noexcept {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

void Dice::fill(MutableByteView out) {
  for (auto& octet : out) octet = static_cast<Byte>(next() >> 56);
}

Duration Dice::gap(std::uint32_t per_hour) {
  if (per_hour == 0) return kDay;
  const double share = (static_cast<double>(next() >> 11) + 1.0) * 0x1p-53;  // above 0, at most 1
  const double seconds = -std::log(share) * 3600.0 / per_hour;
  return std::min<Duration>(kDay, std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6)));
}

v1::Event ordinary_event(const Place& place, Dice& dice) {
  switch (dice.below(16)) {
    case 0:
      return scanned(dice);
    case 1:
    case 2:
      return dropped(place, dice);
    case 3:
      return allowed(dice);
    case 4:
      return mistyped(dice);
    case 5:
    case 6:
    case 7:
    case 8:
      return renewed(dice);
    default:
      return purged(dice);
  }
}

Telling begin_of(Act act, const Place& place, Dice& dice) {
  Telling out;
  switch (act) {
    case Act::illegal_outbound:
    case Act::new_interface: {
      const bool outside = act == Act::illegal_outbound;
      out.case_id = copy_text(dice.bytes(16));
      out.events = outside ? illegal(place, out.case_id, dice) : strange_interface(out.case_id, dice);
      out.events.push_back(cut_for(outside ? "net.outbound.illegal" : "net.interface.added", out.case_id, dice));
      break;
    }
    case Act::malware:
      out.events = infected(dice);
      break;
    case Act::camera_covered:
      out.events = {happening("camera.covered", "observed", {{"how", dice.one_in(2) ? "dark" : "uniform"}})};
      break;
    case Act::hardware_changed:
      out.events = {happening("hardware.part.changed", "observed",
                              {{"change", "replaced"}, {"kind", "disk"}, {"slot", "sda"}, {"observed", hex(dice, 8)}})};
      break;
    case Act::offline:
    case Act::slow_heartbeat:
      break;
  }
  return out;
}

std::vector<v1::Event> end_of(Act act, Seconds lasted) {
  if (act == Act::camera_covered)
    return {happening("camera.fault.ended", "success",
                      {{"what", "covered"}, {"how", "seen"}, {"seconds", to_string(lasted.count())}})};
  if (act == Act::hardware_changed)
    return {happening("hardware.part.back", "success", {{"kind", "disk"}, {"slot", "sda"}})};
  return {};
}

v1::Event released(const std::string& case_id, const std::string& order) {
  auto out = happening("net.released", "success", {}, case_id);
  if (!order.empty()) (*out.mutable_params())["order"] = order;
  return out;
}

std::vector<PastEvent> history_of(const Rates& rates, const Place& place, Dice& dice) {
  std::vector<PastEvent> out;
  if (rates.history_days == 0) return out;
  const Duration whole = rates.history_days * kDay;
  const auto some_time = [&] {
    return Duration(static_cast<std::int64_t>(dice.next() % static_cast<std::uint64_t>(whole.count())));
  };
  for (std::uint32_t i = 0; i < rates.history_events; ++i) put(out, some_time(), {ordinary_event(place, dice)});
  for (std::uint32_t week = 0; week <= rates.history_days / 7; ++week)
    if (dice.one_in(3)) put_incident(out, std::chrono::hours(3) + some_time(), place, dice);
  std::ranges::stable_sort(out, std::ranges::greater(), &PastEvent::ago);
  return out;
}

}  // namespace kw::fleet
