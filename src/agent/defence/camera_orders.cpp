// What the section does by order: every use is told, shown on the screen, and ends by itself.
#include <algorithm>
#include <charconv>

#include "agent/defence/camera.h"
#include "base/text.h"

namespace kw::agent {

using namespace device;

namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10;
constexpr std::size_t kMostSendings = 8;
constexpr int kPiecesAtOnce = 16;
constexpr Duration kSnapshotTime = std::chrono::seconds(30), kClipTime = std::chrono::minutes(10),
                   kShownAfter = std::chrono::seconds(5), kShownStep = std::chrono::seconds(2);

}  // namespace

Result<> CameraDefence::order(const v1::Order& order) {
  if (!on()) return fail(Errc::wrong_state, "the section is off");
  if (order.action() == "stop") {
    if (state_.stopped()) return fail(Errc::wrong_state, "the camera is stopped");
    state_.set_stopped(true);
    keep_state();
    end_uses("stopped");
    end_camera();
    if (std::exchange(begun_, false)) tell(watch_.pause(host_->now().steady));
    if (ring_open_) later([](CameraRing& ring) { return ring.end(); });
    used(order, "");
    tell_facts();
    return {};
  }
  if (order.action() == "start") {
    // A camera that runs already learns its view anew: it was moved, and is meant to be where it is.
    state_.set_stopped(false);
    state_.clear_view();
    keep_state();
    watch_.relearn();
    start_at_ = host_->now().steady;
    run_camera();
    used(order, "");
    tell_facts();
    return {};
  }
  if (!records()) return fail(Errc::wrong_state, "in watch nothing leaves the kiosk");
  return ask(order);
}

/// Where policy asks for two persons, the first one's order waits for the second's.
Result<> CameraDefence::ask(const v1::Order& order) {
  if (order.action() != "clip" && state_.stopped()) return fail(Errc::wrong_state, "the camera is stopped");
  if (sendings_.size() >= kMostSendings) return fail(Errc::rate_limited, "too many uses at a time");
  const bool two = policy_.two_persons() && order.action() != "snapshot";
  if (two) {
    if (order.person().empty()) return fail(Errc::forbidden, "the order names no person");
    std::string what = order.action();
    for (const auto& name : {"seconds", "from", "until"})
      if (const auto at = order.args().find(name); at != order.args().end()) what += " " + at->second;
    const auto now = host_->now().steady;
    const auto first = asked_.find(what);
    if (first == asked_.end() || first->second.second <= now) {
      asked_[what] = {order.person(), now + kAsked};
      host_->record(defence_event("camera.asked", "success",
                                  {{"action", order.action()}, {"person", order.person()},
                                   {"order", to_hex(bytes_of(order.order_id()))}}));
      return {};
    }
    if (first->second.first == order.person()) return fail(Errc::forbidden, "a second person has to ask as well");
    auto both = order;
    both.set_person(first->second.first + ", " + order.person());
    asked_.erase(first);
    return order.action() == "live" ? live(both) : clip(both);
  }
  if (order.action() == "snapshot") return snapshot(order);
  return order.action() == "live" ? live(order) : clip(order);
}

void CameraDefence::used(const v1::Order& order, const std::string& detail) {
  ++uses_;
  host_->record(defence_event("camera.used", "success",
                              {{"action", order.action()},
                               {"person", order.person()},
                               {"order", to_hex(bytes_of(order.order_id()))},
                               {"detail", detail}}));
}

Result<> CameraDefence::snapshot(const v1::Order& order) {
  auto one = std::make_shared<Sending>();
  one->order = order.order_id();
  one->action = "snapshot";
  one->person = order.person();
  one->content_type = "image/jpeg";
  one->until = host_->now().steady + kSnapshotTime;
  sendings_.push_back(one);
  used(order, "");
  want_pictures();
  show_watched();
  return {};
}

Result<> CameraDefence::live(const v1::Order& order) {
  const auto& text = order.args().at("seconds");
  unsigned asked = 0;
  const auto [at, ec] = std::from_chars(text.data(), text.data() + text.size(), asked);
  if (ec != std::errc() || at != text.data() + text.size() || asked < 1 || asked > kMostLive)
    return fail(Errc::invalid, "seconds: 1 to 300");
  auto one = std::make_shared<Sending>();
  one->order = order.order_id();
  one->action = "live";
  one->person = order.person();
  one->content_type = "image/jpeg";
  one->live = true;
  one->until = host_->now().steady + std::chrono::seconds(asked);
  sendings_.push_back(one);
  used(order, std::to_string(asked));
  want_pictures();
  show_watched();
  return {};
}

Result<> CameraDefence::clip(const v1::Order& order) {
  KW_TRY(const auto from, from_rfc3339(order.args().at("from")));
  KW_TRY(const auto until, from_rfc3339(order.args().at("until")));
  if (until <= from || until - from > std::chrono::seconds(kMostClip))
    return fail(Errc::invalid, "from and until: at most 600 seconds");
  if (!ring_open_) return fail(Errc::unavailable, "no recordings");
  auto one = std::make_shared<Sending>();
  one->order = order.order_id();
  one->action = "clip";
  one->person = order.person();
  one->content_type = content_type_;
  one->until = host_->now().steady + kClipTime;
  sendings_.push_back(one);
  used(order, order.args().at("from") + " " + order.args().at("until"));
  show_watched();
  worker_.run([alive = alive_, host = host_, this, ring = ring_, one, span = CameraRing::Span{from, until}] {
    // What is being recorded now belongs to it as well.
    const auto ended = *ring ? (*ring)->end() : Result<>();
    auto numbers = *ring ? (*ring)->find(span) : std::vector<std::uint64_t>();
    auto sealed = *ring ? (*ring)->take_sealed() : std::vector<CameraRing::Sealed>();
    auto totals = *ring ? (*ring)->totals() : CameraRing::Totals();
    host->post([alive, this, one, ended, numbers = std::move(numbers), sealed = std::move(sealed), totals]() mutable {
      if (!*alive) return;
      hear_ring(ended, std::move(sealed), {}, totals);
      one->recordings = std::move(numbers);
      one->complete = one->recordings.empty();
      if (!one->complete) read_more(one);
    });
  });
  return {};
}

// ---- on the way -------------------------------------------------------------------------------------------------

/// Hands over what can be taken now. What cannot waits for the next tick; a live picture is dropped.
void CameraDefence::send(Sending& one) {
  for (int i = 0; i < kPiecesAtOnce && one.at < one.data.size(); ++i) {
    const auto part = ByteView(one.data).subspan(one.at, std::min(kPiece, one.data.size() - one.at));
    v1::Media piece;
    piece.set_order_id(one.order);
    piece.set_section("camera");
    piece.set_kind(one.action);
    piece.set_content_type(one.content_type);
    piece.set_taken_ns(one.taken.unix_ns);
    piece.set_sequence(one.next);
    piece.set_last(one.complete && one.at + part.size() == one.data.size());
    piece.set_data(copy_text(part));
    if (!host_->media(std::move(piece))) {
      if (one.live) one.data.clear(), one.at = 0;
      return;
    }
    ++one.next;
    one.octets += part.size();
    one.at += part.size();
  }
  if (one.live && one.at >= one.data.size()) one.data.clear(), one.at = 0;
}

void CameraDefence::finish(const Sending& one, const std::string& reason) {
  if (one.live || one.octets == 0) {
    // The end has no picture of its own: it is told all the same, and may be lost.
    v1::Media piece;
    piece.set_order_id(one.order);
    piece.set_section("camera");
    piece.set_kind(one.action);
    piece.set_content_type(one.content_type);
    piece.set_taken_ns(host_->now().utc.unix_ns);
    piece.set_sequence(one.next);
    piece.set_last(true);
    static_cast<void>(host_->media(std::move(piece)));
  }
  host_->record(defence_event("camera.use.ended", reason.empty() ? "success" : "failed",
                              {{"action", one.action},
                               {"person", one.person},
                               {"order", to_hex(bytes_of(one.order))},
                               {"octets", std::to_string(one.octets)},
                               {"reason", reason}}));
}

void CameraDefence::end_uses(const std::string& reason) {
  for (const auto& one : std::exchange(sendings_, {})) finish(*one, one->live ? "" : reason);
  asked_.clear();
  alarm_picture_ = false;
  want_pictures();
  if (std::exchange(watched_until_, Timestamp{}) != Timestamp{}) host_->camera_watched({});
}

void CameraDefence::want_pictures() {
  if (!process_) return;
  const bool wanted = alarm_picture_ || std::ranges::any_of(sendings_, [](const auto& one) {
    return one->live || (one->action == "snapshot" && one->data.empty());
  });
  if (wanted == pictures_wanted_) return;
  pictures_wanted_ = wanted;
  v1::CameraCommand out;
  out.mutable_pictures()->set_wanted(wanted);
  command(std::move(out));
}

void CameraDefence::take_picture(const v1::CameraPicture& part) {
  append(picture_, bytes_of(part.data()));
  if (picture_.size() < part.total()) return;
  const auto picture = std::exchange(picture_, {});
  if (picture.size() > part.total()) return;
  if (std::exchange(alarm_picture_, false) && ring_open_)
    later([picture](CameraRing& ring) {
      const auto done = ring.picture(picture);
      // Nothing is recorded yet: the clip around the alarm has to do.
      return !done && done.code() == Errc::wrong_state ? Result<>() : done;
    });
  for (const auto& one : sendings_) {
    const bool wants = one->live || (one->action == "snapshot" && one->data.empty());
    // A picture that does not fit one piece could not be dropped as one; at the sizes that policy allows it does fit.
    if (!wants || (one->live && picture.size() > kPiece)) continue;
    one->data = picture;
    one->at = 0;
    one->taken = host_->now().utc;
    one->complete = !one->live;
    send(*one);
  }
  want_pictures();
}

/// The screen shows it for as long as anything is on its way, and a moment longer.
void CameraDefence::show_watched() {
  const auto now = host_->now();
  Timestamp until;
  if (!sendings_.empty()) {
    until = now.utc + kShownAfter;
    for (const auto& one : sendings_)
      if (one->live) until = std::max(until, now.utc + (one->until - now.steady));
    if (until - watched_until_ < kShownStep) return;
  } else {
    if (watched_until_ == Timestamp{}) return;
    if (watched_until_ > now.utc + kShownAfter)
      until = now.utc + kShownAfter;
    else if (watched_until_ > now.utc)
      return;
  }
  watched_until_ = until;
  host_->camera_watched(until);
}

}  // namespace kw::agent
