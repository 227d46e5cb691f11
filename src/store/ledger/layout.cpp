#include "store/ledger/layout.h"

#include <algorithm>
#include <charconv>

#include "store/ledger/file_ops.h"

namespace kw::store {
namespace {

constexpr std::string_view kExtension = ".seg";
constexpr std::size_t kDigits = 8;

std::string eight_digits(std::uint32_t number) {
  std::string out = std::to_string(number);
  if (out.size() < kDigits) out.insert(0, kDigits - out.size(), '0');
  return out;
}

std::optional<std::uint32_t> number_of(const std::string& name) {
  if (name.size() != kDigits + kExtension.size() || !name.ends_with(kExtension)) return std::nullopt;
  std::uint32_t out = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, out);
  if (error != std::errc{} || end != name.data() + kDigits) return std::nullopt;
  return out;
}

}  // namespace

std::filesystem::path LedgerLayout::segment(std::uint32_t number) const {
  return entries() / (eight_digits(number) + std::string(kExtension));
}

std::filesystem::path LedgerLayout::archive_record(std::uint32_t number) const {
  return archive() / eight_digits(number);
}

std::array<Byte, kPlace> to_octets(EntryPlace place) noexcept {
  std::array<Byte, kPlace> out;
  for (unsigned i = 0; i < 4; ++i) {
    out[i] = static_cast<Byte>(place.segment >> (24 - 8 * i));
    out[4 + i] = static_cast<Byte>(place.offset >> (24 - 8 * i));
  }
  return out;
}

EntryPlace place_of(std::span<const Byte, kPlace> octets) noexcept {
  EntryPlace out;
  for (unsigned i = 0; i < 4; ++i) {
    out.segment = out.segment << 8U | octets[i];
    out.offset = out.offset << 8U | octets[4 + i];
  }
  return out;
}

Result<std::vector<SegmentFile>> list_segments(const LedgerLayout& layout) {
  std::error_code error;
  std::vector<SegmentFile> out;
  std::filesystem::directory_iterator at(layout.entries(), error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    const auto number = number_of(at->path().filename().string());
    if (!number) continue;
    KW_TRY(auto file, open_for_reading(at->path()));
    SegmentFile found{*number, 0, std::nullopt};
    KW_TRY(found.octets, file_size(file));
    std::array<Byte, kSegmentHeader> head{};
    KW_TRY(auto n, read_at(file, head, 0));
    if (auto header = parse_segment_header(ByteView(head).first(n)); header && header->number == *number)
      found.header = *header;
    out.push_back(found);
  }
  if (error)
    return fail(error == std::errc::no_such_file_or_directory ? Errc::not_found : Errc::io,
                "entries: " + error.message());
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  return out;
}

}  // namespace kw::store
