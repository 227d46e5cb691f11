// links: device
// Any octets as utmp records, as a session of logind and as an audit message: bounded clean text, and no crash.
#include <cstdlib>

#include "base/text.h"
#include "device/host/command_text.h"
#include "device/host/logins.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kw;
  const ByteView octets(data, size);
  const auto clean = [](const std::string& text) {
    if (text.size() > 64 || clean_text(text, 64) != text) std::abort();
  };
  for (const auto& one : device::parse_logins(octets)) {
    clean(one.user);
    clean(one.line);
    clean(one.from);
  }
  if (const auto session = device::parse_session(text_of(octets))) clean(session->user);
  if (const auto failed = device::parse_audit(1100, text_of(octets))) {
    clean(failed->user);
    clean(failed->program);
  }
  if (device::command_text(text_of(octets)).size() > device::kMostCommand) std::abort();
  return 0;
}
