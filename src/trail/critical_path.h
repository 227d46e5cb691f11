#pragma once
// critical_path says which parts of a tree of spans an operation waited for: what would have to be quicker for the
// whole to be quicker.
//
// From the end of the root backwards: the child that ended last before that moment was waited for, before its beginning
// the one that had ended last by then, and so on; in between the parent itself worked. What a child does beyond its
// parent's bounds does not count. Source: Zhang et al., "CRISP: Critical Path Analysis of Large-Scale Microservice
// Architectures", USENIX ATC 2022, section 3. PURE; any thread.
#include <cstdint>
#include <optional>
#include <vector>

namespace kw::trail {

struct PathSpan {
  std::int64_t start = 0, end = 0;      // any one unit; end is not before start
  std::optional<std::size_t> parent{};  // its place in the list; nothing for a root
};
/// One part of the way: from `from` to `to` the operation waited for this span, and for none of its children.
struct PathSection {
  std::size_t span = 0;
  std::int64_t from = 0, to = 0;
  friend bool operator==(const PathSection&, const PathSection&) = default;
};

/// critical_path of the tree below `root`, the newest section first. Spans that no way leads to from the root do not
/// count.
[[nodiscard]] std::vector<PathSection> critical_path(const std::vector<PathSpan>& spans, std::size_t root);

}  // namespace kw::trail
