#include "store/audit/index_set.h"

#include <algorithm>
#include <bit>

#include "base/reader.h"
#include "base/writer.h"

namespace kw::store {
namespace {

enum Form : Byte { kPositions = 0, kBitmap = 1 };
constexpr std::size_t kMostListed = IndexSet::kBlock / 8 / 2;  // more take more room than the bitmap

}  // namespace

IndexSet IndexSet::all() {
  IndexSet out;
  std::ranges::fill(out.words_, ~std::uint64_t{0});
  return out;
}

Result<IndexSet> IndexSet::decode(ByteView octets) {
  Reader in(octets);
  KW_TRY(const auto form, in.u8());
  IndexSet out;
  if (form == kBitmap) {
    if (octets.size() != kMostEncoded) return fail(Errc::malformed, "bitmap of a block");
    for (std::size_t i = 0; i + 1 < octets.size(); ++i) out.words_[i / 8] = out.words_[i / 8] << 8 | octets[i + 1];
    return out;
  }
  if (form != kPositions) return fail(Errc::unsupported, "form of an index set");
  if (octets.size() % 2 != 1 || octets.size() > kMostEncoded) return fail(Errc::malformed, "list of a block");
  std::int32_t last = -1;
  for (std::size_t i = 1; i < octets.size(); i += 2) {
    KW_TRY(const auto position, in.u16());
    if (position <= last) return fail(Errc::malformed, "positions do not rise");
    out.add(position);
    last = position;
  }
  return out;
}

Bytes IndexSet::encode() const {
  const auto count = size();
  Writer out(kMostEncoded);
  if (count > kMostListed) {
    out.u8(kBitmap);
    for (const auto word : words_) out.u64(word);
    return std::move(out).take();
  }
  out.u8(kPositions);
  for (std::size_t at = 0; at < words_.size(); ++at)
    for (auto word = words_[at]; word != 0; word &= word - 1)
      out.u16(static_cast<std::uint16_t>(at * 64 + static_cast<std::size_t>(std::countr_zero(word))));
  return std::move(out).take();
}

std::size_t IndexSet::size() const {
  std::size_t out = 0;
  for (const auto word : words_) out += static_cast<std::size_t>(std::popcount(word));
  return out;
}

bool IndexSet::empty() const {
  return std::ranges::all_of(words_, [](std::uint64_t word) { return word == 0; });
}

void IndexSet::intersect(const IndexSet& other) {
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
}

void IndexSet::unite(const IndexSet& other) {
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
}

void IndexSet::keep_below(std::size_t end) {
  for (std::size_t i = 0; i < words_.size(); ++i) {
    const auto begin = i * 64;
    if (begin >= end)
      words_[i] = 0;
    else if (end - begin < 64)
      words_[i] &= (std::uint64_t{1} << (end - begin)) - 1;
  }
}

void IndexSet::for_each_descending(const std::function<bool(std::uint16_t position)>& fn) const {
  for (std::size_t at = words_.size(); at-- > 0;) {
    for (auto word = words_[at]; word != 0;) {
      const auto bit = 63 - static_cast<std::size_t>(std::countl_zero(word));
      if (!fn(static_cast<std::uint16_t>(at * 64 + bit))) return;
      word &= ~(std::uint64_t{1} << bit);
    }
  }
}

}  // namespace kw::store
