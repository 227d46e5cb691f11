#pragma once
// IndexSet is a set of entries within one block of the audit index: what one value of one field occurs in.
//
//   block b holds the ledger's entries b * kBlock to b * kBlock + kBlock - 1; a position is an entry's place in it
//
// Sets of several fields are intersected word by word, so a search costs the same whatever it finds. Encoded as the shorter
// of a list of positions (u16, big-endian, rising) and a bitmap of 8,192 octets. PURE; not thread-safe.
#include <cstdint>
#include <functional>
#include <vector>

#include "base/bytes.h"

namespace kw::store {

class IndexSet {
 public:
  static constexpr std::size_t kBlock = 65'536;
  static constexpr std::size_t kMostEncoded = 1 + kBlock / 8;  // octets

  [[nodiscard]] static IndexSet all();
  /// decode: Errc::malformed for what encode does not write; Errc::unsupported for another form.
  static Result<IndexSet> decode(ByteView octets);
  [[nodiscard]] Bytes encode() const;

  void add(std::uint16_t position) { words_[position / 64] |= std::uint64_t{1} << (position % 64); }
  [[nodiscard]] bool contains(std::uint16_t position) const {
    return (words_[position / 64] >> (position % 64) & 1) != 0;
  }
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] bool empty() const;
  void intersect(const IndexSet& other);
  void unite(const IndexSet& other);
  /// keep_below drops position `end` and what is above.
  void keep_below(std::size_t end);
  /// for_each_descending calls `fn` with each position, the highest first, until it returns false.
  void for_each_descending(const std::function<bool(std::uint16_t position)>& fn) const;
  friend bool operator==(const IndexSet&, const IndexSet&) = default;

 private:
  std::vector<std::uint64_t> words_ = std::vector<std::uint64_t>(kBlock / 64);
};

}  // namespace kw::store
