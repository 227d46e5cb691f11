#pragma once
// FirstCredentials keeps the first administrators' one-time passwords in <data_dir>/first-credentials.txt (mode 0600).
//
// An account's line goes when it is activated, the file with the last line. The file is written before the accounts are
// stored: a crash between the two only leaves words that open nothing, and the next start writes new ones.
#include <filesystem>

#include "server/user_service.h"

namespace kw::server {

class FirstCredentials {
 public:
  explicit FirstCredentials(std::filesystem::path data_dir) : path_(std::move(data_dir) / "first-credentials.txt") {}
  Result<> write(const std::vector<Invitation>& invitations);
  /// prune removes the lines of accounts that are not invited any more. Called by the server's timer.
  Result<> prune(UserService& users);
  [[nodiscard]] static std::string text(const std::vector<Invitation>& invitations);

 private:
  std::filesystem::path path_;
  bool gone_ = false;
};

}  // namespace kw::server
