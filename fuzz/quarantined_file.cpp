// links: device
// A stored file of the quarantine, of any octets, under a fixed secret: its head, and what follows as its only part.
#include "device/malware/quarantine_form.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const kw::Bytes kSecret(32, 7);
  const kw::ByteView in(data, size);
  const auto head = kw::device::open_quarantined_head(in, kSecret);
  if (!head) return 0;
  if (head->size > size) __builtin_trap();
  const auto parts = kw::device::QuarantineParts::make(head->id, kSecret);
  if (parts) (void)parts->open(0, true, in.subspan(head->size));
  return 0;
}
