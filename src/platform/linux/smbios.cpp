#include "platform/linux/smbios.h"

namespace kw::platform {
namespace {

constexpr std::size_t kHeader = 4;  // type, length, handle
constexpr std::size_t kMostModules = 128;
constexpr Byte kMemoryDevice = 17, kEndOfTable = 127;

struct Structure {
  Byte type = 0;
  ByteView fields;                        // with the header
  std::vector<std::string_view> strings;  // numbered from 1 in the fields

  [[nodiscard]] std::uint64_t number(std::size_t at,
                                     std::size_t octets) const {  // little-endian; 0 beyond an older form
    if (at + octets > fields.size()) return 0;
    std::uint64_t out = 0;
    for (std::size_t i = octets; i > 0; --i) out = out << 8 | fields[at + i - 1];
    return out;
  }
  [[nodiscard]] std::string text(std::size_t at) const {
    const auto index = number(at, 1);
    return index == 0 || index > strings.size() ? std::string() : std::string(strings[index - 1]);
  }
};

Result<Structure> next(ByteView& table) {
  if (table.size() < kHeader || table[1] < kHeader || table[1] > table.size())
    return fail(Errc::malformed, "SMBIOS: structure");
  Structure out{table[0], table.first(table[1]), {}};
  auto rest = text_of(table.subspan(table[1]));
  // The strings end with an empty one; a structure without any has two zero octets all the same.
  if (rest.starts_with('\0')) rest.remove_prefix(1);
  for (;;) {
    const auto end = rest.find('\0');
    if (end == std::string_view::npos) return fail(Errc::malformed, "SMBIOS: strings");
    const auto one = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (one.empty()) break;
    out.strings.push_back(one);
  }
  table = table.last(rest.size());
  return out;
}

// 7.18.5: MiB, or KiB with the highest bit; 0x7fff sends to the longer field, 0xffff is unknown.
std::uint64_t size_of(const Structure& device) {
  const auto size = device.number(0x0c, 2);
  if (size == 0xffff) return 0;
  if (size == 0x7fff) return device.number(0x1c, 4) & 0x7fffffffU;
  return (size & 0x8000U) != 0 ? (size & 0x7fffU) / 1024 : size;
}

}  // namespace

Result<std::vector<MemoryModule>> parse_memory_modules(ByteView table) {
  if (table.size() > kMostSmbios) return fail(Errc::too_large, "SMBIOS");
  std::vector<MemoryModule> out;
  while (!table.empty() && out.size() < kMostModules) {
    KW_TRY(const auto structure, next(table));
    if (structure.type == kEndOfTable) break;
    if (structure.type != kMemoryDevice || structure.number(0x0c, 2) == 0) continue;
    out.push_back(
        {structure.text(0x10), structure.text(0x17), structure.text(0x1a), structure.text(0x18), size_of(structure)});
  }
  return out;
}

}  // namespace kw::platform
