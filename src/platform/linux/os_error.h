#pragma once
// os_error turns an errno value into the project's Error: what failed, and the system's word for why.
//
// ENOENT → not_found; EACCES, EPERM, EROFS → not_permitted; ENOSPC, EDQUOT → no_space; EEXIST → already_exists;
// ETIMEDOUT → timeout; EOPNOTSUPP, EPROTONOSUPPORT, EAFNOSUPPORT → unsupported; anything else → io.
#include <string>

#include "base/result.h"

namespace kw::platform {

[[nodiscard]] Error os_error(int error_number, std::string_view what);
/// fail_os is the error side of any Result, from the present errno.
[[nodiscard]] tl::unexpected<Error> fail_os(std::string_view what);

}  // namespace kw::platform
