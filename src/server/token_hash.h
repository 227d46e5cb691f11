#pragma once
// token_hash is what the platform keeps of a secret that it handed out, a cookie or an enrolment token: what is stolen from
// its store lets nobody in.
#include "crypto/sm3.h"

namespace kw::server {

[[nodiscard]] inline Bytes token_hash(std::string_view token) {
  const auto digest = crypto::sm3(bytes_of(token));
  return {digest.begin(), digest.end()};
}

}  // namespace kw::server
