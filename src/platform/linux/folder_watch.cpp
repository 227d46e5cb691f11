#include "platform/linux/folder_watch.h"

#include <dirent.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {

constexpr std::uint32_t kArrivals = IN_CREATE | IN_MOVED_TO | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK;
constexpr int kMostDepth = 32;

}  // namespace

class FolderWatch::Reader final : public Readable {
 public:
  explicit Reader(FolderWatch& watch) : watch_(watch) {}
  [[nodiscard]] int descriptor() const override { return watch_.inotify_.get(); }
  void ready() override {
    alignas(inotify_event) std::array<char, 16384> buffer;
    const auto n = ::read(descriptor(), buffer.data(), buffer.size());
    const std::lock_guard lock(watch_.mutex_);
    for (const char* at = buffer.data(); n > 0 && at < buffer.data() + n;) {
      const auto& event = *reinterpret_cast<const inotify_event*>(at);
      at += sizeof event + event.len;
      if ((event.mask & IN_Q_OVERFLOW) != 0) {  // what was lost is looked for
        const auto all = watch_.folders_;
        for (const auto& [wd, folder] : all) static_cast<void>(watch_.take(folder, 0));
        continue;
      }
      const auto folder = watch_.folders_.find(event.wd);
      if (folder == watch_.folders_.end()) continue;
      if ((event.mask & IN_IGNORED) != 0)
        watch_.folders_.erase(folder);
      else if ((event.mask & IN_ISDIR) != 0 && event.len > 0)
        static_cast<void>(watch_.take(folder->second + "/" + event.name, 1));  // add() says what stays unwatched
    }
  }

 private:
  FolderWatch& watch_;
};

Result<> FolderWatch::start(Told told) {
  inotify_.reset(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify_) return fail_os("inotify");
  told_ = std::move(told);
  return thread_.start(std::make_unique<Reader>(*this));
}

void FolderWatch::stop() {
  thread_.stop();
  const std::lock_guard lock(mutex_);
  folders_.clear();
  inotify_.reset();
}

Result<> FolderWatch::add(const std::string& place) {
  const std::lock_guard lock(mutex_);
  if (!inotify_) return fail(Errc::wrong_state, "folders are not watched");
  return take(place, 0);
}

Result<> FolderWatch::take(const std::string& folder, int depth) {
  if (depth > kMostDepth || folders_.size() >= kMostFolders)
    return fail(Errc::too_large, "too many folders below " + folder);
  const int wd = ::inotify_add_watch(inotify_.get(), folder.c_str(), kArrivals);
  if (wd < 0) return fail_os("watch " + folder);
  folders_[wd] = folder;
  KW_CHECK(told_(folder));
  const std::unique_ptr<DIR, int (*)(DIR*)> held(::opendir(folder.c_str()), ::closedir);
  if (!held) return fail_os("read " + folder);
  Result<> out;
  while (const auto* one = ::readdir(held.get())) {
    const std::string_view name(one->d_name);
    if (name == "." || name == ".." || (one->d_type != DT_DIR && one->d_type != DT_UNKNOWN)) continue;
    const auto done = take(folder + "/" + std::string(name), depth + 1);
    if (!done && done.code() != Errc::not_found && !(one->d_type == DT_UNKNOWN)) out = done;
  }
  return out;
}

}  // namespace kw::platform
