// links: device
// A stored file of the quarantine, of any octets, under a fixed secret.
#include "device/malware/quarantine_form.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const kw::Bytes kSecret(32, 7);
  const kw::ByteView in(data, size);
  const auto head = kw::device::open_quarantined_head(in, kSecret);
  if (head && head->content_at > size) __builtin_trap();
  (void)kw::device::open_quarantined_content(in, kSecret);
  return 0;
}
