// links: ledger store
// ledger_fleet_bench measures the ledger of a fleet: durable entries a second from 1,000 writers with a checkpoint each
// second, and proofs over a log of 100 million entries.
//
// Usage: ledger_fleet_bench [--smoke] [--entries N] [DIRECTORY]. The log to prove has tiles and no entries: a proof
// reads tiles alone, and its leaves are numbers instead of hashes of entries, which costs a proof the same. It
// needs 32.2 octets an entry on the medium of DIRECTORY, asked before, and is removed at the end.
#include <fcntl.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <thread>

#include "ledger/proof.h"
#include "ledger_tools.h"
#include "store/ledger/derived_files.h"
#include "store/ledger/ledger_writer.h"

namespace {

using namespace kw;
using namespace kw::bench;

double processor_time() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}
double at_share(std::vector<double>& values, double share) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

/// Each writer has one group on its way and sends the next when it is durable, as a connection does that waits for its
/// acknowledgement.
void sustained(const std::filesystem::path& dir, unsigned writers, std::size_t group, double seconds) {
  std::filesystem::remove_all(dir);
  store::PosixFileOps ops;
  const auto key = need(crypto::Sm2PrivateKey::generate());
  auto writer = need(store::LedgerWriter::open(
      dir, {.origin = "bench", .key = key.public_key(), .max_waiting = 2 * writers * group + 1024}, ops));
  std::atomic<std::uint64_t> durable{0}, failed{0};
  std::atomic<unsigned> busy{writers};
  std::atomic<bool> stop{false};
  std::vector<double> waits;  // callbacks are one after the other
  std::function<void()> send = [&] {
    std::vector<Bytes> entries(group, Bytes(256, 0x5a));
    const auto start = SteadyClock::now();
    writer->append_all(std::move(entries), [&, start](const Result<std::uint64_t>& index) {
      if (!index) ++failed;
      durable += group;
      waits.push_back(seconds_since(start));
      if (stop || !index)
        --busy;
      else
        send();
    });
  };
  const auto start = SteadyClock::now();
  for (unsigned i = 0; i < writers; ++i) send();
  std::vector<double> seals;
  const WallClock clock;
  auto next = start;
  do {  // once at least, however slow the machine
    next += std::chrono::seconds(1);
    std::this_thread::sleep_until(std::min(
        next, start + std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(seconds))));
    const auto begun = SteadyClock::now();
    need(writer->checkpoint_now(clock, key));
    seals.push_back(seconds_since(begun) * 1e3);
  } while (seconds_since(start) < seconds);
  stop = true;
  while (busy > 0) std::this_thread::yield();
  const double rate = static_cast<double>(durable) / seconds_since(start);
  writer.reset();
  if (failed > 0) die(Error(Errc::io, "an append failed"));
  std::printf(
      "%u writers, groups of %zu: %.0f durable entries/s over %.0f s; answered after median %.1f ms, p99 %.1f ms; "
      "checkpoint median %.1f ms\n",
      writers, group, rate, seconds, at_share(waits, 0.5) * 1e3, at_share(waits, 0.99) * 1e3, at_share(seals, 0.5));
}

/// Writes the tile levels of a log of `size` leaves, and nothing else.
ledger::Hash build_tiles(const store::LedgerLayout& layout, std::uint64_t size) {
  std::filesystem::create_directories(layout.tiles());
  std::vector<store::FileHandle> levels;
  std::vector<std::uint64_t> ends;
  store::PosixFileOps ops;
  ledger::Frontier frontier;
  std::vector<ledger::Hash> leaves;
  std::vector<ledger::TileHash> completed;
  std::vector<Bytes> pending;
  while (frontier.size() < size) {
    leaves.resize(std::min<std::uint64_t>(1U << 16, size - frontier.size()));
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      const std::uint64_t number = frontier.size() + i;
      std::memcpy(leaves[i].data(), &number, sizeof number);
    }
    completed.clear();
    frontier.append(leaves, completed);
    for (const auto& hash : completed) {
      if (pending.size() <= hash.level) {
        pending.resize(hash.level + 1);
        ends.resize(hash.level + 1);
        levels.push_back(need(ops.open_for_writing(layout.level(hash.level))));
      }
      append(pending[hash.level], hash.hash);
    }
    for (std::size_t level = 0; level < pending.size(); ++level) {
      need(ops.write_at(levels[level], pending[level], ends[level]));
      ends[level] += pending[level].size();
      pending[level].clear();
    }
  }
  for (const auto& file : levels) {
    need(ops.sync_data(file));
    ::posix_fadvise(file.fd(), 0, 0, POSIX_FADV_DONTNEED);
  }
  return frontier.root();
}

void proofs(const std::filesystem::path& dir, std::uint64_t size, int count) {
  store::PosixFileOps ops;
  const auto space = need(ops.space(dir.parent_path()));
  const std::uint64_t wanted = size / 10 * 323;
  if (space.free < 2 * wanted)
    die(Error(Errc::no_space, "a log of this size needs twice " + std::to_string(wanted >> 20) + " MiB free"));
  const store::LedgerLayout layout{dir};
  const auto built = SteadyClock::now();
  const auto root = build_tiles(layout, size);
  std::printf("log of %llu entries built in %.0f s\n", static_cast<unsigned long long>(size), seconds_since(built));
  store::FileTiles tiles(layout);
  for (const char* heat : {"first read", "again"}) {
    std::vector<double> made, worked, checked;
    std::size_t hashes = 0;
    for (int i = 0; i < count; ++i) {
      // The first and last entries, then any.
      const std::uint64_t index = i == 0   ? 0
                                  : i == 1 ? size - 1
                                           : static_cast<std::uint64_t>(i) * 7'919'000'003ULL % size;
      auto start = SteadyClock::now();
      const double busy = processor_time();
      const auto proof = need(ledger::inclusion_proof(index, size, tiles));
      worked.push_back((processor_time() - busy) * 1e6);
      made.push_back(seconds_since(start) * 1e6);
      ledger::Hash leaf{};
      std::memcpy(leaf.data(), &index, sizeof index);
      start = SteadyClock::now();
      need(ledger::verify_inclusion(leaf, index, size, proof, root));
      checked.push_back(seconds_since(start) * 1e6);
      hashes = std::max(hashes, proof.size());
    }
    const double median = at_share(made, 0.5), p99 = at_share(made, 0.99);
    const double work = at_share(worked, 0.5), work99 = at_share(worked, 0.99);
    std::printf(
        "%d inclusion proofs, %s: made median %.0f us, p99 %.0f us, longest %.0f us; of that processor time "
        "median %.0f us, p99 %.0f us, longest %.0f us; verified median %.1f us; %zu hashes, %zu octets at most\n",
        count, heat, median, p99, made.back(), work, work99, worked.back(), at_share(checked, 0.5), hashes,
        hashes * 32);
  }
}

}  // namespace

int main(int argc, char** argv) {
  bool smoke = false;
  std::uint64_t entries = 100'000'000;
  std::filesystem::path parent = ".";
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--smoke")
      smoke = true;
    else if (std::string_view(argv[i]) == "--entries" && i + 1 < argc)
      entries = std::strtoull(argv[++i], nullptr, 10);
    else
      parent = argv[i];
  }
  if (smoke) entries = 200'000;
  const Scratch scratch(parent, "ledger-fleet");
  sustained(scratch.path / "ledger", 1000, 1, smoke ? 0.3 : 10);
  sustained(scratch.path / "ledger", 1000, 16, smoke ? 0.3 : 10);
  std::filesystem::remove_all(scratch.path / "ledger");
  proofs(scratch.path / "tiles", entries, smoke ? 200 : 20'000);
  return 0;
}
