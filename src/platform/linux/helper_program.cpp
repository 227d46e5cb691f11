#include "platform/linux/helper_program.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <csignal>

#include "platform/linux/os_error.h"
#include "platform/linux/privileges.h"

namespace kw::platform {

Result<std::string> begin_helper(const std::vector<std::string>& words, const char* name) {
  int type = 0;
  socklen_t size = sizeof(type);
  const bool good = words.empty() || (words.size() == 2 && words[0] == "--user");
  if (!good || ::getsockopt(kGuardSocket, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_SEQPACKET)
    return fail(Errc::invalid, "is started by kioskward-agent");
  ::prctl(PR_SET_NAME, name, 0, 0, 0);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) std::signal(number, SIG_IGN);
  return words.empty() ? std::string() : words[1];
}

Result<> confine(const std::string& user, HelperLimits limits) {
  if (::chdir("/") != 0) return fail_os("enter /");
  const rlimit memory{limits.memory, limits.memory}, files{limits.files, limits.files}, none{0, 0};
  if (::setrlimit(RLIMIT_AS, &memory) != 0 || ::setrlimit(RLIMIT_NOFILE, &files) != 0 ||
      ::setrlimit(RLIMIT_CORE, &none) != 0)
    return fail_os("limit memory and files");
  if (!user.empty()) {
    KW_TRY(const auto account, find_account(user));
    KW_CHECK(become(account));
  } else {
    KW_CHECK(drop_capabilities());
  }
  return refuse_debuggers();
}

}  // namespace kw::platform
