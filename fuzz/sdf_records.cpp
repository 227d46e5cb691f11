// links: platform
#include "platform/sdf/sdf_records.h"

using kw::platform::SdfNumbers;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const kw::ByteView record(data, size);
  static_cast<void>(kw::platform::read_sdf_public_key(record).has_value());
  for (const auto numbers : {SdfNumbers::standard, SdfNumbers::wide}) {
    const auto cipher = kw::platform::read_sdf_cipher(record, numbers);
    if (!cipher) continue;
    const auto written = kw::platform::write_sdf_cipher(*cipher, numbers);
    const auto again = kw::platform::read_sdf_cipher(written, numbers);
    if (!again || again->x != cipher->x || again->key != cipher->key) __builtin_trap();
  }
  return 0;
}
