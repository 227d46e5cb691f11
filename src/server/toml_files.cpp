#include "server/toml_files.h"

#include <algorithm>

namespace kw::server {

Result<std::vector<std::filesystem::path>> toml_files(const std::filesystem::path& directory, std::size_t most) {
  std::error_code error;
  std::vector<std::filesystem::path> out;
  for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() == ".toml") out.push_back(at->path());
  }
  if (error) return fail(Errc::not_found, directory.string() + ": " + error.message());
  if (out.size() > most)
    return fail(Errc::invalid, directory.string() + ": at most " + std::to_string(most) + " files");
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace kw::server
