#include "agent/link/link.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "agent/link/session.h"
#include "crypto/sm3.h"
#include "pki/signed.h"
#include "schema/codec.h"

namespace kw::agent {
namespace {

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);

}  // namespace

PlatformLink::PlatformLink(asio::any_io_executor executor, LinkOptions options, const Identity& identity,
                           LedgerWitness witness, LinkDelegate& delegate, Ports ports)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      identity_(identity),
      witness_(std::move(witness)),
      teller_(executor_, options_.witnesses, ports.log),
      delegate_(delegate),
      ports_(ports),
      config_(client_config(identity.pinned, Identity(identity).tlcp)),
      pause_(executor_),
      business_(executor_) {}

void PlatformLink::stop() {
  stopping_ = true;
  pause_.cancel();
  if (session_) session_->end();
}

void PlatformLink::nudge() {
  if (session_) session_->events.cancel();
}

void PlatformLink::beat_now() {
  if (!session_) return;
  session_->beat_wanted = true;
  session_->beats.cancel();
}

void PlatformLink::propose(const std::string& section, Bytes content) {
  proposals_[section] = std::move(content);
  beat_now();
}

void PlatformLink::wake() {
  woken_ = true;
  pause_.cancel();
}

std::chrono::milliseconds PlatformLink::next_wait(unsigned failures) {
  const auto most = std::min(options_.most_wait, options_.least_wait * (1 << std::min(failures, 10U)));
  std::array<Byte, 4> octets{};
  ports_.random.fill(octets);
  const auto number = static_cast<std::uint32_t>(octets[0] << 24 | octets[1] << 16 | octets[2] << 8 | octets[3]);
  return most / 2 + std::chrono::milliseconds(number % static_cast<std::uint32_t>(most.count() / 2 + 1));
}

asio::awaitable<void> PlatformLink::run() {
  unsigned failures = 0;
  while (!stopping_) {
    const auto began = std::chrono::steady_clock::now();
    const auto served = co_await connect_and_serve();
    if (stopping_) break;
    ports_.log.warning("link.lost", {{"reason", served ? "closed" : served.error().text()}});
    failures = std::chrono::steady_clock::now() - began > options_.most_wait ? 0 : failures + 1;
    if (woken_) {
      woken_ = false;
      failures = std::min(failures, 1U);
    }
    pause_.expires_after(next_wait(failures));
    co_await pause_.async_wait(kToken);
    // Who wakes us may do it many times a second, as a flapping interface does: that ends the wait, but not the least.
    while (!stopping_ && std::chrono::steady_clock::now() < began + options_.least_wait) {
      pause_.expires_at(began + options_.least_wait);
      co_await pause_.async_wait(kToken);
    }
    woken_ = false;
  }
}

asio::awaitable<Result<>> PlatformLink::connect_and_serve() {
  KW_CO_TRY(auto session, co_await admit());
  session_ = session;
  up_ = true;
  business_.up([this, session](v1::Envelope envelope) { send_later(session, std::move(envelope)); });
  delegate_.on_link(true);
  ports_.log.info("link.admitted", {{"server", options_.server.host}});
  auto served = co_await serve(session);
  session->end();
  session_.reset();
  business_.down();
  while (session->writers > 0) {  // they use this object; both look at `closed` and leave
    session->gone.expires_at(std::chrono::steady_clock::time_point::max());
    co_await session->gone.async_wait(kToken);
  }
  up_ = false;
  delegate_.on_link(false);
  co_return served;
}

asio::awaitable<Result<std::shared_ptr<PlatformLink::Session>>> PlatformLink::admit() {
  std::optional<tlcp::FailureReport> why;
  auto stream = co_await net::connect_tlcp(options_.server, config_, ports_.random, ports_.clock, soon(), &why);
  if (!stream) co_return why ? fail(stream.code(), why->text()) : fail(stream.code(), stream.error().detail());
  const auto binding = (*stream)->engine().channel_binding();
  const auto address = (*stream)->local_address();
  auto session = std::make_shared<Session>(std::move(*stream));
  KW_CO_TRY(const auto welcome, co_await session->stream.read(soon()));
  if (!welcome.has_welcome() || welcome.welcome().challenge().size() != 32)
    co_return fail(Errc::malformed, "no welcome");

  KW_CO_TRY(auto report, co_await delegate_.admission_report());
  report.set_version(1);
  report.set_device_id(copy_text(identity_.device.bytes()));
  report.set_challenge(welcome.welcome().challenge());
  report.set_channel_binding(copy_text(binding));
  report.set_address(address);
  report.set_next_sequence(ports_.spool.next_sequence());
  KW_CO_TRY(auto object, pki::sign_object("admission", schema::serialise(report), identity_.tlcp.signing_key));
  v1::Envelope question;
  question.set_correlation(welcome.sequence());
  *question.mutable_admission() = std::move(object);
  KW_CO_CHECK(co_await session->stream.write(std::move(question), soon()));
  KW_CO_TRY(const auto answer, co_await session->stream.read(soon()));
  if (!answer.has_admitted()) co_return fail(Errc::malformed, "not admitted");

  const auto& admitted = answer.admitted();
  session->nonces = {admitted.liveness_nonce(), admitted.quote_nonce()};
  session->interval = std::chrono::seconds(std::clamp(admitted.heartbeat_seconds(), 1U, 3600U));
  if (auto met = ports_.spool.meet(admitted.acknowledged_sequence()); !met) {
    delegate_.on_fatal(met.error());
    co_return met.error();
  }
  session->sent = std::max(ports_.spool.acknowledged(), admitted.acknowledged_sequence());
  // Without a proof only the first checkpoint ever, or the one already seen, can be judged here; the rest waits for
  // the heartbeat, whose answer carries the proof.
  if (admitted.has_checkpoint() && witness_.seen().size() == 0) KW_CO_CHECK(take_checkpoint(admitted.checkpoint(), {}));
  co_return session;
}

asio::awaitable<Result<>> PlatformLink::serve(std::shared_ptr<Session> session) {
  asio::co_spawn(executor_, send_events(session), asio::detached);
  asio::co_spawn(executor_, send_beats(session), asio::detached);
  asio::co_spawn(executor_, send_media(session), asio::detached);
  while (true) {
    KW_CO_TRY(const auto envelope, co_await session->stream.read(net::in(3 * session->interval)));
    KW_CO_CHECK(co_await handle(*session, envelope));
  }
}

asio::awaitable<Result<>> PlatformLink::handle(Session& session, const v1::Envelope& envelope) {
  v1::Envelope reply;
  reply.set_correlation(envelope.sequence());
  switch (envelope.body_case()) {
    case v1::Envelope::kHeartbeatAck:
      if (!std::exchange(session.beat_unanswered, false)) co_return fail(Errc::malformed, "an answer to no heartbeat");
      co_return take_heartbeat_ack(session, envelope.heartbeat_ack());
    case v1::Envelope::kEventAck: {
      const auto through = envelope.event_ack().through_sequence();
      if (through > session.sent) co_return fail(Errc::malformed, "acknowledgement of events that were not sent");
      if (auto done = ports_.spool.acknowledge(through); !done)
        ports_.log.error("spool.acknowledge_failed", {{"error", done.error().text()}});
      session.events.cancel();
      co_return Result<>{};
    }
    case v1::Envelope::kPolicy:
    case v1::Envelope::kOrder:
    case v1::Envelope::kBaseline:
    case v1::Envelope::kPersons: {
      const auto reported = co_await report_on(envelope, reply);
      if (!reported) {
        ports_.log.error("guard.no_report", {{"error", reported.error().text()}});
        co_return Result<>{};  // the platform offers it again at the next connection
      }
      if (!*reported) co_return Result<>{};  // nothing that could be named
      break;
    }
    case v1::Envelope::kMediaReport:
      co_return take_media_report(session, envelope.media_report());
    case v1::Envelope::kSessionBegun:
      co_return business_.take(envelope.session_begun());
    case v1::Envelope::kServiceAnswer:
      co_return business_.take(envelope.service_answer());
    case v1::Envelope::kVaultAnswer:
      co_return business_.take(envelope.vault_answer());
    case v1::Envelope::kProblem:
      co_return fail(Errc::closed, "the platform reports " + envelope.problem().code().substr(0, 64));
    default:
      co_return fail(Errc::malformed, "a message that the platform does not send now");
  }
  KW_CO_CHECK(co_await session.stream.write(std::move(reply), soon()));
  co_return Result<>{};
}

asio::awaitable<Result<bool>> PlatformLink::report_on(const v1::Envelope& envelope, v1::Envelope& reply) {
  if (envelope.has_policy()) {
    KW_CO_TRY(*reply.mutable_policy_report(), co_await delegate_.on_policy(envelope.policy()));
    co_return reply.policy_report().bundle_id().size() == 16;
  }
  if (envelope.has_order()) {
    KW_CO_TRY(*reply.mutable_order_report(), co_await delegate_.on_order(envelope.order()));
    co_return reply.order_report().order_id().size() == 16;
  }
  if (envelope.has_persons()) {
    KW_CO_TRY(*reply.mutable_persons_report(), co_await delegate_.on_persons(envelope.persons()));
    co_return !reply.persons_report().outcome().empty();
  }
  KW_CO_TRY(*reply.mutable_baseline_report(), co_await delegate_.on_baseline(envelope.baseline()));
  co_return !reply.baseline_report().section().empty();
}

Result<> PlatformLink::take_checkpoint(const v1::Signed& checkpoint,
                                       const google::protobuf::RepeatedPtrField<std::string>& proof) {
  const auto before = witness_.seen().size();
  KW_TRY(auto refused, witness_.offer(checkpoint, proof));
  if (!refused) {
    refused_for_.clear();
    if (!std::exchange(refusal_, std::nullopt)) return {};
    teller_.forget();
    delegate_.on_ledger(false);
    return {};
  }
  auto& refusal = refused->refusal;
  const bool fresh = std::exchange(refused_for_, refusal.reason) != refusal.reason;
  refusal.witness = identity_.device.text();
  refusal.time = ports_.clock.now();
  KW_TRY(refusal_, witness::sign_refusal(refusal, identity_.tlcp.signing_key));
  if (!fresh) return {};  // each heartbeat says it again; one event tells it
  ports_.log.error("ledger.witness_refused", {{"reason", refusal.reason}});
  ports_.events.record(make_event("ledger.witness.refused", "refused",
                                  {{"seen_size", std::to_string(before)},
                                   {"offered_size", std::to_string(refused->offered_size)},
                                   {"reason", refusal.reason}}));
  teller_.tell(*refusal_);
  delegate_.on_ledger(true);
  return {};
}

Result<> PlatformLink::take_heartbeat_ack(Session& session, const v1::HeartbeatAck& ack) {
  session.nonces = {ack.liveness_nonce(), ack.quote_nonce()};
  if (ack.has_checkpoint()) {
    KW_CHECK(take_checkpoint(ack.checkpoint(), ack.consistency()));
    if (ack.cosign() && !refusal_) {
      KW_TRY(session.cosignature,
             witness_.cosign(identity_.device.text(), ports_.clock.now(), identity_.tlcp.signing_key));
    }
  }
  if (session.beat_wanted) session.beats.cancel();
  return {};
}

void PlatformLink::send_later(const std::shared_ptr<Session>& session, v1::Envelope envelope) {
  asio::co_spawn(
      executor_,
      [this, session, envelope = std::move(envelope)]() mutable -> asio::awaitable<void> {
        const Session::Writer writer(*session);
        const auto written = co_await session->stream.write(std::move(envelope), soon());
        if (!written) session->end();
      },
      asio::detached);
}

asio::awaitable<void> PlatformLink::send_events(std::shared_ptr<Session> session) {
  const Session::Writer writer(*session);
  while (!session->closed) {
    if (session->sent - ports_.spool.acknowledged() < kWindow || session->sent < ports_.spool.acknowledged()) {
      auto batch = ports_.spool.read_from(session->sent + 1, kBatch);
      if (!batch) {
        delegate_.on_fatal(batch.error());
        co_return session->end();
      }
      if (!batch->empty()) {
        v1::Envelope envelope;
        for (auto& event : *batch) *envelope.mutable_events()->add_events() = std::move(event);
        session->sent = envelope.events().events(envelope.events().events_size() - 1).sequence();
        if (const auto written = co_await session->stream.write(std::move(envelope), soon()); !written)
          co_return session->end();
        continue;
      }
    }
    // nudge() and acknowledgements cancel the timer. Nothing runs between the look above and the wait below.
    session->events.expires_at(std::chrono::steady_clock::time_point::max());
    co_await session->events.async_wait(kToken);
  }
}

asio::awaitable<Result<>> PlatformLink::send_beat(Session& session, bool all_facts) {
  v1::Envelope envelope;
  auto& beat = *envelope.mutable_heartbeat();
  auto nonces = std::exchange(session.nonces, {});  // a variable: docs/adr/0008-coroutines-on-gcc12.md
  KW_CO_TRY(beat, co_await delegate_.heartbeat(all_facts, std::move(nonces)));
  *beat.mutable_seen() = witness_.seen();
  if (session.cosignature) *beat.mutable_cosignature() = *std::exchange(session.cosignature, std::nullopt);
  if (refusal_) *beat.mutable_refusal() = *refusal_;
  beat.set_spool_waiting(ports_.spool.waiting());
  KW_CO_CHECK(co_await session.stream.write(std::move(envelope), soon()));
  co_return Result<>{};
}

asio::awaitable<Result<>> PlatformLink::send_proposals(Session& session) {
  while (!proposals_.empty()) {
    const auto proposal = proposals_.extract(proposals_.begin());
    v1::Envelope envelope;
    auto& out = *envelope.mutable_baseline_proposal();
    out.set_section(proposal.key());
    out.set_content(copy_text(proposal.mapped()));
    out.set_digest(copy_text(crypto::sm3(proposal.mapped())));
    KW_CO_CHECK(co_await session.stream.write(std::move(envelope), soon()));
  }
  co_return Result<>{};
}

asio::awaitable<void> PlatformLink::send_beats(std::shared_ptr<Session> session) {
  const Session::Writer writer(*session);
  bool first = true;
  while (!session->closed) {
    const auto now = std::chrono::steady_clock::now();
    if (!session->beat_unanswered) {
      session->beat_wanted = false;
      session->beat_unanswered = true;
      session->beat_sent = now;
      const auto beaten = co_await send_beat(*session, std::exchange(first, false));
      if (!beaten) co_return session->end();
      const auto proposed = co_await send_proposals(*session);
      if (!proposed) co_return session->end();
    } else if (now - session->beat_sent > 3 * session->interval) {
      co_return session->end();  // the platform has stopped to answer
    }
    if (session->closed || (session->beat_wanted && !session->beat_unanswered)) continue;
    session->beats.expires_after(session->interval);
    co_await session->beats.async_wait(kToken);
  }
}

}  // namespace kw::agent
