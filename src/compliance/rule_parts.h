#pragma once
// read_words, read_span and the other readers of what rule files share. Internal to src/compliance.
//
// Errors: Errc::invalid with the key's place. PURE; any thread.
#include "compliance/requirement.h"
#include "config/toml_section.h"

namespace kw::compliance {

inline constexpr std::size_t kMostFields = 32, kMostRoles = 8;

/// read_name takes 1 to `most` letters, digits, '.', '_' and '-'; `needed` refuses its absence.
Result<> read_name(config::TomlSection& from, std::string_view key, std::string& to, std::size_t most, bool needed);
Result<> read_words(config::TomlSection& from, std::string_view key, bool needed, Words& to);
Result<> read_span(config::TomlSection& from, std::string_view key, bool needed, Duration& to);
Result<> read_comparison(config::TomlSection& from, Comparison& to);
/// read_record reads `record`, `fields`, `valid_for`, `file`, `field` of a check of records.
Result<> read_record(config::TomlSection& from, Check& to);
/// read_roles takes roles of persons (schemas/permissions.json).
Result<> read_roles(config::TomlSection& from, std::string_view key, std::vector<std::string>& to);

}  // namespace kw::compliance
