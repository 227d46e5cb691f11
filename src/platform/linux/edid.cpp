#include "platform/linux/edid.h"

#include <algorithm>
#include <numeric>

#include "base/bytes.h"

namespace kw::platform {
namespace {

constexpr std::size_t kBlock = 128;
constexpr Byte kEdidHeader[] = {0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0};
constexpr Byte kName = 0xfc, kSerial = 0xff;

std::string descriptor_text(ByteView text) {
  std::string out;
  for (const auto octet : text) {
    if (octet == '\n' || octet == 0) break;
    out += octet >= 0x20 && octet < 0x7f ? static_cast<char>(octet) : '?';
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

}  // namespace

Result<Display> parse_edid(ByteView edid) {
  if (edid.size() < kBlock) return fail(Errc::truncated, "EDID");
  const auto block = edid.first(kBlock);
  if (!std::equal(std::begin(kEdidHeader), std::end(kEdidHeader), block.begin())) return fail(Errc::malformed, "EDID: header");
  if ((std::accumulate(block.begin(), block.end(), 0U) & 0xffU) != 0) return fail(Errc::malformed, "EDID: checksum");
  Display out;
  const auto letters = static_cast<unsigned>(block[8]) << 8 | block[9];  // five bits each, 1 is A
  for (const unsigned shift : {10U, 5U, 0U}) {
    const auto letter = letters >> shift & 0x1fU;
    if (letter < 1 || letter > 26) return fail(Errc::malformed, "EDID: maker");
    out.maker += static_cast<char>('A' + letter - 1);
  }
  out.product = to_hex(Bytes{block[11], block[10]});
  std::uint32_t number = 0;
  for (const std::size_t at : {15U, 14U, 13U, 12U}) number = number << 8 | block[at];
  if (number != 0) out.serial = std::to_string(number);
  for (std::size_t at = 54; at + 18 <= 126; at += 18) {
    const auto one = block.subspan(at, 18);
    if (one[0] != 0 || one[1] != 0) continue;  // a timing
    if (one[3] == kName) out.name = descriptor_text(one.subspan(5));
    if (one[3] == kSerial)
      if (auto text = descriptor_text(one.subspan(5)); !text.empty()) out.serial = std::move(text);
  }
  return out;
}

}  // namespace kw::platform
