#pragma once
// parse_client_hello and its siblings turn handshake messages (GB/T 38636-2020 section 6.4.5) into types and back.
//
// Parsers take the message's body, without the 4-octet header, and refuse trailing octets. Views in the types point
// into the parsed body and live as long as it does. PURE.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "tlcp/suite.h"

namespace kw::tlcp {

using Hello32 = std::array<Byte, 32>;

inline constexpr std::size_t kMaxHandshake = 65536;  // one message, and all messages of a handshake together
inline constexpr std::size_t kMaxCertificates = 16;  // in one list
inline constexpr std::size_t kFinishedSize = 12;

enum class HandshakeType : std::uint8_t {
  hello_request = 0,
  client_hello = 1,
  server_hello = 2,
  new_session_ticket = 4,
  certificate = 11,
  server_key_exchange = 12,
  certificate_request = 13,
  server_hello_done = 14,
  certificate_verify = 15,
  client_key_exchange = 16,
  finished = 20,
};

/// A whole handshake message with its header.
struct HandshakeMessage {
  HandshakeType type{};
  Bytes octets;
  [[nodiscard]] ByteView body() const noexcept { return ByteView(octets).subspan(4); }
};

/// HandshakeReader puts messages together that records cut or joined.
class HandshakeReader {
 public:
  void feed(ByteView fragment) { append(buffer_, fragment); }
  /// next returns a whole message, or nullopt where more is needed; Errc::too_large for one above kMaxHandshake.
  Result<std::optional<HandshakeMessage>> next();
  [[nodiscard]] bool empty() const noexcept { return buffer_.empty(); }

 private:
  Bytes buffer_;
};

/// encode_handshake puts the header in front of a body.
[[nodiscard]] Bytes encode_handshake(HandshakeType type, ByteView body);

inline constexpr std::uint16_t kExtensionServerName = 0;

struct Extension {
  std::uint16_t type = 0;
  ByteView data;
};

struct ClientHello {
  std::uint16_t version = kVersion;
  Hello32 random{};
  ByteView session_id;
  std::vector<std::uint16_t> suites;
  bool null_compression = true;
  std::vector<Extension> extensions;
  [[nodiscard]] bool offers(Suite suite) const noexcept;
};
Result<ClientHello> parse_client_hello(ByteView body);
/// serialise writes an extension block only where there are extensions.
[[nodiscard]] Bytes serialise(const ClientHello& hello);

/// server_name_extension is the data of a server_name extension (RFC 6066) with one host name.
[[nodiscard]] Bytes server_name_extension(std::string_view host);
/// parse_server_name returns the host name, at most 255 octets of printable ASCII.
Result<std::string> parse_server_name(ByteView data);

struct ServerHello {
  std::uint16_t version = kVersion;
  Hello32 random{};
  ByteView session_id;
  std::uint16_t suite = 0;
  std::uint8_t compression = 0;
  std::vector<Extension> extensions;
};
Result<ServerHello> parse_server_hello(ByteView body);
[[nodiscard]] Bytes serialise(const ServerHello& hello);

/// Certificate: DER certificates in the order of the wire. An empty list is well-formed.
Result<std::vector<Bytes>> parse_certificate_list(ByteView body);
[[nodiscard]] Bytes serialise_certificate_list(const std::vector<Bytes>& list);

/// ServerKeyExchange (ECC), ClientKeyExchange (ECC) and CertificateVerify are one field with a 16-bit length: the DER of
/// a signature or of an SM2 ciphertext.
Result<ByteView> parse_opaque16(ByteView body);
[[nodiscard]] Bytes serialise_opaque16(ByteView der);

/// What the signature of an ECC ServerKeyExchange covers.
[[nodiscard]] Bytes server_key_exchange_content(const Hello32& client_random, const Hello32& server_random,
                                                ByteView encryption_certificate);

inline constexpr std::uint8_t kCertificateTypeEcdsa = 64;

struct CertificateRequest {
  std::vector<std::uint8_t> types;
  std::vector<Bytes> authorities;  // DER names
};
Result<CertificateRequest> parse_certificate_request(ByteView body);
/// serialise leaves out authorities that no longer fit.
[[nodiscard]] Bytes serialise(const CertificateRequest& request);

}  // namespace kw::tlcp
