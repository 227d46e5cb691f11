#include "bench/fleet/tokens.h"

#include <algorithm>

namespace kw::fleet {

Result<Tokens> parse_tokens(std::string_view text) {
  if (text.size() > kMostTokens) return fail(Errc::too_large, "tokens");
  Tokens out;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto words = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (words.empty()) continue;
    const auto blank = words.find(' ');
    const bool good =
        blank != std::string_view::npos && blank > 0 && words.find(' ', blank + 1) == std::string_view::npos;
    if (!good || blank + 1 == words.size() || !out.emplace(words.substr(0, blank), words.substr(blank + 1)).second)
      return fail(Errc::malformed, "tokens, line " + std::to_string(line));
  }
  return out;
}

}  // namespace kw::fleet
