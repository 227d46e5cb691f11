#pragma once
// AuthorityFiles are those who may establish who stands before a kiosk: one TOML file each in a directory, which names
// a file with their keys.
//
//   KW_TRY(const auto files, AuthorityFiles::load("/etc/kioskward/authorities.d"));
//   KW_TRY(const auto authorities, files.read());    // the keys as they are now
//
// Keys are read for each judgement, so that an authority may change them without a restart. Immutable; thread-safe.
#include <filesystem>

#include "realname/id_token.h"

namespace kw::server {

class AuthorityFiles {
 public:
  static constexpr std::size_t kMost = 16;
  AuthorityFiles() = default;
  /// load: Errc::malformed, invalid with file and key; also what read() says. An empty path gives none.
  static Result<AuthorityFiles> load(const std::filesystem::path& directory);
  /// read: what read_public and realname::KeySet say, with the file's name.
  [[nodiscard]] Result<std::vector<realname::Authority>> read() const;

 private:
  struct Entry {
    realname::Authority authority;  // without its keys
    std::string keys;               // the file
  };
  std::vector<Entry> list_;
};

}  // namespace kw::server
