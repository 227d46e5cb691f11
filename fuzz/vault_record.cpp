// links: vault
#include "vault/record.h"
#include "vault/test_keys.h"

/// A payload that parses serialises and parses again; a sealed record opens only if it was sealed; a frame of zstd
/// gives no more than was allowed.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::vault;
  const kw::ByteView in(data, size);
  constexpr std::size_t kMost = 64 * 1024;
  if (const auto record = Record::parse(in); record && !Record::parse(record->serialised().reveal())) __builtin_trap();
  if (const auto plain = decompress_plain(in, kMost); plain && plain->size() > kMost) __builtin_trap();
  static const KeyRing ring = [] {
    KeyRing out;
    static_cast<void>(out.add(key_of(KeyUse::record, "t", {key_id(1), 1}), KeyState::active));
    return out;
  }();
  if (const auto header = record_header(in); header && header->codec > 2) __builtin_trap();
  if (open_record(ring, {{"tenant", "t", kw::bytes_of("1"), 1}, "c"}, in, nullptr)) __builtin_trap();
  return 0;
}
