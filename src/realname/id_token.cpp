#include "realname/id_token.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/base64url.h"
#include "base/text.h"
#include "crypto/sm3.h"

namespace kw::realname {
namespace {

namespace json = boost::json;
using enum TokenRefusal;

constexpr std::size_t kMostHeader = 1024, kMostAudiences = 16;
constexpr std::string_view kNonceLabel{"kioskward:realname:v1\0", 22};

tl::unexpected<TokenRefusal> refuse(TokenRefusal why) { return tl::unexpected(why); }

std::optional<json::object> object_in(std::string_view base64url) {
  const auto octets = from_base64url(base64url);
  if (!octets) return std::nullopt;
  json::error_code error;
  json::parse_options options;
  options.max_depth = 8;
  auto value = json::parse(text_of(*octets), error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

/// text gives nothing for a member that is there and no text; empty where it is missing.
std::optional<std::string> text(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  if (value == nullptr) return std::string();
  if (!value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

/// seconds reads a NumericDate (RFC 7519 section 2), whole or with a fraction.
std::optional<Timestamp> seconds(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  if (value == nullptr) return std::nullopt;
  const double number = value->is_int64()    ? static_cast<double>(value->get_int64())
                        : value->is_uint64() ? static_cast<double>(value->get_uint64())
                        : value->is_double() ? value->get_double()
                                             : -1.0;
  if (!(number >= 0 && number < 1e10)) return std::nullopt;  // until the year 2286
  return Timestamp::from_seconds(static_cast<std::int64_t>(number));
}

bool is_for(const json::object& claims, const std::string& audience) {
  const auto* value = claims.if_contains("aud");
  if (value == nullptr) return false;
  const auto same = [&](const json::value& one) { return one.is_string() && one.get_string() == audience; };
  if (!value->is_array()) return same(*value);
  const auto& all = value->get_array();
  // Who else is named could use it: OpenID Connect Core section 3.1.3.7 wants azp to say who may.
  if (all.size() > kMostAudiences || !std::ranges::any_of(all, same)) return false;
  return all.size() == 1 || text(claims, "azp") == audience;
}

struct Parts {
  std::string_view header, claims, signature, signed_text;
};
std::optional<Parts> split(std::string_view token) {
  const auto first = token.find('.'), second = token.find('.', first == token.npos ? first : first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos) return std::nullopt;
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1),
               token.substr(0, second)};
}

}  // namespace

std::string_view name(TokenRefusal refusal) noexcept {
  switch (refusal) {
    case malformed:
      return "malformed";
    case unknown_authority:
      return "unknown_authority";
    case unknown_key:
      return "unknown_key";
    case bad_signature:
      return "bad_signature";
    case wrong_audience:
      return "wrong_audience";
    case expired:
      return "expired";
    case not_yet:
      return "not_yet";
    case too_old:
      return "too_old";
    case wrong_nonce:
      return "wrong_nonce";
    case too_weak:
      return "too_weak";
  }
  return "malformed";
}

tl::expected<Identity, TokenRefusal> judge_id_token(std::string_view token, const std::vector<Authority>& authorities,
                                                    std::string_view nonce, Timestamp now) {
  if (token.size() > kMostToken) return refuse(malformed);
  const auto parts = split(token);
  if (!parts || parts->header.size() > kMostHeader) return refuse(malformed);
  const auto header = object_in(parts->header);
  const auto claims = object_in(parts->claims);
  if (!header || !claims || header->contains("crit")) return refuse(malformed);  // no extension is understood
  const auto algorithm = text(*header, "alg"), key_id = text(*header, "kid");
  const auto issuer = text(*claims, "iss"), subject = text(*claims, "sub"), strength = text(*claims, "acr");
  const auto issued = seconds(*claims, "iat"), ends = seconds(*claims, "exp");
  const auto signature = from_base64url(parts->signature);
  if (!algorithm || !key_id || !issuer || !subject || subject->empty() || !strength || !issued || !ends || !signature)
    return refuse(malformed);

  const auto authority = std::ranges::find(authorities, *issuer, &Authority::issuer);
  if (authority == authorities.end()) return refuse(unknown_authority);
  const auto* key = authority->keys.find(*key_id, *algorithm);
  if (key == nullptr) return refuse(unknown_key);
  if (!verify_with(*key, bytes_of(parts->signed_text), *signature)) return refuse(bad_signature);

  if (!is_for(*claims, authority->audience)) return refuse(wrong_audience);
  if (now > *ends + kClockLag) return refuse(expired);
  const auto not_before = seconds(*claims, "nbf");
  if (*issued > now + kClockLag || (not_before && *not_before > now + kClockLag)) return refuse(not_yet);
  if (now - *issued > authority->most_age + kClockLag) return refuse(too_old);
  if (text(*claims, "nonce") != nonce || nonce.empty()) return refuse(wrong_nonce);
  const auto& strong = authority->strong;
  if (!strong.empty() && std::ranges::find(strong, *strength) == strong.end()) return refuse(too_weak);
  Identity out;
  out.authority = &*authority;
  out.strength = clean_text(*strength, 64);
  out.mark = copy(crypto::sm3(bytes_of(token)));
  out.subject = copy(crypto::sm3_concat({bytes_of(*issuer), Bytes{0}, bytes_of(*subject)}));
  out.expires = *ends + kClockLag;
  return out;
}

std::string session_nonce(const DeviceId& device, ByteView salt16) {
  const auto digest = crypto::sm3_concat({bytes_of(kNonceLabel), device.bytes(), salt16});
  return to_base64url(digest);
}

}  // namespace kw::realname
