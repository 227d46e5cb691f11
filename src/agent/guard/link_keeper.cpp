#include "agent/guard/link_keeper.h"

#include <fcntl.h>

#include <boost/asio/post.hpp>

namespace kw::agent {
namespace {

namespace asio = boost::asio;
constexpr auto kMostDisk = std::chrono::seconds(10);  // of silence while the process waits for the disk

}  // namespace

LinkKeeper::LinkKeeper(asio::any_io_executor executor, v1::LinkSetup setup, Ports ports)
    : executor_(std::move(executor)), setup_(std::move(setup)), ports_(ports), beat_(executor_), patience_(executor_) {
  ports_.events.on_waiting([this] { pump(); });
  ports_.media.on_waiting([this] { pump_media(); });
}

LinkKeeper::~LinkKeeper() {
  *alive_ = false;
  ports_.events.on_waiting({});
  ports_.media.on_waiting({});
}

void LinkKeeper::start(std::function<void(Duration)> on_beat) {
  on_beat_ = std::move(on_beat);
  tick();
}

void LinkKeeper::tick() {
  const auto [step, away] = watch_.tick(ports_.clock.steady());
  if (on_beat_) on_beat_(away);
  if (ended_ > 0) {
    if (++ended_ > 2) take_leave();
  } else if (step == LinkWatch::Step::spawn) {
    if (!stopping_) spawn();
  } else if (step == LinkWatch::Step::look) {
    look();
  }
  std::erase_if(dying_, [](const auto& process) { return process->reap().has_value(); });
  v1::GuardMessage message;
  message.mutable_beat()->set_counter(++beats_);
  send(std::move(message));
  pump_media();  // what was to come again later
  beat_.expires_after(kBeatEvery);
  beat_.async_wait([this, alive = alive_](const boost::system::error_code& ec) {
    if (!ec && *alive) tick();
  });
}

void LinkKeeper::spawn() {
  auto started = ports_.starter.start();
  const bool restored = started.has_value();
  if (!lost_how_.empty()) {
    ports_.events.record(make_event(
        "agent.twin.lost", "observed",
        {{"which", "link"}, {"how", std::exchange(lost_how_, {})}, {"restored", restored ? "true" : "false"}}));
  }
  if (!started) {
    ports_.log.error("link.not_started", {{"error", started.error().text()}});
    return watch_.spawn_failed(ports_.clock.steady());
  }
  process_ = std::move(*started);
  ending_.clear();
  channel_ = std::make_unique<Channel>(executor_, process_->take_socket(),
                                       Channel::Handlers{[this](Bytes frame) { return take(std::move(frame)); },
                                                         [this](const Error& why) { on_channel_end(why); }});
  if (const int handle = process_->handle(); handle >= 0) {
    // A copy, because the descriptor closes what it has.
    handle_ = std::make_shared<asio::posix::stream_descriptor>(executor_, ::fcntl(handle, F_DUPFD_CLOEXEC, 0));
    handle_->async_wait(asio::posix::descriptor_base::wait_read,
                        [this, alive = alive_, mine = handle_](const boost::system::error_code& ec) {
                          if (!ec && *alive && mine == handle_) on_ended();
                        });
  }
  if (const auto known = watch_.spawned(ports_.clock.steady()); !known)
    ports_.log.error("link.watch", {{"error", known.error().text()}});
  channel_->start();
  greet();
}

void LinkKeeper::greet() {
  v1::GuardMessage setup;
  *setup.mutable_setup() = setup_;
  send(std::move(setup));
  if (shown_) show(*shown_);
  for (const auto& [section, content] : proposals_) {
    v1::GuardMessage message;
    message.mutable_proposal()->set_section(section);
    message.mutable_proposal()->set_content(copy_text(content));
    send(std::move(message));
  }
  ports_.events.start_over();
  pump();
  ports_.media.start_over();
  pump_media();
}

void LinkKeeper::look() {
  const auto mood = process_->mood();
  const auto silence = watch_.silence(ports_.clock.steady());
  if (mood == platform::ProcessMood::gone) return;  // its handle tells
  if (mood == platform::ProcessMood::disk && silence < kMostDisk) return;
  lose(mood == platform::ProcessMood::stopped ? "stopped" : "starved");
}

void LinkKeeper::on_ended() {
  if (!process_) return;
  handle_.reset();
  // What it said before it ended is still to be read: its reason, and events that lost their place in the spool. The
  // channel's end follows at once; where a copy of the descriptor keeps it open, nobody waits longer than two beats.
  ended_ = 1;
  if (!channel_) take_leave();
}

void LinkKeeper::take_leave() {
  const bool killed = process_->reap().value_or(true);
  process_.reset();
  lose(killed && ending_.empty() ? "killed" : "ended");
}

void LinkKeeper::on_channel_end(const Error& why) {
  channel_.reset();
  if (!process_) return;
  if (why.code() != Errc::closed) return lose("confused");
  if (ended_ > 0 || process_->handle() < 0) return take_leave();
  // It is about to end, and its handle tells how; one that lingers is silent from now on.
}

void LinkKeeper::lose(std::string_view how) {
  channel_.reset();
  handle_.reset();
  ended_ = 0;
  if (process_) {
    process_->kill();
    if (!process_->reap()) dying_.push_back(std::move(process_));
    process_.reset();
  }
  const auto now = ports_.clock.steady();
  if (const auto known = watch_.lost(now); !known) return;
  ports_.events.start_over();
  if (stopping_) return finish();
  ports_.log.warning("link.process_lost", {{"how", how}, {"said", ending_}});
  lost_how_ = how;
  if (watch_.due() <= now) spawn();
}

void LinkKeeper::send(v1::GuardMessage message) {
  if (!channel_) return;
  auto frame = encode_frame(std::move(message));
  if (!frame) return ports_.log.error("boundary.send", {{"error", frame.error().text()}});
  channel_->send(std::move(*frame));
}

void LinkKeeper::pump() {
  while (channel_) {
    auto batch = ports_.events.next(kMostEventsInFrame);
    if (!batch) break;
    v1::GuardMessage message;
    *message.mutable_events() = std::move(*batch);
    send(std::move(message));
  }
  if (stopping_ && !stop_sent_ && ports_.events.waiting() == 0 && channel_) {
    stop_sent_ = true;
    v1::GuardMessage message;
    message.mutable_stop();
    send(std::move(message));
  }
}

void LinkKeeper::pump_media() {
  if (!channel_ || stopping_) return;
  auto piece = ports_.media.next();
  if (!piece) return;
  v1::GuardMessage message;
  *message.mutable_media() = std::move(*piece);
  send(std::move(message));
}

Result<> LinkKeeper::take(Bytes frame) {
  KW_TRY(const auto message, parse_link_message(frame));
  return answer(message);
}

Result<> LinkKeeper::answer(const v1::LinkMessage& message) {
  v1::GuardMessage reply;
  reply.set_answers(message.question());
  switch (message.body_case()) {
    case v1::LinkMessage::kBeat:
      watch_.heard(ports_.clock.steady());
      return {};
    case v1::LinkMessage::kReady:
      ports_.desk.on_link_ready(message.ready().guard_lost_told());
      return {};
    case v1::LinkMessage::kStored:
      KW_CHECK(ports_.events.stored(message.stored().through()));
      pump();
      return {};
    case v1::LinkMessage::kUp:
      ports_.desk.on_link(message.up().up());
      return {};
    case v1::LinkMessage::kNoticeShown:
      ports_.desk.on_notice_shown(message.notice_shown().case_id(), message.notice_shown().display());
      return {};
    case v1::LinkMessage::kSessionEnded:
      ports_.desk.on_session_ended(false);
      return {};
    case v1::LinkMessage::kSessionOver:
      ports_.desk.on_session_ended(message.session_over().program_gone());
      return {};
    case v1::LinkMessage::kSessionBegins:
      reply.mutable_session_place()->set_directory(ports_.desk.on_session_begins());
      break;
    case v1::LinkMessage::kLedgerSeen:
      ports_.desk.on_ledger(message.ledger_seen().refused());
      return {};
    case v1::LinkMessage::kEnding:
      ending_ = message.ending().code() + ": " + message.ending().detail();
      if (message.ending().code() == "spool_removed")
        ports_.events.record(
            make_event("agent.spool.removed", "observed", {{"missing", std::to_string(message.ending().missing())}}));
      return {};
    case v1::LinkMessage::kEventsBack:
      for (auto event : message.events_back().events()) {
        event.set_sequence(0);
        ports_.events.record(std::move(event));
      }
      return {};
    case v1::LinkMessage::kMediaDone:
      return ports_.media.done(message.media_done());
    case v1::LinkMessage::kAdmission:
      *reply.mutable_admission() = ports_.desk.admission_report();
      break;
    case v1::LinkMessage::kHeartbeat:
      *reply.mutable_heartbeat() = ports_.desk.heartbeat(message.heartbeat());
      break;
    case v1::LinkMessage::kPolicy:
      *reply.mutable_policy_report() = ports_.desk.on_policy(message.policy());
      break;
    case v1::LinkMessage::kOrder:
      *reply.mutable_order_report() = ports_.desk.on_order(message.order());
      break;
    case v1::LinkMessage::kBaseline:
      *reply.mutable_baseline_report() = ports_.desk.on_baseline(message.baseline());
      break;
    case v1::LinkMessage::kPersons:
      *reply.mutable_persons_report() = ports_.desk.on_persons(message.persons());
      break;
    case v1::LinkMessage::BODY_NOT_SET:
      return fail(Errc::malformed, "an empty message");
  }
  send(std::move(reply));
  return {};
}

void LinkKeeper::show(const v1::GuardState& state) {
  shown_ = state;
  v1::GuardMessage message;
  *message.mutable_state() = state;
  send(std::move(message));
}

void LinkKeeper::beat_now() {
  v1::GuardMessage message;
  message.mutable_poke()->set_beat(true);
  send(std::move(message));
}

void LinkKeeper::wake() {
  v1::GuardMessage message;
  message.mutable_poke()->set_wake(true);
  send(std::move(message));
}

void LinkKeeper::propose(const std::string& section, Bytes content) {
  v1::GuardMessage message;
  message.mutable_proposal()->set_section(section);
  message.mutable_proposal()->set_content(copy_text(content));
  proposals_[section] = std::move(content);
  send(std::move(message));
}

void LinkKeeper::stop(Duration patience, std::function<void()> done) {
  done_ = std::move(done);
  stopping_ = true;
  if (!process_) return finish();
  patience_.expires_after(patience);
  patience_.async_wait([this, alive = alive_](const boost::system::error_code& ec) {
    if (!ec && *alive) lose("stopped");
  });
  pump();
}

void LinkKeeper::finish() {
  beat_.cancel();
  patience_.cancel();
  if (const auto done = std::exchange(done_, {})) done();
}

}  // namespace kw::agent
