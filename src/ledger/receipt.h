#pragma once
// Receipt is one entry of the ledger with everything that proves it: its place, its inclusion proof and the signed
// checkpoint. check_receipt needs the ledger's public key and nothing else.
//
// As a file it is v1::LedgerReceipt in one PEM block (RFC 7468) of type KIOSKWARD RECEIPT, which can be mailed and
// printed. PURE and thread-safe.
#include <optional>

#include "kioskward/v1/ledger.pb.h"
#include "ledger/checkpoint.h"
#include "ledger/proof.h"

namespace kw::ledger {

inline constexpr std::size_t kMaxReceipt =
    kMaxEntry + kMaxProof * 40 + kMaxSignedCheckpoint + 64;  // octets, without PEM
inline constexpr std::size_t kMaxReceiptText = 2 * kMaxReceipt;
inline constexpr std::string_view kReceiptLabel = "KIOSKWARD RECEIPT";

struct Receipt {
  std::uint64_t index = 0;
  Bytes entry;
  Proof path;
  v1::Signed checkpoint;
};

[[nodiscard]] std::string receipt_text(const Receipt& receipt);
/// parse_receipt takes the text of receipt_text, with other text around it. Errc::not_found where there is no block,
/// Errc::too_large, Errc::malformed, Errc::unsupported for another version.
Result<Receipt> parse_receipt(std::string_view text);

enum class ReceiptFault {
  none,
  checkpoint_altered,  // not readable as a checkpoint
  bad_signature,       // readable, but not signed by the trusted key
  not_included,        // the proof does not lead from this entry to the signed root
};
[[nodiscard]] std::string_view name(ReceiptFault fault) noexcept;

struct ReceiptVerdict {
  ReceiptFault fault = ReceiptFault::none;
  std::string detail{};                    // one line for an operator
  std::optional<Checkpoint> checkpoint{};  // where its signature is good
};
[[nodiscard]] ReceiptVerdict check_receipt(const Receipt& receipt, const crypto::Sm2PublicKey& key);

}  // namespace kw::ledger
