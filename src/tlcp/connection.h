#pragma once
// Connection is one end of a TLCP 1.1 connection (GB/T 38636-2020) without sockets: octets in, octets out.
//
// The caller moves octets: everything read from the transport goes to receive(); after every call take_output() is
// written to the transport and take_received() is application data. One thread at a time. Memory is bounded: one
// record, 64 KiB of handshake, and what the caller has not yet taken.
//
//   tlcp::Client client(config, random, clock);
//   while (client.state() == State::handshaking) {
//     transport.write(client.take_output());
//     KW_CHECK(client.receive(transport.read()));   // on an error too: write take_output(), it holds the alert
//   }
//   KW_CHECK(client.send(bytes_of("hello")));
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/time.h"
#include "tlcp/config.h"
#include "tlcp/failure.h"
#include "tlcp/handshake_table.h"
#include "tlcp/key_schedule.h"
#include "tlcp/messages.h"
#include "tlcp/record.h"
#include "tlcp/suite.h"

namespace kw::tlcp {

enum class State : std::uint8_t {
  handshaking,
  open,
  closing,  // close() was called; what the peer still sends is received
  closed,   // the peer said close_notify
  failed,   // failure() says why; for good
};

/// Octets and messages of the handshake, as s_client shows them.
struct Figures {
  std::uint64_t octets_in = 0, octets_out = 0;      // whole connection, on the wire
  std::uint64_t handshake_in = 0, handshake_out = 0;  // when the handshake was done
};

class Connection {
 public:
  virtual ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// receive takes wire octets, in pieces of any size. An error is final: state() is failed, and take_output() holds
  /// the alert for the peer. Octets after the peer's close_notify are ignored.
  Result<> receive(ByteView wire);
  /// end_of_stream says that the transport ended: without a close_notify that is Failure::truncated.
  Result<> end_of_stream();
  /// take_output returns what has to go to the transport, and forgets it.
  [[nodiscard]] Bytes take_output() noexcept { return std::exchange(output_, {}); }
  [[nodiscard]] bool has_output() const noexcept { return !output_.empty(); }

  /// send protects application data of any length; Errc::wrong_state unless open.
  Result<> send(ByteView application);
  /// take_received returns application data, and forgets it.
  [[nodiscard]] Bytes take_received() noexcept { return std::exchange(received_, {}); }
  [[nodiscard]] bool has_received() const noexcept { return !received_.empty(); }

  /// close sends close_notify (during the handshake: user_canceled first). Harmless when called again.
  void close();

  [[nodiscard]] State state() const noexcept { return state_; }
  /// handshake_state is the place in the table of handshake_table.h; it stays where a failure happened.
  [[nodiscard]] HandshakeState handshake_state() const noexcept { return handshake_; }
  [[nodiscard]] const std::optional<FailureReport>& failure() const noexcept { return failure_; }

  // After the handshake:
  /// peer is the peer's verified certificates; nullopt for a client that showed none.
  [[nodiscard]] const std::optional<pki::PeerCertificates>& peer() const noexcept { return peer_; }
  /// peer_list is the certificate list as it came on the wire (DER), verified or not.
  [[nodiscard]] const std::vector<Bytes>& peer_list() const noexcept { return peer_list_; }
  [[nodiscard]] std::optional<Suite> suite() const noexcept { return suite_; }
  /// channel_binding is SM3(client's Finished || server's Finished), 32 octets; empty before the handshake is done.
  [[nodiscard]] const Bytes& channel_binding() const noexcept { return channel_binding_; }
  [[nodiscard]] const Figures& figures() const noexcept { return figures_; }
  [[nodiscard]] const Hello32& client_random() const noexcept { return client_random_; }
  [[nodiscard]] const Hello32& server_random() const noexcept { return server_random_; }

 protected:
  Connection(Random& random, const Clock& clock, HandshakeState start);

  /// Step is how a handler reports: nothing, or why the connection fails.
  using Step = tl::expected<void, FailureReport>;
  [[nodiscard]] static tl::unexpected<FailureReport> refuse(Failure failure) {
    return tl::unexpected(FailureReport{failure, std::nullopt, std::nullopt});
  }

  /// handle is called for messages that the table lets through; it ends with advance(). The message is in the
  /// transcript already, except for CertificateVerify and Finished, whose handlers note() it when they have checked it.
  virtual Step handle(const HandshakeMessage& message) = 0;

  void advance(HandshakeState next) noexcept { handshake_ = next; }
  void note(const HandshakeMessage& message) { append(transcript_, message.octets); }
  Step send_handshake(HandshakeType type, ByteView body);
  Step send_change_cipher_spec_and_finished();
  Step check_finished(const HandshakeMessage& message);
  void finish_handshake();
  Step verify_peer_list(const std::vector<Bytes>& list, const pki::TrustStore& trust, const Verifier& verifier,
                        bool need_encryption);
  Step derive_keys(const SecretBytes& pre_master, Side own, const KeyLog& key_log);
  [[nodiscard]] Hello32 make_hello_random();

  Random& random_;
  const Clock& clock_;
  HandshakeState handshake_;
  Bytes transcript_;
  Hello32 client_random_{}, server_random_{};
  std::optional<Suite> suite_;
  std::vector<Bytes> peer_list_;
  std::optional<pki::PeerCertificates> peer_;

 private:
  Step process(const Record& record);
  Step process_handshake(ByteView fragment);
  Step process_alert(ByteView fragment);
  Step process_application(ByteView fragment);
  Step process_change_cipher_spec(ByteView fragment);
  Step note_empty();
  Step send_record(ContentType type, ByteView plaintext);
  void send_alert(Alert alert, bool fatal);
  Result<> fail_with(const FailureReport& report);

  State state_ = State::handshaking;
  std::optional<FailureReport> failure_;
  RecordReader records_;
  HandshakeReader messages_;
  std::unique_ptr<RecordProtection> reading_, writing_;  // null: in the clear
  std::unique_ptr<RecordProtection> next_reading_, next_writing_;
  SecretBytes master_;
  Side own_ = Side::client;
  Bytes client_finished_, server_finished_;
  Bytes output_, received_, channel_binding_;
  Figures figures_;
  unsigned empty_records_ = 0, warnings_ = 0;
  bool close_sent_ = false;
};

}  // namespace kw::tlcp
