#include "platform/linux/network_namespaces.h"

#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/stat.h>

#include <filesystem>
#include <set>
#include <thread>
#include <vector>

#include "platform/linux/interface_requests.h"
#include "platform/linux/network_dump.h"
#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {

namespace fs = std::filesystem;

struct Space {
  UniqueFd fd;
};

Result<std::vector<Space>> other_spaces() {
  std::vector<Space> out;
  std::set<ino_t> seen;
  const auto take = [&](const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat what {};
    if (!fd || ::fstat(fd.get(), &what) != 0) return;  // a process that has ended, or a file that is no namespace
    if (seen.insert(what.st_ino).second) out.push_back({std::move(fd)});
  };
  struct stat own {};
  if (::stat("/proc/thread-self/ns/net", &own) != 0) return fail_os("own network namespace");
  seen.insert(own.st_ino);
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator("/proc", problem)) {
    const auto name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") == std::string::npos) take(entry.path().string() + "/ns/net");
  }
  if (problem) return fail(Errc::io, "/proc: " + problem.message());
  for (const auto& entry : fs::directory_iterator("/run/netns", problem)) take(entry.path().string());
  return out;  // without /run/netns there are no named namespaces
}

/// inside runs `work` on a thread that has entered the namespace.
template <class T>
Result<T> inside(int space, const std::function<Result<T>()>& work) {
  Result<T> out = fail(Errc::internal, "namespace");
  std::thread([&] {
    if (::setns(space, CLONE_NEWNET) != 0) {
      out = fail_os("enter network namespace");
      return;
    }
    out = work();
  }).join();
  return out;
}

Result<std::optional<device::LinkObserved>> link_here(const std::string& mac) {
  KW_TRY(auto socket, NetlinkSocket::open(NETLINK_ROUTE, 0));
  KW_TRY(const auto messages, dump_network(socket, {RTM_GETLINK}));
  for (const auto& message : messages) {
    const auto* link = std::get_if<LinkMessage>(&message);
    if (link != nullptr && link->link.kind != "loopback" && (link->link.mac == mac || link->link.permanent_mac == mac))
      return std::optional(link->link);
  }
  return std::optional<device::LinkObserved>{};
}

}  // namespace

Result<std::optional<MovedPort>> find_moved_port(const std::string& mac) {
  if (mac.empty()) return std::optional<MovedPort>{};
  KW_TRY(auto spaces, other_spaces());
  for (auto& space : spaces) {
    const auto found = inside<std::optional<device::LinkObserved>>(space.fd.get(), [&] { return link_here(mac); });
    if (!found || !*found) continue;  // one that cannot be entered hides nothing that could be fetched
    return std::optional(MovedPort{std::move(space.fd), (*found)->index, (*found)->name});
  }
  return std::optional<MovedPort>{};
}

Result<> fetch_port(const MovedPort& port) {
  UniqueFd home(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!home) return fail_os("own network namespace");
  const auto done = inside<bool>(port.space.get(), [&]() -> Result<bool> {
    KW_TRY(auto socket, NetlinkSocket::open(NETLINK_ROUTE, 0));
    KW_CHECK(set_link_up(socket, port.index, false));
    KW_CHECK(move_link(socket, port.index, home.get()));
    return true;
  });
  if (!done) return done.error();
  return {};
}

}  // namespace kw::platform
