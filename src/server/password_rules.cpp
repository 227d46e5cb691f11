#include "server/password_rules.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace kw::server {
namespace {

constexpr std::size_t kLongestPassword = 256;
constexpr std::size_t kShortestListed = 8;  // settings allow no shorter ones

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return out;
}

int kinds_of(std::string_view password) {
  bool lower = false, upper = false, digit = false, other = false;
  for (const char c : password) {
    if (c >= 'a' && c <= 'z')
      lower = true;
    else if (c >= 'A' && c <= 'Z')
      upper = true;
    else if (c >= '0' && c <= '9')
      digit = true;
    else
      other = true;
  }
  return lower + upper + digit + other;
}

}  // namespace

BreachedPasswords BreachedPasswords::parse(std::string_view lines) {
  BreachedPasswords out;
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    auto line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() >= kShortestListed && line.size() <= kLongestPassword) out.known_.insert(lowered(line));
  }
  return out;
}

Result<BreachedPasswords> BreachedPasswords::load(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) return fail(Errc::not_found, path.string() + ": " + error.message());
  if (size > kMostOctets) return fail(Errc::too_large, path.string() + ": above 64 MiB");
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return fail(Errc::io, path.string());
  return parse(text.view());
}

bool BreachedPasswords::contains(std::string_view password) const { return known_.contains(lowered(password)); }

Result<> check_password(std::string_view account, std::string_view password, std::size_t least,
                        const BreachedPasswords& breached) {
  const auto refused = [](const std::string& why) { return fail(Errc::invalid, "/new_password: " + why); };
  if (password.size() < least || password.size() > kLongestPassword)
    return refused(std::to_string(least) + " to 256 octets");
  const auto plain = lowered(password), name = lowered(account);
  const std::string backwards(name.rbegin(), name.rend());
  if (!name.empty() && (plain.find(name) != std::string::npos || plain.find(backwards) != std::string::npos))
    return refused("contains the account");
  if (kinds_of(password) < 3) return refused("three kinds of characters");
  if (breached.contains(password)) return refused("known from a breach");
  return {};
}

}  // namespace kw::server
