#pragma once
// ScriptedPlatform is the server's end of the link for tests: real TLCP on loopback, and a script for what it answers.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>

#include "agent/testing/kiosk.h"
#include "net/envelope_stream.h"
#include "net/listener.h"
#include "tlcp/server.h"

namespace kw::agent::testing {

namespace asio = boost::asio;
using namespace std::chrono_literals;

class ScriptedPlatform {
 public:
  ScriptedPlatform(asio::io_context& io, PlatformSide& side) : io_(io), side_(side), listener_(io, log_) {
    const auto key = must(crypto::Sm2PrivateKey::generate());
    auto pair =
        must(side.ca.issue_platform("platform.test", {}, key.public_key(), side.clock.now() - 5min, 30, side.random));
    set_identity({pair.signing, key, pair.encryption, pair.encryption_key, {side.ca.certificate()}});
  }
  /// set_identity changes who the platform claims to be, for connections that follow.
  void set_identity(tlcp::Identity identity) {
    auto config = std::make_shared<tlcp::ServerConfig>(tlcp::ServerConfig{std::move(identity), {}, {}, {}, {}, {}, {}});
    config->client_trust.anchors = {side_.ca.certificate()};
    config->client_auth = tlcp::ClientAuth::requested;
    config->suites.assign(tlcp::kSuites.begin(), tlcp::kSuites.end());
    config_ = std::move(config);
  }
  void open() {
    if (const auto opened = listener_.open("127.0.0.1", 0); !opened) throw std::runtime_error(opened.error().text());
    asio::co_spawn(io_, listener_.run([this](asio::ip::tcp::socket socket) { return serve(std::move(socket)); }),
                   asio::detached);
  }
  /// drop cuts the present connection as a kill -9 of the server does.
  void drop() {
    if (link_ != nullptr) link_->abort();
  }
  void stop() {
    listener_.stop();
    drop();
  }
  /// push sends to the admitted kiosk.
  void push(v1::Envelope envelope) {
    asio::co_spawn(
        io_,
        [this, link = link_, envelope = std::move(envelope)]() -> asio::awaitable<void> {
          if (link == nullptr) co_return;
          const auto written = co_await link->write(envelope, net::in(5s));
          if (!written) ++failed_pushes;
        },
        asio::detached);
  }
  void push_policy(const v1::Signed& object) {
    v1::Envelope out;
    *out.mutable_policy() = object;
    push(std::move(out));
  }
  void push_order(const v1::Signed& object) {
    v1::Envelope out;
    *out.mutable_order() = object;
    push(std::move(out));
  }
  void push_baseline(const v1::Signed& object) {
    v1::Envelope out;
    *out.mutable_baseline() = object;
    push(std::move(out));
  }
  [[nodiscard]] std::uint16_t port() const { return listener_.port(); }
  [[nodiscard]] std::size_t count(std::string_view type) const {
    std::size_t out = 0;
    for (const auto& [sequence, event] : stored) out += event.type() == type ? 1 : 0;
    return out;
  }
  [[nodiscard]] const v1::Event* find(std::string_view type) const {
    for (const auto& [sequence, event] : stored)
      if (event.type() == type) return &event;
    return nullptr;
  }

  // What the script says.
  bool acknowledge = true;
  std::function<v1::EnrolReply(const v1::EnrolRequest&)> on_enrol;
  std::function<v1::EnrolReply(const v1::EnrolPoll&, const std::string& challenge)> on_poll;
  std::function<v1::HeartbeatAck(const v1::Heartbeat&)> on_heartbeat;
  std::function<bool(const v1::AdmissionReport&)> on_admission;
  std::function<std::pair<std::string, std::string>(const v1::Media&)> on_media;  // outcome and reason; "": no answer
  std::function<v1::VaultAnswer(const v1::VaultRequest&)> on_vault;
  // What it saw.
  std::map<std::uint64_t, v1::Event> stored;
  int repeated = 0, admissions = 0, failed_pushes = 0;
  std::vector<v1::Heartbeat> beats;
  std::vector<v1::PolicyReport> policy_reports;
  std::vector<v1::OrderReport> order_reports;
  std::vector<v1::BaselineProposal> proposals;
  std::vector<v1::BaselineReport> baseline_reports;
  std::vector<v1::Media> media;  // whole pieces
  std::optional<v1::AdmissionReport> admission;
  std::string faults;

 private:
  asio::awaitable<void> serve(asio::ip::tcp::socket socket) {
    auto stream = std::make_unique<net::TlcpStream>(std::move(socket),
                                                    std::make_unique<tlcp::Server>(config_, side_.random, side_.clock));
    const auto shaken = co_await stream->handshake(net::in(5s));
    if (!shaken) co_return;
    auto link = std::make_shared<net::EnvelopeStream>(std::move(stream));
    v1::Envelope welcome;
    const auto challenge = copy_text(side_.random.bytes(32));
    welcome.mutable_welcome()->set_challenge(challenge);
    const auto greeted = co_await link->write(std::move(welcome), net::in(5s));
    if (!greeted) co_return;
    while (true) {
      const auto question = co_await link->read(net::in(20s));
      if (!question) co_return;
      auto answer = respond(*question, challenge, *link);
      if (question->has_admission() && answer) link_ = link;
      if (!answer) co_return link->abort();
      if (answer->body_case() == v1::Envelope::BODY_NOT_SET) continue;
      answer->set_correlation(question->sequence());
      const auto written = co_await link->write(std::move(*answer), net::in(5s));
      if (!written) co_return;
    }
  }

  std::optional<v1::Envelope> respond(const v1::Envelope& question, const std::string& challenge,
                                      net::EnvelopeStream& link) {
    v1::Envelope out;
    if (question.has_enrol_request() && on_enrol) {
      *out.mutable_enrol_reply() = on_enrol(question.enrol_request());
    } else if (question.has_enrol_poll() && on_poll) {
      *out.mutable_enrol_reply() = on_poll(question.enrol_poll(), challenge);
    } else if (question.has_admission()) {
      const auto& peer = link.stream().engine().peer();
      if (!peer || !pki::verify_object(question.admission(), "admission", peer->signing.public_key()))
        return std::nullopt;
      admission = must(schema::parse<v1::AdmissionReport>(bytes_of(question.admission().payload()), 65536));
      if (admission->challenge() != challenge) faults += "challenge ";
      if (admission->channel_binding() != copy_text(link.stream().engine().channel_binding())) faults += "binding ";
      if (on_admission && !on_admission(*admission)) return std::nullopt;
      ++admissions;
      out.mutable_admitted()->set_acknowledged_sequence(stored.empty() || !acknowledge ? 0 : stored.rbegin()->first);
      out.mutable_admitted()->set_heartbeat_seconds(1);
    } else if (question.has_heartbeat()) {
      beats.push_back(question.heartbeat());
      *out.mutable_heartbeat_ack() = on_heartbeat ? on_heartbeat(question.heartbeat()) : v1::HeartbeatAck{};
    } else if (question.has_events()) {
      for (const auto& event : question.events().events()) {
        if (!stored.emplace(event.sequence(), event).second) ++repeated;
        if (stored.at(event.sequence()).id() != event.id()) faults += "sequence used twice ";
      }
      if (acknowledge) out.mutable_event_ack()->set_through_sequence(question.events().events().rbegin()->sequence());
    } else if (question.has_vault_request() && on_vault) {
      *out.mutable_vault_answer() = on_vault(question.vault_request());
    } else if (question.has_policy_report()) {
      policy_reports.push_back(question.policy_report());
    } else if (question.has_order_report()) {
      order_reports.push_back(question.order_report());
    } else if (question.has_baseline_proposal()) {
      proposals.push_back(question.baseline_proposal());
    } else if (question.has_baseline_report()) {
      baseline_reports.push_back(question.baseline_report());
    } else if (question.has_media()) {
      take_part(question.media(), out);
    } else {
      return std::nullopt;
    }
    return out;
  }
  void take_part(const v1::MediaPart& part, v1::Envelope& out) {
    if (part.piece().data().size() > (32U << 10)) faults += "large part ";
    if (part.offset() == 0) piece_ = part.piece();
    if (part.offset() != 0) {
      if (part.offset() != piece_.data().size()) faults += "part out of order ";
      piece_.mutable_data()->append(part.piece().data());
    }
    if (piece_.data().size() < part.size()) return;
    media.push_back(piece_);
    const auto [outcome, reason] = on_media ? on_media(piece_) : std::pair<std::string, std::string>("taken", "");
    if (outcome.empty()) return;
    auto& report = *out.mutable_media_report();
    report.set_order_id(piece_.order_id());
    report.set_sequence(piece_.sequence());
    report.set_outcome(outcome);
    report.set_reason(reason);
  }

  asio::io_context& io_;
  PlatformSide& side_;
  NullLog log_;
  net::Listener listener_;
  std::shared_ptr<const tlcp::ServerConfig> config_;
  std::shared_ptr<net::EnvelopeStream> link_;
  v1::Media piece_;
};

}  // namespace kw::agent::testing
