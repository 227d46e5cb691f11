#include "tlcp/server.h"

#include <algorithm>

#include "base/writer.h"

namespace kw::tlcp {

Server::Server(std::shared_ptr<const ServerConfig> config, Random& random, const Clock& clock)
    : Connection(random, clock, HandshakeState::server_wait_hello), config_(std::move(config)) {}

Connection::Step Server::handle(const HandshakeMessage& message) {
  switch (message.type) {
    case HandshakeType::client_hello: return on_client_hello(message);
    case HandshakeType::certificate: return on_certificate(message);
    case HandshakeType::client_key_exchange: return on_client_key_exchange(message);
    case HandshakeType::certificate_verify: return on_certificate_verify(message);
    case HandshakeType::finished: return on_finished(message);
    default: return refuse(Failure::unexpected_message);
  }
}

Connection::Step Server::on_client_hello(const HandshakeMessage& message) {
  const auto hello = parse_client_hello(message.body());
  if (!hello) return refuse(Failure::malformed_message);
  if (hello->version != kVersion) return refuse(Failure::wrong_version);
  if (!hello->null_compression) return refuse(Failure::illegal_parameter);
  const auto chosen = std::ranges::find_if(config_->suites, [&](Suite s) { return hello->offers(s); });
  if (chosen == config_->suites.end()) return refuse(Failure::no_common_suite);
  const auto asked = std::ranges::find(hello->extensions, kExtensionServerName, &Extension::type);
  if (asked != hello->extensions.end()) {
    auto name = parse_server_name(asked->data);
    if (!name) return refuse(Failure::malformed_message);
    server_name_ = std::move(*name);
  }
  suite_ = *chosen;
  client_random_ = hello->random;
  return send_flight();
}

Connection::Step Server::send_flight() {
  const auto& own = config_->identity;
  if (!own.encryption || !own.encryption_key) return refuse(Failure::crypto_failed);
  server_random_ = make_hello_random();
  ServerHello hello;
  hello.random = server_random_;
  hello.suite = static_cast<std::uint16_t>(*suite_);
  if (auto step = send_handshake(HandshakeType::server_hello, serialise(hello)); !step) return step;

  std::vector<Bytes> list{own.signing.der(), own.encryption->der()};
  for (const auto& ca : own.chain) list.push_back(ca.der());
  if (auto step = send_handshake(HandshakeType::certificate, serialise_certificate_list(list)); !step) return step;

  const auto content = server_key_exchange_content(client_random_, server_random_, own.encryption->der());
  const auto signature = own.signing_key.sign(content);
  if (!signature) return refuse(Failure::crypto_failed);
  if (auto step = send_handshake(HandshakeType::server_key_exchange, serialise_opaque16(*signature)); !step) return step;

  const bool asks = config_->client_auth != ClientAuth::none;
  if (asks) {
    CertificateRequest request{{kCertificateTypeEcdsa}, {}};
    for (const auto& ca : config_->client_trust.intermediates) request.authorities.push_back(ca.subject_der());
    for (const auto& ca : config_->client_trust.anchors) request.authorities.push_back(ca.subject_der());
    if (auto step = send_handshake(HandshakeType::certificate_request, serialise(request)); !step) return step;
  }
  if (auto step = send_handshake(HandshakeType::server_hello_done, {}); !step) return step;
  advance(asks ? HandshakeState::server_wait_certificate : HandshakeState::server_wait_key_exchange);
  return {};
}

Connection::Step Server::on_certificate(const HandshakeMessage& message) {
  auto list = parse_certificate_list(message.body());
  if (!list) return refuse(Failure::malformed_message);
  if (list->empty()) {
    if (config_->client_auth == ClientAuth::required) return refuse(Failure::certificate_missing);
    advance(HandshakeState::server_wait_key_exchange);
    return {};
  }
  peer_list_ = std::move(*list);
  if (auto step =
          verify_peer_list(peer_list_, config_->client_trust, config_->verifier, config_->need_client_encryption);
      !step)
    return step;
  advance(HandshakeState::server_wait_key_exchange_verify);
  return {};
}

Connection::Step Server::on_client_key_exchange(const HandshakeMessage& message) {
  const auto sealed = parse_opaque16(message.body());
  if (!sealed) return refuse(Failure::malformed_message);
  // Whoever sends a ciphertext that does not open learns that from the Finished only, as with any wrong key.
  SecretBytes pre_master(kPreMasterSize);
  random_.fill(pre_master.reveal_mutable());
  if (auto opened = config_->identity.encryption_key->decrypt(*sealed)) {
    const auto octets = opened->reveal();
    if (octets.size() == kPreMasterSize && octets[0] == kVersion >> 8 && octets[1] == (kVersion & 0xff))
      pre_master = std::move(*opened);
  }
  if (auto step = derive_keys(pre_master, Side::server, config_->key_log); !step) return step;
  advance(handshake_ == HandshakeState::server_wait_key_exchange_verify ? HandshakeState::server_wait_verify
                                                                         : HandshakeState::server_wait_change);
  return {};
}

// The standard signs the SM3 hash of the handshake so far; some clients sign the octets themselves. Both prove the key.
Connection::Step Server::on_certificate_verify(const HandshakeMessage& message) {
  const auto signature = parse_opaque16(message.body());
  if (!signature) return refuse(Failure::malformed_message);
  const auto key = peer_->signing.public_key();
  if (!key.verify(crypto::sm3(transcript_), *signature) && !key.verify(transcript_, *signature))
    return refuse(Failure::bad_peer_signature);
  note(message);
  advance(HandshakeState::server_wait_change);
  return {};
}

Connection::Step Server::on_finished(const HandshakeMessage& message) {
  if (auto step = check_finished(message); !step) return step;
  if (auto step = send_change_cipher_spec_and_finished(); !step) return step;
  finish_handshake();
  return {};
}

}  // namespace kw::tlcp
