#pragma once
// EventQueue holds the guard's events in memory until the link process has them durably in the spool.
//
//   queue.record(std::move(event));              // numbered from 1, rising by one
//   while (auto batch = queue.next(256)) send(*batch);
//   queue.stored(through);                       // forgets; Errc::malformed for what was never sent
//   queue.start_over();                          // another link process: everything is sent again
//
// An event that was stored and not yet told so is sent again with the same ID; the platform keeps it once. At most
// kMost events wait and kMostOctets of them; then the oldest harmless one makes room for a serious one, and everything
// else is dropped, counted, and told as agent.spool.damaged when there is room again. One thread.
#include <deque>
#include <functional>
#include <optional>

#include "agent/events.h"
#include "kioskward/v1/boundary.pb.h"

namespace kw::agent {

class EventQueue final : public EventSink {
 public:
  static constexpr std::size_t kMost = 4096;
  static constexpr std::size_t kMostOctets = 4U << 20;
  static constexpr std::size_t kWindow = 1024;  // sent and not stored
  EventQueue(const Clock& clock, Random& random, Log& log) : clock_(clock), random_(random), log_(log) {}

  void record(v1::Event event) override;
  void set_clock_state(v1::ClockState state) override { clock_state_ = state; }
  /// on_waiting is called when there is something that next() would give.
  void on_waiting(std::function<void()> call) { on_waiting_ = std::move(call); }

  /// on_serious is called with every event that is SERIOUS or worse, once it is in the queue or dropped. It must not
  /// record.
  void on_serious(std::function<void(const v1::Event&)> call) { on_serious_ = std::move(call); }

  std::optional<v1::GuardEvents> next(std::size_t most);
  Result<> stored(std::uint64_t through);
  void start_over() { sent_ = 0; }
  [[nodiscard]] std::size_t waiting() const noexcept { return items_.size(); }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }  // and not told yet

 private:
  struct Item {
    std::uint64_t number = 0;
    v1::Event event;
    std::size_t octets = 0;
    bool serious = false;
  };
  [[nodiscard]] bool full(std::size_t more) const { return items_.size() >= kMost || octets_ + more > kMostOctets; }
  bool make_room(const Item& item);
  void push(v1::Event event);
  void tell_drops();

  const Clock& clock_;
  Random& random_;
  Log& log_;
  std::function<void()> on_waiting_;
  std::function<void(const v1::Event&)> on_serious_;
  std::deque<Item> items_;
  std::size_t octets_ = 0, sent_ = 0;  // sent_: how many of the front were given to next()
  std::uint64_t next_number_ = 1, dropped_ = 0;
  v1::ClockState clock_state_ = v1::CLOCK_UNKNOWN;
};

}  // namespace kw::agent
