#include "agent/app/app_config.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/bytes.h"
#include "platform/linux/account.h"
#include "platform/linux/durable_file.h"

namespace kw::agent {

bool is_web_origin(std::string_view text) {
  const bool tls = text.starts_with("https://");
  if (!tls && !text.starts_with("http://")) return false;
  text.remove_prefix(tls ? 8 : 7);
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
  };
  return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, good);
}

Result<> write_app_token(const AppConfig& config, const std::string& token) {
  platform::FileOwner owner{::geteuid(), ::getegid()};
  if (!config.user.empty()) {
    KW_TRY(const auto account, platform::find_account(config.user));
    owner = {account.uid, account.gid};
  }
  const auto directory = std::filesystem::path(config.token_file).parent_path();
  std::error_code ec;
  const bool made = std::filesystem::create_directories(directory, ec);
  using Perms = std::filesystem::perms;
  // The unit's umask would make it the agent's alone.
  if (!ec && made)
    std::filesystem::permissions(
        directory, Perms::owner_all | Perms::group_read | Perms::group_exec | Perms::others_read | Perms::others_exec,
        ec);
  if (ec) return fail(Errc::io, directory.string() + ": " + ec.message());
  return platform::write_file_durably_for(owner, directory.string(), config.token_file, bytes_of(token), 0400);
}

}  // namespace kw::agent
