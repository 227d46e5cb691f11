#pragma once
// LedgerLayout names the files of a ledger directory (docs/design/ledger.md); list_segments finds what is there.
#include <filesystem>
#include <optional>
#include <vector>

#include "store/ledger/record.h"

namespace kw::store {

struct LedgerLayout {
  std::filesystem::path dir;
  [[nodiscard]] std::filesystem::path checkpoint() const { return dir / "checkpoint"; }
  [[nodiscard]] std::filesystem::path lock() const { return dir / "lock"; }
  [[nodiscard]] std::filesystem::path entries() const { return dir / "entries"; }
  [[nodiscard]] std::filesystem::path index() const { return entries() / "index"; }
  [[nodiscard]] std::filesystem::path segment(std::uint32_t number) const;  // entries/00000012.seg
  [[nodiscard]] std::filesystem::path tiles() const { return dir / "tile"; }
  [[nodiscard]] std::filesystem::path archive() const { return dir / "archive"; }
  [[nodiscard]] std::filesystem::path archive_record(std::uint32_t number) const;  // archive/00000012
  [[nodiscard]] std::filesystem::path level(unsigned level) const { return tiles() / std::to_string(level); }
};

/// Where an entry stands; 8 octets in entries/index: u32 segment, u32 offset of the record.
struct EntryPlace {
  std::uint32_t segment = 0;
  std::uint32_t offset = 0;
  friend bool operator==(const EntryPlace&, const EntryPlace&) = default;
};
inline constexpr std::size_t kPlace = 8;
inline constexpr std::size_t kHash = sizeof(ledger::Hash);
[[nodiscard]] std::array<Byte, kPlace> to_octets(EntryPlace place) noexcept;
[[nodiscard]] EntryPlace place_of(std::span<const Byte, kPlace> octets) noexcept;

struct SegmentFile {
  std::uint32_t number = 0;  // from its name
  std::uint64_t octets = 0;
  std::optional<SegmentHeader> header;  // none where it does not parse or has another number
};
/// list_segments gives the segment files by rising number, gaps and all. Errc::not_found where there is no entries/.
Result<std::vector<SegmentFile>> list_segments(const LedgerLayout& layout);

}  // namespace kw::store
