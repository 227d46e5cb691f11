#pragma once
// explain_tag tells what an NFLOG prefix of the compiled policy means.
#include <optional>
#include <string_view>

namespace kw::policy {

/// TagMeaning: `illegal` is illegal outbound (违规外联); `watch` that nothing was dropped, only what would have been.
struct TagMeaning {
  std::string_view word;  // stable: "illegal", "foreign", "tolerated", "inbound", "interface", "router", "dhcp", ...
  bool outbound = false;
  bool illegal = false;
  bool watch = false;
};

/// explain_tag knows the prefixes that compile() writes; nothing for any other text.
[[nodiscard]] std::optional<TagMeaning> explain_tag(std::string_view prefix) noexcept;

}  // namespace kw::policy
