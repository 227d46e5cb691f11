// audit receipt and ledger export: proofs that leave the platform as files.
#include "cli/api/download.h"
#include "ledger/receipt.h"

namespace kw::cli {
namespace {

constexpr std::uint64_t kMostBundle = (1ULL << 30) + (1U << 20);  // the largest segment, its last record and a head

}  // namespace

int run_receipt(const Invocation& call) {
  const auto saved = download(call, ledger::kMaxReceiptText, false);  // it proves itself
  return saved ? kDone : saved.error();
}

int run_ledger_export(const Invocation& call) {
  const auto saved = download(call, kMostBundle);
  return saved ? kDone : saved.error();
}

}  // namespace kw::cli
