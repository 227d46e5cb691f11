#include "platform/linux/account.h"

#include <pwd.h>

#include <array>

#include "platform/linux/os_error.h"

namespace kw::platform {

Result<Account> find_account(const std::string& name) {
  std::array<char, 16384> room{};
  passwd entry{};
  passwd* found = nullptr;
  if (const int e = ::getpwnam_r(name.c_str(), &entry, room.data(), room.size(), &found); e != 0 && found == nullptr)
    return Result<Account>(os_error(e, "look up user " + name));
  if (found == nullptr) return fail(Errc::not_found, "user " + name);
  return Account{entry.pw_uid, entry.pw_gid};
}

}  // namespace kw::platform
