#include "device/egress/lldp.h"

#include <algorithm>
#include <array>

#include "base/reader.h"
#include "base/text.h"

namespace kw::device {
namespace {

enum Tlv : unsigned { kEnd = 0, kChassis = 1, kPort = 2, kTimeToLive = 3, kSystemName = 5 };
constexpr std::size_t kMostId = 256, kMostLldpName = 255;

struct Piece {
  unsigned type = 0;
  ByteView value;
};

Result<Piece> next(Reader& in) {
  KW_TRY(const auto head, in.u16());
  KW_TRY(const auto value, in.take(head & 0x1ffU));
  return Piece{static_cast<unsigned>(head >> 9), value};
}

std::string mac_text(ByteView octets) {
  std::string out;
  for (const auto octet : octets) out += (out.empty() ? "" : ":") + to_hex({&octet, 1});
  return out;
}

// Octets that are no text are shown as hex, so that no two of them look alike.
std::string plain_text(ByteView octets) {
  const auto text = text_of(octets);
  const auto clean = clean_text(text, kMostPlaceText);
  const bool printable = std::ranges::none_of(octets, [](Byte b) { return b < 0x20 || b == 0x7f; });
  return clean == text && printable ? clean : "hex " + to_hex(octets.first(std::min<std::size_t>(octets.size(), 60)));
}

/// An ID is a subtype and its octets; `mac` is the subtype that holds an address of the link layer.
Result<std::string> id_text(ByteView value, Byte mac) {
  if (value.size() < 2 || value.size() > kMostId) return fail(Errc::malformed, "LLDP: length of an ID");
  const auto subtype = value[0];
  const auto octets = value.subspan(1);
  if (subtype == mac) {
    if (octets.size() != 6) return fail(Errc::malformed, "LLDP: MAC");
    return "mac " + mac_text(octets);
  }
  const auto text = subtype + 0 >= 1 && subtype <= 7
                        ? plain_text(octets)
                        : "hex " + to_hex(octets.first(std::min<std::size_t>(octets.size(), 60)));
  return clean_text(text, kMostPlaceText);
}

}  // namespace

Result<LldpHeard> parse_lldp(ByteView unit) {
  constexpr Byte kChassisMac = 4, kPortMac = 3;
  Reader in(unit);
  LldpHeard out;
  KW_TRY(const auto chassis, next(in));
  KW_TRY(const auto port, next(in));
  KW_TRY(const auto time, next(in));
  if (chassis.type != kChassis || port.type != kPort || time.type != kTimeToLive || time.value.size() < 2)
    return fail(Errc::malformed, "LLDP: the first three");
  KW_TRY(out.neighbour.chassis, id_text(chassis.value, kChassisMac));
  KW_TRY(out.neighbour.port, id_text(port.value, kPortMac));
  out.seconds = static_cast<std::uint16_t>(time.value[0] << 8 | time.value[1]);
  for (;;) {
    KW_TRY(const auto piece, next(in));
    if (piece.type == kEnd) {
      if (!piece.value.empty()) return fail(Errc::malformed, "LLDP: end");
      return out;
    }
    if (piece.type <= kTimeToLive) return fail(Errc::malformed, "LLDP: repeated");
    if (piece.type == kSystemName && out.neighbour.system.empty())
      out.neighbour.system =
          clean_text(text_of(piece.value.first(std::min(piece.value.size(), kMostLldpName))), kMostPlaceText);
  }
}

}  // namespace kw::device
