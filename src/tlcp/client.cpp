#include "tlcp/client.h"

#include <algorithm>
#include <cctype>

#include "base/writer.h"

namespace kw::tlcp {
namespace {

bool same_letters(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// A wildcard stands for the whole leftmost label (RFC 6125 section 6.4.3).
bool name_covers(std::string_view pattern, std::string_view host) {
  if (!pattern.starts_with("*.")) return same_letters(pattern, host);
  const auto dot = host.find('.');
  return dot != std::string_view::npos && dot > 0 && same_letters(pattern.substr(1), host.substr(dot));
}

}  // namespace

Client::Client(std::shared_ptr<const ClientConfig> config, Random& random, const Clock& clock)
    : Connection(random, clock, HandshakeState::client_wait_hello), config_(std::move(config)) {
  // Nothing is sealed yet, so nothing can refuse.
  static_cast<void>(send_client_hello());
}

Connection::Step Client::send_client_hello() {
  client_random_ = make_hello_random();
  ClientHello hello;
  hello.random = client_random_;
  for (const auto suite : config_->suites) hello.suites.push_back(static_cast<std::uint16_t>(suite));
  Bytes name;
  if (config_->extensions && !config_->server_name.empty()) {
    name = server_name_extension(config_->server_name);
    hello.extensions.push_back({kExtensionServerName, name});
  }
  return send_handshake(HandshakeType::client_hello, serialise(hello));
}

Connection::Step Client::handle(const HandshakeMessage& message) {
  switch (message.type) {
    case HandshakeType::server_hello: return on_server_hello(message);
    case HandshakeType::certificate: return on_certificate(message);
    case HandshakeType::server_key_exchange: return on_server_key_exchange(message);
    case HandshakeType::certificate_request: return on_certificate_request(message);
    case HandshakeType::server_hello_done: return on_server_hello_done(message);
    case HandshakeType::finished: return on_finished(message);
    default: return refuse(Failure::unexpected_message);
  }
}

Connection::Step Client::on_server_hello(const HandshakeMessage& message) {
  const auto hello = parse_server_hello(message.body());
  if (!hello) return refuse(Failure::malformed_message);
  if (hello->version != kVersion) return refuse(Failure::wrong_version);
  const auto suite = find_suite(hello->suite);
  if (!suite || std::ranges::find(config_->suites, *suite) == config_->suites.end() || hello->compression != 0)
    return refuse(Failure::illegal_parameter);
  const bool asked_name = config_->extensions && !config_->server_name.empty();
  for (const auto& e : hello->extensions)
    if (!asked_name || e.type != kExtensionServerName) return refuse(Failure::unsolicited_extension);
  suite_ = suite;
  server_random_ = hello->random;
  advance(HandshakeState::client_wait_certificate);
  return {};
}

bool Client::name_matches() const {
  const auto& wanted = config_->expected_name;
  if (wanted.empty()) return true;
  const auto names = peer_->signing.dns_names();
  if (names.empty()) return name_covers(peer_->signing.subject().common_name, wanted);
  return std::ranges::any_of(names, [&](const std::string& n) { return name_covers(n, wanted); });
}

Connection::Step Client::on_certificate(const HandshakeMessage& message) {
  auto list = parse_certificate_list(message.body());
  if (!list) return refuse(Failure::malformed_message);
  if (list->empty()) return refuse(Failure::certificate_missing);
  peer_list_ = std::move(*list);
  if (auto step = verify_peer_list(peer_list_, config_->trust, config_->verifier, true); !step) return step;
  if (!peer_->encryption) return refuse(Failure::certificate_missing);  // a verifier that asked for less
  if (!name_matches()) return refuse(Failure::wrong_name);
  advance(HandshakeState::client_wait_key_exchange);
  return {};
}

Connection::Step Client::on_server_key_exchange(const HandshakeMessage& message) {
  const auto signature = parse_opaque16(message.body());
  if (!signature) return refuse(Failure::malformed_message);
  const auto content = server_key_exchange_content(client_random_, server_random_, peer_->encryption->der());
  if (!peer_->signing.public_key().verify(content, *signature)) return refuse(Failure::bad_peer_signature);
  advance(HandshakeState::client_wait_done);
  return {};
}

Connection::Step Client::on_certificate_request(const HandshakeMessage& message) {
  if (!parse_certificate_request(message.body())) return refuse(Failure::malformed_message);
  certificate_requested_ = true;
  advance(HandshakeState::client_wait_done_asked);
  return {};
}

Connection::Step Client::send_certificate() {
  std::vector<Bytes> list;
  if (config_->identity) {
    list.push_back(config_->identity->signing.der());
    if (config_->identity->encryption) list.push_back(config_->identity->encryption->der());
    for (const auto& ca : config_->identity->chain) list.push_back(ca.der());
  }
  return send_handshake(HandshakeType::certificate, serialise_certificate_list(list));
}

// The standard signs the SM3 hash of the handshake so far (section 6.4.5.9).
Connection::Step Client::send_certificate_verify() {
  const auto signature = config_->identity->signing_key.sign(crypto::sm3(transcript_));
  if (!signature) return refuse(Failure::crypto_failed);
  return send_handshake(HandshakeType::certificate_verify, serialise_opaque16(*signature));
}

Connection::Step Client::on_server_hello_done(const HandshakeMessage& message) {
  if (!message.body().empty()) return refuse(Failure::malformed_message);
  if (certificate_requested_)
    if (auto step = send_certificate(); !step) return step;

  SecretBytes pre_master(kPreMasterSize);
  random_.fill(pre_master.reveal_mutable());
  pre_master.reveal_mutable()[0] = kVersion >> 8;
  pre_master.reveal_mutable()[1] = kVersion & 0xff;
  const auto sealed = peer_->encryption->public_key().encrypt(pre_master.reveal());
  if (!sealed) return refuse(Failure::crypto_failed);
  if (auto step = send_handshake(HandshakeType::client_key_exchange, serialise_opaque16(*sealed)); !step) return step;
  if (certificate_requested_ && config_->identity)
    if (auto step = send_certificate_verify(); !step) return step;

  if (auto step = derive_keys(pre_master, Side::client, config_->key_log); !step) return step;
  if (auto step = send_change_cipher_spec_and_finished(); !step) return step;
  advance(HandshakeState::client_wait_change);
  return {};
}

Connection::Step Client::on_finished(const HandshakeMessage& message) {
  if (auto step = check_finished(message); !step) return step;
  finish_handshake();
  return {};
}

}  // namespace kw::tlcp
