#include "agent/identity/identity.h"

#include "pki/ca.h"
#include "pki/enveloped_key.h"
#include "schema/codec.h"

namespace kw::agent {
namespace {

Errc code_of(pki::Refusal refusal) {
  switch (refusal) {
    case pki::Refusal::expired:
      return Errc::expired;
    case pki::Refusal::not_yet_valid:
      return Errc::not_yet_valid;
    case pki::Refusal::revoked:
      return Errc::revoked;
    case pki::Refusal::wrong_usage:
      return Errc::wrong_usage;
    default:
      return Errc::untrusted;
  }
}

Result<std::optional<v1::EnrolReply>> read_approval(const StateDirectory& state) {
  KW_TRY(auto file, state.read(StateFile::identity));
  if (!file) return std::optional<v1::EnrolReply>{};
  auto reply = schema::parse<v1::EnrolReply>(*file, 256U << 10);
  if (!reply) return fail(Errc::corrupt, state.path(StateFile::identity));
  return std::optional(std::move(*reply));
}

}  // namespace

Result<Identity> check_approval(const v1::EnrolReply& reply, const crypto::Sm2PrivateKey& key,
                                const std::vector<crypto::Certificate>& pinned, Timestamp now) {
  if (reply.state() != v1::APPROVED) return fail(Errc::wrong_state, "not an approval");
  KW_TRY(auto device, DeviceId::from_bytes(bytes_of(reply.device_id())));
  std::vector<Bytes> list{copy(bytes_of(reply.signing_certificate())), copy(bytes_of(reply.encryption_certificate()))};
  if (reply.ca_chain_size() > 4) return fail(Errc::too_large, "CA chain");
  for (const auto& der : reply.ca_chain()) list.push_back(copy(bytes_of(der)));
  pki::TrustStore trust;
  trust.anchors = pinned;
  auto peer = pki::verify_peer(list, trust, now, true);
  if (!peer) return fail(code_of(peer.error()), "certificates: " + std::string(pki::name(peer.error())));
  if (!(peer->signing.public_key() == key.public_key()))
    return fail(Errc::bad_key, "signing certificate of another key");
  KW_TRY(auto named, pki::device_of(peer->signing));
  if (named != device) return fail(Errc::untrusted, "certificate of another device");
  KW_TRY(auto encryption_key, pki::open_enveloped_key(bytes_of(reply.enveloped_key()), key));
  if (!(encryption_key.public_key() == peer->encryption->public_key()))
    return fail(Errc::bad_key, "encryption key does not belong to its certificate");
  tlcp::Identity own{peer->signing, key, peer->encryption, std::move(encryption_key), {}};
  for (std::size_t i = 2; i < list.size(); ++i) {
    KW_TRY(auto ca, crypto::Certificate::parse(list[i]));
    own.chain.push_back(std::move(ca));
  }
  KW_TRY(auto rule, pki::parse_rule(reply.command_rule()));
  KW_TRY(auto ledger_key, crypto::Sm2PublicKey::from_spki(bytes_of(reply.ledger_key())));
  return Identity{device, std::move(own), pinned, std::move(rule), std::move(ledger_key)};
}

Result<Identity> load_identity(const StateDirectory& state, const crypto::Sm2PrivateKey& key) {
  KW_TRY(const auto approval, state.read(StateFile::identity));
  if (!approval) return fail(Errc::not_found, "this kiosk is not enrolled (no identity in " + state.path() + ")");
  KW_TRY(const auto pem, state.read(StateFile::pinned_ca));
  if (!pem) return fail(Errc::corrupt, state.path(StateFile::pinned_ca) + " is missing");
  auto out = read_identity(*approval, *pem, key);
  if (!out && out.code() == Errc::corrupt) return out.error().within(state.path(StateFile::identity));
  return out;
}

Result<Identity> read_identity(ByteView approval, ByteView pinned_ca, const crypto::Sm2PrivateKey& key) {
  const auto reply = schema::parse<v1::EnrolReply>(approval, 256U << 10);
  if (!reply) return fail(Errc::corrupt, "the stored approval");
  KW_TRY(auto pinned, crypto::Certificate::parse_pem(text_of(pinned_ca)));
  KW_TRY(auto signing, crypto::Certificate::parse(bytes_of(reply->signing_certificate())));
  return check_approval(*reply, key, pinned, signing.not_before());
}

Result<Command> load_command(const StateDirectory& state) {
  KW_TRY(auto reply, read_approval(state));
  if (!reply) return fail(Errc::not_found, "this kiosk is not enrolled (no identity in " + state.path() + ")");
  KW_TRY(auto device, DeviceId::from_bytes(bytes_of(reply->device_id())));
  KW_TRY(auto rule, pki::parse_rule(reply->command_rule()));
  return Command{device, std::move(rule)};
}

std::shared_ptr<const tlcp::ClientConfig> client_config(const std::vector<crypto::Certificate>& pinned,
                                                        std::optional<tlcp::Identity> own) {
  auto config = std::make_shared<tlcp::ClientConfig>();
  config->trust.anchors = pinned;
  config->identity = std::move(own);
  config->verifier = [](const std::vector<Bytes>& list, const pki::TrustStore& trust, Timestamp now,
                        bool need_encryption) -> tl::expected<pki::PeerCertificates, pki::Refusal> {
    auto peer = pki::verify_peer(list, trust, now, need_encryption);
    if (peer && peer->signing.subject().unit != "platform") return tl::unexpected(pki::Refusal::wrong_usage);
    return peer;
  };
  return config;
}

}  // namespace kw::agent
