#pragma once
// Homes makes the homes of the kiosk's program, one a run, below a directory that only its user can enter.
//
//   <profiles>        root's, 0711
//   <profiles>/<uid>  the user's, 0700
//   <profiles>/<uid>/run-XXXXXX  of one run, removed with it; or `kept`, where profiles stay
//
// Where <profiles> is on tmpfs (/run) nothing of a user ever reaches a disk (clause 7.4-a). Not thread-safe.
#include <string>
#include <vector>

#include "base/result.h"
#include "platform/linux/account.h"

namespace kw::shell {

class Homes {
 public:
  /// make needs root where the account is another one. Errors: not_permitted (something of somebody else's is in the
  /// way), io, no_space.
  static Result<Homes> make(const std::string& profiles, const platform::Account& account);
  /// next gives a home that is ready; with `wipe` a new one, and whatever lay beside it goes.
  Result<std::string> next(bool wipe);
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  explicit Homes(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// home_environment is the program's environment: nothing of this process's but the screen.
[[nodiscard]] std::vector<std::string> home_environment(const std::string& home, const std::string& mark);

}  // namespace kw::shell
