// links: tlcp
// The record reader over octets in two pieces, and both protections opening every record that it cuts.
#include "tests/support/tlcp/peers.h"

using namespace kw::tlcp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const kw::ByteView in(data, size);
  testing::CountingRandom random;
  std::vector<std::unique_ptr<RecordProtection>> open;
  for (const auto suite : kSuites) {
    const auto n = sizes(suite);
    DirectionKeys keys{kw::SecretBytes(n.mac_key), kw::SecretBytes(n.cipher_key), kw::SecretBytes(n.fixed_iv)};
    open.push_back(make_protection(suite, std::move(keys), random).value());
  }
  RecordReader reader;
  for (const auto piece : {in.first(size / 2), in.subspan(size / 2)}) {
    reader.feed(piece);
    for (auto next = reader.next(); next && *next; next = reader.next())
      for (const auto& p : open) static_cast<void>(p->open((*next)->type, (*next)->fragment).has_value());
  }
  return 0;
}
