#include "ledger/receipt.h"

#include "crypto/pem.h"
#include "schema/codec.h"

namespace kw::ledger {
namespace {

constexpr std::uint32_t kReceiptVersion = 1;

}  // namespace

std::string receipt_text(const Receipt& receipt) {
  v1::LedgerReceipt out;
  out.set_version(kReceiptVersion);
  out.set_index(receipt.index);
  out.set_entry(copy_text(receipt.entry));
  proof_to_wire(receipt.path, *out.mutable_path());
  *out.mutable_checkpoint() = receipt.checkpoint;
  return crypto::pem_wrap(schema::serialise(out), kReceiptLabel);
}

Result<Receipt> parse_receipt(std::string_view text) {
  if (text.size() > kMaxReceiptText) return fail(Errc::too_large, "receipt");
  KW_TRY(const auto block, crypto::pem_find(text, kReceiptLabel));
  KW_TRY(const auto message, schema::parse<v1::LedgerReceipt>(block.reveal(), kMaxReceipt));
  if (message.version() != kReceiptVersion) return fail(Errc::unsupported, "receipt version");
  if (message.entry().empty() || message.entry().size() > kMaxEntry) return fail(Errc::malformed, "entry of a receipt");
  Receipt out{message.index(), copy(bytes_of(message.entry())), {}, message.checkpoint()};
  KW_TRY(out.path, proof_from_wire(message.path()));
  return out;
}

std::string_view name(ReceiptFault fault) noexcept {
  switch (fault) {
    case ReceiptFault::none:
      return "none";
    case ReceiptFault::checkpoint_altered:
      return "checkpoint_altered";
    case ReceiptFault::bad_signature:
      return "bad_signature";
    case ReceiptFault::not_included:
      return "not_included";
  }
  return "unknown";
}

ReceiptVerdict check_receipt(const Receipt& receipt, const crypto::Sm2PublicKey& key) {
  auto checkpoint = open_checkpoint(receipt.checkpoint, key);
  if (!checkpoint) {
    const bool forged = checkpoint.code() == Errc::bad_signature;
    return {forged ? ReceiptFault::bad_signature : ReceiptFault::checkpoint_altered, checkpoint.error().text()};
  }
  ReceiptVerdict out{ReceiptFault::none, {}, std::move(*checkpoint)};
  const auto& head = *out.checkpoint;
  if (const auto included =
          verify_inclusion(leaf_hash(receipt.entry), receipt.index, head.size, receipt.path, head.root);
      !included) {
    out.fault = ReceiptFault::not_included;
    out.detail = included.error().text();
  }
  return out;
}

}  // namespace kw::ledger
