#include "bench/fleet/kiosk.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "agent/events.h"
#include "agent/version.h"
#include "bench/fleet/kiosk_session.h"

namespace kw::fleet {
namespace {

using std::chrono::steady_clock;

}  // namespace

Kiosk::Kiosk(asio::any_io_executor executor, World& world, const KioskPlan& plan, std::string token)
    : executor_(std::move(executor)),
      world_(world),
      plan_(plan),
      token_(std::move(token)),
      dice_(world.city.seed, plan.address),
      place_{plan.address},
      server_(world.server.host, world.server.port, {}, plan.address),
      pause_(executor_),
      clock_(executor_) {}

void Kiosk::stop() {
  pause_.cancel();
  clock_.cancel();
  if (session_) session_->end();
}

/// take_part enrols; false where this kiosk never comes on line.
asio::awaitable<bool> Kiosk::take_part() {
  EnrolWish wish{server_, world_.ca, std::move(token_), plan_.address, plan_.mac, "kiosk-" + plan_.address};
  EnrolPorts ports{world_.random, world_.clock, world_.tally, [this] { return world_.stopping; }};
  auto enrolled = co_await enrol(std::move(wish), std::move(ports));
  if (!enrolled) {
    if (enrolled.code() != Errc::cancelled) ++world_.tally.refused;
    world_.log.warning("kiosk.not_enrolled", {{"kiosk", plan_.name}, {"reason", enrolled.error().text()}});
    co_return false;
  }
  identity_ = std::move(enrolled->identity);
  auto stand = Stand::make(identity_->device, identity_->rule, to_hex(world_.random.bytes(16)));
  if (!stand) co_return false;
  stand_ = std::move(*stand);
  config_ = agent::client_config(identity_->pinned, agent::Identity(*identity_).tlcp);
  if (enrolled->policy)
    stand_->take_policy(*enrolled->policy, world_.clock.now(), [this](v1::Event event) { tell(std::move(event)); });
  note_revision();
  ++world_.tally.enrolled;
  co_return true;
}

void Kiosk::note_revision() {
  if (stand_->revision() <= noted_revision_) return;
  noted_revision_ = stand_->revision();
  if (noted_revision_ > world_.tally.revision) {
    world_.tally.revision = noted_revision_;
    world_.tally.in_policy = 0;
  }
  if (noted_revision_ == world_.tally.revision) ++world_.tally.in_policy;
}

void Kiosk::tell(v1::Event event, Duration ago) {
  if (ago.count() > 0) event.set_time_ns((world_.clock.now() - ago).unix_ns);
  if (const auto done = agent::complete_event(event, v1::CLOCK_SYNCHRONISED, world_.clock, world_.random); !done) {
    world_.log.error("kiosk.event_refused", {{"type", event.type()}, {"error", done.error().text()}});
    return;
  }
  const auto before = waiting_.dropped();
  waiting_.add(std::move(event));
  world_.tally.dropped += waiting_.dropped() - before;
}

void Kiosk::tell_history() {
  auto past = history_of(world_.city.rates, place_, dice_);
  for (auto& one : past) tell(std::move(one.event), one.ago);
  tell(agent::make_event("agent.started", "success", {{"version", std::string(agent::kVersion)}}));
}

Duration Kiosk::scaled(Duration time) const {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(time.count()) / world_.speed));
}

Kiosk::Due Kiosk::next_due() const { return *std::ranges::min_element(agenda_, {}, &Due::at); }

asio::awaitable<void> Kiosk::live() {
  const auto start = steady_clock::now();
  for (const auto& deed : plan_.deeds) agenda_.push_back({start + scaled(deed.at), &deed, true});
  if (world_.city.rates.events_per_hour > 0)
    agenda_.push_back({start + scaled(dice_.gap(world_.city.rates.events_per_hour)), nullptr, true});
  while (!world_.stopping && !agenda_.empty()) {
    const auto due = next_due();
    clock_.expires_at(due.at);
    const auto [ec] = co_await clock_.async_wait(net::kTuple);
    if (ec) break;
    const bool was_cut = stand_->is_cut();
    pass(due);
    flush(was_cut != stand_->is_cut());
  }
}

/// pass lets happen what is due, and puts what follows from it on the agenda.
void Kiosk::pass(const Due& due) {
  std::erase_if(agenda_, [&](const Due& one) { return one.deed == due.deed; });
  if (due.deed == nullptr) {
    tell(ordinary_event(place_, dice_));
    agenda_.push_back({due.at + scaled(dice_.gap(world_.city.rates.events_per_hour)), nullptr, true});
    return;
  }
  const auto& deed = *due.deed;
  if (due.begins) {
    begin(deed);
  } else {
    end(deed);
  }
  if (due.begins && deed.lasts.count() > 0) {
    agenda_.push_back({due.at + scaled(deed.lasts), &deed, false});
  } else if (deed.every.count() > 0) {
    agenda_.push_back({due.at + scaled(deed.every - deed.lasts), &deed, true});
  }
}

void Kiosk::begin(const Deed& deed) {
  world_.log.info("kiosk.deed", {{"kiosk", plan_.name}, {"what", name(deed.act)}});
  auto told = begin_of(deed.act, place_, dice_);
  const bool cuts = !told.case_id.empty();
  if (cuts && stand_->is_cut()) return;  // one incident at a time
  for (auto& event : told.events) tell(std::move(event));
  if (cuts) stand_->cut(told.case_id);
  if (deed.act == Act::slow_heartbeat) slow_ = true;
  if (deed.act == Act::offline) off_ = true;
  if (deed.act == Act::hardware_changed) other_disk_ = true;
  if (session_ && (off_ || other_disk_)) session_->end();  // a machine that is switched off, or opened
}

void Kiosk::end(const Deed& deed) {
  for (auto& event : end_of(deed.act, deed.lasts)) tell(std::move(event));
  if (deed.act == Act::slow_heartbeat) slow_ = false;
  if (deed.act == Act::offline) off_ = false;
  if (deed.act == Act::hardware_changed) other_disk_ = false;
  if (!session_) pause_.cancel();
}

void Kiosk::flush(bool state_too) {
  if (!session_ || session_->closed) return;
  if (state_too) session_->next_beat = steady_clock::now();
  asio::co_spawn(
      executor_,
      [this, session = session_, state_too]() -> asio::awaitable<void> {
        Result<> sent = co_await send_events(session);
        if (sent && state_too && !session->unanswered && !session->closed) sent = co_await beat(session);
        if (!sent) session->end();
      },
      asio::detached);
}

}  // namespace kw::fleet
