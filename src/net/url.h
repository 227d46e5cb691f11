#pragma once
// parse_target splits and decodes a request target (RFC 9112 section 3.2.1, RFC 3986); it refuses whatever could mean
// two things: NUL, backslash, dot segments, empty segments, bad escapes, a query name given twice. percent_encode
// makes what it takes.
//
// PURE and thread-safe.
#include <map>
#include <string>

#include "base/result.h"

namespace kw::net {

struct RequestTarget {
  std::string path;
  std::map<std::string, std::string> query;
};

/// parse_target: Errc::malformed. The caller bounds the length.
Result<RequestTarget> parse_target(std::string_view target);
/// percent_decode: Errc::malformed for a bad escape or a control character; '+' is a blank where `form` is set.
Result<std::string> percent_decode(std::string_view text, bool form = false);
/// percent_encode leaves letters, digits and "-._~" as they are (RFC 3986 section 2.3): good for a path's segment and
/// for a query's name or value.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace kw::net
