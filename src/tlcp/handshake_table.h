#pragma once
// handshake_edges is the state machine of both ends as a table; what is not in it is unexpected_message, for good.
//
// Alerts are not in the table: they are handled in every state.
//
//   state                       message               next
//   client_wait_hello           ServerHello           client_wait_certificate
//   client_wait_certificate     Certificate           client_wait_key_exchange
//   client_wait_key_exchange    ServerKeyExchange     client_wait_done
//   client_wait_done            CertificateRequest    client_wait_done_asked
//   client_wait_done            ServerHelloDone       client_wait_change     sends [Certificate] CKE [CV] CCS Finished
//   client_wait_done_asked      ServerHelloDone       client_wait_change
//   client_wait_change          ChangeCipherSpec      client_wait_finished
//   client_wait_finished        Finished              open
//   server_wait_hello           ClientHello           server_wait_certificate (asks), server_wait_key_exchange
//   server_wait_certificate     Certificate           server_wait_key_exchange_verify (shown), server_wait_key_exchange
//   server_wait_key_exchange    ClientKeyExchange     server_wait_change
//   server_wait_key_exchange_verify ClientKeyExchange server_wait_verify
//   server_wait_verify          CertificateVerify     server_wait_change
//   server_wait_change          ChangeCipherSpec      server_wait_finished
//   server_wait_finished        Finished              open                   sends CCS Finished
//   open                        application data      open
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace kw::tlcp {

enum class HandshakeState : std::uint8_t {
  client_wait_hello,
  client_wait_certificate,
  client_wait_key_exchange,
  client_wait_done,
  client_wait_done_asked,
  client_wait_change,
  client_wait_finished,
  server_wait_hello,
  server_wait_certificate,
  server_wait_key_exchange,
  server_wait_key_exchange_verify,
  server_wait_verify,
  server_wait_change,
  server_wait_finished,
  open,
};
inline constexpr int kHandshakeStates = 15;

enum class Input : std::uint8_t {
  client_hello,
  server_hello,
  certificate,
  server_key_exchange,
  certificate_request,
  server_hello_done,
  client_key_exchange,
  certificate_verify,
  finished,
  change_cipher_spec,
  application_data,
  other,  // handshake types that are never expected: HelloRequest, NewSessionTicket, unknown ones
};
inline constexpr int kInputs = 12;

struct Edge {
  HandshakeState from;
  Input input;
  HandshakeState to;
};

[[nodiscard]] std::span<const Edge> handshake_edges() noexcept;
/// accepts tells whether the input has any edge out of the state.
[[nodiscard]] bool accepts(HandshakeState from, Input input) noexcept;
/// leads tells whether the table has an edge from one state to the other.
[[nodiscard]] bool leads(HandshakeState from, HandshakeState to) noexcept;
[[nodiscard]] std::string_view name(HandshakeState state) noexcept;
[[nodiscard]] std::string_view name(Input input) noexcept;

}  // namespace kw::tlcp
