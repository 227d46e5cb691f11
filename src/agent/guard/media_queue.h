#pragma once
// MediaQueue holds what a camera was asked for until the platform has it, one piece under way at a time.
//
//   queue.offer(std::move(piece));               // false: clips and snapshots wait at the section, which comes again
//   if (auto next = queue.next()) send(*next);   // nothing while one is under way
//   queue.done(answer);                          // what became of it
//   queue.start_over();                          // another link process: what was under way is sent again
//
// Events and heartbeats have roads of their own; nothing here makes them wait. Live frames are worth something only
// now: at most kMostLive wait, the oldest goes first, and one that is older than kStale goes too; an order's last piece
// stays. What is dropped is counted, and told with the order's end as media.sent. Pieces of an order that the platform
// refuses are dropped, told once as media.refused. One thread.
#include <deque>
#include <functional>
#include <map>
#include <optional>

#include "agent/events.h"
#include "kioskward/v1/boundary.pb.h"

namespace kw::agent {

class MediaQueue {
 public:
  static constexpr std::size_t kMostPiece = 256U << 10;  // octets of one piece's data
  static constexpr std::size_t kMostLive = 4;
  static constexpr std::size_t kMostOctets = 1U << 20;  // of pieces that are not live
  static constexpr std::size_t kMostOrders = 32;        // of which figures are kept
  static constexpr Duration kStale = std::chrono::seconds(5);
  static constexpr Duration kAgain = std::chrono::seconds(1);
  MediaQueue(EventSink& events, const Clock& clock, Log& log) : events_(events), clock_(clock), log_(log) {}

  /// offer: false where the piece has to come again later. One that no platform would take (its size, its order) is
  /// dropped with a line in the log, as are those of an order that was refused.
  bool offer(v1::Media piece);
  /// on_waiting is called when there is something that next() would give.
  void on_waiting(std::function<void()> call) { on_waiting_ = std::move(call); }

  std::optional<v1::GuardMedia> next();
  /// done: Errc::malformed for an answer about what is not under way.
  Result<> done(const v1::MediaDone& answer);
  void start_over();
  [[nodiscard]] std::size_t waiting() const noexcept { return live_.size() + kept_.size(); }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }  // live frames, ever

 private:
  struct Item {
    v1::Media piece;
    Duration since{0};
  };
  struct Figures {
    std::uint64_t sent = 0, dropped = 0;
    bool refused = false;
  };
  Figures& figures(const std::string& order);
  void drop_live(std::deque<Item>::iterator item);
  void drop_stale();
  void settle(const v1::Media& piece);
  void refuse(const std::string& order, const std::string& reason);

  EventSink& events_;
  const Clock& clock_;
  Log& log_;
  std::function<void()> on_waiting_;
  std::deque<Item> live_, kept_;
  std::optional<Item> under_way_;
  std::map<std::string, Figures> orders_;
  std::deque<std::string> known_;  // orders of orders_, oldest first
  std::size_t octets_ = 0;         // of kept_ and of what is under way of it
  std::uint64_t number_ = 0, dropped_ = 0;
  Duration not_before_{0};
  bool live_turn_ = true;
};

}  // namespace kw::agent
