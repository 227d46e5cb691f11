#include "platform/linux/permission_group.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "platform/linux/os_error.h"

#ifndef FAN_MARK_EVICTABLE  // Linux 5.19; Debian 12's headers have it, older ones do not
#define FAN_MARK_EVICTABLE 0x00000200
#endif

namespace kw::platform {
namespace {

constexpr std::size_t kMostEvents = 64;  // read at a time: each is a descriptor

}  // namespace

Result<> PermissionGroup::open() {
  constexpr unsigned kGroup = FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK;
  group_.reset(::fanotify_init(kGroup | FAN_UNLIMITED_MARKS | FAN_UNLIMITED_QUEUE,
                               O_RDONLY | O_LARGEFILE | O_CLOEXEC | O_NONBLOCK | O_NOATIME));
  if (!group_) return fail_os("fanotify");
  wake_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  null_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!wake_ || !null_) return fail_os("start the gate");
  evictable_ = FAN_MARK_EVICTABLE;
  return {};
}

void PermissionGroup::start() {
  watchdog_ = std::thread([this] { watch(); });
  thread_ = std::thread([this] { run(); });
}

void PermissionGroup::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  wake();
  {
    const std::lock_guard lock(mutex_);
    ended_.notify_all();
  }
  thread_.join();
  watchdog_.join();
  group_.reset();
}

void PermissionGroup::post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  inbox_.push_back(std::move(work));
  wake();
}

Result<> PermissionGroup::guard(const std::string& place, std::uint64_t mask) {
  if (::fanotify_mark(group_.get(), FAN_MARK_ADD | FAN_MARK_FILESYSTEM, mask, AT_FDCWD, place.c_str()) != 0)
    return fail_os("guard " + place);
  return {};
}

Result<> PermissionGroup::guard_folder(const std::string& folder, std::uint64_t mask) {
  constexpr unsigned kFlags = FAN_MARK_ADD | FAN_MARK_ONLYDIR;
  if (::fanotify_mark(group_.get(), kFlags, mask | FAN_EVENT_ON_CHILD, AT_FDCWD, folder.c_str()) != 0)
    return fail_os("guard " + folder);
  return {};
}

void PermissionGroup::answer(int fd, bool allow) {
  const fanotify_response response{fd, allow ? std::uint32_t{FAN_ALLOW} : std::uint32_t{FAN_DENY}};
  // ENOENT: the one who asked was killed meanwhile.
  [[maybe_unused]] const auto written = ::write(group_.get(), &response, sizeof response);
}

bool PermissionGroup::ignore(int fd, std::uint64_t what) {
  constexpr unsigned kFlags = FAN_MARK_ADD | FAN_MARK_IGNORED_MASK;
  if (::fanotify_mark(group_.get(), kFlags | evictable_, what, fd, nullptr) == 0) return true;
  if (errno != EINVAL || evictable_ == 0) return false;
  evictable_ = 0;  // an older kernel: marks keep their inodes in memory
  return ::fanotify_mark(group_.get(), kFlags, what, fd, nullptr) == 0;
}

void PermissionGroup::unmark(int fd) {
  ::fanotify_mark(group_.get(), FAN_MARK_REMOVE | FAN_MARK_IGNORED_MASK, kAsked, fd, nullptr);
}

void PermissionGroup::ask_again() {
  ::fanotify_mark(group_.get(), FAN_MARK_FLUSH, 0, AT_FDCWD, nullptr);  // inode marks alone
}

void PermissionGroup::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);  // full only when it wakes already
}

void PermissionGroup::run() {
  while (!stopping_) {
    busy_since_ = 0;
    std::array<pollfd, 2> fds{{{wake_.get(), POLLIN, 0}, {lost_ ? -1 : group_.get(), POLLIN, 0}}};
    ::poll(fds.data(), fds.size(), wait_ms());
    busy_since_ = clock_.steady().count();
    if (stopping_) break;
    if (fds[0].revents != 0) take_inbox();
    if (fds[1].revents != 0 && !lost_) read_events();
    side_.settle();
  }
}

int PermissionGroup::wait_ms() const {
  const auto until = side_.deadline();
  if (!until) return lost_ ? 1000 : -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - clock_.steady()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

void PermissionGroup::take_inbox() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(wake_.get(), &count, sizeof count);
  std::vector<std::function<void()>> work;
  {
    const std::lock_guard lock(mutex_);
    work.swap(inbox_);
  }
  for (const auto& one : work) one();
}

void PermissionGroup::read_events() {
  alignas(fanotify_event_metadata) std::array<char, kMostEvents * sizeof(fanotify_event_metadata)> buffer;
  const auto n = ::read(group_.get(), buffer.data(), buffer.size());
  if (n <= 0) return;  // EAGAIN; or a file that cannot be opened (a socket), which the kernel has answered itself
  auto left = static_cast<std::size_t>(n);
  const char* at = buffer.data();
  while (left >= sizeof(fanotify_event_metadata)) {
    const auto& event = *reinterpret_cast<const fanotify_event_metadata*>(at);
    if (event.event_len < sizeof(fanotify_event_metadata) || event.event_len > left) return;
    take(event);
    at += event.event_len;
    left -= event.event_len;
  }
}

void PermissionGroup::take(const fanotify_event_metadata& event) {
  if ((event.mask & FAN_Q_OVERFLOW) != 0) return side_.overflowed();
  UniqueFd fd(event.fd);
  if (fd) side_.event(std::move(fd), event.mask, event.pid);
}

// The one thread that is never kept: where the gate thread does not come back, its descriptor is replaced, so that the
// group goes without the number becoming somebody else's file.
void PermissionGroup::watch() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    ended_.wait_for(lock, patience_ / 4);
    const auto since = Duration(busy_since_.load());
    if (stopping_ || lost_ || since.count() == 0 || clock_.steady() - since < patience_) continue;
    lost_ = true;
    ::dup3(null_.get(), group_.get(), O_CLOEXEC);
    lock.unlock();
    side_.lost();
    lock.lock();
  }
}

}  // namespace kw::platform
