// ClientHello, ServerHello and their extensions.
#include <algorithm>

#include "base/reader.h"
#include "base/writer.h"
#include "tlcp/messages.h"

namespace kw::tlcp {
namespace {

constexpr std::size_t kMaxSessionId = 32;
constexpr std::size_t kMaxExtensions = 64;
constexpr std::uint8_t kHostName = 0;

// An absent block and an empty one are both fine; a type that comes twice is not (RFC 5246 section 7.4.1.4).
Result<std::vector<Extension>> parse_extensions(Reader& r) {
  std::vector<Extension> out;
  if (r.empty()) return out;
  KW_TRY(const auto block, r.vec16());
  KW_CHECK(r.finish());
  Reader list(block);
  while (!list.empty()) {
    if (out.size() == kMaxExtensions) return fail(Errc::too_large, "extensions");
    KW_TRY(const auto type, list.u16());
    KW_TRY(const auto data, list.vec16());
    if (std::ranges::any_of(out, [&](const Extension& e) { return e.type == type; }))
      return fail(Errc::malformed, "extension given twice");
    out.push_back({type, data});
  }
  return out;
}

void write_extensions(Writer& w, const std::vector<Extension>& extensions) {
  if (extensions.empty()) return;
  Writer block;
  for (const auto& e : extensions) block.u16(e.type).vec16(e.data);
  w.vec16(block.view());
}

Result<Hello32> read_random(Reader& r) {
  KW_TRY(const auto octets, r.take(32));
  return to_array<32>(octets);
}

}  // namespace

bool ClientHello::offers(Suite suite) const noexcept {
  return std::ranges::find(suites, static_cast<std::uint16_t>(suite)) != suites.end();
}

Result<ClientHello> parse_client_hello(ByteView body) {
  ClientHello out;
  Reader r(body);
  KW_TRY(out.version, r.u16());
  KW_TRY(out.random, read_random(r));
  KW_TRY(out.session_id, r.vec8(kMaxSessionId));
  KW_TRY(const auto suites, r.vec16());
  if (suites.empty() || suites.size() % 2 != 0) return fail(Errc::malformed, "cipher suites");
  Reader list(suites);
  while (!list.empty()) {
    KW_TRY(const auto suite, list.u16());
    out.suites.push_back(suite);
  }
  KW_TRY(const auto compression, r.vec8());
  if (compression.empty()) return fail(Errc::malformed, "compression methods");
  out.null_compression = std::ranges::find(compression, 0) != compression.end();
  KW_TRY(out.extensions, parse_extensions(r));
  return out;
}

Bytes serialise(const ClientHello& hello) {
  Writer suites;
  for (const auto suite : hello.suites) suites.u16(suite);
  Writer w;
  w.u16(hello.version).raw(hello.random).vec8(hello.session_id).vec16(suites.view());
  w.u8(1).u8(hello.null_compression ? 0 : 1);
  write_extensions(w, hello.extensions);
  return std::move(w).take();
}

Result<ServerHello> parse_server_hello(ByteView body) {
  ServerHello out;
  Reader r(body);
  KW_TRY(out.version, r.u16());
  KW_TRY(out.random, read_random(r));
  KW_TRY(out.session_id, r.vec8(kMaxSessionId));
  KW_TRY(out.suite, r.u16());
  KW_TRY(out.compression, r.u8());
  KW_TRY(out.extensions, parse_extensions(r));
  return out;
}

Bytes serialise(const ServerHello& hello) {
  Writer w;
  w.u16(hello.version).raw(hello.random).vec8(hello.session_id).u16(hello.suite).u8(hello.compression);
  write_extensions(w, hello.extensions);
  return std::move(w).take();
}

Bytes server_name_extension(std::string_view host) {
  Writer entry;
  entry.u8(kHostName).vec16(bytes_of(host));
  return std::move(Writer().vec16(entry.view())).take();
}

Result<std::string> parse_server_name(ByteView data) {
  Reader r(data);
  KW_TRY(const auto list, r.vec16());
  KW_CHECK(r.finish());
  Reader names(list);
  KW_TRY(const auto type, names.u8());
  KW_TRY(const auto host, names.vec16(255));
  KW_CHECK(names.finish());
  const auto printable = [](Byte b) { return b > 0x20 && b < 0x7f; };
  if (type != kHostName || host.empty() || !std::ranges::all_of(host, printable))
    return fail(Errc::malformed, "server name");
  return copy_text(host);
}

}  // namespace kw::tlcp
