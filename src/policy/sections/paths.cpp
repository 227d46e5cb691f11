#include "policy/sections/paths.h"

#include <algorithm>
#include <set>

#include "policy/sections/section.h"

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

void check_paths(const google::protobuf::RepeatedPtrField<std::string>& paths, const std::string& field,
                 bool twice_is_harmless, Findings& findings) {
  constexpr int kMostPlaces = 64;
  if (paths.size() > kMostPlaces) findings.add(field, "too_many", "at most 64");
  std::set<std::string> seen;
  for (int i = 0; i < paths.size(); ++i) {
    const auto at = field + "/" + std::to_string(i);
    if (!absolute_path_ok(paths[i])) findings.add(at, "bad_path", "an absolute path without . and .. is asked");
    if (!seen.insert(paths[i]).second) findings.add(at, "duplicate", paths[i], twice_is_harmless);
  }
}

}  // namespace kw::policy
