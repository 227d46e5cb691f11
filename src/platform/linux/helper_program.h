#pragma once
// begin_helper and confine are what every unprivileged program begins with that the guard starts (children.h): the guard's
// socket is its standard input, its words are "--user NAME" or none.
//
//   const auto user = begin_helper(words, "kioskward-cam");  ... the guard's first message ...  confine(*user, ...)
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace kw::platform {

inline constexpr int kGuardSocket = STDIN_FILENO;  // packets

/// begin_helper gives the user to become, empty where there is none, takes the name that `ps` shows, and stops hearing the
/// service manager's signals, which go to the whole group: the program ends when the guard says so, or is gone.
/// Errc::invalid: it was not the guard that started it.
[[nodiscard]] Result<std::string> begin_helper(const std::vector<std::string>& words, const char* name);

struct HelperLimits {
  std::uint64_t memory = 0, files = 0;  // octets of address space; descriptors
};
/// confine gives up root, or what else there is where `user` is empty; no core dump, no debugger, limits. For one thread.
/// Sockets and system calls are given up apart, by what the helper needs of them.
[[nodiscard]] Result<> confine(const std::string& user, HelperLimits limits);

}  // namespace kw::platform
