#include "vault/row_set.h"

#include "base/reader.h"

namespace kw::vault {
namespace {

constexpr std::string_view kLeafWord = "kwv1:row-leaf", kSetWord = "kwv1:row-set";
constexpr std::uint8_t kSetVersion = 1;
constexpr std::size_t kExpansion = 2 * RowSet::kLanes / sizeof(crypto::Digest);  // digests of 32 octets: 64

/// expansion is SM3(leaf | i) for i from 0 to 63, one after the other: 1,024 lanes of 16 bits, low octet first.
std::array<std::uint16_t, RowSet::kLanes> expansion(const RowLeaf& leaf) {
  Writer row(64 + leaf.primary_key.size() + leaf.seal.size());
  row.raw(bytes_of(kLeafWord)).vec16(leaf.primary_key).u64(leaf.row_version).vec16(leaf.seal);
  const auto seed = crypto::sm3(row.view());
  std::array<Byte, kExpansion> numbers;
  std::array<ByteView, kExpansion> messages;
  for (std::size_t i = 0; i < kExpansion; ++i) {
    numbers[i] = static_cast<Byte>(i);
    messages[i] = ByteView(&numbers[i], 1);
  }
  std::array<crypto::Digest, kExpansion> digests;
  crypto::sm3_many(seed, messages, digests);
  std::array<std::uint16_t, RowSet::kLanes> out;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto& digest = digests[i / 16];
    out[i] = static_cast<std::uint16_t>(digest[i % 16 * 2] | digest[i % 16 * 2 + 1] << 8);
  }
  return out;
}

void write_lanes(const std::array<std::uint16_t, RowSet::kLanes>& lanes, Byte* to) {
  for (const auto lane : lanes) {
    *to++ = static_cast<Byte>(lane);
    *to++ = static_cast<Byte>(lane >> 8);
  }
}

}  // namespace

RowSet::RowSet(std::string tenant, std::string table, unsigned part_bits)
    : tenant_(std::move(tenant)),
      table_(std::move(table)),
      part_bits_(part_bits),
      parts_(std::size_t{1} << part_bits) {}

Result<RowSet> RowSet::make(std::string tenant, std::string table, unsigned part_bits) {
  const Byte key[1] = {0};
  if (!RowPlace{tenant, table, key, 0}.fits()) return fail(Errc::invalid, "place of a row set");
  if (part_bits > kMostPartBits) return fail(Errc::invalid, "parts of a row set");
  return RowSet(std::move(tenant), std::move(table), part_bits);
}

unsigned RowSet::part_of(ByteView primary_key) const {
  return part_bits_ == 0 ? 0U : static_cast<unsigned>(crypto::sm3(primary_key)[0]) >> (8 - part_bits_);
}

void RowSet::insert(const RowLeaf& leaf) {
  auto& part = parts_[part_of(leaf.primary_key)];
  const auto more = expansion(leaf);
  for (std::size_t i = 0; i < kLanes; ++i) part.lanes[i] = static_cast<std::uint16_t>(part.lanes[i] + more[i]);
  ++part.rows;
}

Result<> RowSet::remove(const RowLeaf& leaf) {
  auto& part = parts_[part_of(leaf.primary_key)];
  if (part.rows == 0) return fail(Errc::conflict, "row set: no rows there");
  const auto less = expansion(leaf);
  for (std::size_t i = 0; i < kLanes; ++i) part.lanes[i] = static_cast<std::uint16_t>(part.lanes[i] - less[i]);
  --part.rows;
  return {};
}

Result<> RowSet::replace(const RowLeaf& old_leaf, const RowLeaf& new_leaf) {
  KW_CHECK(remove(old_leaf));
  insert(new_leaf);
  return {};
}

std::uint64_t RowSet::rows() const noexcept {
  std::uint64_t out = 0;
  for (const auto& part : parts_) out += part.rows;
  return out;
}

crypto::Digest RowSet::root() const {
  constexpr std::size_t kOctets = 2 * kLanes;
  Bytes lanes(parts_.size() * kOctets);
  std::vector<ByteView> messages;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    write_lanes(parts_[i].lanes, lanes.data() + i * kOctets);
    messages.push_back(ByteView(lanes).subspan(i * kOctets, kOctets));
  }
  std::vector<crypto::Digest> digests(parts_.size());
  crypto::sm3_many({}, messages, digests);  // side by side
  Writer out(64 + parts_.size() * 40);
  out.raw(bytes_of(kSetWord)).vec8(bytes_of(tenant_)).vec8(bytes_of(table_)).u8(static_cast<std::uint8_t>(part_bits_));
  for (std::size_t i = 0; i < parts_.size(); ++i) out.u64(parts_[i].rows).raw(digests[i]);
  return crypto::sm3(out.view());
}

Result<std::vector<unsigned>> RowSet::differing(const RowSet& other) const {
  if (tenant_ != other.tenant_ || table_ != other.table_ || part_bits_ != other.part_bits_)
    return fail(Errc::invalid, "row sets of different tables");
  std::vector<unsigned> out;
  for (unsigned i = 0; i < parts_.size(); ++i)
    if (parts_[i] != other.parts_[i]) out.push_back(i);
  return out;
}

Bytes RowSet::part_octets(unsigned part) const {
  Writer out(kPartOctets);
  out.u64(parts_[part].rows);
  for (const auto lane : parts_[part].lanes) out.u16(lane);
  return std::move(out).take();
}

Result<> RowSet::restore_part(unsigned part, ByteView octets) {
  if (octets.size() != kPartOctets) return fail(Errc::malformed, "part of a row set");
  Reader in(octets);
  KW_TRY(parts_[part].rows, in.u64());
  for (auto& lane : parts_[part].lanes) {
    KW_TRY(lane, in.u16());
  }
  return in.finish();
}

Bytes RowSet::octets() const {
  Writer out(600 + parts_.size() * kPartOctets);
  out.u8(kSetVersion).vec8(bytes_of(tenant_)).vec8(bytes_of(table_)).u8(static_cast<std::uint8_t>(part_bits_));
  for (unsigned i = 0; i < parts(); ++i) out.raw(part_octets(i));
  return std::move(out).take();
}

Result<RowSet> RowSet::parse(ByteView octets) {
  Reader in(octets);
  KW_TRY(const auto version, in.u8());
  if (version != kSetVersion) return fail(Errc::unsupported, "version of a row set");
  KW_TRY(const auto tenant, in.vec8());
  KW_TRY(const auto table, in.vec8());
  KW_TRY(const auto part_bits, in.u8());
  if (part_bits > kMostPartBits) return fail(Errc::malformed, "parts of a row set");
  if (in.left() != (std::size_t{1} << part_bits) * kPartOctets) return fail(Errc::malformed, "octets of a row set");
  auto out = make(copy_text(tenant), copy_text(table), part_bits);
  if (!out) return fail(Errc::malformed, "place of a row set");
  for (unsigned i = 0; i < out->parts(); ++i) {
    KW_TRY(const auto part, in.take(kPartOctets));
    KW_CHECK(out->restore_part(i, part));
  }
  return out;
}

}  // namespace kw::vault
