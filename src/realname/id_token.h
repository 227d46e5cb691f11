#pragma once
// judge_id_token judges the token by which an authority says who stands before a kiosk (OpenID Connect Core section 2:
// a JSON Web Signature over claims).
//
//   const auto nonce = session_nonce(device, salt);             // what the authority was asked to put into it
//   const auto token = judge_id_token(text, authorities, nonce, now);
//   if (!token) switch (token.error()) ...                      // one TokenRefusal; it is logged, never the token
//
// The nonce is computed from the kiosk that shows the token, so one that was made for another kiosk, or for an earlier
// session, is refused without a list of them. A token may be used once all the same: `mark` tells it again until it
// ends. Claims that nobody asks for are not read: no name, number or telephone is taken out of a token, and of the subject
// a digest alone. PURE; thread-safe.
#include "base/id.h"
#include "realname/jwk.h"

namespace kw::realname {

inline constexpr std::size_t kMostToken = 8 * 1024;
inline constexpr std::size_t kSalt = 16;

/// Authority is one that is trusted to establish who somebody is.
struct Authority {
  std::string name;                             // the operator's word, for records
  std::string issuer;                           // iss, exactly
  std::string audience;                         // among aud
  std::vector<std::string> strong;              // acr values that are enough; empty: any
  Duration most_age = std::chrono::minutes(5);  // since iat
  KeySet keys;
};

struct Identity {
  const Authority* authority = nullptr;
  std::string strength;  // acr
  Bytes mark;            // SM3 of the token, 32 octets
  Bytes subject;         // SM3 of issuer, zero, subject: the same person, where it is the same authority
  Timestamp expires;
};

enum class TokenRefusal : std::uint8_t {
  malformed,
  unknown_authority,
  unknown_key,  // also an algorithm that no key of the authority has, "none" among them
  bad_signature,
  wrong_audience,
  expired,
  not_yet,  // issued in the future
  too_old,
  wrong_nonce,  // another kiosk's, or an earlier session's
  too_weak,
};
[[nodiscard]] std::string_view name(TokenRefusal refusal) noexcept;

inline constexpr Duration kClockLag = std::chrono::seconds(60);

tl::expected<Identity, TokenRefusal> judge_id_token(std::string_view token, const std::vector<Authority>& authorities,
                                                    std::string_view nonce, Timestamp now);

/// session_nonce: base64url of SM3("kioskward:realname:v1" 0 device salt), 43 letters.
[[nodiscard]] std::string session_nonce(const DeviceId& device, ByteView salt16);

}  // namespace kw::realname
