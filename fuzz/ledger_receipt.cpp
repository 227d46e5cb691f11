// links: ledger
// A receipt from a stranger: it parses or is refused; what parses is written again as it was read, and never passes.
#include <cstdlib>

#include "ledger/receipt.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw;
  static const auto key = *crypto::Sm2PrivateKey::generate();  // nobody has signed with it
  const auto receipt = ledger::parse_receipt(text_of(ByteView(data, size)));
  if (!receipt) return 0;
  const auto again = ledger::parse_receipt(ledger::receipt_text(*receipt));
  if (!again || again->entry != receipt->entry || again->index != receipt->index || again->path != receipt->path)
    std::abort();
  if (ledger::check_receipt(*receipt, key.public_key()).fault == ledger::ReceiptFault::none) std::abort();
  return 0;
}
