// links: export
#include "export/message.h"
#include "export/profile_problem.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::exports;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto profile = parse_profile(text);
  if (!profile) {
    if (locate_problem(text, profile.error()).reason.empty()) __builtin_trap();
    return 0;
  }
  if (profile->name.empty() || profile->batch == 0 || profile->fields.size() > 64) __builtin_trap();
  if (profile->address.scheme == Scheme::http && profile->address.host != "::1" &&
      !profile->address.host.starts_with("127."))
    __builtin_trap();
  // Whatever the profile says, a record can be written by it.
  Batch batch{"b", {test_record(identity_of("l", {}), kw::Timestamp::from_seconds(1'795'000'000))}};
  batch.records[0].params = {{"a", "<\"]\\|="}};
  if (!wanted(profile->filter, batch.records[0])) return 0;
  if (const auto message = encode(*profile, batch); message && message->octets.empty()) __builtin_trap();
  return 0;
}
