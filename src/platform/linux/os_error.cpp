#include "platform/linux/os_error.h"

#include <cerrno>
#include <system_error>

namespace kw::platform {
namespace {

Errc code_of(int error_number) {
  switch (error_number) {
    case ENOENT:
      return Errc::not_found;
    case EACCES:
    case EPERM:
    case EROFS:
      return Errc::not_permitted;
    case ENOSPC:
    case EDQUOT:
      return Errc::no_space;
    case EEXIST:
      return Errc::already_exists;
    case ETIMEDOUT:
      return Errc::timeout;
    case EOPNOTSUPP:
    case EPROTONOSUPPORT:
    case EAFNOSUPPORT:
      return Errc::unsupported;
    default:
      return Errc::io;
  }
}

}  // namespace

Error os_error(int error_number, std::string_view what) {
  return Error(code_of(error_number), std::string(what) + ": " + std::system_category().message(error_number));
}

tl::unexpected<Error> fail_os(std::string_view what) { return tl::unexpected<Error>(os_error(errno, what)); }

}  // namespace kw::platform
