// Segments leave the machine: sealed, exported, confirmed, old enough; every proof stays.
#include "store/ledger/ledger_archive.h"

#include "store/ledger/ledger_test_support.h"
#include "store/ledger/recovery.h"
#include "store/ledger/verify_bundle.h"
#include "store/ledger/verify_ledger.h"

namespace kw::store {
namespace {

using namespace testing;
using ledger::BundleFault;

/// Entries of the ledger were received one second after the other.
Result<Timestamp> received_of(ByteView entry) {
  const auto text = std::string(text_of(entry));
  return Timestamp::from_seconds(1'000'000 + std::stoll(text.substr(6)));
}

class Archive : public ::testing::Test {
 protected:
  void SetUp() override { make_ledger(temp_.ledger(), 700); }
  [[nodiscard]] LedgerLayout layout() const { return {temp_.ledger()}; }
  ledger::v1::Signed head() { return *read_checkpoint_file(layout()); }
  ledger::Checkpoint checkpoint() { return *ledger::open_checkpoint(head(), ledger_key().public_key()); }
  std::vector<ledger::SegmentSeal> seal_all() {
    std::vector<ledger::SegmentSeal> out;
    while (auto seal = *archive_.seal_next(checkpoint(), received_of, ledger_key())) out.push_back(*seal);
    return out;
  }
  std::filesystem::path save(std::uint32_t number) {
    const auto bundle = *archive_.exported(number, head());
    auto octets = bundle.head;
    append(octets, read_whole(bundle.file));
    EXPECT_EQ(octets.size(), bundle.octets);
    EXPECT_EQ(crypto::sm3(octets), bundle.digest);
    const auto path = temp_.path() / (std::to_string(number) + ".kwbundle");
    write_whole(path, octets);
    return path;
  }
  BundleReport check(const std::filesystem::path& path, bool with_ledger = false) {
    return *verify_bundle(path, ledger_key().public_key(), with_ledger ? std::optional(temp_.ledger()) : std::nullopt);
  }
  Result<std::optional<ledger::SegmentSeal>> remove_older(std::int64_t seconds) {
    return archive_.remove_next(Timestamp::from_seconds(seconds), ledger_key(), [this](const auto& seal) -> Result<> {
      announced_.push_back(seal.number);
      return {};
    });
  }
  VerifyReport verify() { return *verify_ledger(temp_.ledger(), ledger_key().public_key()); }
  /// Seals all, and exports, confirms and removes the first `count`.
  void remove_first(std::uint32_t count) {
    seal_all();
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto bundle = *archive_.exported(i, head());
      ASSERT_TRUE(archive_.confirm(i, bundle.digest, "audit.one", "vault 3"));
      ASSERT_TRUE(*remove_older(2'000'000));
    }
  }

  TempDir temp_;
  PosixFileOps ops_;
  StandingClock clock_;
  LedgerArchive archive_{temp_.ledger(), ops_, clock_, ledger_key().public_key()};
  std::vector<std::uint32_t> announced_;
};

TEST_F(Archive, SealsWhatIsClosedAndSigned) {
  const auto segments = *list_segments(layout());
  ASSERT_GT(segments.size(), 4U);
  const auto seals = seal_all();
  ASSERT_EQ(seals.size(), segments.size() - 1) << "the last one is being written";
  std::uint64_t next = 0;
  for (const auto& seal : seals) {
    EXPECT_EQ(seal.first, next);
    next = seal.end;
    EXPECT_EQ(seal.root, root_of(seal.end));
    EXPECT_EQ(seal.digest, crypto::sm3(read_whole(layout().segment(seal.number))));
    EXPECT_EQ(seal.newest.unix_ns,
              Timestamp::from_seconds(1'000'000 + static_cast<std::int64_t>(seal.end) - 1).unix_ns);
  }
  EXPECT_EQ((*archive_.list()).size(), seals.size());
  EXPECT_FALSE(*archive_.seal_next(checkpoint(), received_of, ledger_key()));
}

TEST_F(Archive, DoesNotSealWhatNoCheckpointCovers) {
  auto early = checkpoint();
  early.size = 10;
  EXPECT_FALSE(*archive_.seal_next(early, received_of, ledger_key()));
}

TEST_F(Archive, DoesNotSealWhatWasAltered) {
  const auto path = layout().segment(0);
  auto octets = read_whole(path);
  const Bytes forged = copy(bytes_of("entry-7"));
  Bytes record;
  build_record(record, 0, 0, ledger::leaf_hash(forged), forged);
  std::copy(record.begin(), record.end(), octets.begin() + kSegmentHeader);
  write_whole(path, octets);
  EXPECT_EQ(archive_.seal_next(checkpoint(), received_of, ledger_key()).code(), Errc::corrupt);
}

TEST_F(Archive, ABundleIsProvedByItselfAndByAnyLaterCheckpoint) {
  remove_first(2);
  {
    auto writer = open_writer(temp_.ledger(), ops_);
    fill(*writer, 900);
    ASSERT_TRUE(writer->checkpoint_now(clock_, ledger_key()));
  }
  const auto path = save(2);
  EXPECT_EQ(check(path).checkpoint->size, 700U + 200U);
  auto record = *read_archive_record(layout(), 2, std::nullopt);
  ASSERT_TRUE(archive_.confirm(2, record.bundle_digest, "audit.one", "vault 3"));
  ASSERT_TRUE(*remove_older(2'000'000));
  {
    auto writer = open_writer(temp_.ledger(), ops_);
    fill(*writer, 1500);
    ASSERT_TRUE(writer->checkpoint_now(clock_, ledger_key()));
  }
  const auto alone = check(path), later = check(path, true);
  EXPECT_TRUE(alone.good()) << alone.detail;
  EXPECT_EQ(alone.checkpoint->size, 900U);
  EXPECT_TRUE(later.good()) << later.detail;
  EXPECT_EQ(later.checkpoint->size, 1500U);
  EXPECT_EQ(alone.entries, alone.seal->end - alone.seal->first);
}

TEST_F(Archive, NothingLeavesThatWasNotSealedExportedConfirmedAndOld) {
  EXPECT_FALSE(*remove_older(2'000'000)) << "not sealed";
  const auto seals = seal_all();
  EXPECT_FALSE(*remove_older(2'000'000)) << "not exported";
  EXPECT_EQ(archive_.confirm(0, crypto::sm3({}), "audit.one", "vault 3").code(), Errc::wrong_state);
  EXPECT_EQ(archive_.confirm(99, crypto::sm3({}), "audit.one", "vault 3").code(), Errc::not_found);
  const auto bundle = *archive_.exported(0, head());
  EXPECT_FALSE(*remove_older(2'000'000)) << "not confirmed";
  EXPECT_EQ(archive_.confirm(0, crypto::sm3({}), "audit.one", "vault 3").code(), Errc::conflict);
  EXPECT_FALSE(*remove_older(2'000'000)) << "another digest was named";
  ASSERT_TRUE(archive_.confirm(0, bundle.digest, "audit.one", "vault 3"));
  EXPECT_FALSE(*remove_older(1'000'000 + static_cast<std::int64_t>(seals[0].end) - 1)) << "not old enough";
  EXPECT_TRUE(std::filesystem::exists(layout().segment(0)));
  EXPECT_TRUE(announced_.empty());
  const auto gone = *remove_older(1'000'000 + static_cast<std::int64_t>(seals[0].end));
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->number, 0U);
  EXPECT_EQ(announced_, (std::vector<std::uint32_t>{0}));
  EXPECT_FALSE(std::filesystem::exists(layout().segment(0)));
  EXPECT_FALSE(*remove_older(2'000'000)) << "the next one is not exported";
  EXPECT_EQ(archive_.exported(0, head()).code(), Errc::wrong_state);
  EXPECT_EQ((*archive_.list())[0].confirmed_by, "audit.one");
}

TEST_F(Archive, ASegmentThatChangedAfterItsSealIsNotExportedAndNotRemoved) {
  seal_all();
  const auto bundle = *archive_.exported(0, head());
  ASSERT_TRUE(archive_.confirm(0, bundle.digest, "audit.one", "vault 3"));
  auto octets = read_whole(layout().segment(0));
  octets[40] ^= 1;
  write_whole(layout().segment(0), octets);
  EXPECT_EQ(archive_.exported(0, head()).code(), Errc::corrupt);
  EXPECT_EQ(remove_older(2'000'000).code(), Errc::corrupt);
  EXPECT_TRUE(std::filesystem::exists(layout().segment(0)));
}

TEST_F(Archive, ARemovalThatACrashCutShortIsEnded) {
  remove_first(1);
  write_whole(layout().segment(0), Bytes(100, 1));  // its record says removed, its file is back
  announced_.clear();
  ASSERT_TRUE(*remove_older(0 + 2'000'000));
  EXPECT_TRUE(announced_.empty()) << "told once";
  EXPECT_FALSE(std::filesystem::exists(layout().segment(0)));
}

TEST_F(Archive, TheLedgerGoesOnAndIsVerifiedWithoutThem) {
  remove_first(3);
  const auto seals = *archive_.list();
  const auto archived = seals[2].seal.end;
  auto reader = *LedgerReader::open(temp_.ledger());
  EXPECT_EQ(reader->entry(0).code(), Errc::wrong_state);
  EXPECT_EQ(reader->entry(archived - 1).code(), Errc::wrong_state);
  EXPECT_EQ(*reader->entry(archived), entry_of(archived));
  EXPECT_EQ(reader->for_each_from(0, [](auto, auto) { return Result<>(); }).code(), Errc::wrong_state);
  EXPECT_EQ(*reader->leaf(0), ledger::leaf_hash(entry_of(0)));
  EXPECT_TRUE(
      ledger::verify_inclusion(ledger::leaf_hash(entry_of(5)), 5, 700, *reader->inclusion(5, 700), root_of(700)));
  auto report = verify();
  EXPECT_TRUE(report.good()) << name(report.fault) << " " << report.detail;
  EXPECT_EQ(report.archived_entries, archived);
  EXPECT_EQ(report.entries, 700 - archived);
  {
    auto writer = open_writer(temp_.ledger(), ops_);
    ASSERT_TRUE(writer);
    EXPECT_EQ(writer->size(), 700U);
    fill(*writer, 1000);
    ASSERT_TRUE(writer->checkpoint_now(clock_, ledger_key()));
  }
  report = verify();
  EXPECT_TRUE(report.good()) << name(report.fault) << " " << report.detail;
  EXPECT_EQ(report.checkpoint->root, root_of(1000));
}

TEST_F(Archive, ASegmentThatIsJustGoneIsTold) {
  remove_first(2);
  const auto record = layout().archive_record(0);
  const auto octets = read_whole(record);
  const auto refused = [&](const char* why) {
    const auto report = verify();
    EXPECT_FALSE(report.good()) << why;
    const auto writer = LedgerWriter::open(temp_.ledger(), options(), ops_);
    EXPECT_FALSE(writer) << why;
    return report.fault;
  };
  std::filesystem::remove(record);
  EXPECT_EQ(refused("no record"), LedgerFault::entry_missing);
  auto changed = octets;
  const auto name = bytes_of("test.example");  // in the seal's payload, which is signed
  *std::search(changed.begin(), changed.end(), name.begin(), name.end()) ^= 1;
  write_whole(record, changed);
  EXPECT_EQ(refused("altered record"), LedgerFault::archive_altered);
  write_whole(record, octets);
  EXPECT_TRUE(verify().good());
  // A third segment taken away by hand: nobody recorded its removal.
  std::filesystem::remove(layout().segment(2));
  EXPECT_EQ(refused("not removed by the ledger"), LedgerFault::archive_altered);
}

TEST_F(Archive, ARemovalIsSignedAndNobodyElseCanSayIt) {
  remove_first(1);
  auto gone = *read_archive_record(layout(), 0, ledger_key().public_key());
  ASSERT_TRUE(gone.removal);
  EXPECT_EQ(gone.removal->place, "vault 3");
  EXPECT_EQ(gone.removal->bundle_digest, gone.bundle_digest);
  EXPECT_EQ(gone.removal->removed.unix_ns, gone.removed.unix_ns);
  const auto octets = read_whole(layout().archive_record(0));
  const auto refused = [&](const char* why) {
    const auto report = verify();
    EXPECT_EQ(report.fault, LedgerFault::archive_altered) << why;
    EXPECT_FALSE(LedgerWriter::open(temp_.ledger(), options(), ops_)) << why;
  };
  // A segment that was lost, and a record that says in plain words that it was removed.
  const auto segment = read_whole(layout().segment(1));
  const auto exported = *archive_.exported(1, head());
  ASSERT_TRUE(archive_.confirm(1, exported.digest, "audit.one", "vault 3"));
  ledger::v1::SegmentArchive plain;
  const auto untouched = read_whole(layout().archive_record(1));
  ASSERT_TRUE(plain.ParseFromString(copy_text(untouched)));
  plain.set_removed_ns(gone.removed.unix_ns);
  std::filesystem::remove(layout().segment(1));
  write_whole(layout().archive_record(1), bytes_of(plain.SerializeAsString()));
  refused("no statement");
  *plain.mutable_removal() = *gone.removal_object;
  write_whole(layout().archive_record(1), bytes_of(plain.SerializeAsString()));
  refused("another segment's statement");
  const auto seal = read_archive_record(layout(), 0, std::nullopt)->seal;
  auto own = *gone.removal;
  own.number = 1;
  own.bundle_digest = exported.digest;
  own.confirmed = {plain.confirmed_ns()};
  own.first = seal.end;
  own.end = ledger::parse_seal(bytes_of(plain.seal().payload()))->end;
  own.digest = ledger::parse_seal(bytes_of(plain.seal().payload()))->digest;
  *plain.mutable_removal() = *ledger::sign_removal(own, *crypto::Sm2PrivateKey::generate());
  write_whole(layout().archive_record(1), bytes_of(plain.SerializeAsString()));
  refused("a stranger's statement");
  *plain.mutable_removal() = *ledger::sign_removal(own, ledger_key());
  write_whole(layout().archive_record(1), bytes_of(plain.SerializeAsString()));
  EXPECT_TRUE(verify().good()) << "the ledger's own statement";
  plain.set_place("elsewhere");
  write_whole(layout().archive_record(1), bytes_of(plain.SerializeAsString()));
  refused("another place than was signed");
  write_whole(layout().segment(1), segment);
  write_whole(layout().archive_record(1), untouched);
  EXPECT_TRUE(verify().good());
  ledger::v1::SegmentArchive first;
  ASSERT_TRUE(first.ParseFromString(copy_text(octets)));
  first.clear_removal();
  write_whole(layout().archive_record(0), bytes_of(first.SerializeAsString()));
  refused("the statement was taken away");
}

TEST_F(Archive, StoredHashesOfArchivedEntriesAreChecked) {
  remove_first(3);
  const auto path = layout().level(0);
  auto tile = read_whole(path);
  tile[5] ^= 1;
  write_whole(path, tile);
  const auto report = verify();
  EXPECT_EQ(report.fault, LedgerFault::archive_altered) << report.detail;
  EXPECT_EQ(report.index, 0U);
  std::filesystem::remove_all(layout().tiles());
  EXPECT_FALSE(verify().good());
  EXPECT_EQ(LedgerWriter::open(temp_.ledger(), options(), ops_).code(), Errc::corrupt) << "nothing can make them again";
}

TEST_F(Archive, ABundleThatWasChangedIsTold) {
  seal_all();
  const auto path = save(1);
  const auto octets = read_whole(path);
  EXPECT_TRUE(check(path).good());
  const auto head =
      static_cast<std::size_t>(check(path).good() ? *ledger::bundle_head_length(ByteView(octets).first(16)) + 16 : 0);
  const auto changed = [&](std::size_t at) {
    auto copy = octets;
    copy[at] ^= 1;
    write_whole(path, copy);
    return check(path);
  };
  EXPECT_EQ(changed(0).fault, BundleFault::head_altered);
  EXPECT_EQ(changed(head + 3).fault, BundleFault::file_altered);
  const auto report = changed(head + kSegmentHeader + kRecordHeader);
  EXPECT_EQ(report.fault, BundleFault::entry_altered);
  EXPECT_EQ(report.index, report.seal->first);
  EXPECT_EQ(changed(head + kSegmentHeader + 7).fault, BundleFault::file_altered)
      << "place in its batch: no part of an entry";
  for (std::size_t at = 16; at < head; ++at) EXPECT_FALSE(changed(at).good()) << at;
  write_whole(path, ByteView(octets).first(octets.size() - 1));
  EXPECT_EQ(check(path).fault, BundleFault::file_altered);
  write_whole(path, ByteView(octets).first(head - 1));
  EXPECT_EQ(check(path).fault, BundleFault::head_altered);
  write_whole(path, octets);
  const auto stranger = *crypto::Sm2PrivateKey::generate();
  EXPECT_EQ(verify_bundle(path, stranger.public_key())->fault, BundleFault::bad_signature);
  EXPECT_EQ(verify_bundle(temp_.path() / "none", stranger.public_key()).code(), Errc::not_found);
}

}  // namespace
}  // namespace kw::store
