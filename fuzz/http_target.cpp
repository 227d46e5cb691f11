// links: net
#include "net/url.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // What we encode is decoded to the same, unless it holds a control character, which nothing may.
  const auto back = kw::net::percent_decode(kw::net::percent_encode(text));
  if (back && *back != text) __builtin_trap();
  const auto target = kw::net::parse_target(text);
  if (!target) return 0;
  // No accepted path climbs out of a directory or hides a second meaning.
  if (target->path.empty() || target->path[0] != '/') __builtin_trap();
  if ((target->path + "/").find("/../") != std::string::npos) __builtin_trap();
  if (target->path.find_first_of(std::string_view("\0\\\n\r", 4)) != std::string::npos) __builtin_trap();
  return 0;
}
