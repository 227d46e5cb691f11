// Every kind of file is tampered with in every way that has a name of its own.
#include "store/ledger/verify_ledger.h"

#include "schema/codec.h"
#include "store/ledger/ledger_test_support.h"

namespace kw::store {
namespace {

using namespace testing;

constexpr std::uint64_t kSealed = 600;

class Verify : public ::testing::Test {
 protected:
  void SetUp() override { make_ledger(temp_.ledger(), kSealed); }
  [[nodiscard]] LedgerLayout layout() const { return {temp_.ledger()}; }
  VerifyReport verify() { return *verify_ledger(temp_.ledger(), ledger_key().public_key()); }
  void expect(LedgerFault fault, std::optional<std::uint64_t> index) {
    const auto report = verify();
    EXPECT_EQ(report.fault, fault) << name(report.fault) << ": " << report.detail;
    EXPECT_EQ(report.index, index) << report.detail;
    EXPECT_FALSE(report.detail.empty());
  }
  EntryPlace place(std::uint64_t index) {
    const auto octets = read_whole(layout().index());
    return place_of(std::span<const Byte>(octets).subspan(index * kPlace).first<kPlace>());
  }
  /// Replaces the octets of a record, with a check that is good again.
  void forge_entry(std::uint64_t index, std::string_view text) {
    const auto where = place(index);
    auto octets = read_whole(layout().segment(where.segment));
    const auto old = *parse_record(ByteView(octets).subspan(where.offset));
    Bytes record;
    build_record(record, index, old.batch_first, ledger::leaf_hash(bytes_of(text)), bytes_of(text));
    ASSERT_EQ(record.size(), old.octets());
    std::copy(record.begin(), record.end(), octets.begin() + where.offset);
    write_whole(layout().segment(where.segment), octets);
  }
  void flip(const std::filesystem::path& path, std::size_t at) {
    auto octets = read_whole(path);
    ASSERT_LT(at, octets.size());
    octets[at] ^= 1;
    write_whole(path, octets);
  }
  void append_unsealed(std::uint64_t to) {
    auto writer = open_writer(temp_.ledger(), ops_);
    fill(*writer, to, 8);
  }
  TempDir temp_;
  PosixFileOps ops_;
};

TEST_F(Verify, AGoodLedgerIsGood) {
  auto report = verify();
  EXPECT_TRUE(report.good()) << report.detail;
  EXPECT_EQ(report.entries, kSealed);
  EXPECT_EQ(report.unsealed_entries, 0U);
  EXPECT_EQ(report.checkpoint->root, root_of(kSealed));
  append_unsealed(620);
  report = verify();
  EXPECT_TRUE(report.good()) << report.detail;
  EXPECT_EQ(report.unsealed_entries, 20U);
}

TEST_F(Verify, AnEmptyLedgerIsGood) {
  TempDir other;
  make_ledger(other.ledger(), 0);
  const auto report = *verify_ledger(other.ledger(), ledger_key().public_key());
  EXPECT_TRUE(report.good()) << report.detail;
}

TEST_F(Verify, EveryOctetOfAnEntryCounts) {
  const auto where = place(321);
  const auto path = layout().segment(where.segment);
  const auto whole = read_whole(path);
  const auto size = parse_record(ByteView(whole).subspan(where.offset))->octets();
  for (std::size_t i = 0; i < size; ++i) {
    if (i >= 4 && i < 8) continue;  // its place in its batch: only recovery reads it, and no hash covers it
    auto octets = whole;
    octets[where.offset + i] ^= 1;
    write_whole(path, octets);
    const auto report = verify();
    EXPECT_FALSE(report.good()) << i;
    EXPECT_EQ(report.index, 321U) << i << ": " << report.detail;
  }
}

TEST_F(Verify, AnEntryAlteredWithCare) {
  forge_entry(321, "forge-321");
  expect(LedgerFault::entry_altered, 321);
}

TEST_F(Verify, AnEntryAndItsStoredHashAltered) {
  forge_entry(321, "forge-321");
  auto tile = read_whole(layout().level(0));
  const auto leaf = ledger::leaf_hash(bytes_of("forge-321"));
  std::copy(leaf.begin(), leaf.end(), tile.begin() + 321 * 32);
  write_whole(layout().level(0), tile);
  expect(LedgerFault::rewritten, 256);  // the tile above it names the 256 entries it is among
}

TEST_F(Verify, AHistoryRewrittenThroughout) {
  TempDir other;
  PosixFileOps ops;
  auto writer = open_writer(other.ledger(), ops);
  for (std::uint64_t i = 0; i < kSealed; ++i) {
    auto index = writer->append(i == 5 ? copy(bytes_of("forged!")) : entry_of(i));
    ASSERT_TRUE(index.get());
  }
  ASSERT_TRUE(writer->checkpoint_now(StandingClock(), ledger_key()));
  writer.reset();
  std::filesystem::copy_file(layout().checkpoint(), other.ledger() / "checkpoint",
                             std::filesystem::copy_options::overwrite_existing);
  const auto report = *verify_ledger(other.ledger(), ledger_key().public_key());
  EXPECT_EQ(report.fault, LedgerFault::rewritten);
  EXPECT_EQ(report.index, std::nullopt);
}

TEST_F(Verify, AnEntryTakenOut) {
  const auto where = place(321);
  const auto path = layout().segment(where.segment);
  auto octets = read_whole(path);
  const auto size = static_cast<std::ptrdiff_t>(parse_record(ByteView(octets).subspan(where.offset))->octets());
  const auto at = octets.begin() + static_cast<std::ptrdiff_t>(where.offset);
  octets.erase(at, at + size);
  write_whole(path, octets);
  expect(LedgerFault::entry_missing, 321);
}

TEST_F(Verify, AnEntryTakenOutAndTheRestRenumbered) {
  TempDir other;
  PosixFileOps ops;
  {
    auto writer = open_writer(other.ledger(), ops);
    for (std::uint64_t i = 0; i < kSealed; ++i) {
      if (i == 321) continue;
      ASSERT_TRUE(writer->append(entry_of(i)).get());
    }
  }
  std::filesystem::remove_all(other.ledger() / "tile");
  std::filesystem::copy(layout().tiles(), other.ledger() / "tile");
  std::filesystem::copy_file(layout().checkpoint(), other.ledger() / "checkpoint");
  const auto report = *verify_ledger(other.ledger(), ledger_key().public_key());
  EXPECT_EQ(report.fault, LedgerFault::entry_missing) << report.detail;
  EXPECT_EQ(report.index, 321U);
}

TEST_F(Verify, ASegmentTakenOut) {
  const auto segments = *list_segments(layout());
  ASSERT_GT(segments.size(), 3U);
  std::filesystem::remove(layout().segment(2));
  expect(LedgerFault::entry_missing, segments[2].header->first);
}

TEST_F(Verify, TheLastSegmentsTakenOut) {
  const auto segments = *list_segments(layout());
  std::filesystem::remove(layout().segment(segments.back().number));
  expect(LedgerFault::shrank, segments.back().header->first);
}

TEST_F(Verify, TheEndCutOff) {
  const auto path = layout().segment(list_segments(layout())->back().number);
  auto octets = read_whole(path);
  octets.pop_back();
  write_whole(path, octets);
  expect(LedgerFault::shrank, kSealed - 1);
}

TEST_F(Verify, ASegmentHeaderAltered) {
  const auto first = list_segments(layout())->at(1).header->first;
  flip(layout().segment(1), 10);
  expect(LedgerFault::entry_altered, first);
}

TEST_F(Verify, EachLevelOfTilesAltered) {
  flip(layout().level(0), 400 * 32 + 7);
  expect(LedgerFault::tile_altered, 400);
  flip(layout().level(0), 400 * 32 + 7);
  flip(layout().level(1), 32);
  expect(LedgerFault::tile_altered, 256);
}

TEST_F(Verify, TilesTakenOut) {
  auto tile = read_whole(layout().level(0));
  tile.resize(300 * 32);
  write_whole(layout().level(0), tile);
  expect(LedgerFault::tile_altered, 300);
  std::filesystem::remove_all(layout().tiles());
  expect(LedgerFault::tile_altered, 0);
}

TEST_F(Verify, TheTableOfOffsetsAltered) {
  flip(layout().index(), 77 * kPlace + 7);
  expect(LedgerFault::index_altered, 77);
}

TEST_F(Verify, TheCheckpointAltered) {
  const auto whole = read_whole(layout().checkpoint());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    auto octets = whole;
    octets[i] ^= 1;
    write_whole(layout().checkpoint(), octets);
    const auto report = verify();
    EXPECT_TRUE(report.fault == LedgerFault::checkpoint_altered || report.fault == LedgerFault::bad_signature) << i;
    EXPECT_FALSE(report.checkpoint) << i;
  }
  write_whole(layout().checkpoint(), Bytes(5000, 3));
  expect(LedgerFault::checkpoint_altered, std::nullopt);
  std::filesystem::remove(layout().checkpoint());
  expect(LedgerFault::checkpoint_missing, std::nullopt);
}

TEST_F(Verify, AnotherKeysCheckpoint) {
  const auto stranger = *crypto::Sm2PrivateKey::generate();
  EXPECT_EQ(verify_ledger(temp_.ledger(), stranger.public_key())->fault, LedgerFault::bad_signature);
  const auto forged = *ledger::sign_checkpoint({"test.example", kSealed, root_of(kSealed), Timestamp{1}}, stranger);
  write_whole(layout().checkpoint(), schema::serialise(forged));
  expect(LedgerFault::bad_signature, std::nullopt);
}

TEST_F(Verify, AnOldLedgerUnderANewCheckpoint) {
  const auto old = snapshot(temp_.ledger());
  {
    auto writer = open_writer(temp_.ledger(), ops_);
    fill(*writer, 650);
    ASSERT_TRUE(writer->checkpoint_now(StandingClock(), ledger_key()));
  }
  const auto seal = read_whole(layout().checkpoint());
  std::filesystem::remove_all(temp_.ledger());
  for (const auto& [file, octets] : old) {
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    write_whole(file, octets);
  }
  write_whole(layout().checkpoint(), seal);
  expect(LedgerFault::shrank, kSealed);
}

TEST_F(Verify, UnsealedEntriesAreHeldAgainstTheirHashes) {
  append_unsealed(640);
  forge_entry(610, "forge-610");
  expect(LedgerFault::tile_altered, 610);  // no signature speaks for either: it says that they differ
}

TEST_F(Verify, ATornTailIsToldAndIsNoFault) {
  append_unsealed(610);
  const auto path = layout().segment(list_segments(layout())->back().number);
  auto octets = read_whole(path);
  octets.insert(octets.end(), 11, 0);
  write_whole(path, octets);
  const auto report = verify();
  EXPECT_TRUE(report.good()) << report.detail;
  EXPECT_EQ(report.torn_octets, 11U);
}

TEST_F(Verify, DamageToUnsealedAcknowledgedEntriesIsAFault) {
  append_unsealed(640);
  const auto where = place(603);
  flip(layout().segment(where.segment), where.offset + kRecordHeader);
  expect(LedgerFault::entry_altered, 603);
}

TEST_F(Verify, NoLedgerIsAnError) {
  EXPECT_EQ(verify_ledger(temp_.path() / "nothing", ledger_key().public_key()).code(), Errc::not_found);
}

}  // namespace
}  // namespace kw::store
