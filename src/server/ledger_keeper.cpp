#include "server/ledger_keeper.h"

#include "schema/codec.h"

namespace kw::server {
namespace {
constexpr Duration kQuietEvery = std::chrono::seconds(60);
}

Result<> LedgerKeeper::tick(bool force) {
  {
    const std::lock_guard lock(mutex_);
    const bool due = force || !head_ || head_->checkpoint.size != writer_.size() ||
                     clock_.now() - head_->checkpoint.time >= kQuietEvery;
    if (!due) return {};
  }
  KW_TRY(auto object, writer_.checkpoint_now(clock_, key_));
  KW_TRY(auto checkpoint, ledger::open_checkpoint(object, key_.public_key()));
  SignedHead head{std::move(object), std::move(checkpoint)};
  {
    const std::lock_guard lock(mutex_);
    head_ = head;
  }
  if (published_) published_(head);
  return {};
}

Result<SignedHead> LedgerKeeper::head() const {
  const std::lock_guard lock(mutex_);
  if (!head_) return fail(Errc::unavailable, "no checkpoint yet");
  return *head_;
}

Result<EntryProof> LedgerKeeper::prove(std::uint64_t index) {
  EntryProof out;
  KW_TRY(out.head, head());
  const auto size = out.head.checkpoint.size;
  if (index >= size) return fail(Errc::not_found, "no checkpoint covers this entry yet");
  const auto octets = reader_.entry(index);
  out.archived = !octets && octets.code() == Errc::wrong_state;
  if (!octets && !out.archived) return octets.error();
  if (octets) {
    out.leaf = ledger::leaf_hash(*octets);
  } else {
    KW_TRY(out.leaf, reader_.leaf(index));
  }
  KW_TRY(out.path, reader_.inclusion(index, size));
  out.verified = ledger::verify_inclusion(out.leaf, index, size, out.path, out.head.checkpoint.root).has_value();
  return out;
}

Result<ledger::Receipt> LedgerKeeper::receipt(std::uint64_t index) {
  KW_TRY(const auto newest, head());
  if (index >= newest.checkpoint.size) return fail(Errc::not_found, "no checkpoint covers this entry yet");
  ledger::Receipt out{index, {}, {}, newest.object};
  KW_TRY(out.entry, reader_.entry(index));
  KW_TRY(out.path, reader_.inclusion(index, newest.checkpoint.size));
  const auto verdict = ledger::check_receipt(out, key_.public_key());
  if (verdict.fault != ledger::ReceiptFault::none) return fail(Errc::corrupt, "receipt: " + verdict.detail);
  return out;
}

Result<v1::AuditEntry> LedgerKeeper::entry(std::uint64_t index) {
  KW_TRY(auto octets, reader_.entry(index));
  return schema::parse<v1::AuditEntry>(octets, ledger::kMaxEntry);
}

}  // namespace kw::server
