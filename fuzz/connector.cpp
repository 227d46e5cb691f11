// links: trail
#include "trail/connector.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::trail;
  const auto made = parse_connector({reinterpret_cast<const char*>(data), size});
  if (!made) return 0;
  if (made->name.empty() || made->matters.empty() || made->operations.empty()) __builtin_trap();
  if (made->guard == kw::trail::Guard::none && made->host != "127.0.0.1" && made->host != "::1") __builtin_trap();
  if ((made->guard == kw::trail::Guard::none) != made->trust.ca.empty()) __builtin_trap();
  // Whatever the file says, no path leads out of the base, and a template is its own path.
  for (const auto* path : {"", "/", "/..", "/../x", "//", "/a//b", "/a/"})
    for (const auto& one : made->operations)
      if (made->find(one.method, path) != nullptr) __builtin_trap();
  for (const auto& one : made->operations)
    if (made->find(one.method, one.path) == nullptr) __builtin_trap();
  return 0;
}
