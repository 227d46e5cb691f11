#pragma once
// Dice, ordinary_event, history_of and the tellings of acts say what a simulated kiosk tells, as its seed decides it.
//
//   Dice dice(city.seed, kiosk.address);
//   auto events = history_of(city.rates, place, dice);        // oldest first, `ago` before the start
//   auto next = dice.gap(city.rates.events_per_hour);
//
// One seed, one city: types, parameters, order and gaps repeat; IDs and times are those of the day. Every event is one
// of schemas/events/. PURE.
#include <optional>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "bench/fleet/scenario.h"
#include "kioskward/v1/common.pb.h"

namespace kw::fleet {

namespace v1 = ::kioskward::v1;

/// Dice are SplitMix64 (Steele, Lea, Flood 2014) from the city's seed and the kiosk's address: good enough for a play,
/// and no source of keys.
class Dice final : public Random {
 public:
  Dice(std::uint64_t seed, std::string_view address);
  std::uint64_t next() noexcept;
  std::uint64_t below(std::uint64_t n) noexcept { return next() % n; }
  bool one_in(std::uint64_t n) noexcept { return below(n) == 0; }
  void fill(MutableByteView out) override;
  /// gap until the next of `per_hour` independent events: exponential, a day at most.
  Duration gap(std::uint32_t per_hour);

 private:
  std::uint64_t state_;
};

/// Where a kiosk stands in the network, for parameters of its events.
struct Place {
  std::string address, interface = "eth0";
};

[[nodiscard]] v1::Event ordinary_event(const Place& place, Dice& dice);

/// What an act tells when it begins and when it ends; with the case that cuts the kiosk, where it does.
struct Telling {
  std::vector<v1::Event> events;
  std::string case_id;  // 16 octets; empty: no cut
};
[[nodiscard]] Telling begin_of(Act act, const Place& place, Dice& dice);
[[nodiscard]] std::vector<v1::Event> end_of(Act act, Seconds lasted);
/// released tells the end of a cut; `order` as hex, empty where it is not known any more.
[[nodiscard]] v1::Event released(const std::string& case_id, const std::string& order);

struct PastEvent {
  Duration ago{0};
  v1::Event event;
};
/// history_of gives what a kiosk still has in its spool: ordinary days, and on some of them an incident that is over.
[[nodiscard]] std::vector<PastEvent> history_of(const Rates& rates, const Place& place, Dice& dice);

}  // namespace kw::fleet
