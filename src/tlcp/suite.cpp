#include "tlcp/suite.h"

#include <algorithm>
#include <charconv>

namespace kw::tlcp {

std::string_view name(Suite suite) noexcept {
  switch (suite) {
    case Suite::ecc_sm4_cbc_sm3: return "ECC_SM4_CBC_SM3";
    case Suite::ecc_sm4_gcm_sm3: return "ECC_SM4_GCM_SM3";
  }
  return "unknown";
}

std::optional<Suite> find_suite(std::uint16_t wire) noexcept {
  const auto found = std::ranges::find(kSuites, wire, [](Suite s) { return static_cast<std::uint16_t>(s); });
  if (found == kSuites.end()) return std::nullopt;
  return *found;
}

std::optional<Suite> find_suite(std::string_view word) noexcept {
  const auto found = std::ranges::find(kSuites, word, [](Suite s) { return name(s); });
  if (found != kSuites.end()) return *found;
  std::uint16_t wire = 0;
  const auto [end, ec] = std::from_chars(word.data(), word.data() + word.size(), wire, 16);
  if (ec != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return find_suite(wire);
}

SuiteSizes sizes(Suite suite) noexcept {
  if (suite == Suite::ecc_sm4_gcm_sm3) return {.mac_key = 0, .cipher_key = 16, .fixed_iv = 4};
  return {.mac_key = 32, .cipher_key = 16, .fixed_iv = 16};
}

}  // namespace kw::tlcp
