#pragma once
// check judges a NetworkTemplate and names every problem by JSON pointer and code; it never stops at the first.
#include <string>
#include <vector>

#include "policy/template.h"

namespace kw::policy {

inline constexpr std::size_t kMostProblems = 200;  // of one policy

/// Problem is one finding. A warning does not keep the template from being published.
struct Problem {
  std::string path;    // JSON pointer: "/allow_out/3/ports/0"
  std::string code;    // stable word, see docs/design/network-enforcement.md
  std::string detail;  // for people
  bool warning = false;
};

/// check never fails: an empty answer means nothing to say. At most 200 problems are returned.
[[nodiscard]] std::vector<Problem> check(const NetworkTemplate& network);
/// acceptable is true when every problem is a warning.
[[nodiscard]] bool acceptable(const std::vector<Problem>& problems) noexcept;

}  // namespace kw::policy
