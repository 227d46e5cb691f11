#include "agent/guard/media_queue.h"

#include <algorithm>

namespace kw::agent {
namespace {

constexpr std::size_t kMostQueuedWord = 128;

bool is_live(const v1::Media& piece) { return piece.kind() == "live"; }

/// word: what is no UTF-8 would end the link, and the next one too.
bool word(std::string_view text) {
  return text.size() <= kMostQueuedWord && std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool fit(const v1::Media& piece) {
  return piece.order_id().size() == 16 && piece.data().size() <= MediaQueue::kMostPiece && word(piece.kind()) &&
         word(piece.section()) && word(piece.content_type());
}

}  // namespace

MediaQueue::Figures& MediaQueue::figures(const std::string& order) {
  if (const auto known = orders_.find(order); known != orders_.end()) return known->second;
  if (known_.size() >= kMostOrders) {
    orders_.erase(known_.front());
    known_.pop_front();
  }
  known_.push_back(order);
  return orders_[order];
}

bool MediaQueue::offer(v1::Media piece) {
  if (!fit(piece)) {
    log_.error("media.unfit",
               {{"order", to_hex(bytes_of(piece.order_id()).first(std::min<std::size_t>(16, piece.order_id().size())))},
                {"size", std::to_string(piece.data().size())}});
    return true;
  }
  if (figures(piece.order_id()).refused) return true;
  const auto now = clock_.steady();
  if (is_live(piece)) {
    live_.push_back({std::move(piece), now});
    drop_stale();
    while (live_.size() > kMostLive) {
      const auto oldest = std::find_if(live_.begin(), live_.end(), [](const Item& i) { return !i.piece.last(); });
      drop_live(oldest == live_.end() ? live_.begin() : oldest);
    }
  } else {
    if (octets_ + piece.data().size() > kMostOctets) return false;
    octets_ += piece.data().size();
    kept_.push_back({std::move(piece), now});
  }
  if (on_waiting_ && !under_way_) on_waiting_();
  return true;
}

void MediaQueue::drop_live(std::deque<Item>::iterator item) {
  ++dropped_;
  ++figures(item->piece.order_id()).dropped;
  live_.erase(item);
}

void MediaQueue::drop_stale() {
  const auto now = clock_.steady();
  for (auto item = live_.begin(); item != live_.end();) {
    if (item->piece.last() || now - item->since <= kStale) {
      ++item;
      continue;
    }
    const auto at = item - live_.begin();
    drop_live(item);
    item = live_.begin() + at;
  }
}

std::optional<v1::GuardMedia> MediaQueue::next() {
  if (under_way_ || clock_.steady() < not_before_) return std::nullopt;
  drop_stale();
  // By turns, so that neither a long look nor a long clip makes the other wait for its end.
  const bool live = !live_.empty() && (live_turn_ || kept_.empty());
  auto& from = live ? live_ : kept_;
  if (from.empty()) return std::nullopt;
  live_turn_ = !live;
  under_way_ = std::move(from.front());
  from.pop_front();
  v1::GuardMedia out;
  out.set_number(++number_);
  *out.mutable_piece() = under_way_->piece;
  return out;
}

void MediaQueue::settle(const v1::Media& piece) {
  if (!is_live(piece)) octets_ -= piece.data().size();
}

Result<> MediaQueue::done(const v1::MediaDone& answer) {
  if (!under_way_ || answer.number() != number_) {
    if (answer.number() < number_ && answer.number() > 0) return {};  // of the link process before
    return fail(Errc::malformed, "an answer about a piece that is not under way");
  }
  auto item = std::move(*under_way_);
  under_way_.reset();
  const auto& piece = item.piece;
  const auto order = piece.order_id();
  const bool is_last = piece.last();
  if (answer.outcome() == "taken") {
    ++figures(order).sent;
    settle(piece);
    if (is_last) {
      const auto at = figures(order);
      events_.record(make_event("media.sent", "success",
                                {{"order", to_hex(bytes_of(order))},
                                 {"kind", piece.kind()},
                                 {"pieces", std::to_string(at.sent)},
                                 {"dropped", std::to_string(at.dropped)}}));
    }
  } else if (answer.outcome() == "refused") {
    settle(piece);
    refuse(order, answer.reason());
  } else if (is_live(piece) && !is_last) {
    ++dropped_;
    ++figures(order).dropped;
  } else {
    if (answer.outcome() == "again") not_before_ = clock_.steady() + kAgain;
    (is_live(piece) ? live_ : kept_).push_front(std::move(item));
  }
  if (on_waiting_ && waiting() > 0 && clock_.steady() >= not_before_) on_waiting_();
  return {};
}

void MediaQueue::refuse(const std::string& order, const std::string& reason) {
  const auto of_order = [&](const Item& item) { return item.piece.order_id() == order; };
  for (const auto& item : kept_)
    if (of_order(item)) settle(item.piece);
  std::erase_if(kept_, of_order);
  std::erase_if(live_, of_order);
  if (std::exchange(figures(order).refused, true)) return;
  log_.warning("media.refused", {{"order", to_hex(bytes_of(order))}, {"reason", reason}});
  events_.record(make_event("media.refused", "refused", {{"order", to_hex(bytes_of(order))}, {"reason", reason}}));
}

void MediaQueue::start_over() {
  if (!under_way_) return;
  auto item = std::move(*under_way_);
  under_way_.reset();
  if (is_live(item.piece) && !item.piece.last()) {
    ++dropped_;
    ++figures(item.piece.order_id()).dropped;
    return;
  }
  (is_live(item.piece) ? live_ : kept_).push_front(std::move(item));
}

}  // namespace kw::agent
