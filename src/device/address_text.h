#pragma once
// canonical_address brings an address, with or without prefix length, into one text form; internal to src/device.
#include <string>
#include <string_view>

namespace kw::device {

/// Text that is no address comes back as it is, so that it equals nothing by accident. "::ffff:a.b.c.d" becomes "a.b.c.d".
[[nodiscard]] std::string canonical_address(std::string_view text);
/// host_of is canonical_address without the prefix length.
[[nodiscard]] std::string host_of(std::string_view text);

}  // namespace kw::device
