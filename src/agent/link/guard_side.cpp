#include "agent/link/guard_side.h"

#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>

#include "agent/version.h"
#include "platform/linux/process_mood.h"

namespace kw::agent {
namespace {

constexpr auto kSoon = std::chrono::seconds(2);     // for what the guard has at hand
constexpr auto kLonger = std::chrono::seconds(10);  // for what takes nft or the disk
constexpr auto kLookEvery = std::chrono::milliseconds(50);
constexpr int kChances = 20;  // of an orderly end

v1::LinkMessage question(auto fill) {
  v1::LinkMessage out;
  fill(out);
  return out;
}

}  // namespace

GuardSide::GuardSide(asio::any_io_executor executor, GuardWatch::Limits limits, Ports ports)
    : executor_(std::move(executor)),
      ports_(ports),
      watch_(ports.clock.steady(), limits),
      beat_(executor_),
      told_(executor_) {}

GuardSide::~GuardSide() { *alive_ = false; }

void GuardSide::start(std::unique_ptr<Channel> channel, bool lost_told, Hooks hooks) {
  hooks_ = std::move(hooks);
  channel_ = std::move(channel);
  watch_.heard(ports_.clock.steady());
  v1::LinkMessage ready;
  ready.mutable_ready()->set_guard_lost_told(lost_told);
  send(std::move(ready));
  beat();
}

void GuardSide::send(v1::LinkMessage message) {
  if (!channel_) return;
  auto frame = encode_frame(std::move(message));
  if (!frame) return ports_.log.error("boundary.send", {{"error", frame.error().text()}});
  channel_->send(std::move(*frame));
}

void GuardSide::beat() {
  v1::LinkMessage message;
  message.mutable_beat()->set_counter(++beats_);
  send(std::move(message));
  if (watch_.tick(ports_.clock.steady(), busy_ > 0)) be_alone();
  if (watch_.state() == GuardWatch::State::ended) return end_process(Error(Errc::closed, "the guard is lost"));
  beat_.expires_after(kBeatEvery);
  beat_.async_wait([this, alive = alive_](const boost::system::error_code& ec) {
    if (!ec && *alive) beat();
  });
}

void GuardSide::on_gone(const Error& why) {
  channel_.reset();
  for (const auto& [number, waiting] : questions_) waiting->timer.cancel();
  if (stop_) return;
  ports_.log.error("guard.gone", {{"reason", why.text()}});
  const bool was_together = watch_.state() == GuardWatch::State::together;
  watch_.gone(ports_.clock.steady());
  if (was_together) be_alone();
}

void GuardSide::be_alone() {
  const bool stopped = platform::mood_of(::getppid()) == platform::ProcessMood::stopped;
  const auto how = watch_.is_gone() ? "killed" : stopped ? "stopped" : "starved";
  ports_.log.error("guard.lost", {{"how", how}});
  ports_.events.record(make_event("agent.guard.lost", "observed", {{"how", how}}));
  if (hooks_.on_alone) hooks_.on_alone(true);
  if (link_ != nullptr) link_->beat_now();
  look_if_told();
}

void GuardSide::look_if_told() {
  told_.expires_after(kLookEvery);
  told_.async_wait([this, alive = alive_](const boost::system::error_code& ec) {
    if (ec || !*alive) return;
    if (stop_) {
      const bool told = ports_.events.idle() && (ports_.spool.waiting() == 0 || !link_up_);
      if (told || --chances_ <= 0) return end_process(Error(Errc::cancelled));
      return look_if_told();
    }
    if (watch_.state() == GuardWatch::State::together) {
      ports_.log.warning("guard.back", {});
      if (hooks_.on_alone) hooks_.on_alone(false);
      if (link_ != nullptr) link_->beat_now();
      return;
    }
    // A guard that is merely silent may come back: it gets its time. One that is gone does not.
    if (watch_.is_gone() && ports_.events.idle() && (ports_.spool.waiting() == 0 || !link_up_)) watch_.told();
    if (watch_.state() == GuardWatch::State::ended) return end_process(Error(Errc::closed, "the guard is lost"));
    look_if_told();
  });
}

void GuardSide::end_process(Error why) {
  if (std::exchange(ended_, true)) return;
  beat_.cancel();
  told_.cancel();
  if (hooks_.on_end) hooks_.on_end(std::move(why));
}

void GuardSide::end_in_order() {
  stop_ = true;
  chances_ = kChances;
  look_if_told();
}

void GuardSide::take_events(v1::GuardEvents events) {
  auto number = events.first();
  for (auto& event : *events.mutable_events()) {
    if (hooks_.on_event) hooks_.on_event(event);
    ports_.events.record(std::move(event), number++);
  }
}

void GuardSide::poke(const v1::Poke& poke) {
  if (link_ == nullptr) return;
  if (poke.beat()) link_->beat_now();
  if (poke.wake() && !link_up_) link_->wake();
}

Result<> GuardSide::on_frame(Bytes frame) {
  KW_TRY(auto message, parse_guard_message(frame));
  watch_.heard(ports_.clock.steady());
  if (message.answers() != 0) {
    const auto waiting = questions_.find(message.answers());
    if (waiting == questions_.end()) return {};  // came too late
    waiting->second->answer = std::move(message);
    waiting->second->timer.cancel();
    return {};
  }
  switch (message.body_case()) {
    case v1::GuardMessage::kBeat:
      break;
    case v1::GuardMessage::kEvents:
      take_events(std::move(*message.mutable_events()));
      break;
    case v1::GuardMessage::kState:
      state_ = message.state();
      if (hooks_.on_state) hooks_.on_state(*state_);
      break;
    case v1::GuardMessage::kProposal:
      if (link_ != nullptr) link_->propose(message.proposal().section(), copy(bytes_of(message.proposal().content())));
      break;
    case v1::GuardMessage::kPoke:
      poke(message.poke());
      break;
    case v1::GuardMessage::kMedia:
      if (link_ != nullptr) link_->media(std::move(*message.mutable_media()));
      break;
    case v1::GuardMessage::kStop:
      end_in_order();
      break;
    default:
      return fail(Errc::malformed, "a message that the guard does not send now");
  }
  return {};
}

void GuardSide::stored(std::uint64_t through) {
  if (through == 0) return;
  v1::LinkMessage message;
  message.mutable_stored()->set_through(through);
  send(std::move(message));
}

void GuardSide::notice_shown(const std::string& case_id, std::string_view display) {
  v1::LinkMessage message;
  message.mutable_notice_shown()->set_case_id(case_id);
  message.mutable_notice_shown()->set_display(std::string(display));
  send(std::move(message));
}

void GuardSide::on_ledger(bool refused) {
  v1::LinkMessage message;
  message.mutable_ledger_seen()->set_refused(refused);
  send(std::move(message));
}

void GuardSide::session_ended() {
  v1::LinkMessage message;
  message.mutable_session_ended();
  send(std::move(message));
}

void GuardSide::begin(std::function<void(const std::string& directory)> done) {
  asio::co_spawn(
      executor_, ask(question([](auto& q) { q.mutable_session_begins(); }), kSoon),
      [alive = alive_, done = std::move(done)](const std::exception_ptr& thrown, Result<v1::GuardMessage> answer) {
        if (thrown) std::rethrow_exception(thrown);
        if (*alive) done(answer && answer->has_session_place() ? answer->session_place().directory() : std::string());
      });
}

void GuardSide::end(bool program_gone) {
  v1::LinkMessage message;
  message.mutable_session_over()->set_program_gone(program_gone);
  send(std::move(message));
}

void GuardSide::give_back(const std::vector<v1::Event>& events) {
  v1::LinkMessage message;
  for (const auto& event : events) *message.mutable_events_back()->add_events() = event;
  send(std::move(message));
}

void GuardSide::ending(std::string_view code, const std::string& detail, std::uint64_t missing) {
  v1::LinkMessage message;
  message.mutable_ending()->set_code(std::string(code));
  message.mutable_ending()->set_detail(detail.substr(0, 1024));
  message.mutable_ending()->set_missing(missing);
  send(std::move(message));
}

asio::awaitable<Result<v1::GuardMessage>> GuardSide::ask(v1::LinkMessage message, Duration patience) {
  const bool long_work = patience == kLonger;
  if (watch_.state() != GuardWatch::State::together) co_return fail(Errc::unavailable, "the guard is lost");
  const auto number = next_question_++;
  message.set_question(number);
  const auto waiting = std::make_shared<Question>(executor_);
  questions_[number] = waiting;
  busy_ += long_work ? 1 : 0;
  send(std::move(message));
  waiting->timer.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(patience));
  co_await waiting->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  busy_ -= long_work ? 1 : 0;
  questions_.erase(number);
  if (!waiting->answer) co_return fail(Errc::timeout, "the guard did not answer");
  co_return std::move(*waiting->answer);
}

asio::awaitable<Result<v1::AdmissionReport>> GuardSide::admission_report() {
  KW_CO_TRY(auto answer, co_await ask(question([](auto& q) { q.mutable_admission(); }), kSoon));
  if (!answer.has_admission()) co_return fail(Errc::malformed, "no admission report");
  last_policy_digest_ = answer.admission().policy_digest();
  co_return std::move(*answer.mutable_admission());
}

asio::awaitable<Result<v1::Heartbeat>> GuardSide::heartbeat(bool all_facts, Nonces nonces) {
  v1::LinkMessage wanted;
  wanted.mutable_heartbeat()->set_all_facts(all_facts);
  wanted.mutable_heartbeat()->set_nonce(std::move(nonces.liveness));
  wanted.mutable_heartbeat()->set_quote_nonce(std::move(nonces.quote));
  auto answer = co_await ask(std::move(wanted), kSoon);
  if (answer && answer->has_heartbeat()) {
    last_policy_digest_ = answer->heartbeat().policy_digest();
    co_return std::move(*answer->mutable_heartbeat());
  }
  // Without its guard the kiosk still tells that it is there, and that it is not well. A cut stays a cut.
  v1::Heartbeat out;
  const bool cut = state_ && state_->state() == v1::CUT;
  out.set_state(cut ? v1::CUT : v1::DEGRADED);
  if (cut) out.set_case_id(state_->case_id());
  if (state_) out.set_policy_revision(state_->policy_revision());
  out.set_policy_digest(last_policy_digest_);
  co_return out;
}

asio::awaitable<Result<v1::PolicyReport>> GuardSide::on_policy(v1::Signed bundle) {
  v1::LinkMessage message;
  *message.mutable_policy() = std::move(bundle);
  KW_CO_TRY(auto answer, co_await ask(std::move(message), kLonger));
  co_return std::move(*answer.mutable_policy_report());
}

asio::awaitable<Result<v1::OrderReport>> GuardSide::on_order(v1::Signed order) {
  v1::LinkMessage message;
  *message.mutable_order() = std::move(order);
  KW_CO_TRY(auto answer, co_await ask(std::move(message), kLonger));
  co_return std::move(*answer.mutable_order_report());
}

asio::awaitable<Result<v1::BaselineReport>> GuardSide::on_baseline(v1::Signed baseline) {
  v1::LinkMessage message;
  *message.mutable_baseline() = std::move(baseline);
  KW_CO_TRY(auto answer, co_await ask(std::move(message), kLonger));
  co_return std::move(*answer.mutable_baseline_report());
}

asio::awaitable<Result<v1::PersonsReport>> GuardSide::on_persons(v1::Signed rule) {
  v1::LinkMessage message;
  *message.mutable_persons() = std::move(rule);
  KW_CO_TRY(auto answer, co_await ask(std::move(message), kLonger));
  co_return std::move(*answer.mutable_persons_report());
}

void GuardSide::on_link(bool up) {
  link_up_ = up;
  v1::LinkMessage message;
  message.mutable_up()->set_up(up);
  send(std::move(message));
}

void GuardSide::on_media_done(v1::MediaDone done) {
  v1::LinkMessage message;
  *message.mutable_media_done() = std::move(done);
  send(std::move(message));
}

void GuardSide::on_fatal(const Error& error) {
  ports_.log.error("link.fatal", {{"error", error.text()}});
  ending(name(error.code()), error.text());
  end_process(error);
}

std::string GuardSide::status_json(std::uint64_t events_waiting) const {
  boost::json::object out;
  const auto at = state_ ? state_->state() : v1::DEVICE_STATE_UNSPECIFIED;
  const bool alone = watch_.state() != GuardWatch::State::together;
  out["state"] = at == v1::CUT        ? "cut"
                 : alone              ? "degraded"
                 : at == v1::WATCHING ? "watching"
                 : at == v1::DEGRADED ? "degraded"
                                      : "normal";
  out["link"] = link_up_;
  out["guard"] = !alone;
  if (state_) {
    out["policy_revision"] = state_->policy_revision();
    if (state_->camera_watched_until_ns() > 0)
      out["camera_watched_until"] = to_rfc3339({state_->camera_watched_until_ns()});
    if (state_->ledger_refused()) out["ledger_refused"] = true;
    if (at == v1::CUT) {
      out["case"] = to_hex(bytes_of(state_->case_id()));
      out["cause"] = state_->cause();
    }
  }
  if (!values_memory_.empty()) out["values"] = values_memory_;
  out["events_waiting"] = events_waiting;
  out["version"] = kVersion;
  return boost::json::serialize(out);
}

}  // namespace kw::agent
