#include "platform/linux/cache_clearing.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "platform/linux/close_directory.h"
#include "platform/linux/os_error.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {
namespace {

constexpr std::size_t kMostMatches = 256;
constexpr std::size_t kMostFailures = 16;

using Directory = std::unique_ptr<DIR, CloseDirectory>;

int open_beneath(int at, const std::string& name) {
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(::syscall(SYS_openat2, at, name.c_str(), &how, sizeof how));
}

/// A stream of its own, so that the descriptor stays with its owner.
Directory stream_of(int fd) {
  const int again = ::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  Directory out(again < 0 ? nullptr : ::fdopendir(again));
  if (again >= 0 && !out) ::close(again);
  return out;
}
bool is_dots(const char* name) { return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0)); }
std::int64_t ns(const timespec& time) { return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec; }

class Clearing {
 public:
  Clearing(const ClearRequest& request, const std::function<bool()>& stop) : request_(request), stop_(stop) {}

  void below(int directory, dev_t device, const std::string& path, int depth) {
    const auto stream = stream_of(directory);
    if (!stream) return failed(path);
    while (const auto* entry = ::readdir(stream.get())) {
      if (is_dots(entry->d_name)) continue;
      if (++seen_ > kMostCleared || stop_()) {
        out.complete = false;
        return;
      }
      one(directory, entry->d_name, device, path + "/" + entry->d_name, depth);
      if (!out.complete) return;
    }
  }
  void failed(const std::string& path) {
    if (out.failed.size() < kMostFailures) out.failed.push_back(os_error(errno, path).text());
  }
  device::Cleared out;

 private:
  void one(int directory, const char* name, dev_t device, const std::string& path, int depth) {
    struct stat facts{};
    if (::fstatat(directory, name, &facts, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno != ENOENT) failed(path);
      return;
    }
    if (spared(path)) return;
    const bool young = std::max(ns(facts.st_mtim), ns(facts.st_ctim)) > request_.keep.unix_ns;
    if (S_ISDIR(facts.st_mode)) return into(directory, name, facts, device, path, depth, young);
    if ((!S_ISREG(facts.st_mode) && !S_ISLNK(facts.st_mode)) || young || !its(facts)) return;
    if (request_.empty_first && !request_.trial && S_ISREG(facts.st_mode) && !empty(directory, name)) failed(path);
    if (!request_.trial && ::unlinkat(directory, name, 0) != 0) {
      if (errno != ENOENT) failed(path);
      return;
    }
    ++out.files;
    if (S_ISREG(facts.st_mode) && facts.st_nlink == 1) out.octets += static_cast<std::uint64_t>(facts.st_size);
  }

  void into(int directory, const char* name, const struct stat& facts, dev_t device, const std::string& path, int depth,
            bool young) {
    if (facts.st_dev != device) return;  // somebody mounted something there
    if (depth >= kDeepest) {
      errno = ELOOP;
      return failed(path);
    }
    const UniqueFd fd(open_beneath(directory, name));
    struct stat opened{};
    // Between the look and the opening it may have become another directory, of another file system.
    if (!fd || ::fstat(fd.get(), &opened) != 0) {
      if (errno != ENOENT) failed(path);
      return;
    }
    if (opened.st_dev != device) return;
    below(fd.get(), device, path, depth + 1);
    if (request_.trial || young || !out.complete || !its(facts)) return;
    if (::unlinkat(directory, name, AT_REMOVEDIR) != 0 && errno != ENOTEMPTY && errno != EEXIST && errno != ENOENT &&
        errno != EBUSY)
      failed(path);
  }

  [[nodiscard]] bool its(const struct stat& facts) const { return !request_.owner || facts.st_uid == *request_.owner; }
  [[nodiscard]] bool spared(const std::string& path) const {
    return std::ranges::any_of(request_.spare, [&](const auto& one) { return path.starts_with(one); });
  }
  static bool empty(int directory, const char* name) {
    const UniqueFd fd(::openat(directory, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    return fd && ::ftruncate(fd.get(), 0) == 0;
  }

  const ClearRequest& request_;
  const std::function<bool()>& stop_;
  std::uint64_t seen_ = 0;
};

/// walk opens the rest of the path below `at`, one directory for each match of a "*".
Result<> walk(const UniqueFd& at, const std::string& rest, const std::string& so_far, Clearing& clearing) {
  const auto star = ("/" + rest + "/").find("/*/");
  if (star == std::string::npos) {
    const UniqueFd place(rest.empty() ? ::openat(at.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                                      : open_beneath(at.get(), rest));
    if (!place && (errno == ENOENT || errno == ENOTDIR)) return {};  // nothing was left there
    if (!place && (errno == ELOOP || errno == EXDEV))
      return fail(Errc::not_permitted, so_far + "/" + rest + ": a symbolic link is on the way");
    if (!place && errno == ENOSYS) return fail(Errc::unsupported, "openat2");
    struct stat facts{};
    if (!place || ::fstat(place.get(), &facts) != 0) return fail_os("open " + so_far + "/" + rest);
    clearing.below(place.get(), facts.st_dev, so_far + (rest.empty() ? "" : "/" + rest), 0);
    return {};
  }
  const auto before = star == 0 ? std::string() : rest.substr(0, star - 1);
  const auto after = star + 2 >= rest.size() ? std::string() : rest.substr(star + 2);
  const UniqueFd parent(before.empty() ? ::openat(at.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                                       : open_beneath(at.get(), before));
  if (!parent && (errno == ENOENT || errno == ENOTDIR)) return {};
  if (!parent) return fail_os("open " + so_far + "/" + before);
  const auto stream = stream_of(parent.get());
  if (!stream) return fail_os("read " + so_far + "/" + before);
  std::size_t matches = 0;
  while (const auto* entry = ::readdir(stream.get())) {
    if (is_dots(entry->d_name) || matches >= kMostMatches) continue;
    const UniqueFd match(open_beneath(parent.get(), entry->d_name));
    if (!match) continue;  // a file, or a link that is not followed
    ++matches;
    KW_CHECK(walk(match, after, so_far + (before.empty() ? "" : "/" + before) + "/" + entry->d_name, clearing));
  }
  return {};
}

bool path_ok(const std::string& path) {
  return path.size() > 1 && path.front() == '/' && path.find("//") == std::string::npos &&
         path.find('\0') == std::string::npos && (path + "/").find("/./") == std::string::npos &&
         (path + "/").find("/../") == std::string::npos;
}

}  // namespace

Result<device::Cleared> clear_cache(const ClearRequest& request, const std::function<bool()>& stop) {
  if (!path_ok(request.path)) return fail(Errc::invalid, request.path);
  const UniqueFd root(::open(request.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) return fail_os("open " + request.root);
  Clearing clearing(request, stop);
  auto path = request.path.substr(1);
  while (path.ends_with('/')) path.pop_back();
  KW_CHECK(walk(root, path, "", clearing));
  return std::move(clearing.out);
}

}  // namespace kw::platform
