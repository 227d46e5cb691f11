#include "server/link/enrol_desk.h"

#include "base/writer.h"
#include "crypto/sm3.h"
#include "crypto/x509.h"
#include "device/hardware.h"
#include "device/hardware/quote.h"
#include "schema/codec.h"

namespace kw::server {
namespace {

constexpr std::size_t kMostToken = 128;
constexpr std::size_t kMostText = 128;
constexpr std::size_t kMostRequest = 4096;
constexpr std::size_t kMostHardware = 32768;  // 128 sources fit; unknown fields count, for they are stored too
constexpr std::size_t kMostReply = 65536;

/// check gives the certificate request inside, with its proof of possession verified.
Result<crypto::CertificateRequest> check(const v1::EnrolRequest& request) {
  if (request.token().empty() || request.token().size() > kMostToken) return fail(Errc::malformed, "token");
  if (request.pkcs10().size() > kMostRequest) return fail(Errc::too_large, "pkcs10");
  if (request.hardware().ByteSizeLong() > kMostHardware) return fail(Errc::too_large, "hardware");
  for (const auto* text : {&request.mac(), &request.address(), &request.interface(), &request.hostname(),
                           &request.agent_version(), &request.vendor_model()})
    if (text->size() > kMostText) return fail(Errc::too_large, "text");
  KW_TRY(const auto pkcs10, crypto::CertificateRequest::parse(bytes_of(request.pkcs10())));
  KW_CHECK(pkcs10.verify());
  KW_CHECK(device::check_digest(request.hardware()));
  return pkcs10;
}

/// The enrolment for which this key used this token: its answer may have been lost on the way.
Result<std::optional<store::Enrolment>> asked_before(store::Repositories& repositories, ByteView token_hash,
                                                     const crypto::Sm2PublicKey& key) {
  auto made = repositories.enrolments().made_with(token_hash);
  if (!made && made.code() == Errc::not_found) return std::optional<store::Enrolment>();
  if (!made) return made.error();
  KW_TRY(const auto pkcs10, crypto::CertificateRequest::parse(made->pkcs10));
  if (!(pkcs10.public_key() == key)) return std::optional<store::Enrolment>();
  return std::optional<store::Enrolment>(std::move(*made));
}

v1::EnrolReply reply_of(v1::EnrolState state, const EnrolmentId& id) {
  v1::EnrolReply reply;
  reply.set_state(state);
  if (!id.is_nil()) reply.set_enrolment_id(copy_text(id.bytes()));
  return reply;
}

/// What the kiosk's TPM is bound to once an administrator approves; empty where none is shown.
Result<Bytes> tpm_of(const v1::EnrolRequest& request, ByteView challenge) {
  if (!request.has_tpm()) return Bytes{};
  KW_TRY(const auto binding, device::bind_tpm(request.tpm(), request.quote(), challenge));
  return schema::serialise(binding);
}

}  // namespace

Result<v1::EnrolReply> EnrolDesk::request(const v1::EnrolRequest& request, const std::string& peer,
                                          ByteView challenge) {
  KW_TRY(const auto pkcs10, check(request));
  KW_TRY(const auto tpm, tpm_of(request, challenge));
  const auto hash = crypto::sm3(bytes_of(request.token()));
  return changes_.run([&](Change& change) -> Result<v1::EnrolReply> {
    const auto now = changes_.clock().now();
    const auto token = change.repositories().tokens().consume(hash, now);
    if (!token) {
      if (token.code() != Errc::not_found) return token.error();
      KW_TRY(const auto before, asked_before(change.repositories(), hash, pkcs10.public_key()));
      if (before) return reply_of(v1::PENDING, before->id);
      const Happening refused{
          .type = "enrol.token.refused", .result = "refused", .params = {{"peer", peer}, {"reason", "token"}}};
      if (throttle_.lets(peer, refused.type)) KW_CHECK(change.record(refused));
      return reply_of(v1::TOKEN_REFUSED, {});
    }
    store::Enrolment enrolment;
    enrolment.id = EnrolmentId::make(now, changes_.random());
    enrolment.requested = now;
    enrolment.peer = peer;
    enrolment.address = request.address();
    enrolment.mac = request.mac();
    enrolment.interface = request.interface();
    enrolment.hostname = request.hostname();
    enrolment.agent_version = request.agent_version();
    enrolment.vendor_model = request.vendor_model();
    enrolment.hardware = schema::serialise(request.hardware());
    enrolment.pkcs10 = copy(bytes_of(request.pkcs10()));
    enrolment.tpm = tpm;
    enrolment.site = token->site;
    enrolment.token = token->id;
    KW_CHECK(change.repositories().enrolments().insert(enrolment));
    KW_CHECK(change.record({.type = "enrol.requested",
                            .result = "success",
                            .actor = {},
                            .device = {},
                            .params = {{"enrolment", enrolment.id.text()},
                                       {"address", request.address()},
                                       {"mac", request.mac()},
                                       {"hardware", to_hex(bytes_of(request.hardware().digest()))},
                                       {"hostname", request.hostname()}},
                            .case_id = {}}));
    change.enrolment_changed(enrolment.id);
    return reply_of(v1::PENDING, enrolment.id);
  });
}

Result<v1::EnrolReply> EnrolDesk::poll(const v1::EnrolPoll& poll, ByteView challenge) {
  KW_TRY(const auto id, EnrolmentId::from_bytes(bytes_of(poll.enrolment_id())));
  KW_TRY(const auto enrolment, changes_.store().read([&](store::Repositories& r) { return r.enrolments().get(id); }));
  KW_TRY(const auto pkcs10, crypto::CertificateRequest::parse(enrolment.pkcs10));
  Writer message;
  message.raw(bytes_of("kioskward:enrol-poll:v1")).u8(0).raw(challenge).raw(id.bytes());
  KW_CHECK(pkcs10.public_key().verify(message.view(), bytes_of(poll.signature())));
  switch (enrolment.state) {
    case store::EnrolmentState::pending:
      return reply_of(v1::PENDING, id);
    case store::EnrolmentState::rejected:
      return reply_of(v1::REJECTED, id);
    case store::EnrolmentState::approved:
      break;
  }
  return schema::parse<v1::EnrolReply>(enrolment.reply, kMostReply);
}

}  // namespace kw::server
