// links: tlcp
// Every parser of handshake messages over the same octets; what parses must serialise to octets that parse again.
#include <cstdlib>

#include "tlcp/messages.h"

using namespace kw::tlcp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const kw::ByteView in(data, size);
  if (const auto hello = parse_client_hello(in)) {
    if (!parse_client_hello(serialise(*hello))) std::abort();
    for (const auto& e : hello->extensions) static_cast<void>(parse_server_name(e.data).has_value());
  }
  if (const auto hello = parse_server_hello(in); hello && !parse_server_hello(serialise(*hello))) std::abort();
  if (const auto list = parse_certificate_list(in); list && serialise_certificate_list(*list) != kw::copy(in)) std::abort();
  if (const auto request = parse_certificate_request(in); request && serialise(*request) != kw::copy(in)) std::abort();
  static_cast<void>(parse_opaque16(in).has_value());
  HandshakeReader reader;
  reader.feed(in);
  for (auto next = reader.next(); next && *next; next = reader.next()) {
  }
  return 0;
}
