#pragma once
// StaticFiles serves a directory of built files (the console) to GET and HEAD.
//
// Files below /assets/ have their hash in their name and are cached for good; everything else is asked for again. A
// path without extension that is no file gives index.html, so that the console's own routes work. Nothing outside the
// directory is ever served, by dot segments or by symbolic links. Reads only; thread-safe.
#include <filesystem>
#include <optional>

#include "net/http_types.h"

namespace kw::net {

class StaticFiles {
 public:
  static constexpr std::uintmax_t kMaxFile = 16U << 20;
  explicit StaticFiles(std::filesystem::path root);
  /// find answers a decoded path, or gives nothing where there is no such file.
  [[nodiscard]] std::optional<Response> find(const std::string& path) const;

 private:
  [[nodiscard]] std::optional<Response> load(const std::filesystem::path& file, bool immutable) const;
  std::filesystem::path root_;
};

}  // namespace kw::net
