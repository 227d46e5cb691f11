#pragma once
// check_password judges a new password; BreachedPasswords are those that everybody knows, from a file.
//
// Source: GB/T 22239 8.1.4.1-a (complexity, change); NIST SP 800-63B 5.1.1.2 for the list. PURE but for load().
#include <filesystem>
#include <unordered_set>

#include "base/result.h"

namespace kw::server {

class BreachedPasswords {
 public:
  static constexpr std::uint64_t kMostOctets = 64U << 20;
  BreachedPasswords() = default;
  /// load reads a file with one password a line. Errc::not_found, Errc::too_large above kMostOctets.
  static Result<BreachedPasswords> load(const std::filesystem::path& path);
  /// parse keeps what could be a new password at all; case is no difference.
  static BreachedPasswords parse(std::string_view lines);
  [[nodiscard]] bool contains(std::string_view password) const;
  [[nodiscard]] std::size_t size() const noexcept { return known_.size(); }

 private:
  std::unordered_set<std::string> known_;  // in lower case
};

/// check_password: Errc::invalid, with the JSON pointer and what is missed, for one shorter than `least` octets or
/// longer than 256, with fewer than three kinds of characters, with the account's name in it (forwards or backwards,
/// whatever the case), or known to everybody.
Result<> check_password(std::string_view account, std::string_view password, std::size_t least,
                        const BreachedPasswords& breached);

}  // namespace kw::server
