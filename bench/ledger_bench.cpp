// links: ledger store
// ledger_bench measures durable appends, proofs and verification of the audit ledger; medians of 5 runs.
//
// Usage: ledger_bench [--smoke] [--batch N] [DIRECTORY]. The directory must be on the medium to be measured; default:
// the current one. A directory of its own is made in it and removed. --batch measures appends of that batch and nothing
// else, for a profiler to watch.
#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>

#include "ledger_tools.h"
#include "store/ledger/ledger_reader.h"
#include "store/ledger/ledger_writer.h"
#include "store/ledger/verify_ledger.h"

namespace {

using namespace kw;
using namespace kw::bench;

constexpr std::size_t kEntry = 256;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Counts callbacks, and lets the producer run at most `window` entries ahead of them.
class Gate {
 public:
  explicit Gate(std::size_t window) : window_(window) {}
  void enter() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_ < window_; });
    ++open_;
  }
  void leave(const Result<std::uint64_t>& index) {
    const std::lock_guard lock(mutex_);
    --open_;
    failed_ = failed_ || !index;
    // Waking the producer for each entry would measure the scheduler; half a window is enough for it to go on with.
    if (open_ == 0 || open_ == window_ / 2) changed_.notify_one();
  }
  bool drain() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_ == 0; });
    return !failed_;
  }

 private:
  const std::size_t window_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t open_ = 0;
  bool failed_ = false;
};

Bytes make_entry(std::uint64_t i) {
  Bytes out(kEntry, 0x5a);
  for (std::size_t at = 0; at < 8; ++at) out[at] = static_cast<Byte>(i >> (8 * at));
  return out;
}

/// Entries a second for `seconds` of appends in batches of at most `batch`.
double appends(const std::filesystem::path& dir, std::size_t batch, double seconds, store::FileOps& ops) {
  std::filesystem::remove_all(dir);
  auto writer = need(store::LedgerWriter::open(
      dir, {.origin = "bench", .key = {}, .max_batch = batch, .max_waiting = std::max<std::size_t>(4 * batch, 16)},
      ops));
  Gate gate(batch == 1 ? 1 : 2 * batch);
  const auto start = SteadyClock::now();
  std::uint64_t count = 0;
  while ((count & 63U) != 0 || seconds_since(start) < seconds) {
    gate.enter();
    writer->append(make_entry(count++), [&gate](const Result<std::uint64_t>& index) { gate.leave(index); });
  }
  if (!gate.drain()) die(Error(Errc::io, "an append failed"));
  return static_cast<double>(count) / seconds_since(start);
}

}  // namespace

int main(int argc, char** argv) {
  bool smoke = false;
  std::vector<std::size_t> batches = {1, 16, 64, 1024};
  std::filesystem::path parent = ".";
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--smoke")
      smoke = true;
    else if (std::string_view(argv[i]) == "--batch" && i + 1 < argc)
      batches = {std::strtoul(argv[++i], nullptr, 10)};
    else
      parent = argv[i];
  }
  const Scratch scratch(parent, "ledger-bench");
  const std::filesystem::path dir = scratch.path / "ledger";
  store::PosixFileOps ops;
  const int runs = smoke ? 1 : 5;
  const double seconds = smoke ? 0.2 : 1.0;

  std::printf("durable appends, %zu-octet entries, one fdatasync a batch\n%8s %14s\n", kEntry, "batch", "entries/s");
  for (const std::size_t batch : batches) {
    std::vector<double> rates;
    for (int run = 0; run < runs; ++run) rates.push_back(appends(dir, batch, seconds, ops));
    const double rate = median(rates);
    std::printf("%8zu %14.0f\n", batch, rate);
    if (rate <= 0) return 1;
  }
  if (batches.size() == 1) return 0;

  // A ledger to prove and to verify.
  std::filesystem::remove_all(dir);
  const std::uint64_t size = smoke ? 20'000 : 1'000'000;
  const auto key = need(crypto::Sm2PrivateKey::generate());
  auto writer = need(store::LedgerWriter::open(dir, {.origin = "bench", .key = key.public_key()}, ops));
  Gate gate(4096);
  for (std::uint64_t i = 0; i < size; ++i) {
    gate.enter();
    writer->append(make_entry(i), [&gate](const Result<std::uint64_t>& index) { gate.leave(index); });
  }
  if (!gate.drain()) die(Error(Errc::io, "an append failed"));
  need(writer->checkpoint_now(WallClock(), key));
  auto reader = need(store::LedgerReader::open(dir));
  const auto root = need(reader->root(size));

  std::vector<double> build, check, opening, verifying;
  std::size_t hashes = 0;
  for (std::uint64_t i = 0; i < 501; ++i) {
    const std::uint64_t index = i * 7919 % size;
    auto start = SteadyClock::now();
    const auto proof = need(reader->inclusion(index, size));
    build.push_back(seconds_since(start) * 1e6);
    const auto leaf = ledger::leaf_hash(need(reader->entry(index)));
    start = SteadyClock::now();
    if (auto good = ledger::verify_inclusion(leaf, index, size, proof, root); !good) die(good.error());
    check.push_back(seconds_since(start) * 1e6);
    hashes = std::max(hashes, proof.size());
  }
  std::printf("inclusion proof over %llu entries: build %.0f us, verify %.1f us, %zu hashes (%zu octets)\n",
              static_cast<unsigned long long>(size), median(build), median(check), hashes, hashes * 32);
  writer.reset();
  for (int run = 0; run < runs; ++run) {
    auto start = SteadyClock::now();
    writer = need(store::LedgerWriter::open(dir, {.origin = "bench", .key = key.public_key()}, ops));
    opening.push_back(seconds_since(start));
    writer.reset();
    start = SteadyClock::now();
    const auto report = need(store::verify_ledger(dir, key.public_key()));
    verifying.push_back(static_cast<double>(report.entries) / seconds_since(start));
    if (!report.good() || report.entries != size) die(Error(Errc::corrupt, report.detail));
  }
  std::printf("open after a clean end: %.2f s; verify ledger: %.0f entries/s\n", median(opening), median(verifying));
  return 0;
}
