#pragma once
// toml_files lists what a directory of the operator's holds: one *.toml file for each receiver or service, by name.
#include <filesystem>
#include <vector>

#include "base/result.h"

namespace kw::server {

/// toml_files: Errc::not_found for a directory that cannot be read, Errc::invalid where there are more than `most`.
Result<std::vector<std::filesystem::path>> toml_files(const std::filesystem::path& directory, std::size_t most);

}  // namespace kw::server
