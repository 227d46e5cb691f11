#pragma once
// absolute_path_ok is true for a path that names one place and no other: absolute, without empty, "." and ".." steps.
#include <string_view>

namespace kw::policy {

[[nodiscard]] bool absolute_path_ok(std::string_view path) noexcept;

}  // namespace kw::policy
