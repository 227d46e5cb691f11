// links: platform
// One NFLOG message of any octets, and what nft prints of sets.
#include "platform/linux/nft_json.h"
#include "platform/linux/packet_log.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const kw::ByteView in(data, size);
  const auto packet = kw::platform::parse_packet_log(in);
  if (packet && packet->family != 0 && packet->source.size() != packet->destination.size()) __builtin_trap();
  (void)kw::platform::parse_set_elements(kw::text_of(in));
  return 0;
}
