#pragma once
// absolute_path_ok is true for a path that names one place and no other: absolute, without empty, "." and ".." steps;
// check_paths judges a list of them.
#include <google/protobuf/repeated_field.h>

#include <string>
#include <string_view>

namespace kw::policy {

class Findings;

inline constexpr std::size_t kLongestSocket = 107;  // sun_path, unix(7)

[[nodiscard]] bool absolute_path_ok(std::string_view path) noexcept;

/// check_paths finds "too_many" above 64, "bad_path" and "duplicate", which is a warning only where `twice_is_harmless`.
void check_paths(const google::protobuf::RepeatedPtrField<std::string>& paths, const std::string& field,
                 bool twice_is_harmless, Findings& findings);

}  // namespace kw::policy
