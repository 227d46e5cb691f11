// The medium fails: every operation with every error, and the power at every octet. What was acknowledged is there.
#include "store/ledger/fault_test_support.h"
#include "store/ledger/verify_ledger.h"

namespace kw::store {
namespace {

using namespace testing;

constexpr std::uint64_t kFaultReserve = 32768;

/// A life of a ledger with groups, segments that roll, and checkpoints, until something fails. Entries are as long as
/// `entry` makes them.
struct Life {
  std::uint64_t acknowledged = 0, sealed = 0;
};
Bytes long_entry(std::uint64_t i) {
  Bytes out = entry_of(i);
  out.resize(300, Byte{'.'});
  return out;
}
Life live(const std::filesystem::path& dir, FileOps& ops) {
  Life out;
  auto with_reserve = options();
  with_reserve.reserve_octets = kFaultReserve;
  auto writer = LedgerWriter::open(dir, with_reserve, ops);
  for (std::uint64_t i = 0; writer && i < 24; i += 4) {
    std::vector<Bytes> group;
    for (std::uint64_t k = 0; k < 4; ++k) group.push_back(long_entry(i + k));
    std::promise<Result<std::uint64_t>> done;
    (*writer)->append_all(std::move(group), [&](Result<std::uint64_t> index) { done.set_value(std::move(index)); });
    const auto index = done.get_future().get();
    if (!index) break;
    EXPECT_EQ(*index, i);
    out.acknowledged = i + 4;
    if (i % 8 != 0) continue;
    if (!(*writer)->checkpoint_now(StandingClock(), ledger_key())) break;
    out.sealed = out.acknowledged;
  }
  return out;
}

/// Opens what is left with a disk that works: nothing acknowledged is missing, the tree leads to the checkpoint,
/// appends work again.
void expect_whole(const std::filesystem::path& dir, const Life& life, const std::string& where) {
  PosixFileOps real;
  auto writer = LedgerWriter::open(dir, options(), real);
  ASSERT_TRUE(writer) << where << ": " << writer.error().text();
  ASSERT_GE((*writer)->size(), life.acknowledged) << where;
  ASSERT_LE((*writer)->size(), life.acknowledged + 4) << where;
  ASSERT_GE((*writer)->recovery().checkpoint_size, life.sealed) << where;
  const auto size = (*writer)->size();
  ASSERT_EQ(*(*writer)->append(long_entry(size)).get(), size) << where;
  ASSERT_TRUE((*writer)->checkpoint_now(StandingClock(), ledger_key())) << where;
  writer->reset();
  const auto report = *verify_ledger(dir, ledger_key().public_key());
  ASSERT_TRUE(report.good()) << where << ": " << name(report.fault) << " " << report.detail;
  ASSERT_EQ(report.entries, size + 1) << where;
  auto reader = *LedgerReader::open(dir);
  for (std::uint64_t i = 0; i <= size; ++i) ASSERT_EQ(*reader->entry(i), long_entry(i)) << where << " entry " << i;
}

TEST(Fault, OfEachOperationInTurnLosesNothing) {
  for (const auto code : {Errc::no_space, Errc::io}) {
    for (const int length : {1, 1'000'000}) {  // once; from then on
      int operations = 0;
      for (int at = 0; at == 0 || at < operations; ++at) {
        TempDir temp;
        FailingFileOps ops;
        ops.with = code;
        ops.fail_from = at == 0 ? -1 : at - 1;
        ops.fail_count = length;
        const auto life = live(temp.ledger(), ops);
        if (at == 0) operations = ops.done + 1;
        if (at == 0) {
          ASSERT_EQ(life.acknowledged, 24U);
        }
        expect_whole(temp.ledger(), life, std::string(kw::name(code)) + " at " + std::to_string(at));
        if (HasFatalFailure()) return;
      }
      ASSERT_GT(operations, 60);
    }
  }
}

/// Every octet of a short write; of a long one its ends, where headers are, and a sieve between.
bool worth_a_cut(std::size_t at, std::size_t octets) {
  return octets <= 160 || at <= 48 || at + 48 >= octets || at % 61 == 0;
}

// What was written and not synced is there, as after a killed process; and, once an operation, it is gone, as after a
// power cut: then the octets of a cut write do not matter.
TEST(Fault, ThePowerCutAtAnyOctetLosesNothing) {
  std::vector<std::size_t> writes;
  {
    TempDir temp;
    PowerCutFileOps ops(temp.ledger());
    ASSERT_EQ(live(temp.ledger(), ops).acknowledged, 24U);
    writes = ops.writes;
  }
  int cuts = 0;
  for (std::size_t at = 0; at < writes.size(); ++at) {
    for (std::size_t octet = 0; octet <= writes[at]; ++octet) {
      if (!worth_a_cut(octet, writes[at])) continue;
      for (const bool unsynced_is_lost : {false, true}) {
        if (unsynced_is_lost && octet > 0) continue;
        TempDir temp;
        PowerCutFileOps ops(temp.ledger());
        ops.cut_at = static_cast<int>(at);
        ops.cut_octets = octet;
        const auto life = live(temp.ledger(), ops);
        if (unsynced_is_lost && std::filesystem::exists(temp.ledger())) ops.lose();
        expect_whole(temp.ledger(), life,
                     "operation " + std::to_string(at) + " octet " + std::to_string(octet) +
                         (unsynced_is_lost ? " power cut" : " killed"));
        if (HasFatalFailure()) return;
        ++cuts;
      }
    }
  }
  EXPECT_GT(cuts, 500);
}

}  // namespace
}  // namespace kw::store
