#include "agent/enrol/enrol.h"

#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "agent/version.h"
#include "base/writer.h"
#include "pki/persons.h"
#include "platform/linux/rtnetlink_sensor.h"
#include "schema/codec.h"

namespace kw::agent {
namespace {

using namespace std::chrono_literals;
constexpr auto kStep = 10s;

/// One exchange: connect, Welcome, question, EnrolReply, end.
class Desk {
 public:
  Desk(EnrolOptions options, EnrolPorts ports, std::vector<crypto::Certificate> pinned)
      : options_(std::move(options)), ports_(ports), config_(client_config(pinned, std::nullopt)) {}

  template <class MakeQuestion>
  asio::awaitable<Result<v1::EnrolReply>> ask(MakeQuestion make) {
    std::optional<tlcp::FailureReport> why;
    const net::Target target(options_.server.host, options_.server.port);
    auto stream = co_await net::connect_tlcp(target, config_, ports_.random, ports_.clock, net::in(kStep), &why);
    if (!stream) {
      if (why) co_return fail(Errc::untrusted, "the platform's channel: " + why->text());
      co_return fail(Errc::unavailable, "platform: " + stream.error().text());
    }
    net::EnvelopeStream link(std::move(*stream));
    KW_CO_TRY(const auto welcome, co_await link.read(net::in(kStep)));
    if (!welcome.has_welcome()) co_return fail(Errc::malformed, "no welcome");
    auto made = make(welcome.welcome());
    if (!made) co_return made.error();
    v1::Envelope question = std::move(*made);
    question.set_correlation(welcome.sequence());
    KW_CO_CHECK(co_await link.write(std::move(question), net::in(kStep)));
    KW_CO_TRY(auto answer, co_await link.read(net::in(kStep)));
    link.abort();
    if (!answer.has_enrol_reply()) co_return fail(Errc::malformed, "no answer to the enrolment");
    co_return std::move(*answer.mutable_enrol_reply());
  }

 private:
  EnrolOptions options_;
  EnrolPorts ports_;
  std::shared_ptr<const tlcp::ClientConfig> config_;
};

/// What the TPM shows of itself, with a quote over the platform's challenge.
Result<> show_tpm(v1::EnrolRequest& request, const OpenedSeals& seals, device::TpmPort* tpm,
                  const v1::Welcome& welcome) {
  if (!seals.tpm || !seals.facts || tpm == nullptr) return {};
  KW_TRY(*request.mutable_tpm(), identity_of(*seals.tpm, *seals.facts, *tpm));
  KW_TRY(*request.mutable_quote(),
         tpm->quote(seals.tpm->attestation_key(), quoted_pcrs(*seals.tpm), bytes_of(welcome.challenge())));
  return {};
}

Result<v1::Envelope> request_of(const EnrolOptions& options, const DeviceHardware& hardware,
                                const crypto::Sm2PrivateKey& key, const OpenedSeals& seals, device::TpmPort* tpm,
                                const v1::Welcome& welcome) {
  crypto::Name subject;
  subject.common_name = hardware.unique_id;
  KW_TRY(auto pkcs10, crypto::CertificateRequest::build(subject, key));
  KW_TRY(auto facts, interface_facts(options.interface));
  v1::Envelope out;
  auto& request = *out.mutable_enrol_request();
  request.set_token(options.token);
  request.set_pkcs10(copy_text(pkcs10.der()));
  *request.mutable_hardware() = hardware.digest;
  request.set_mac(facts.mac);
  request.set_address(facts.address);
  request.set_interface(options.interface);
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0) request.set_hostname(host.data());
  request.set_agent_version(std::string(kVersion));
  KW_CHECK(show_tpm(request, seals, tpm, welcome));
  return out;
}

Result<v1::Envelope> poll_of(const std::string& id, const v1::Welcome& welcome, const crypto::Sm2PrivateKey& key) {
  Bytes statement = copy(bytes_of("kioskward:enrol-poll:v1"));
  statement.push_back(0);
  append(statement, bytes_of(welcome.challenge()));
  append(statement, bytes_of(id));
  KW_TRY(auto signature, key.sign(statement));
  v1::Envelope out;
  out.mutable_enrol_poll()->set_enrolment_id(id);
  out.mutable_enrol_poll()->set_signature(copy_text(signature));
  return out;
}

/// check_persons: the rule that was pinned has come, and the platform's key has signed it.
Result<> check_persons(const StateDirectory& state, const v1::EnrolReply& reply) {
  KW_TRY(const auto pin, state.read(StateFile::persons_pin));
  if (!pin) return {};
  if (!reply.has_persons() || !equal(crypto::sm3(bytes_of(reply.persons().payload())), *pin))
    return fail(Errc::untrusted, "the rule of persons is not the one that was pinned");
  const auto rule = pki::parse_person_rule(bytes_of(reply.persons().payload()));
  return rule ? Result<>() : Result<>(rule.error());
}

Result<> store(const StateDirectory& state, const v1::EnrolReply& reply) {
  KW_CHECK(check_persons(state, reply));
  KW_CHECK(state.write(StateFile::clean, {}));  // there was no run before that could have ended badly
  KW_CHECK(state.write(StateFile::identity, schema::serialise(reply)));
  return state.remove(StateFile::enrolment);
}

/// What a reply other than an approval means.
Result<> judge(const v1::EnrolReply& reply) {
  switch (reply.state()) {
    case v1::APPROVED:
    case v1::PENDING:
      return {};
    case v1::REJECTED:
      return fail(Errc::forbidden, "an administrator has rejected this kiosk");
    case v1::TOKEN_REFUSED:
      return fail(Errc::unauthenticated, "the token is unknown, used or expired");
    default:
      return fail(Errc::malformed, "enrolment state");
  }
}

}  // namespace

Result<InterfaceFacts> interface_facts(const std::string& interface) {
  platform::RtnetlinkSensor sensor;
  KW_TRY(auto present, sensor.snapshot());
  InterfaceFacts out;
  bool found = false;
  for (const auto& seen : present) {
    if (const auto* link = std::get_if<device::LinkObserved>(&seen); link != nullptr && link->name == interface) {
      out.mac = link->mac;
      found = true;
    }
    if (const auto* at = std::get_if<device::AddressObserved>(&seen);
        at != nullptr && at->interface == interface && !at->link_local) {
      const bool v4 = at->address.find(':') == std::string::npos;
      if (out.address.empty() || (v4 && out.address.find(':') != std::string::npos))
        out.address = at->address.substr(0, at->address.find('/'));
    }
  }
  if (!found) return fail(Errc::not_found, "network interface " + interface);
  return out;
}

asio::awaitable<Result<EnrolOutcome>> enrol(const StateDirectory& state, EnrolOptions options, EnrolPorts ports) {
  KW_CO_TRY(const auto identity, state.read(StateFile::identity));
  if (identity) co_return fail(Errc::already_exists, "this kiosk is enrolled; its state is in " + state.path());
  KW_CO_TRY(auto pending, state.read(StateFile::enrolment));
  if (options.ca_pem.empty()) {
    KW_CO_TRY(const auto pinned, state.read(StateFile::pinned_ca));
    if (!pinned) co_return fail(Errc::invalid, "no CA to pin: give --ca FILE");
    options.ca_pem = copy_text(*pinned);
  }
  KW_CO_TRY(auto pinned, crypto::Certificate::parse_pem(options.ca_pem));
  KW_CO_TRY(const auto hardware, read_device_hardware(options.interface, options.root));
  if (const auto missing = missing_sources(hardware.digest); !missing.empty())
    ports.out << "hardware sources that this machine does not have: " << missing << "\n";
  KW_CO_TRY(const auto seals, open_seals(state, hardware, ports.tpm, options.tpm, ports.clock.now(), ports.random));
  ports.out << (seals.tpm ? "the keys are held by this machine's TPM\n"
                          : "the keys are sealed to this machine's hardware\n");
  if (seals.problem) ports.out << "its TPM was not used: " << seals.problem->text() << "\n";
  KW_CO_TRY(const auto key, make_device_key(state, seals.link, ports.random));
  KW_CO_CHECK(state.write(StateFile::pinned_ca, bytes_of(options.ca_pem)));
  if (options.persons) KW_CO_CHECK(state.write(StateFile::persons_pin, *options.persons));

  Desk desk(options, ports, pinned);
  v1::EnrolReply reply;
  if (options.resume) {
    if (!pending) co_return fail(Errc::not_found, "no enrolment waits: enrol with a token");
    KW_CO_TRY(auto id, from_hex(text_of(*pending)));
    reply.set_state(v1::PENDING);
    reply.set_enrolment_id(copy_text(id));
  } else {
    auto answer = co_await desk.ask(
        [&](const v1::Welcome& welcome) { return request_of(options, hardware, key, seals, ports.tpm, welcome); });
    if (!answer) co_return answer.error();
    reply = std::move(*answer);
    KW_CO_CHECK(judge(reply));
    if (reply.enrolment_id().size() != 16) co_return fail(Errc::malformed, "enrolment id");
    KW_CO_CHECK(state.write(StateFile::enrolment, bytes_of(to_hex(bytes_of(reply.enrolment_id())))));
    ports.out << "enrolment " << to_hex(bytes_of(reply.enrolment_id())) << " waits for approval\n" << std::flush;
  }

  const auto end = net::in(options.wait);
  const auto id = reply.enrolment_id();
  bool asked = !options.resume;
  asio::steady_timer pause(co_await asio::this_coro::executor);
  while (reply.state() == v1::PENDING) {
    if (asked) {
      if (std::chrono::steady_clock::now() >= end) {
        if (options.wait.count() == 0) co_return EnrolOutcome::pending;
        co_return fail(Errc::timeout, "not approved yet: go on with enrol --resume");
      }
      pause.expires_after(options.poll_every);
      co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    asked = true;
    auto answer = co_await desk.ask([&](const v1::Welcome& welcome) { return poll_of(id, welcome, key); });
    if (!answer) {
      if (answer.code() == Errc::untrusted || std::chrono::steady_clock::now() >= end) co_return answer.error();
      ports.log.warning("enrol.poll_failed", {{"error", answer.error().text()}});
      continue;
    }
    reply = std::move(*answer);
    KW_CO_CHECK(judge(reply));
  }
  auto checked = check_approval(reply, key, pinned, ports.clock.now());
  if (!checked) co_return checked.error().within("the approval does not hold");
  KW_CO_CHECK(store(state, reply));
  ports.out << "enrolled as device " << checked->device.text() << "\n" << std::flush;
  co_return EnrolOutcome::enrolled;
}

int exit_code(const Result<EnrolOutcome>& outcome) noexcept {
  if (outcome) return 0;
  switch (outcome.code()) {
    case Errc::invalid:
      return 2;
    case Errc::already_exists:
      return 3;
    case Errc::unauthenticated:
      return 4;
    case Errc::forbidden:
      return 5;
    case Errc::timeout:
      return 6;
    case Errc::unavailable:
    case Errc::closed:
      return 7;
    case Errc::untrusted:
      return 8;
    case Errc::malformed:
    case Errc::bad_key:
    case Errc::wrong_usage:
    case Errc::expired:
    case Errc::not_yet_valid:
    case Errc::decrypt_failed:
      return 9;
    case Errc::not_found:
    case Errc::corrupt:
    case Errc::no_space:
    case Errc::not_permitted:
      return 10;
    default:
      return 1;
  }
}

}  // namespace kw::agent
