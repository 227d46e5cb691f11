#pragma once
// PathGlobs says which paths are watched: those of `include` that none of `except` takes away.
//
// "*" stands for any characters but "/", "?" for one of them, "**" for any characters whatever. PURE; any thread.
#include <string>
#include <string_view>
#include <vector>

namespace kw::device {

/// glob_matches takes time in the product of both lengths at most.
[[nodiscard]] bool glob_matches(std::string_view glob, std::string_view path);

class PathGlobs {
 public:
  PathGlobs() = default;
  PathGlobs(std::vector<std::string> include, std::vector<std::string> except)
      : include_(std::move(include)), except_(std::move(except)) {}
  [[nodiscard]] bool match(std::string_view path) const;
  /// may_hold is true for a folder below which something may match: a walk need not enter the others.
  [[nodiscard]] bool may_hold(std::string_view folder) const;
  /// roots are the folders (or files) to begin a walk at: the fixed beginnings, none below another.
  [[nodiscard]] std::vector<std::string> roots() const;
  [[nodiscard]] bool empty() const noexcept { return include_.empty(); }
  /// within narrows to what stands at or below one folder.
  [[nodiscard]] PathGlobs within(std::string folder) const;

 private:
  std::vector<std::string> include_, except_;
  std::string within_;  // empty: everywhere
};

}  // namespace kw::device
