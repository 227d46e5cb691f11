#pragma once
// shipped_* read catalogue/masks/ as it is delivered. For tests and fuzz targets.
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "masking/masks.h"

namespace kw::masking::testing {

inline std::string file_text(const std::string& path) {
  std::ifstream file(std::string(KW_SOURCE_DIR) + "/" + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
inline Catalogue shipped_catalogue() {
  auto out = parse_catalogue(file_text("catalogue/masks/fields.toml"), file_text("catalogue/masks/regions.txt"));
  if (!out) throw std::runtime_error(out.error().text());
  return std::move(*out);
}
inline Profile shipped_profile(const std::string& role, const Catalogue& catalogue) {
  auto out = parse_mask_profile(file_text("catalogue/masks/roles/" + role + ".toml"), catalogue);
  if (!out) throw std::runtime_error(role + ": " + out.error().text());
  return std::move(*out);
}
inline std::vector<Profile> shipped_profiles(const Catalogue& catalogue) {
  std::vector<Profile> out;
  for (const auto* role : {"applicant", "agent", "operator", "audit"}) out.push_back(shipped_profile(role, catalogue));
  return out;
}
inline Masks shipped_masks() {
  auto catalogue = shipped_catalogue();
  auto profiles = shipped_profiles(catalogue);
  auto out = Masks::admit(std::move(catalogue), std::move(profiles));
  if (!out) throw std::runtime_error(out.error().text());
  return std::move(*out);
}

/// rows of a file in src/masking/testdata, split at tabs.
inline std::vector<std::vector<std::string>> rows(const std::string& name) {
  std::ifstream file(std::string(KW_SOURCE_DIR) + "/src/masking/testdata/" + name, std::ios::binary);
  std::vector<std::vector<std::string>> out;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    auto& row = out.emplace_back(1);
    for (const char c : line) {
      if (c == '\t') {
        row.emplace_back();
      } else {
        row.back() += c;
      }
    }
  }
  return out;
}

}  // namespace kw::masking::testing
