#include "bench/fleet/enrolment.h"

#include "agent/version.h"
#include "base/writer.h"
#include "device/hardware.h"

namespace kw::fleet {
namespace {

using namespace std::chrono_literals;
constexpr auto kEnrolStep = 10s;
constexpr auto kPollEvery = 1s;

v1::Envelope request_of(const EnrolWish& wish, const crypto::CertificateRequest& pkcs10) {
  v1::Envelope out;
  auto& request = *out.mutable_enrol_request();
  request.set_token(wish.token);
  request.set_pkcs10(copy_text(pkcs10.der()));
  *request.mutable_hardware() = made_hardware(wish.address);
  request.set_mac(wish.mac);
  request.set_address(wish.address);
  request.set_interface("eth0");
  request.set_hostname(wish.hostname);
  request.set_agent_version(std::string(agent::kVersion));
  request.set_vendor_model("simulated");
  return out;
}

Result<v1::Envelope> poll_of(const std::string& id, const v1::Welcome& welcome, const crypto::Sm2PrivateKey& key) {
  Writer statement;
  statement.raw(bytes_of("kioskward:enrol-poll:v1")).u8(0).raw(bytes_of(welcome.challenge())).raw(bytes_of(id));
  KW_TRY(const auto signature, key.sign(statement.view()));
  v1::Envelope out;
  out.mutable_enrol_poll()->set_enrolment_id(id);
  out.mutable_enrol_poll()->set_signature(copy_text(signature));
  return out;
}

struct Asked {
  const EnrolWish& wish;
  const EnrolPorts& ports;
  const crypto::CertificateRequest& pkcs10;
  const crypto::Sm2PrivateKey& key;
  std::shared_ptr<const tlcp::ClientConfig> config;
};

/// One exchange: connect, Welcome, request (or poll where there is an ID), EnrolReply.
asio::awaitable<Result<v1::EnrolReply>> exchange(const Asked& asked, std::string id) {
  KW_CO_TRY(auto stream, co_await net::connect_tlcp(asked.wish.server, asked.config, asked.ports.random,
                                                    asked.ports.clock, net::in(kEnrolStep)));
  ++asked.ports.tally.handshakes;
  net::EnvelopeStream link(std::move(stream));
  KW_CO_TRY(const auto welcome, co_await link.read(net::in(kEnrolStep)));
  if (!welcome.has_welcome()) co_return fail(Errc::malformed, "no welcome");
  v1::Envelope question;
  if (id.empty()) {
    question = request_of(asked.wish, asked.pkcs10);
  } else {
    KW_CO_TRY(question, poll_of(id, welcome.welcome(), asked.key));
  }
  question.set_correlation(welcome.sequence());
  KW_CO_CHECK(co_await link.write(std::move(question), net::in(kEnrolStep)));
  KW_CO_TRY(auto answer, co_await link.read(net::in(kEnrolStep)));
  link.abort();
  if (!answer.has_enrol_reply()) co_return fail(Errc::malformed, "no answer to the enrolment");
  co_return std::move(*answer.mutable_enrol_reply());
}

Result<> judged(const v1::EnrolReply& reply) {
  if (reply.state() == v1::REJECTED) return fail(Errc::forbidden, "rejected");
  if (reply.state() == v1::TOKEN_REFUSED) return fail(Errc::unauthenticated, "the token is unknown, used or expired");
  if (reply.enrolment_id().size() != 16 && reply.state() != v1::APPROVED) return fail(Errc::malformed, "enrolment id");
  return {};
}

}  // namespace

v1::HardwareDigest made_hardware(const std::string& address, bool another_disk) {
  return device::hardware_digest({{"machine-id", "simulated " + address},
                                  {"dmi.board_serial", "board " + address},
                                  {"cpu.model", "simulated"},
                                  {"disk.sda.serial", (another_disk ? "other disk " : "disk ") + address},
                                  {"nic.eth0.permanent_mac", "nic " + address}});
}

asio::awaitable<Result<Enrolled>> enrol(EnrolWish wish, EnrolPorts ports) {
  KW_CO_TRY(const auto key, crypto::Sm2PrivateKey::generate());
  crypto::Name subject;
  subject.common_name = wish.hostname;
  KW_CO_TRY(const auto pkcs10, crypto::CertificateRequest::build(subject, key));
  const Asked asked{wish, ports, pkcs10, key, agent::client_config(wish.ca, std::nullopt)};
  asio::steady_timer pause(co_await asio::this_coro::executor);
  std::string id;
  while (!ports.stopping()) {
    auto reply = co_await exchange(asked, id);
    if (reply) {
      KW_CO_CHECK(judged(*reply));
      if (reply->state() == v1::APPROVED) {
        auto identity = agent::check_approval(*reply, key, wish.ca, ports.clock.now());
        if (!identity) co_return identity.error().within("the approval does not hold");
        Enrolled out{std::move(*identity), std::nullopt};
        if (reply->has_policy()) out.policy = reply->policy();
        co_return out;
      }
      id = reply->enrolment_id();
    } else if (reply.code() == Errc::untrusted) {
      co_return reply.error();
    }
    pause.expires_after(kPollEvery);
    co_await pause.async_wait(net::kTuple);
  }
  co_return fail(Errc::cancelled, "stopped");
}

}  // namespace kw::fleet
