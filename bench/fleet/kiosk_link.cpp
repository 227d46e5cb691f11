// The connection of a simulated kiosk: admission, heartbeats, events; bundles and orders are reported.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "agent/version.h"
#include "bench/fleet/kiosk_session.h"
#include "ledger/proof.h"
#include "schema/codec.h"
#include "witness/cosignature.h"

namespace kw::fleet {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
constexpr auto kLinkStep = 10s;
constexpr std::chrono::milliseconds kRefusedWait = 8s, kMostWait = 10s, kLeastWait = 200ms;

net::Deadline soon() { return net::in(kLinkStep); }

}  // namespace

std::chrono::milliseconds Kiosk::interval(const Session& session) const {
  const auto plain = world_.city.rates.heartbeat.count() > 0 ? world_.city.rates.heartbeat : session.interval;
  return slow_ ? std::chrono::milliseconds(plain.count() * 13 / 5) : plain;  // silence is three times the interval
}

asio::awaitable<void> Kiosk::run() {
  if (!co_await take_part()) co_return;
  auto wait = kLeastWait;
  while (!world_.stopping) {
    if (off_) {
      pause_.expires_at(steady_clock::time_point::max());  // end() of the deed cancels it
      co_await pause_.async_wait(net::kTuple);
      continue;
    }
    const auto began = steady_clock::now();
    const auto served = co_await connect_and_serve();
    if (world_.stopping) break;
    if (off_ || (world_.reconnect && served)) continue;
    world_.log.info("kiosk.lost", {{"kiosk", plan_.name}, {"reason", served ? "closed" : served.error().text()}});
    wait = steady_clock::now() - began > kMostWait ? kLeastWait : std::min(2 * wait, kMostWait);
    const auto jitter = wait * world_.random.bytes(1)[0] / 256;  // no dice: what happens does not depend on it
    pause_.expires_after(other_disk_ && refused_ ? kRefusedWait + jitter : wait / 2 + jitter / 2);
    co_await pause_.async_wait(net::kTuple);
  }
}

asio::awaitable<Result<>> Kiosk::connect_and_serve() {
  auto admitted = co_await admit();
  refused_ = !admitted;
  if (refused_) {
    ++world_.tally.refused;
    co_return admitted.error();
  }
  const auto session = std::move(*admitted);
  if (off_) co_return Result<>{};
  session_ = session;
  session->counted = true;
  ++world_.tally.admitted;
  ++world_.tally.online;
  if (world_.reconnect) {
    session->end();
    session_.reset();
    co_return Result<>{};
  }
  if (!alive_) {
    alive_ = true;
    tell_history();
    asio::co_spawn(executor_, live(), asio::detached);
  }
  Result<> served = co_await send_events(session);
  if (served) served = co_await serve(session);
  session->end();
  session_.reset();
  ++world_.tally.lost;
  co_return served;
}

asio::awaitable<Result<std::shared_ptr<Kiosk::Session>>> Kiosk::admit() {
  std::optional<tlcp::FailureReport> why;
  auto stream = co_await net::connect_tlcp(server_, config_, world_.random, world_.clock, soon(), &why);
  if (!stream) co_return why ? fail(stream.code(), why->text()) : fail(stream.code(), stream.error().detail());
  ++world_.tally.handshakes;
  const auto binding = (*stream)->engine().channel_binding();
  auto session = std::make_shared<Session>(std::move(*stream), world_.tally);
  KW_CO_TRY(const auto welcome, co_await session->stream.read(soon()));
  if (!welcome.has_welcome() || welcome.welcome().challenge().size() != 32) co_return fail(Errc::malformed, "welcome");

  v1::AdmissionReport report;
  stand_->fill(report);
  *report.mutable_hardware() = made_hardware(plan_.address, other_disk_);
  report.set_mac(plan_.mac);
  report.set_address(session->stream.stream().local_address());
  report.set_agent_version(std::string(agent::kVersion));
  report.set_challenge(welcome.welcome().challenge());
  report.set_channel_binding(copy_text(binding));
  report.set_next_sequence(waiting_.next());
  v1::Envelope question;
  question.set_correlation(welcome.sequence());
  KW_CO_TRY(*question.mutable_admission(),
            pki::sign_object("admission", schema::serialise(report), identity_->tlcp.signing_key));
  KW_CO_CHECK(co_await session->stream.write(std::move(question), soon()));
  KW_CO_TRY(const auto answer, co_await session->stream.read(soon()));
  if (!answer.has_admitted()) co_return fail(Errc::malformed, "not admitted");
  const auto& admitted = answer.admitted();
  session->nonce = admitted.liveness_nonce();
  session->interval = Seconds(std::clamp(admitted.heartbeat_seconds(), 1U, 3600U));
  waiting_.acknowledge(admitted.acknowledged_sequence());
  session->sent = waiting_.acknowledged();
  session->next_beat = steady_clock::now();
  co_return session;
}

asio::awaitable<Result<>> Kiosk::serve(std::shared_ptr<Session> session) {
  while (!session->closed) {
    if (!session->unanswered && steady_clock::now() >= session->next_beat) KW_CO_CHECK(co_await beat(session));
    const auto lost_at = session->beat_sent + 3 * std::max(session->interval, interval(*session));
    auto envelope = co_await session->stream.read(session->unanswered ? lost_at : session->next_beat);
    if (envelope) {
      KW_CO_CHECK(co_await handle(session, std::move(*envelope)));
    } else if (envelope.code() != Errc::timeout || (session->unanswered && steady_clock::now() >= lost_at)) {
      co_return envelope.error();
    }
  }
  co_return fail(Errc::closed, "gone off line");
}

void Kiosk::tell_facts(v1::Heartbeat& beat) const {
  const auto put = [&](const std::string& key, const std::string& value) {
    auto& fact = *beat.add_facts();
    fact.set_key(key);
    fact.set_value(value);
    fact.set_source("fleet");
    fact.set_time_ns(world_.clock.now().unix_ns);
  };
  put("fleet.simulated", "true");
  put("clock.state", "synchronised");
  const auto hardware = made_hardware(plan_.address);
  for (const auto& source : hardware.sources()) put("hardware." + source.name(), "present");
}

asio::awaitable<Result<>> Kiosk::beat(std::shared_ptr<Session> session) {
  v1::Envelope envelope;
  auto& body = *envelope.mutable_heartbeat();
  KW_CO_CHECK(stand_->fill(body, std::exchange(session->nonce, {}), world_.clock.steady()));
  if (seen_.head) {
    *body.mutable_seen() = ledger::to_wire(*seen_.head);
  } else {
    body.mutable_seen()->set_version(1);
  }
  if (session->cosignature) *body.mutable_cosignature() = *std::exchange(session->cosignature, std::nullopt);
  body.set_spool_waiting(waiting_.size());
  if (!std::exchange(session->facts_told, true)) tell_facts(body);
  session->unanswered = true;
  session->beat_sent = steady_clock::now();
  session->next_beat = session->beat_sent + interval(*session);
  ++world_.tally.heartbeats;
  co_return co_await answer(session, std::move(envelope));
}

asio::awaitable<Result<>> Kiosk::answer(std::shared_ptr<Session> session, v1::Envelope reply) {
  KW_CO_CHECK(co_await session->stream.write(std::move(reply), soon()));
  co_return Result<>{};
}

asio::awaitable<Result<>> Kiosk::send_events(std::shared_ptr<Session> session) {
  while (!session->closed) {
    v1::Envelope envelope;
    *envelope.mutable_events() = waiting_.batch_from(session->sent + 1);
    const auto count = envelope.events().events_size();
    if (count == 0) break;
    session->sent = envelope.events().events(count - 1).sequence();
    world_.tally.events += static_cast<std::uint64_t>(count);
    KW_CO_CHECK(co_await answer(session, std::move(envelope)));
  }
  co_return Result<>{};
}

asio::awaitable<Result<>> Kiosk::handle(std::shared_ptr<Session> session, v1::Envelope envelope) {
  const auto now = world_.clock.now();
  const auto heard = [this](v1::Event event) { tell(std::move(event)); };
  v1::Envelope reply;
  reply.set_correlation(envelope.sequence());
  switch (envelope.body_case()) {
    case v1::Envelope::kHeartbeatAck:
      session->unanswered = false;
      ++world_.tally.answered;
      session->nonce = envelope.heartbeat_ack().liveness_nonce();
      co_return take_checkpoint(*session, envelope.heartbeat_ack());
    case v1::Envelope::kEventAck: {
      const auto before = waiting_.size();
      waiting_.acknowledge(envelope.event_ack().through_sequence());
      world_.tally.acknowledged += before - waiting_.size();
      co_return co_await send_events(session);
    }
    case v1::Envelope::kPolicy:
      *reply.mutable_policy_report() = stand_->take_policy(envelope.policy(), now, heard);
      if (reply.policy_report().bundle_id().size() != 16) co_return Result<>{};
      ++world_.tally.policies;
      note_revision();
      break;
    case v1::Envelope::kOrder:
      *reply.mutable_order_report() = stand_->take_order(envelope.order(), now, heard);
      if (reply.order_report().order_id().size() != 16) co_return Result<>{};
      ++world_.tally.orders;
      break;
    case v1::Envelope::kPersons:
      *reply.mutable_persons_report() = stand_->take_persons(envelope.persons());
      break;
    case v1::Envelope::kBaseline:
      *reply.mutable_baseline_report() = stand_->take_baseline(envelope.baseline());
      if (reply.baseline_report().section().empty()) co_return Result<>{};
      break;
    default:
      co_return fail(Errc::malformed, "a message that a simulated kiosk does not take");
  }
  KW_CO_CHECK(co_await answer(session, std::move(reply)));
  session->next_beat = steady_clock::now();  // its state has changed
  co_return co_await send_events(session);
}

Result<> Kiosk::take_checkpoint(Session& session, const v1::HeartbeatAck& ack) {
  if (!ack.has_checkpoint()) return {};
  auto judged =
      witness::judge(seen_, ack.checkpoint(), ledger::proof_from_wire(ack.consistency()), identity_->ledger_key);
  if (judged.refusal) {  // no playing here: a ledger that does not follow is worth a line, whoever looks
    ++world_.tally.ledger_refused;
    world_.log.error("kiosk.ledger_refused", {{"kiosk", plan_.name}, {"reason", judged.refusal->reason}});
    return {};
  }
  seen_ = {std::move(judged.follows), ack.checkpoint()};
  if (!ack.cosign() || !seen_.head) return {};
  KW_TRY(session.cosignature,
         witness::cosign(*seen_.head, identity_->device.text(), world_.clock.now(), identity_->tlcp.signing_key));
  ++world_.tally.cosigned;
  return {};
}

}  // namespace kw::fleet
