// What both ends of a handshake share: messages in and out, keys, Finished.
#include "base/writer.h"
#include "tlcp/connection.h"

namespace kw::tlcp {
namespace {

Input input_of(HandshakeType type) {
  switch (type) {
    case HandshakeType::client_hello: return Input::client_hello;
    case HandshakeType::server_hello: return Input::server_hello;
    case HandshakeType::certificate: return Input::certificate;
    case HandshakeType::server_key_exchange: return Input::server_key_exchange;
    case HandshakeType::certificate_request: return Input::certificate_request;
    case HandshakeType::server_hello_done: return Input::server_hello_done;
    case HandshakeType::client_key_exchange: return Input::client_key_exchange;
    case HandshakeType::certificate_verify: return Input::certificate_verify;
    case HandshakeType::finished: return Input::finished;
    case HandshakeType::hello_request:
    case HandshakeType::new_session_ticket: return Input::other;
  }
  return Input::other;
}

}  // namespace

Connection::Step Connection::process_handshake(ByteView fragment) {
  if (handshake_ == HandshakeState::open) return refuse(Failure::unexpected_message);  // no renegotiation
  if (fragment.empty()) return note_empty();
  messages_.feed(fragment);
  while (true) {
    auto next = messages_.next();
    if (!next) return refuse(Failure::message_too_large);
    if (!*next) return {};
    const auto& message = **next;
    const auto input = input_of(message.type);
    if (!accepts(handshake_, input)) return refuse(Failure::unexpected_message);
    if (transcript_.size() + message.octets.size() > kMaxHandshake) return refuse(Failure::message_too_large);
    if (input != Input::certificate_verify && input != Input::finished) note(message);
    if (auto step = handle(message); !step) return step;
    if (handshake_ == HandshakeState::open && !messages_.empty()) return refuse(Failure::unexpected_message);
  }
}

Connection::Step Connection::send_handshake(HandshakeType type, ByteView body) {
  const auto message = encode_handshake(type, body);
  append(transcript_, message);
  for (ByteView left = message; !left.empty();) {
    const auto piece = left.first(std::min(left.size(), kMaxPlaintext));
    if (auto step = send_record(ContentType::handshake, piece); !step) return step;
    left = left.subspan(piece.size());
  }
  return {};
}

Connection::Step Connection::send_change_cipher_spec_and_finished() {
  const std::array<Byte, 1> change{1};
  if (auto step = send_record(ContentType::change_cipher_spec, change); !step) return step;
  writing_ = std::move(next_writing_);
  auto& own = own_ == Side::client ? client_finished_ : server_finished_;
  own = verify_data(master_, own_, crypto::sm3(transcript_));
  return send_handshake(HandshakeType::finished, own);
}

Connection::Step Connection::check_finished(const HandshakeMessage& message) {
  const auto side = own_ == Side::client ? Side::server : Side::client;
  auto& theirs = side == Side::client ? client_finished_ : server_finished_;
  theirs = verify_data(master_, side, crypto::sm3(transcript_));
  if (message.body().size() != kFinishedSize) return refuse(Failure::malformed_message);
  if (!crypto::equal_secret(theirs, message.body())) return refuse(Failure::bad_finished);
  note(message);
  return {};
}

void Connection::finish_handshake() {
  advance(HandshakeState::open);
  state_ = State::open;
  const auto binding = crypto::sm3_concat({client_finished_, server_finished_});
  channel_binding_.assign(binding.begin(), binding.end());
  figures_.handshake_in = figures_.octets_in;
  figures_.handshake_out = figures_.octets_out;
  master_ = SecretBytes();
  transcript_ = Bytes();
}

Connection::Step Connection::verify_peer_list(const std::vector<Bytes>& list, const pki::TrustStore& trust,
                                              const Verifier& verifier, bool need_encryption) {
  auto verdict = verifier ? verifier(list, trust, clock_.now(), need_encryption)
                          : pki::verify_peer(list, trust, clock_.now(), need_encryption);
  if (!verdict) return tl::unexpected(FailureReport{Failure::certificate_refused, verdict.error(), std::nullopt});
  peer_ = std::move(*verdict);
  return {};
}

Connection::Step Connection::derive_keys(const SecretBytes& pre_master, Side own, const KeyLog& key_log) {
  own_ = own;
  master_ = master_secret(pre_master, client_random_, server_random_);
  if (key_log) key_log(key_log_line(client_random_, master_));
  auto block = key_block(*suite_, master_, client_random_, server_random_);
  auto client = make_protection(*suite_, std::move(block.client), random_);
  auto server = make_protection(*suite_, std::move(block.server), random_);
  if (!client || !server) return refuse(Failure::crypto_failed);
  next_writing_ = std::move(own == Side::client ? *client : *server);
  next_reading_ = std::move(own == Side::client ? *server : *client);
  return {};
}

// gmt_unix_time and 28 random octets (GB/T 38636-2020 section 6.4.5.2.1).
Hello32 Connection::make_hello_random() {
  Hello32 out{};
  random_.fill(out);
  const auto seconds = static_cast<std::uint32_t>(clock_.now().unix_seconds());
  for (std::size_t i = 0; i < 4; ++i) out[i] = static_cast<Byte>(seconds >> (24 - 8 * i));
  return out;
}

}  // namespace kw::tlcp
