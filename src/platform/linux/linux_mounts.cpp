#include "platform/linux/linux_mounts.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "platform/linux/durable_file.h"
#include "platform/linux/os_error.h"
#include "platform/linux/process_facts.h"

namespace kw::platform {
namespace {

namespace fs = std::filesystem;
using device::Mount;

constexpr std::size_t kMostMounts = std::size_t{4} << 20;

Result<std::vector<Mount>> mounted() {
  KW_TRY(const auto text, read_file("/proc/self/mountinfo", kMostMounts));
  return device::parse_mounts(text_of(text));
}

bool uses(int pid, const std::string& point) {
  const auto below = [&](const fs::path& link) {
    std::error_code wrong;
    const auto to = fs::read_symlink(link, wrong).string();
    return !wrong && to.starts_with(point) && (to.size() == point.size() || to[point.size()] == '/');
  };
  const fs::path process = "/proc/" + std::to_string(pid);
  if (below(process / "cwd")) return true;
  std::error_code wrong;
  for (fs::directory_iterator at(process / "fd", wrong), end; !wrong && at != end; at.increment(wrong))
    if (below(at->path())) return true;
  return false;
}

}  // namespace

Result<> LinuxMounts::start(Sink sink) {
  if (thread_.joinable()) return fail(Errc::wrong_state, "mounts are watched already");
  table_.reset(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
  wake_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!table_ || !wake_) return fail_os("watch mounts");
  thread_ = std::thread([this, sink = std::move(sink)] {
    for (;;) {
      sink(mounted());
      std::array<pollfd, 2> fds{{{wake_.get(), POLLIN, 0}, {table_.get(), POLLPRI, 0}}};
      ::poll(fds.data(), fds.size(), -1);
      if (fds[0].revents != 0) return;
    }
  });
  return {};
}

void LinuxMounts::stop() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
  thread_.join();
  table_.reset();
}

bool LinuxMounts::removable(const Mount& mount) const {
  const auto block = fs::path(sys_) / "dev/block" /
                     (std::to_string(gnu_dev_major(mount.device)) + ":" + std::to_string(gnu_dev_minor(mount.device)));
  std::error_code wrong;
  auto device = fs::canonical(block, wrong);
  if (wrong) return false;  // no block device: the kernel's own, or one over the network
  if (fs::exists(device / "partition", wrong)) device = device.parent_path();
  const auto says = read_file((device / "removable").string(), 16);
  // A disk in a USB case calls itself fixed.
  return (says && text_of(*says).starts_with("1")) || device.string().find("/usb") != std::string::npos ||
         device.string().find("/mmc") != std::string::npos;
}

Result<> LinuxMounts::unmount(const Mount& mount) {
  if (::umount2(mount.point.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0) {
    if (errno == EINVAL || errno == ENOENT) return fail(Errc::not_found, "nothing is mounted at " + mount.point);
    return fail_os("unmount " + mount.point);
  }
  KW_TRY(const auto now, mounted());
  if (std::ranges::find(now, mount) != now.end()) return fail(Errc::conflict, mount.point + " is still mounted");
  return {};
}

std::string LinuxMounts::user_of(const Mount& mount) const {
  for (const int pid : all_processes()) {
    if (pid == ::getpid() || !uses(pid, mount.point)) continue;
    return actor_of(pid).process + " " + std::to_string(pid);
  }
  return {};
}

}  // namespace kw::platform
