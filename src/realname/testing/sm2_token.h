#pragma once
// sm2_jwk and sm2_token are what an identity authority with an SM2 key publishes and signs, for tests (ADR 110).
#include <algorithm>
#include <boost/json.hpp>

#include "base/base64url.h"
#include "crypto/der.h"
#include "crypto/sm2.h"

namespace kw::realname::testing {

inline boost::json::object sm2_jwk(const crypto::Sm2PrivateKey& key, std::string_view id) {
  const auto point = key.public_key().point();
  const ByteView whole(point);
  return {{"kty", "EC"},
          {"crv", "SM2"},
          {"kid", id},
          {"x", to_base64url(whole.subspan(1, 32))},
          {"y", to_base64url(whole.subspan(33, 32))}};
}

/// sm2_token signs as RFC 7515 has it; r and s of 32 octets each.
inline std::string sm2_token(const crypto::Sm2PrivateKey& key, const boost::json::object& header,
                             const boost::json::object& claims) {
  const auto part = [](const boost::json::object& one) { return to_base64url(bytes_of(boost::json::serialize(one))); };
  const auto text = part(header) + "." + part(claims);
  const auto der = key.sign(bytes_of(text)).value();
  auto numbers = crypto::DerReader(der).enter(crypto::tag::kSequence).value();
  Bytes out(64);
  for (const std::size_t end : {32U, 64U}) {
    const auto number = numbers.unsigned_integer().value();
    std::ranges::copy(number, out.begin() + static_cast<std::ptrdiff_t>(end - number.size()));
  }
  return text + "." + to_base64url(out);
}

}  // namespace kw::realname::testing
