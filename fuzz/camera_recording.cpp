// links: agent
// A recording's file, of any octets: what is good of it must be good again when it is cut there.
#include "agent/camera/recording.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const kw::ByteView in(data, size);
  const auto scan = kw::agent::scan_recording(in);
  if (!scan) return 0;
  if (scan->good > size) __builtin_trap();
  const auto again = kw::agent::scan_recording(in.first(scan->good));
  if (!again || again->root != scan->root || again->records.size() != scan->records.size()) __builtin_trap();
  static const kw::SecretBytes kSecret(kw::Bytes(32, 7));
  const auto key = kw::agent::RecordingKey::derive(kSecret, scan->header);
  if (key)
    for (const auto& record : scan->records) (void)key->open(in.subspan(record.offset, record.length));
  return 0;
}
