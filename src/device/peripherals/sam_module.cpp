#include "device/peripherals/sam_module.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>

#include "base/reader.h"

namespace kw::device {
namespace {

constexpr std::array<Byte, 5> kPreamble{0xaa, 0xaa, 0xaa, 0x96, 0x69};
constexpr std::size_t kNumber = 16;

Byte checksum(ByteView part) {
  return std::accumulate(part.begin(), part.end(), Byte{0}, [](Byte a, Byte b) { return static_cast<Byte>(a ^ b); });
}
unsigned little(ByteView in, std::size_t at, std::size_t octets) {
  unsigned out = 0;
  for (std::size_t i = octets; i-- > 0;) out = out << 8 | in[at + i];
  return out;
}

}  // namespace

Bytes sam_command(Byte command, Byte parameter) {
  Bytes out(kPreamble.begin(), kPreamble.end());
  append(out, Bytes{0x00, 0x03, command, parameter});
  out.push_back(checksum(ByteView(out).subspan(kPreamble.size())));
  return out;
}
Bytes sam_request() { return sam_command(0x12, 0xff); }

Result<SamAnswer> sam_answer(ByteView in) {
  Reader r(in);
  KW_TRY(const auto preamble, r.take(kPreamble.size()));
  if (!std::ranges::equal(preamble, kPreamble)) return fail(Errc::malformed, "SAM preamble");
  KW_TRY(const auto body, r.vec16(kMostSamBody));
  if (body.size() < 4) return fail(Errc::malformed, "SAM length");
  KW_CHECK(r.finish());
  if (checksum(in.subspan(kPreamble.size())) != 0) return fail(Errc::malformed, "SAM checksum");
  if (body[0] != 0 || body[1] != 0) return fail(Errc::malformed, "SAM status");
  return SamAnswer{body[2], body.subspan(3, body.size() - 4)};
}

Result<std::string> parse_sam_reply(ByteView in) {
  KW_TRY(const auto answer, sam_answer(in));
  if (answer.status != 0x90) return fail(Errc::unavailable, "SAM status");
  if (answer.data.size() != kNumber) return fail(Errc::malformed, "SAM number");
  const auto number = answer.data;
  std::array<char, 64> text{};
  const int n = std::snprintf(text.data(), text.size(), "%02u.%02u-%08u-%010u-%010u", little(number, 0, 2),
                              little(number, 2, 2), little(number, 4, 4), little(number, 8, 4), little(number, 12, 4));
  return std::string(text.data(), static_cast<std::size_t>(n));
}

}  // namespace kw::device
