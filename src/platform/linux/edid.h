#pragma once
// parse_edid reads which display answers at a connector. PURE.
//
// Source: VESA E-EDID A.2: 3.4 (maker, product, serial number), 3.10 (descriptors 0xfc name, 0xff serial text); only
// the first block of 128 octets is looked at. Errors: truncated, malformed (header, checksum).
#include <string>

#include "base/bytes.h"

namespace kw::platform {

struct Display {
  std::string maker;    // three letters
  std::string product;  // four hex digits
  std::string name;     // may be empty
  std::string serial;   // the text, else the number; empty: none
};
[[nodiscard]] Result<Display> parse_edid(ByteView edid);

}  // namespace kw::platform
