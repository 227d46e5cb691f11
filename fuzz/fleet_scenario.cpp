// links: fleet
#include <set>

#include "bench/fleet/scenario.h"
#include "bench/fleet/tokens.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::fleet;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto tokens = parse_tokens(text))
    for (const auto& [address, token] : *tokens)
      if (address.empty() || token.empty()) __builtin_trap();
  const auto city = parse_scenario(text);
  if (!city) return 0;
  std::set<std::string> addresses;
  for (const auto& site : city->sites) {
    for (const auto& kiosk : site.kiosks) {
      if (kiosk.name.empty() || kiosk.mac.size() != 17 || !addresses.insert(kiosk.address).second) __builtin_trap();
      for (const auto& deed : kiosk.deeds)
        if (deed.every.count() > 0 && deed.every <= deed.lasts) __builtin_trap();
    }
  }
  return 0;
}
