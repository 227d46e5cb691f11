#pragma once
// find_account tells who a user name stands for.
#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace kw::platform {

struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
};
/// find_account asks the user database; not_found for a name that it does not know.
[[nodiscard]] Result<Account> find_account(const std::string& name);

}  // namespace kw::platform
