#include "agent/guard/event_queue.h"

#include <algorithm>

namespace kw::agent {

bool EventQueue::make_room(const Item& item) {
  if (!full(item.octets)) return true;
  if (!item.serious) return false;
  while (full(item.octets)) {
    // What is under way to the link process stays: its numbers have been told.
    const auto unsent = items_.begin() + static_cast<std::ptrdiff_t>(sent_);
    const auto harmless = std::find_if(unsent, items_.end(), [](const Item& i) { return !i.serious; });
    if (harmless == items_.end()) return false;
    octets_ -= harmless->octets;
    // The later ones move up, so that numbers follow one another; nobody has been told them.
    for (auto later = harmless + 1; later != items_.end(); ++later) --later->number;
    items_.erase(harmless);
    --next_number_;
    ++dropped_;
  }
  return true;
}

void EventQueue::push(v1::Event event) {
  Item item;
  item.octets = event.ByteSizeLong();
  item.serious = serious(event);
  item.event = std::move(event);
  if (!make_room(item)) {
    if (dropped_++ == 0) log_.error("events.dropped", {{"waiting", std::to_string(items_.size())}});
    return;
  }
  item.number = next_number_++;
  octets_ += item.octets;
  items_.push_back(std::move(item));
}

void EventQueue::record(v1::Event event) {
  if (const auto good = complete_event(event, clock_state_, clock_, random_); !good) {
    log_.error("event.refused", {{"type", event.type()}, {"error", good.error().text()}});
    return;
  }
  std::optional<v1::Event> told;
  if (on_serious_ && serious(event)) told = event;
  push(std::move(event));
  if (told) on_serious_(*told);
  if (on_waiting_) on_waiting_();
}

std::optional<v1::GuardEvents> EventQueue::next(std::size_t most) {
  const auto n = std::min({most, items_.size() - sent_, kWindow - std::min(kWindow, sent_)});
  if (n == 0) return std::nullopt;
  v1::GuardEvents out;
  out.set_first(items_[sent_].number);
  std::size_t octets = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto& item = items_[sent_];
    octets += item.octets;
    if (i > 0 && octets > (512U << 10)) break;
    *out.add_events() = item.event;
    ++sent_;
  }
  return out;
}

Result<> EventQueue::stored(std::uint64_t through) {
  if (through >= next_number_ || (!items_.empty() && through >= items_.front().number + sent_))
    return fail(Errc::malformed, "events are called stored that were not sent");
  while (!items_.empty() && items_.front().number <= through) {
    octets_ -= items_.front().octets;
    items_.pop_front();
    --sent_;
  }
  tell_drops();
  if (on_waiting_ && items_.size() > sent_) on_waiting_();
  return {};
}

void EventQueue::tell_drops() {
  if (dropped_ == 0 || items_.size() > kMost / 2 || octets_ > kMostOctets / 2) return;
  const auto lost = std::exchange(dropped_, 0);
  auto marker = make_event("agent.spool.damaged", "failed",
                           {{"kept", std::to_string(items_.size())}, {"dropped", std::to_string(lost)}});
  if (complete_event(marker, clock_state_, clock_, random_)) push(std::move(marker));
}

}  // namespace kw::agent
