#pragma once
// RowSet is one commitment to all rows of a table; deleted, added and rolled-back rows change its root.
//
// A leaf is (primary key, row version, seal of the row). Each part of the set (2^parts of them, chosen by the hash of
// the primary key) is an LtHash16 over SM3: the sum, in 1,024 lanes modulo 2^16, of the leaves' expansions. Writing a
// row costs one subtraction and one addition, whatever the table's size and in whatever order; where two sets differ
// their parts say which rows to look at. Nobody without the rows' MAC key makes a leaf, and finding other old leaves
// with the same sum is a short-vector problem of about 2^200. The root goes into the ledger. PURE; a value; one thread
// at a time. Source: Lewi, Kim, Maykov, Weis, "Securing Update Propagation with Homomorphic Hashing", 2019. Why: ADR
// 102.
#include <array>
#include <string>
#include <vector>

#include "crypto/sm3.h"
#include "vault/place.h"

namespace kw::vault {

struct RowLeaf {
  ByteView primary_key;
  std::uint64_t row_version = 0;
  ByteView seal;  // as seal_row made it
};

class RowSet {
 public:
  static constexpr unsigned kMostPartBits = 8;
  static constexpr std::size_t kLanes = 1024;
  static constexpr std::size_t kPartOctets = 8 + 2 * kLanes;

  /// An empty set of a table: Errc::invalid for words that do not fit or more than 2^kMostPartBits parts.
  static Result<RowSet> make(std::string tenant, std::string table, unsigned part_bits);
  /// parse takes octets() back: Errc::malformed, unsupported, truncated.
  static Result<RowSet> parse(ByteView octets);
  [[nodiscard]] Bytes octets() const;
  /// part_octets and restore_part keep one part by itself, kPartOctets each: a write of a row changes no other. `part`
  /// is below parts(). restore_part: Errc::malformed for another size.
  [[nodiscard]] unsigned parts() const noexcept { return static_cast<unsigned>(parts_.size()); }
  [[nodiscard]] Bytes part_octets(unsigned part) const;
  Result<> restore_part(unsigned part, ByteView octets);

  void insert(const RowLeaf& leaf);
  /// remove: Errc::conflict where the leaf's part has no rows. A leaf that was never in is not noticed here: the root
  /// is wrong from then on, which is what it is for.
  Result<> remove(const RowLeaf& leaf);
  Result<> replace(const RowLeaf& old_leaf, const RowLeaf& new_leaf);

  [[nodiscard]] std::uint64_t rows() const noexcept;
  /// root is SM3("kwv1:row-set" | vec8 tenant | vec8 table | u8 part bits | for each part u64 rows, SM3(lanes)).
  [[nodiscard]] crypto::Digest root() const;
  [[nodiscard]] unsigned part_of(ByteView primary_key) const;
  /// differing are the parts in which two sets of one table differ: Errc::invalid for sets of different tables.
  Result<std::vector<unsigned>> differing(const RowSet& other) const;

 private:
  struct Part {
    std::uint64_t rows = 0;
    std::array<std::uint16_t, kLanes> lanes{};
    friend bool operator==(const Part&, const Part&) = default;
  };
  RowSet(std::string tenant, std::string table, unsigned part_bits);

  std::string tenant_, table_;
  unsigned part_bits_;
  std::vector<Part> parts_;
};

}  // namespace kw::vault
