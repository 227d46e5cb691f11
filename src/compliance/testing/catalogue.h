#pragma once
// read_text, requirements_of and the other readers of the shipped catalogue, for tests, fuzz targets and benches.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "compliance/requirement.h"

namespace kw::compliance::testing {

inline std::filesystem::path catalogue_dir() {
  return std::filesystem::path(KW_SOURCE_DIR) / "catalogue" / "compliance";
}
inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}
inline std::vector<std::string> listed_ids() {
  std::istringstream in(read_text(catalogue_dir() / "503.7" / "ids.txt"));
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}
/// shipped_requirements gives the whole catalogue of DB4403/T 503.7, in its order.
inline std::vector<Requirement> shipped_requirements() {
  std::vector<Requirement> out;
  for (const auto& id : listed_ids()) {
    auto rule = parse_requirement(read_text(catalogue_dir() / "503.7" / id / "rule.toml"), id);
    if (!rule) throw std::runtime_error(rule.error().text());
    out.push_back(std::move(*rule));
  }
  return out;
}

}  // namespace kw::compliance::testing
