#pragma once
// read_toml parses a bounded TOML text and gives its table to a function.
//
// PURE; any thread. Internal to src/masking.
#include "config/parse_toml.h"
#include "config/toml_section.h"

namespace kw::masking {

template <class Read>
auto read_toml(std::string_view text, std::size_t most, Read read) -> decltype(read(config::TomlSection(nullptr, ""))) {
  if (text.size() > most) return fail(Errc::too_large, "TOML: at most " + std::to_string(most) + " octets");
  KW_TRY(const auto table, config::parse_toml(text));
  return read(config::TomlSection(&table, ""));
}

}  // namespace kw::masking
