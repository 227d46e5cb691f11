#include "trail/critical_path.h"

#include <algorithm>

namespace kw::trail {
namespace {

struct Bounds {
  std::int64_t start = 0, end = 0;
};
/// A span that is being walked through, from its end backwards.
struct Walk {
  std::size_t span = 0;
  Bounds bounds{};
  std::int64_t at = 0;
};

Bounds within(const PathSpan& span, const Bounds& parent) {
  return {std::max(span.start, parent.start), std::min(span.end, parent.end)};
}

}  // namespace

std::vector<PathSection> critical_path(const std::vector<PathSpan>& spans, std::size_t root) {
  std::vector<std::vector<std::size_t>> children(spans.size());
  for (std::size_t i = 0; i < spans.size(); ++i)
    if (spans[i].parent && *spans[i].parent < spans.size() && *spans[i].parent != i)
      children[*spans[i].parent].push_back(i);

  std::vector<PathSection> out;
  const auto worked = [&](const Walk& walk, std::int64_t from) {
    if (from < walk.at) out.push_back({walk.span, from, walk.at});
  };
  // Every step goes back in time: a child that takes no time is no step.
  std::vector<Walk> open{{root, {spans[root].start, spans[root].end}, spans[root].end}};
  while (!open.empty()) {
    auto& walk = open.back();
    std::optional<Walk> last;
    for (const auto child : children[walk.span]) {
      const auto bounds = within(spans[child], walk.bounds);
      if (bounds.start >= bounds.end || bounds.end > walk.at) continue;
      if (!last || bounds.end > last->bounds.end) last = Walk{child, bounds, bounds.end};
    }
    if (!last) {
      worked(walk, walk.bounds.start);
      open.pop_back();
      continue;
    }
    worked(walk, last->bounds.end);
    walk.at = last->bounds.start;
    open.push_back(*last);
  }
  return out;
}

}  // namespace kw::trail
