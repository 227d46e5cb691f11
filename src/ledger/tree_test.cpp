// The tree against the recursive definitions of RFC 9162 section 2.1, written down once more without tiles.
#include <gtest/gtest.h>

#include <random>

#include <google/protobuf/repeated_field.h>

#include "ledger/memory_tiles.h"
#include "ledger/proof.h"

namespace kw::ledger {
namespace {

using Leaves = std::span<const Hash>;

std::size_t largest_power_below(std::size_t n) {
  std::size_t k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}
Hash naive_root(Leaves d) {
  if (d.empty()) return crypto::sm3({});
  if (d.size() == 1) return d[0];
  const auto k = largest_power_below(d.size());
  return node_hash(naive_root(d.first(k)), naive_root(d.subspan(k)));
}
Proof naive_path(std::size_t m, Leaves d) {
  if (d.size() == 1) return {};
  const auto k = largest_power_below(d.size());
  Proof out = m < k ? naive_path(m, d.first(k)) : naive_path(m - k, d.subspan(k));
  out.push_back(m < k ? naive_root(d.subspan(k)) : naive_root(d.first(k)));
  return out;
}
Proof naive_subproof(std::size_t m, Leaves d, bool whole) {
  if (m == d.size()) return whole ? Proof{} : Proof{naive_root(d)};
  const auto k = largest_power_below(d.size());
  Proof out = m <= k ? naive_subproof(m, d.first(k), whole) : naive_subproof(m - k, d.subspan(k), false);
  out.push_back(m <= k ? naive_root(d.subspan(k)) : naive_root(d.first(k)));
  return out;
}

constexpr std::size_t kMost = 600;

class Tree : public ::testing::Test {
 protected:
  Tree() { grow(kMost); }
  void grow(std::size_t to) {
    while (leaves_.size() < to) {
      leaves_.push_back(leaf_hash(bytes_of("leaf " + std::to_string(leaves_.size()))));
      tiles_.append(leaves_.back());
    }
  }
  [[nodiscard]] Leaves first(std::size_t n) const { return Leaves(leaves_).first(n); }
  std::vector<Hash> leaves_;
  MemoryTiles tiles_;
};

TEST_F(Tree, RootAndFrontierAtEverySize) {
  Frontier grown;
  for (std::size_t n = 0; n <= kMost; ++n) {
    const Hash want = naive_root(first(n));
    ASSERT_EQ(grown.root(), want) << n;
    ASSERT_EQ(*root_at(n, tiles_), want) << n;
    auto restored = Frontier::restore(n, tiles_);
    ASSERT_TRUE(restored);
    ASSERT_EQ(restored->root(), want) << n;
    if (n < kMost) {
      restored->append(leaves_[n]);
      grown.append(leaves_[n]);
      ASSERT_EQ(restored->root(), grown.root()) << n;
    }
  }
}

TEST(Hashes, ManyAtOnceAreThoseOneByOne) {
  std::vector<Bytes> entries;
  for (std::size_t i = 0; i < 300; ++i) entries.emplace_back(i, static_cast<Byte>(i));
  const std::vector<ByteView> views(entries.begin(), entries.end());
  for (const std::size_t count : {0U, 1U, 2U, 7U, 16U, 17U, 255U, 300U}) {
    std::vector<Hash> leaves(count), parents(count / 2);
    leaf_hashes(std::span(views).first(count), leaves);
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(leaves[i], leaf_hash(entries[i]));
    node_hashes(leaves, parents);
    for (std::size_t i = 0; i < count / 2; ++i) ASSERT_EQ(parents[i], node_hash(leaves[2 * i], leaves[2 * i + 1]));
  }
}

// From every size to every size of a small tree, and in random steps through one with three levels.
TEST_F(Tree, AppendedManyAtOnceIsTheSameTree) {
  std::vector<TileHash> completed;
  for (std::size_t from = 0; from <= 70; ++from) {
    Frontier start;
    start.append(first(from));
    for (std::size_t to = from; to <= 70; ++to) {
      Frontier grown = start;
      grown.append(first(to).subspan(from), completed);
      ASSERT_EQ(grown.size(), to);
      ASSERT_EQ(grown.root(), naive_root(first(to))) << from << " to " << to;
    }
  }
  grow(65536 + 700);
  std::mt19937_64 random(4);
  for (int round = 0; round < 5; ++round) {
    Frontier grown, one_by_one;
    std::vector<std::vector<Hash>> levels(3);
    while (grown.size() < leaves_.size()) {
      const auto at = static_cast<std::size_t>(grown.size());
      const std::size_t count = std::min<std::size_t>(random() % 3000, leaves_.size() - at);
      completed.clear();
      grown.append(Leaves(leaves_).subspan(at, count), completed);
      for (const auto& item : completed) levels.at(item.level).push_back(item.hash);
      for (std::size_t i = at; i < at + count; ++i) one_by_one.append(leaves_[i]);
      ASSERT_EQ(grown.root(), one_by_one.root()) << grown.size();
    }
    ASSERT_EQ(levels, tiles_.levels());
  }
}

TEST_F(Tree, LevelsHoldWhatTheFormatSays) {
  grow(65536 + 3);
  ASSERT_EQ(tiles_.levels().size(), 3U);
  for (unsigned level = 0; level < 3; ++level)
    EXPECT_EQ(tiles_.levels()[level].size(), level_count(leaves_.size(), level)) << level;
  EXPECT_EQ(tiles_.levels()[1][7], naive_root(Leaves(leaves_).subspan(7 * 256, 256)));
  EXPECT_EQ(tiles_.levels()[2][0], naive_root(first(65536)));
  EXPECT_EQ(*root_at(65539, tiles_), naive_root(first(65539)));
}

TEST_F(Tree, InclusionProofsAreTheRfcsAndVerify) {
  std::mt19937_64 random(1);
  for (std::size_t n = 1; n <= kMost; ++n) {
    const Hash root = naive_root(first(n));
    // All indices of small trees, the edges and some others of larger ones.
    for (std::size_t m = 0; m < n; m += n <= 40 ? 1 : 1 + random() % 400) {
      const auto proof = inclusion_proof(m, n, tiles_);
      ASSERT_TRUE(proof);
      ASSERT_EQ(*proof, naive_path(m, first(n))) << m << " of " << n;
      ASSERT_TRUE(verify_inclusion(leaves_[m], m, n, *proof, root)) << m << " of " << n;
    }
    const auto last = inclusion_proof(n - 1, n, tiles_);
    ASSERT_EQ(*last, naive_path(n - 1, first(n)));
  }
}

TEST_F(Tree, ConsistencyProofsAreTheRfcsAndVerify) {
  std::mt19937_64 random(2);
  for (std::size_t n = 1; n <= kMost; ++n) {
    const Hash root = naive_root(first(n));
    for (std::size_t m = 1; m <= n; m += n <= 40 ? 1 : 1 + random() % 400) {
      const auto proof = consistency_proof(m, n, tiles_);
      ASSERT_TRUE(proof);
      ASSERT_EQ(*proof, naive_subproof(m, first(n), true)) << m << " to " << n;
      ASSERT_TRUE(verify_consistency(m, naive_root(first(m)), n, root, *proof)) << m << " to " << n;
    }
  }
}

TEST_F(Tree, RandomPairsOfALargeTree) {
  grow(70000);
  std::mt19937_64 random(3);
  for (int i = 0; i < 40; ++i) {
    const std::uint64_t n = 2 + random() % 69998, m = 1 + random() % (n - 1), index = random() % n;
    const Hash root = *root_at(n, tiles_);
    const auto inclusion = inclusion_proof(index, n, tiles_);
    ASSERT_TRUE(verify_inclusion(leaves_[index], index, n, *inclusion, root));
    const auto consistency = consistency_proof(m, n, tiles_);
    ASSERT_TRUE(verify_consistency(m, *root_at(m, tiles_), n, root, *consistency));
  }
  tiles_.reads = 0;
  ASSERT_TRUE(inclusion_proof(12345, 70000, tiles_));
  EXPECT_LE(tiles_.reads, 6);
}

TEST_F(Tree, EveryMutatedOctetIsRefused) {
  for (const auto& [index, size] : {std::pair<std::uint64_t, std::uint64_t>{0, 600}, {599, 600}, {300, 513}, {5, 7}}) {
    const Hash root = *root_at(size, tiles_);
    Proof proof = *inclusion_proof(index, size, tiles_);
    for (auto& hash : proof)
      for (auto& octet : hash) {
        octet ^= 1;
        EXPECT_FALSE(verify_inclusion(leaves_[index], index, size, proof, root));
        octet ^= 1;
      }
    Hash leaf = leaves_[index];
    leaf[31] ^= 0x80;
    EXPECT_FALSE(verify_inclusion(leaf, index, size, proof, root));
  }
  for (const auto& [from, to] : {std::pair<std::uint64_t, std::uint64_t>{1, 600}, {256, 600}, {511, 512}, {6, 7}}) {
    const Hash from_root = *root_at(from, tiles_), to_root = *root_at(to, tiles_);
    Proof proof = *consistency_proof(from, to, tiles_);
    ASSERT_TRUE(verify_consistency(from, from_root, to, to_root, proof));
    for (auto& hash : proof)
      for (auto& octet : hash) {
        octet ^= 1;
        EXPECT_FALSE(verify_consistency(from, from_root, to, to_root, proof));
        octet ^= 1;
      }
    Hash other = from_root;
    other[0] ^= 1;
    EXPECT_FALSE(verify_consistency(from, other, to, to_root, proof));
  }
}

TEST_F(Tree, ProofsOfOtherPlacesAndLengthsAreRefused) {
  const Hash root = *root_at(600, tiles_);
  Proof proof = *inclusion_proof(300, 600, tiles_);
  EXPECT_EQ(verify_inclusion(leaves_[300], 600, 600, proof, root).code(), Errc::malformed);
  EXPECT_EQ(verify_inclusion(leaves_[300], 0, 0, {}, root).code(), Errc::malformed);
  EXPECT_FALSE(verify_inclusion(leaves_[300], 301, 600, proof, root));
  EXPECT_FALSE(verify_inclusion(leaves_[300], 300, kMaxSize + 1, proof, root));
  proof.push_back(root);
  EXPECT_EQ(verify_inclusion(leaves_[300], 300, 600, proof, root).code(), Errc::malformed);
  proof.resize(proof.size() - 2);
  EXPECT_EQ(verify_inclusion(leaves_[300], 300, 600, proof, root).code(), Errc::malformed);

  Proof steps = *consistency_proof(300, 600, tiles_);
  const Hash old_root = *root_at(300, tiles_);
  EXPECT_EQ(verify_consistency(300, old_root, 600, root, {}).code(), Errc::malformed);
  EXPECT_EQ(verify_consistency(600, root, 300, old_root, steps).code(), Errc::malformed);
  EXPECT_EQ(verify_consistency(600, root, 600, root, steps).code(), Errc::malformed);
  EXPECT_EQ(verify_consistency(600, old_root, 600, root, {}).code(), Errc::untrusted);
  EXPECT_TRUE(verify_consistency(600, root, 600, root, {}));
  EXPECT_TRUE(verify_consistency(0, empty_root(), 600, root, {}));
  EXPECT_EQ(verify_consistency(0, root, 600, root, {}).code(), Errc::untrusted);
  steps.push_back(root);
  EXPECT_EQ(verify_consistency(300, old_root, 600, root, steps).code(), Errc::malformed);
}

TEST_F(Tree, BuildersRefuseWhatIsNotThere) {
  EXPECT_EQ(inclusion_proof(600, 600, tiles_).code(), Errc::invalid);
  EXPECT_EQ(inclusion_proof(0, 601, tiles_).code(), Errc::not_found);
  EXPECT_EQ(consistency_proof(601, 600, tiles_).code(), Errc::invalid);
  EXPECT_EQ(root_at(kMaxSize + 1, tiles_).code(), Errc::invalid);
  EXPECT_EQ(Frontier::restore(5000, tiles_).code(), Errc::not_found);
}

TEST(TilePath, IsThatOfTheTlogTilesSpecification) {
  EXPECT_EQ(tile_path({0, 0, 256}), "tile/0/000");
  EXPECT_EQ(tile_path({0, 1234067, 256}), "tile/0/x001/x234/067");
  EXPECT_EQ(tile_path({1, 5, 12}), "tile/1/005.p/12");
}

TEST(Wire, ProofsAreBoundedAndOfWholeHashes) {
  google::protobuf::RepeatedPtrField<std::string> field;
  proof_to_wire(std::vector<Hash>{Hash{1}, Hash{2}}, field);
  EXPECT_EQ(*proof_from_wire(field), (Proof{Hash{1}, Hash{2}}));
  field.Add()->assign(31, 'x');
  EXPECT_EQ(proof_from_wire(field).code(), Errc::malformed);
  field.Clear();
  for (int i = 0; i < 65; ++i) field.Add()->assign(32, 'x');
  EXPECT_EQ(proof_from_wire(field).code(), Errc::too_large);
}

}  // namespace
}  // namespace kw::ledger
