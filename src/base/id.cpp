#include "base/id.h"

namespace kw {

RawId make_raw_id(Timestamp now, Random& random) {
  RawId out{};
  random.fill(out);
  const auto ms = static_cast<std::uint64_t>(now.unix_ns / 1'000'000);
  for (unsigned i = 0; i < 6; ++i) out[i] = static_cast<Byte>(ms >> (8 * (5 - i)));
  out[6] = static_cast<Byte>(0x70 | (out[6] & 0x0f));
  out[8] = static_cast<Byte>(0x80 | (out[8] & 0x3f));
  return out;
}

Result<RawId> parse_raw_id(std::string_view hex) {
  KW_TRY(auto bytes, from_hex(hex));
  return to_array<16>(bytes);
}

}  // namespace kw
