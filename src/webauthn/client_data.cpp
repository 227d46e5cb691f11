#include "webauthn/client_data.h"

#include <algorithm>
#include <boost/json.hpp>

namespace kw::webauthn {
namespace {

namespace json = boost::json;

Result<std::string> text_member(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  if (value == nullptr || !value->is_string()) return fail(Errc::malformed, "client data: " + std::string(name));
  return std::string(value->get_string());
}

}  // namespace

Result<ClientData> parse_client_data(ByteView text) {
  if (text.size() > kMostClientData) return fail(Errc::too_large, "client data");
  json::error_code error;
  json::parse_options options;
  options.max_depth = 8;
  const auto value = json::parse(text_of(text), error, {}, options);
  if (error || !value.is_object()) return fail(Errc::malformed, "client data");
  const auto& object = value.get_object();
  ClientData out;
  KW_TRY(out.type, text_member(object, "type"));
  KW_TRY(out.origin, text_member(object, "origin"));
  KW_TRY(const auto challenge, text_member(object, "challenge"));
  KW_TRY(out.challenge, from_base64url(challenge));
  if (const auto* cross = object.if_contains("crossOrigin")) {
    if (!cross->is_bool()) return fail(Errc::malformed, "client data: crossOrigin");
    out.cross_origin = cross->get_bool();
  }
  out.cross_origin = out.cross_origin || object.contains("topOrigin");
  return out;
}

}  // namespace kw::webauthn
