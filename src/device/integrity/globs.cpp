#include "device/integrity/globs.h"

#include <algorithm>

namespace kw::device {
namespace {

// The part before the first step that has a wildcard, without the slash.
std::string_view fixed_part(std::string_view glob) {
  const auto wild = glob.find_first_of("*?");
  if (wild == std::string_view::npos) return glob;
  const auto slash = glob.rfind('/', wild);
  return slash == std::string_view::npos ? std::string_view{} : glob.substr(0, slash);
}

bool below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || folder.empty() || path[folder.size()] == '/');
}

}  // namespace

bool glob_matches(std::string_view glob, std::string_view path) {
  // places[i]: glob[0, i) matches what was read of the path so far.
  std::vector<char> places(glob.size() + 1), next(glob.size() + 1);
  const auto spread = [&](std::vector<char>& at) {  // a star may stand for nothing
    for (std::size_t i = 0; i < glob.size(); ++i)
      if (at[i] != 0 && glob[i] == '*') at[i + 1] = 1;
  };
  places[0] = 1;
  spread(places);
  for (const char c : path) {
    std::ranges::fill(next, 0);
    for (std::size_t i = 0; i < glob.size(); ++i) {
      if (places[i] == 0) continue;
      if (glob[i] == '*') {
        const bool wide = (i + 1 < glob.size() && glob[i + 1] == '*') || (i > 0 && glob[i - 1] == '*');
        if (wide || c != '/') next[i] = 1;
      } else if (glob[i] == c || (glob[i] == '?' && c != '/')) {
        next[i + 1] = 1;
      }
    }
    spread(next);
    std::swap(places, next);
  }
  return places[glob.size()] != 0;
}

PathGlobs PathGlobs::within(std::string folder) const {
  auto out = *this;
  out.within_ = std::move(folder);
  return out;
}

bool PathGlobs::match(std::string_view path) const {
  if (!below(path, within_)) return false;
  const auto takes = [&](const std::string& glob) { return glob_matches(glob, path); };
  return std::ranges::any_of(include_, takes) && std::ranges::none_of(except_, takes);
}

bool PathGlobs::may_hold(std::string_view folder) const {
  if (!below(folder, within_) && !below(within_, folder)) return false;
  const auto wanted = std::ranges::any_of(include_, [&](const std::string& glob) {
    const auto fixed = fixed_part(glob);
    return below(folder, fixed) || below(fixed, folder);
  });
  return wanted && std::ranges::none_of(except_, [&](const std::string& glob) {
           return glob.ends_with("/**") && glob_matches(std::string_view(glob).substr(0, glob.size() - 3), folder);
         });
}

std::vector<std::string> PathGlobs::roots() const {
  std::vector<std::string> all;
  for (const auto& glob : include_) {
    const auto fixed = fixed_part(glob);
    if (below(fixed, within_))
      all.emplace_back(fixed);
    else if (below(within_, fixed))
      all.push_back(within_);
  }
  std::ranges::sort(all);
  std::vector<std::string> out;
  for (auto& one : all)
    if (out.empty() || !below(one, out.back())) out.push_back(std::move(one));
  return out;
}

}  // namespace kw::device
