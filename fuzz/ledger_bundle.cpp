// links: ledger
// The head of a bundle and a seal from a stranger: sizes are bounded, what parses is built again, and it never passes.
#include <cstdlib>

#include "ledger/bundle.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw;
  static const auto key = *crypto::Sm2PrivateKey::generate();  // nobody has signed with it
  const ByteView in(data, size);
  if (const auto seal = ledger::parse_seal(in); seal && *ledger::parse_seal(ledger::build_seal(*seal)) != *seal)
    std::abort();
  const auto length = ledger::bundle_head_length(in);
  if (!length || *length > size - ledger::kBundlePreamble) return 0;
  const auto head = ledger::parse_bundle_head(in.subspan(ledger::kBundlePreamble, *length));
  if (!head) return 0;
  const auto octets = ledger::build_bundle_head(*head);
  if (octets.size() <= ledger::kMaxBundleHead &&
      !ledger::parse_bundle_head(ByteView(octets).subspan(ledger::kBundlePreamble)))
    std::abort();
  if (ledger::check_bundle_head(*head, key.public_key())) std::abort();
  return 0;
}
