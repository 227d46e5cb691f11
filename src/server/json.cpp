#include "server/json.h"

namespace kw::server::detail {

Result<json::value> parse_text(std::string_view text) {
  json::parse_options options;
  options.max_depth = 16;
  boost::system::error_code error;
  auto out = json::parse(text, error, {}, options);
  if (error) return fail(Errc::malformed, "JSON: " + error.message());
  return out;
}

}  // namespace kw::server::detail
