#pragma once
// read_toml parses a bounded TOML text and gives its table to a function; the library's exception stops here.
//
// PURE; any thread. Internal to src/masking.
#include "config/toml_section.h"

namespace kw::masking {

template <class Read>
auto read_toml(std::string_view text, std::size_t most, Read read) -> decltype(read(config::TomlSection(nullptr, ""))) {
  if (text.size() > most) return fail(Errc::too_large, "TOML: at most " + std::to_string(most) + " octets");
  try {
    const auto table = toml::parse(text);
    return read(config::TomlSection(&table, ""));
  } catch (const toml::parse_error& problem) {
    return fail(Errc::malformed,
                "TOML line " + std::to_string(problem.source().begin.line) + ": " + std::string(problem.description()));
  }
}

}  // namespace kw::masking
