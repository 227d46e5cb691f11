#include "tlcp/messages.h"

#include <algorithm>

#include "base/reader.h"
#include "base/writer.h"

namespace kw::tlcp {

Result<std::optional<HandshakeMessage>> HandshakeReader::next() {
  if (buffer_.size() < 4) return std::optional<HandshakeMessage>();
  Reader r(buffer_);
  KW_TRY(const auto type, r.u8());
  KW_TRY(const auto length, r.u24());
  if (length + 4 > kMaxHandshake) return fail(Errc::too_large, "handshake message");
  if (r.left() < length) return std::optional<HandshakeMessage>();
  const auto end = buffer_.begin() + static_cast<std::ptrdiff_t>(length + 4);
  HandshakeMessage out{static_cast<HandshakeType>(type), Bytes(buffer_.begin(), end)};
  buffer_.erase(buffer_.begin(), end);
  return std::optional(std::move(out));
}

Bytes encode_handshake(HandshakeType type, ByteView body) {
  Writer out(body.size() + 4);
  out.u8(static_cast<std::uint8_t>(type)).vec24(body);
  return std::move(out).take();
}

Result<std::vector<Bytes>> parse_certificate_list(ByteView body) {
  Reader r(body);
  KW_TRY(const auto all, r.vec24(kMaxHandshake));
  KW_CHECK(r.finish());
  std::vector<Bytes> out;
  Reader list(all);
  while (!list.empty()) {
    if (out.size() == kMaxCertificates) return fail(Errc::too_large, "certificate list");
    KW_TRY(const auto one, list.vec24(kMaxHandshake));
    if (one.empty()) return fail(Errc::malformed, "empty certificate");
    out.push_back(copy(one));
  }
  return out;
}

Bytes serialise_certificate_list(const std::vector<Bytes>& list) {
  Writer all;
  for (const auto& one : list) all.vec24(one);
  return std::move(Writer().vec24(all.view())).take();
}

Result<ByteView> parse_opaque16(ByteView body) {
  Reader r(body);
  KW_TRY(const auto out, r.vec16());
  KW_CHECK(r.finish());
  if (out.empty()) return fail(Errc::malformed, "empty field");
  return out;
}

Bytes serialise_opaque16(ByteView der) { return std::move(Writer().vec16(der)).take(); }

Bytes server_key_exchange_content(const Hello32& client_random, const Hello32& server_random,
                                  ByteView encryption_certificate) {
  return std::move(Writer().raw(client_random).raw(server_random).vec24(encryption_certificate)).take();
}

Result<CertificateRequest> parse_certificate_request(ByteView body) {
  Reader r(body);
  KW_TRY(const auto types, r.vec8());
  KW_TRY(const auto names, r.vec16());
  KW_CHECK(r.finish());
  if (types.empty()) return fail(Errc::malformed, "no certificate types");
  CertificateRequest out{copy(types), {}};
  Reader list(names);
  while (!list.empty()) {
    KW_TRY(const auto one, list.vec16());
    out.authorities.push_back(copy(one));
  }
  return out;
}

Bytes serialise(const CertificateRequest& request) {
  Writer names;
  for (const auto& one : request.authorities)
    if (names.size() + 2 + one.size() <= 0xffff) names.vec16(one);
  return std::move(Writer().vec8(request.types).vec16(names.view())).take();
}

}  // namespace kw::tlcp
