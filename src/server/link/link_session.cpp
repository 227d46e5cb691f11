#include "server/link/link_session.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "base/text.h"
#include "pki/ca.h"
#include "schema/codec.h"
#include "server/version.h"

namespace kw::server {
namespace {

constexpr std::size_t kChallenge = 32;
constexpr std::size_t kMostCode = 64;
constexpr std::size_t kMostSigned = 1U << 20;
constexpr std::size_t kMostUnacknowledged = 4096;  // events of one link; an agent sends 2,048 ahead
constexpr std::size_t kMostUnproven = 64U << 10;   // octets of a message before admission: a request or a report

v1::Envelope answer_to(const v1::Envelope& question) {
  v1::Envelope out;
  out.set_correlation(question.sequence());
  return out;
}

Error out_of_order(LinkState state) {
  switch (state) {
    case LinkState::wait_enrolment:
      return Error(Errc::forbidden, "a peer without certificate may only enrol");
    case LinkState::wait_admission:
      return Error(Errc::forbidden, "no admission report");
    default:
      return Error(Errc::malformed, "a message that an admitted kiosk does not send");
  }
}

/// A link ends for many reasons; these are what a kiosk that works does not cause. Reasons of the transport, and of
/// this machine, are none of its doing.
bool blames_peer(Errc code) {
  switch (code) {
    case Errc::malformed:
    case Errc::too_large:
    case Errc::unsupported:
    case Errc::conflict:
    case Errc::decrypt_failed:
    case Errc::forbidden:
    case Errc::not_found:
    case Errc::bad_signature:
      return true;
    default:
      return false;
  }
}

}  // namespace

LinkSession::LinkSession(LinkServices& services, std::unique_ptr<net::TlcpStream> stream)
    : services_(services), strand_(stream->executor()), link_(std::move(stream)), peer_(link_.stream().peer_address()) {
  link_.limit(kMostUnproven);
}

void LinkSession::spawn(net::asio::awaitable<Result<>> work) {
  net::asio::co_spawn(
      strand_,
      [self = shared_from_this(), inner = std::move(work)]() mutable -> net::asio::awaitable<void> {
        if (const auto done = co_await std::move(inner); !done) self->link_.abort();
      },
      net::asio::detached);
}

void LinkSession::nudge() {
  net::asio::post(strand_, [self = shared_from_this()] { self->spawn(self->push()); });
}

void LinkSession::put_out() {
  net::asio::post(strand_, [self = shared_from_this()] { self->link_.abort(); });
}

net::asio::awaitable<void> LinkSession::run() {
  const auto self = shared_from_this();
  if (const auto shaken = co_await link_.stream().handshake(soon()); !shaken) {
    const auto& engine = link_.stream().engine();
    const auto& why = engine.failure();
    services_.log.warning("link.handshake_refused",
                          {{"peer", peer_}, {"reason", why ? why->text() : shaken.error().text()}});
    // A scan that connects and goes is a log line; only what spoke and failed is worth an entry of the ledger.
    const bool scanned = why && why->failure == tlcp::Failure::truncated && engine.figures().octets_in == 0;
    if (why && !scanned) {
      if (const auto noted = services_.admission.refused_handshake(peer_, *why, engine.peer_list()); !noted)
        services_.log.error("link.record", {{"error", noted.error().text()}});
    }
    co_return;
  }
  Result<> outcome = co_await welcome();
  if (outcome) outcome = co_await converse();
  services_.vault.closed(vault_);
  const std::string reason = outcome ? "done" : outcome.error().text();
  if (!device_.is_nil() && services_.registry.release(device_, this)) {
    if (const auto noted = services_.intake.gone(device_, peer_, reason); !noted)
      services_.log.error("link.record", {{"error", noted.error().text()}});
  }
  services_.log.info("link.closed", {{"peer", peer_}, {"reason", reason}});
  if (outcome) {
    if (const auto closed = co_await link_.shutdown(net::in(services_.options.farewell)); !closed) link_.abort();
  }
  link_.abort();
}

LinkSession::Awaitable<void> LinkSession::write(v1::Envelope envelope) {
  KW_CO_CHECK(co_await link_.write(std::move(envelope), soon()));
  co_return Result<>{};
}

LinkSession::Awaitable<void> LinkSession::welcome() {
  challenge_ = services_.changes.random().bytes(kChallenge);
  v1::Envelope envelope;
  auto* body = envelope.mutable_welcome();
  body->set_challenge(copy_text(challenge_));
  body->set_server_time_ns(services_.changes.clock().now().unix_ns);
  body->set_server_version(std::string(kServerVersion));
  co_return co_await write(std::move(envelope));
}

LinkSession::Awaitable<void> LinkSession::converse() {
  state_ = link_.stream().engine().peer() ? LinkState::wait_admission : LinkState::wait_enrolment;
  while (state_ != LinkState::over) {
    const bool admitted = state_ == LinkState::admitted;
    const auto deadline = admitted ? net::in(services_.options.silence) : soon();
    const auto envelope = co_await link_.read(deadline);
    if (admitted && envelope) services_.registry.heard(device_, this, services_.changes.clock().steady());
    Result<> done;
    if (!envelope) done = envelope.error();
    if (envelope) done = co_await handle(*envelope);
    if (done) continue;
    if (admitted && blames_peer(done.code()))
      KW_CO_CHECK(services_.intake.bad_message(device_, peer_, done.error().text()));
    co_return done;
  }
  co_return Result<>{};
}

LinkSession::Awaitable<void> LinkSession::handle(const v1::Envelope& envelope) {
  const auto next = next_state(state_, envelope.body_case());
  if (!next) co_return out_of_order(state_);
  Result<> done;
  switch (envelope.body_case()) {
    case v1::Envelope::kEnrolRequest:
    case v1::Envelope::kEnrolPoll:
      done = co_await on_enrolment(envelope);
      break;
    case v1::Envelope::kAdmission:
      done = co_await on_admission(envelope);
      break;
    case v1::Envelope::kEvents:
      done = co_await on_events(envelope);
      break;
    case v1::Envelope::kHeartbeat:
      done = co_await on_heartbeat(envelope);
      break;
    case v1::Envelope::kFacts:
      done = services_.intake.facts(device_, envelope.facts().facts());
      break;
    case v1::Envelope::kPolicyReport:
      done = services_.intake.policy_report(device_, envelope.policy_report());
      break;
    case v1::Envelope::kOrderReport:
      done = services_.intake.order_report(device_, envelope.order_report());
      break;
    case v1::Envelope::kBaselineProposal:
      done = services_.intake.baseline_proposal(device_, peer_, envelope.baseline_proposal());
      break;
    case v1::Envelope::kBaselineReport:
      done = services_.intake.baseline_report(device_, envelope.baseline_report());
      break;
    case v1::Envelope::kPersonsReport:
      services_.log.info("persons.report", {{"device", device_.text()},
                                            {"revision", std::to_string(envelope.persons_report().revision())},
                                            {"outcome", clean_text(envelope.persons_report().outcome(), kMostCode)}});
      break;
    case v1::Envelope::kMedia:
      done = co_await on_media(envelope);
      break;
    case v1::Envelope::kSessionBegin:
      done = co_await on_session_begin(envelope);
      break;
    case v1::Envelope::kServiceRequest:
      done = on_service_request(envelope);
      break;
    case v1::Envelope::kVaultRequest:
      done = co_await on_vault_request(envelope);
      break;
    case v1::Envelope::kProblem:
      done = fail(Errc::closed, "the kiosk reports " + clean_text(envelope.problem().code(), kMostCode));
      break;
    default:
      done = fail(Errc::internal, "a message of link_edges that nobody deals with");
      break;
  }
  if (done) state_ = *next;
  co_return done;
}

LinkSession::Awaitable<void> LinkSession::on_enrolment(const v1::Envelope& question) {
  auto reply = answer_to(question);
  if (question.has_enrol_request()) {
    KW_CO_TRY(*reply.mutable_enrol_reply(), services_.enrol.request(question.enrol_request(), peer_, challenge_));
  } else {
    KW_CO_TRY(*reply.mutable_enrol_reply(), services_.enrol.poll(question.enrol_poll(), challenge_));
  }
  co_return co_await write(std::move(reply));
}

LinkSession::Awaitable<void> LinkSession::on_admission(const v1::Envelope& question) {
  const auto& certificate = link_.stream().engine().peer()->signing;
  ConnectionFacts facts{peer_, std::string(tlcp::name(*link_.stream().engine().suite())), challenge_,
                        link_.stream().engine().channel_binding()};
  // Read here for what is not a matter of trust; the desk verifies the signature before it believes anything.
  v1::AdmissionReport report;
  if (auto parsed = schema::parse<v1::AdmissionReport>(bytes_of(question.admission().payload()), kMostSigned))
    report = std::move(*parsed);
  const SessionRegistry::Holder claimant{peer_, report.boot_id(), services_.changes.clock().steady()};
  const Duration alive = std::chrono::seconds(2) * services_.options.heartbeat_seconds;
  if (const auto claimed = pki::device_of(certificate)) {
    if (const auto rival = services_.registry.rival(*claimed, claimant, alive))
      co_return refuse_duplicate(*claimed, rival->peer);
  }
  KW_CO_TRY(const auto device, services_.admission.admit(certificate, question.admission(), facts));
  sent_revision_ = report.policy_revision();
  sent_persons_ = report.persons_revision();
  if (const auto rival = services_.registry.claim(device.id, shared_from_this(), claimant, alive))
    co_return refuse_duplicate(device.id, rival->peer);  // both came at once
  device_ = device.id;
  // Whoever disabled the device since it was judged has found no session to put out.
  KW_CO_TRY(const auto stored, services_.changes.store().read([&](auto& r) { return r.devices().get(device_); }));
  if (stored.disabled) co_return fail(Errc::forbidden, "the device was disabled");
  services_.vestibule.leave(shared_from_this());
  link_.limit(net::kMaxEnvelope);
  services_.log.info("link.admitted", {{"peer", peer_}, {"device", device_.text()}});

  liveness_ = services_.liveness.begin(device_, report, device.liveness_key);
  KW_CO_TRY(quotes_, services_.quotes.begin(device, report, peer_));
  auto reply = answer_to(question);
  auto* admitted = reply.mutable_admitted();
  admitted->set_liveness_nonce(liveness_.next_nonce());
  admitted->set_quote_nonce(services_.quotes.next_nonce(quotes_));
  admitted->set_acknowledged_sequence(device.acknowledged);
  admitted->set_heartbeat_seconds(services_.options.heartbeat_seconds);
  site_ = stored.site.text();
  if (const auto newest = services_.witnesses.newest()) *admitted->mutable_checkpoint() = newest->object;
  KW_CO_CHECK(co_await write(std::move(reply)));
  co_return co_await push();
}

Result<> LinkSession::refuse_duplicate(const DeviceId& device, const std::string& other_peer) {
  KW_CHECK(services_.admission.refuse_duplicate(device, peer_, other_peer));
  return fail(Errc::forbidden, "duplicate session");
}

LinkSession::Awaitable<void> LinkSession::on_events(const v1::Envelope& envelope) {
  const auto count = static_cast<std::size_t>(envelope.events().events_size());
  if (unacknowledged_ + count > kMostUnacknowledged)
    co_return fail(Errc::malformed, "more events than may wait for their acknowledgement");
  KW_CO_TRY(const auto batch, services_.intake.events(device_, peer_, envelope.events()));
  unacknowledged_ += count;
  // The acknowledgement leaves when the entries are durable in the ledger; reading goes on meanwhile. A ledger that
  // cannot be written keeps no session that has ended.
  services_.feeder.when_durable(batch.position, [weak = weak_from_this(), strand = strand_, through = batch.through,
                                                 count, correlation = envelope.sequence()](Result<> durable) {
    if (!durable) return;  // the kiosk sends them again
    net::asio::post(strand, [weak, through, count, correlation] {
      if (const auto self = weak.lock()) self->acknowledge(through, count, correlation);
    });
  });
  co_return Result<>{};
}

void LinkSession::acknowledge(std::uint64_t through, std::size_t count, std::uint64_t correlation) {
  unacknowledged_ -= count;
  v1::Envelope reply;
  reply.set_correlation(correlation);
  reply.mutable_event_ack()->set_through_sequence(through);
  spawn(write(std::move(reply)));
}

LinkSession::Awaitable<void> LinkSession::on_media(const v1::Envelope& envelope) {
  KW_CO_TRY(const auto piece, media_.add(envelope.media()));
  if (!piece) co_return Result<>{};
  auto reply = answer_to(envelope);
  KW_CO_TRY(*reply.mutable_media_report(), services_.media.take(device_, *piece));
  co_return co_await write(std::move(reply));
}

LinkSession::Awaitable<void> LinkSession::on_session_begin(const v1::Envelope& envelope) {
  KW_CO_TRY(const auto start, services_.broker.begin(device_, envelope.session_begin()));
  auto reply = answer_to(envelope);
  reply.mutable_session_begun()->set_session_id(envelope.session_begin().session_id());
  reply.mutable_session_begun()->set_outcome(start.outcome);
  services_.feeder.when_durable(start.position, [weak = weak_from_this(), strand = strand_, reply](Result<> durable) {
    if (!durable) return;  // the kiosk's time for an answer runs out
    net::asio::post(strand, [weak, reply] {
      if (const auto self = weak.lock()) self->spawn(self->write(reply));
    });
  });
  co_return Result<>{};
}

Result<> LinkSession::on_service_request(const v1::Envelope& envelope) {
  KW_TRY(auto call, BrokerDesk::read(business_, envelope.service_request()));
  spawn(serve_request(std::move(call), envelope.sequence()));  // others are read meanwhile
  return {};
}

LinkSession::Awaitable<void> LinkSession::on_vault_request(const v1::Envelope& envelope) {
  auto reply = answer_to(envelope);
  KW_CO_TRY(*reply.mutable_vault_answer(), services_.vault.answer(device_, envelope.vault_request(), vault_));
  co_return co_await write(std::move(reply));
}

LinkSession::Awaitable<void> LinkSession::serve_request(ServiceCall call, std::uint64_t correlation) {
  const auto span = copy_text(call.span);
  const auto reply = co_await services_.broker.ask(device_, std::move(call));
  for (std::size_t offset = 0; offset == 0 || offset < reply.body.size(); offset += BrokerDesk::kPart) {
    v1::Envelope envelope;
    envelope.set_correlation(correlation);
    *envelope.mutable_service_answer() = BrokerDesk::part(span, reply, offset);
    KW_CO_CHECK(co_await write(std::move(envelope)));
  }
  --business_.under_way;
  co_return Result<>{};
}

LinkSession::Awaitable<void> LinkSession::on_heartbeat(const v1::Envelope& envelope) {
  auto beat = envelope.heartbeat();
  const auto verdict = liveness_.judge(beat);
  if (!verdict.proven) {
    if (verdict.changed) KW_CO_CHECK(services_.intake.fake(device_, peer_, verdict.fault));
    if (beat.state() != v1::CUT) beat.set_state(v1::DEGRADED);  // nobody vouches for what it says
  }
  KW_CO_CHECK(services_.quotes.take(quotes_, beat));
  if (!quotes_.proven() && beat.state() != v1::CUT) beat.set_state(v1::DEGRADED);  // nor for what was started
  const BeatWorth worth{.vouched = verdict.proven && liveness_.asks() && quotes_.proven(),
                        .all_facts = beat.facts_size() > 0 && !told_facts_};
  told_facts_ = told_facts_ || beat.facts_size() > 0;
  KW_CO_CHECK(services_.intake.heartbeat(device_, beat, worth));
  auto reply = answer_to(envelope);
  auto* ack = reply.mutable_heartbeat_ack();
  ack->set_liveness_nonce(liveness_.next_nonce());
  ack->set_quote_nonce(services_.quotes.next_nonce(quotes_));
  ack->set_server_time_ns(services_.changes.clock().now().unix_ns);
  const WitnessService::Kiosk kiosk{device_, site_};
  const auto& key = link_.stream().engine().peer()->signing.public_key();
  KW_CO_CHECK(services_.witnesses.hear(kiosk, key, envelope.heartbeat()));
  auto offer = services_.witnesses.offer(kiosk, envelope.heartbeat().seen().size());
  if (offer) {
    *ack->mutable_checkpoint() = std::move(offer->head.object);
    ledger::proof_to_wire(offer->consistency, *ack->mutable_consistency());
    ack->set_cosign(offer->cosign);
  } else if (offer.code() != Errc::unavailable) {  // before the first checkpoint there is nothing to offer
    co_return offer.error();
  }
  KW_CO_CHECK(co_await write(std::move(reply)));
  co_return co_await push();
}

/// A kiosk without a rule takes the newest one; each later one follows the one before.
Result<std::vector<store::PersonRuleRow>> LinkSession::persons_for(store::Repositories& r) const {
  if (sent_persons_ != 0) return r.person_rules().after(sent_persons_);
  auto newest = r.person_rules().latest();
  if (!newest && newest.code() == Errc::not_found) return std::vector<store::PersonRuleRow>();
  if (!newest) return newest.error();
  return std::vector{std::move(*newest)};
}

LinkSession::Awaitable<void> LinkSession::push() {
  if (device_.is_nil()) co_return Result<>{};
  struct Waiting {
    std::vector<store::PersonRuleRow> persons;
    std::optional<store::Bundle> bundle;
    std::vector<BaselineId> baselines;
    std::vector<store::Order> orders;
  };
  KW_CO_TRY(const auto waiting, services_.changes.store().read([&](store::Repositories& r) -> Result<Waiting> {
    Waiting out;
    KW_TRY(out.persons, persons_for(r));
    auto bundle = r.bundles().latest(device_);
    if (!bundle && bundle.code() != Errc::not_found) return bundle.error();
    if (bundle) out.bundle = std::move(*bundle);
    KW_TRY(out.baselines, r.baselines().to_deliver(device_));
    KW_TRY(out.orders, r.orders().waiting(device_, services_.changes.clock().now()));
    return out;
  }));
  for (const auto& rule : waiting.persons) {
    sent_persons_ = rule.revision;
    v1::Envelope envelope;
    KW_CO_TRY(*envelope.mutable_persons(), schema::parse<v1::Signed>(rule.object, kMostSigned));
    KW_CO_CHECK(co_await write(std::move(envelope)));
  }
  if (waiting.bundle && waiting.bundle->revision > sent_revision_) {
    sent_revision_ = waiting.bundle->revision;
    v1::Envelope envelope;
    KW_CO_TRY(*envelope.mutable_policy(), schema::parse<v1::Signed>(waiting.bundle->signed_octets, kMostSigned));
    KW_CO_CHECK(co_await write(std::move(envelope)));
  }
  KW_CO_CHECK(co_await push_baselines(waiting.baselines));
  for (const auto& order : waiting.orders) {
    if (!sent_orders_.insert(order.id).second) continue;
    v1::Envelope envelope;
    KW_CO_TRY(*envelope.mutable_order(), schema::parse<v1::Signed>(order.signed_octets, kMostSigned));
    KW_CO_CHECK(co_await write(std::move(envelope)));
  }
  co_return Result<>{};
}

LinkSession::Awaitable<void> LinkSession::push_baselines(const std::vector<BaselineId>& waiting) {
  for (const auto& id : waiting) {
    if (!sent_baselines_.insert(id).second) continue;
    KW_CO_TRY(const auto baseline,
              services_.changes.store().read([&](store::Repositories& r) { return r.baselines().get(id); }));
    v1::Envelope envelope;
    KW_CO_TRY(*envelope.mutable_baseline(), schema::parse<v1::Signed>(baseline.signed_octets, kMostSigned));
    KW_CO_CHECK(co_await write(std::move(envelope)));
  }
  co_return Result<>{};
}

}  // namespace kw::server
