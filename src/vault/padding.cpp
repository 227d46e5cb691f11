#include "vault/padding.h"

#include <algorithm>

namespace kw::vault {
namespace {

constexpr Byte kPadMark = 0x80;

}  // namespace

SecretBytes padded(ByteView plain) {
  SecretBytes out((plain.size() / kPadStep + 1) * kPadStep);
  std::ranges::copy(plain, out.reveal_mutable().begin());
  out.reveal_mutable()[plain.size()] = kPadMark;
  return out;
}

Result<SecretBytes> unpadded(const SecretBytes& padded) {
  const auto octets = padded.reveal();
  auto end = octets.size();
  while (end > 0 && octets[end - 1] == 0) --end;
  if (end == 0 || octets[end - 1] != kPadMark) return fail(Errc::decrypt_failed);
  return SecretBytes::copy_of(octets.first(end - 1));
}

}  // namespace kw::vault
