#include "net/http_types.h"

#include <boost/json.hpp>

namespace kw::net {

std::optional<std::string> Request::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::optional<std::string> Request::cookie(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key != "cookie") continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(';'), rest.size());
      auto item = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      while (item.starts_with(' ')) item.remove_prefix(1);
      const auto equals = item.find('=');
      if (equals != std::string_view::npos && item.substr(0, equals) == name)
        return std::string(item.substr(equals + 1));
    }
  }
  return std::nullopt;
}

Response json_response(int status, std::string json) {
  Response out;
  out.status = status;
  out.body = std::move(json);
  return out;
}

Response error_response(int status, std::string_view code, std::string_view detail, std::string_view trace) {
  boost::json::object object{{"code", code}, {"detail", detail}, {"trace", trace}};
  return json_response(status, boost::json::serialize(object));
}

int status_of(Errc code) noexcept {
  switch (code) {
    case Errc::truncated:
    case Errc::malformed:
    case Errc::trailing_data:
    case Errc::unsupported:
      return 400;
    case Errc::unauthenticated:
    case Errc::expired:
    case Errc::untrusted:
    case Errc::decrypt_failed:
      return 401;
    case Errc::forbidden:
    case Errc::not_permitted:
      return 403;
    case Errc::not_found:
      return 404;
    case Errc::timeout:
      return 408;
    case Errc::already_exists:
    case Errc::conflict:
    case Errc::wrong_state:
    case Errc::revoked:
      return 409;
    case Errc::too_large:
      return 413;
    case Errc::invalid:
    case Errc::bad_key:
    case Errc::bad_signature:
    case Errc::wrong_usage:
    case Errc::not_yet_valid:
      return 422;
    case Errc::rate_limited:
      return 429;
    case Errc::unavailable:
    case Errc::no_space:
    case Errc::cancelled:
    case Errc::closed:
      return 503;
    case Errc::crypto_failed:
    case Errc::io:
    case Errc::corrupt:
    case Errc::internal:
      return 500;
  }
  return 500;
}

}  // namespace kw::net
