#pragma once
// wipe removes everything below a directory, and the directory: no link is followed, permissions that were taken away
// are taken back, any depth is reached with a bounded stack.
//
// With the rights of the process: it can remove nothing that its user could not. What another process makes meanwhile
// may stay: end them first. Errors never stop it; `left` says that something is still there. Not thread-safe in one
// directory.
#include <cstdint>
#include <string>

namespace kw::shell {

struct Wiped {
  std::uint64_t files = 0, octets = 0;  // names of files, links and the like; sizes of files
  bool left = false;
};
[[nodiscard]] Wiped wipe(const std::string& directory);
/// wipe_below leaves the directory itself, and in it the name `but`; empty: nothing.
[[nodiscard]] Wiped wipe_below(const std::string& directory, const std::string& but = {});

}  // namespace kw::shell
