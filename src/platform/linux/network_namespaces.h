#pragma once
// find_moved_port looks for a network port in the machine's other network namespaces; fetch_port brings it home.
//
// Namespaces are found through processes (/proc/<pid>/ns/net) and through bind mounts below /run/netns. One that is held
// by an open descriptor alone is not found. The search runs on a thread of its own, because entering a namespace changes
// the thread. Needs CAP_SYS_ADMIN. Blocks: about 0.1 ms a namespace, and /proc once.
#include <optional>
#include <string>

#include "base/result.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

struct MovedPort {
  UniqueFd space;  // the namespace that it is in
  int index = 0;   // there
  std::string name;
};
/// find_moved_port: by MAC (current or permanent), among physical and virtual Ethernet links; nothing where it is nowhere.
[[nodiscard]] Result<std::optional<MovedPort>> find_moved_port(const std::string& mac);
/// fetch_port moves it into the caller's namespace and down; its addresses stay behind (the kernel drops them).
Result<> fetch_port(const MovedPort& port);

}  // namespace kw::platform
