#pragma once
// parse_toml gives the table of a TOML text; the library's exception stops here.
//
// Errc::malformed with the line. Bounding the text is the caller's. PURE; any thread.
#include <toml++/toml.h>

#include "base/result.h"

namespace kw::config {

inline Result<toml::table> parse_toml(std::string_view text) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& problem) {
    return fail(Errc::malformed,
                "TOML line " + std::to_string(problem.source().begin.line) + ": " + std::string(problem.description()));
  }
}

}  // namespace kw::config
