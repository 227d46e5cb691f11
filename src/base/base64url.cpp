#include "base/base64url.h"

#include <algorithm>

namespace kw {

std::string to_base64url(ByteView octets) {
  auto out = to_base64(octets);
  std::ranges::replace(out, '+', '-');
  std::ranges::replace(out, '/', '_');
  out.erase(std::min(out.find('='), out.size()));
  return out;
}

Result<Bytes> from_base64url(std::string_view text) {
  if (text.find_first_of("+/=") != std::string_view::npos) return fail(Errc::malformed, "base64url");
  std::string out(text);
  std::ranges::replace(out, '-', '+');
  std::ranges::replace(out, '_', '/');
  out.append((4 - out.size() % 4) % 4, '=');
  return from_base64(out);
}

}  // namespace kw
