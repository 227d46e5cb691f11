#pragma once
// parse_memory_modules reads the memory modules out of a machine's SMBIOS structure table. PURE.
//
// Source: DMTF DSP0134 3.7, 6.1 (structures and their strings), 7.18 (type 17, memory device); Linux gives the table
// as /sys/firmware/dmi/tables/DMI. Empty sockets are left out. Errors: malformed, where a structure does not fit.
#include <string>
#include <vector>

#include "base/bytes.h"

namespace kw::platform {

struct MemoryModule {
  std::string locator, maker, part, serial;  // as the maker wrote them, fillers and all
  std::uint64_t mebibytes = 0;               // 0: not known
};

inline constexpr std::size_t kMostSmbios = std::size_t{1} << 18;
[[nodiscard]] Result<std::vector<MemoryModule>> parse_memory_modules(ByteView table);

}  // namespace kw::platform
