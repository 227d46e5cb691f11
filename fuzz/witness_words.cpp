// links: cli
// What witnesses and platforms say to each other: a word is read within its bounds or refused, and a refusal by a stranger
// convicts nobody.
#include <cstdlib>

#include "cli/witness/witness_platform.h"
#include "schema/codec.h"
#include "witness/refusal.h"
#include "witness/witnessed.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw;
  static const auto key = crypto::Sm2PrivateKey::generate()->public_key();
  const ByteView in(data, size);
  (void)cli::parse_offered(text_of(in));
  if (const auto object = schema::parse<kioskward::v1::Signed>(in, 32U << 10)) {
    if (const auto word = witness::read_cosignature(*object); word && word->witness.empty()) std::abort();
    const auto refusal = witness::read_refusal(*object);
    if (refusal && witness::weigh_refusal(*refusal, key) != witness::Finding::word_against) std::abort();
  }
  const auto object = schema::parse<kioskward::v1::WitnessedCheckpoint>(in, witness::kMostWitnessed);
  if (object && witness::verify_witnessed(*object, key, {}, 0)) std::abort();
  return 0;
}
