#include "policy/sections/paths.h"

#include <algorithm>

namespace kw::policy {

bool absolute_path_ok(std::string_view path) noexcept {
  if (path.empty() || path.front() != '/' || path.size() > 1024) return false;
  if (std::ranges::any_of(path, [](char c) { return static_cast<unsigned char>(c) < 0x20; })) return false;
  if (path == "/") return true;
  for (std::size_t from = 1; from <= path.size();) {
    const auto to = std::min(path.find('/', from), path.size());
    const auto step = path.substr(from, to - from);
    if (step.empty() || step == "." || step == "..") return false;
    from = to + 1;
  }
  return true;
}

}  // namespace kw::policy
