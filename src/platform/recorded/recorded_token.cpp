#include "platform/recorded/recorded_token.h"

#include "crypto/sm2_digest.h"

namespace kw::platform {

Result<> RecordedToken::ready() const {
  if (gone) return fail(Errc::unavailable, "the token was taken out");
  return {};
}

Result<Bytes> RecordedToken::certificate() {
  KW_CHECK(ready());
  if (!certificate_der) return fail(Errc::not_found, "no certificate");
  return *certificate_der;
}

Result<unsigned> RecordedToken::tries_left() {
  KW_CHECK(ready());
  return tries_;
}

Result<> RecordedToken::show_pin(const SecretBytes& pin) {
  KW_CHECK(pki::check_pin(pin));
  KW_CHECK(ready());
  if (tries_ == 0) return fail(Errc::rate_limited, "PIN locked");
  if (!equal(pin.reveal(), bytes_of(pin_))) {
    --tries_;
    return fail(Errc::forbidden, "wrong PIN");
  }
  tries_ = kTries;
  shown_ = true;
  return {};
}

Result<Bytes> RecordedToken::sign_digest(ByteView digest32) {
  KW_CHECK(ready());
  if (digest32.size() != std::tuple_size_v<crypto::Digest>) return fail(Errc::invalid, "a digest has 32 octets");
  if (!shown_) return fail(Errc::wrong_state, "no PIN was shown");
  auto digest = copy(digest32);
  if (signs_other) digest.front() ^= 1;
  return crypto::sm2_sign_digest(key_, digest);
}

}  // namespace kw::platform
