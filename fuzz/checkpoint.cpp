// links: ledger
// A checkpoint from a stranger: it parses into the bounds that the header promises, or is refused; none is ever signed.
#include <cstdlib>

#include "ledger/witness.h"
#include "schema/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw;
  static const auto key = crypto::Sm2PrivateKey::generate()->public_key();
  const ByteView in(data, size);
  if (auto checkpoint = ledger::parse_checkpoint(in)) {
    if (checkpoint->size > ledger::kMaxSize || checkpoint->origin.empty()) std::abort();
    if (*ledger::parse_checkpoint(ledger::build_checkpoint(*checkpoint)) != *checkpoint) std::abort();
  }
  const auto object = schema::parse<ledger::v1::Signed>(in, ledger::kMaxSignedCheckpoint);
  if (object && ledger::witness(std::nullopt, *object, {}, key)) std::abort();
  return 0;
}
