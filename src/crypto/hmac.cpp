// HMAC over SM3 and the derivations that stand on it; the two key blocks are hashed once per key.
#include "crypto/hmac.h"

#include <algorithm>

namespace kw::crypto {

HmacKey::HmacKey(ByteView key) {
  std::array<Byte, 64> block{};
  if (key.size() > block.size()) {
    std::ranges::copy(sm3(key), block.begin());
  } else {
    std::ranges::copy(key, block.begin());
  }
  for (Byte& b : block) b ^= 0x36;
  inner_.update(block);
  for (Byte& b : block) b ^= 0x36 ^ 0x5c;
  outer_.update(block);
  wipe(block);
}

Digest HmacKey::mac(std::initializer_list<ByteView> parts) const {
  Sm3 inner = inner_;
  for (const ByteView part : parts) inner.update(part);
  Digest digest = inner.finish();
  Sm3 outer = outer_;
  outer.update(digest);
  wipe(digest);
  return outer.finish();
}

Digest hmac_sm3(ByteView key, std::initializer_list<ByteView> parts) { return HmacKey(key).mac(parts); }

SecretBytes tls_prf_sm3(ByteView secret, std::string_view label, ByteView seed, std::size_t length) {
  const HmacKey key(secret);
  SecretBytes out(length);
  const ByteView label_bytes = bytes_of(label);
  Digest a = key.mac({label_bytes, seed});  // A(1)
  for (std::size_t at = 0; at < length; at += a.size()) {
    Digest block = key.mac({a, label_bytes, seed});
    std::copy_n(block.begin(), std::min(block.size(), length - at), out.reveal_mutable().subspan(at).begin());
    a = key.mac({a});
    wipe(block);
  }
  wipe(a);
  return out;
}

SecretBytes hkdf_sm3(ByteView secret, ByteView salt, ByteView info, std::size_t length) {
  const Digest zeros{};
  Digest extracted = hmac_sm3(salt.empty() ? ByteView(zeros) : salt, {secret});
  const HmacKey key(extracted);
  wipe(extracted);
  SecretBytes out(std::min<std::size_t>(length, 255 * sizeof(Digest)));
  Digest block{};
  Byte counter = 0;
  for (std::size_t at = 0; at < out.size(); at += block.size()) {
    ++counter;
    const ByteView before = at == 0 ? ByteView() : ByteView(block);
    block = key.mac({before, info, ByteView(&counter, 1)});
    std::copy_n(block.begin(), std::min(block.size(), out.size() - at), out.reveal_mutable().subspan(at).begin());
  }
  wipe(block);
  return out;
}

}  // namespace kw::crypto
