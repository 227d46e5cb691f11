#include "platform/linux/fanotify_names.h"

#include <fcntl.h>
#include <sys/fanotify.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <unordered_map>

#include "platform/linux/durable_file.h"
#include "platform/linux/fanotify_messages.h"
#include "platform/linux/os_error.h"
#include "platform/linux/process_facts.h"

namespace kw::platform {
namespace {

constexpr std::uint64_t kNames = FAN_CREATE | FAN_DELETE | FAN_MOVED_FROM | FAN_MOVED_TO;
constexpr std::uint64_t kMask = kNames | FAN_CLOSE_WRITE | FAN_MODIFY | FAN_ATTRIB | FAN_ONDIR;
// Who may do what with a file changes with its permissions and its name only.
constexpr std::uint64_t kRightsMask = FAN_CREATE | FAN_MOVED_FROM | FAN_MOVED_TO | FAN_ATTRIB | FAN_ONDIR;
constexpr std::size_t kMostFolders = 65536;

bool below(std::string_view path, std::string_view folder) {
  return folder == "/" || folder.empty() ||
         (path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/'));
}

// What is mounted at, above or below one of the roots; nothing where the kernel's list cannot be read.
std::vector<device::Mount> mounts_at(const std::vector<std::string>& roots) {
  const auto text = read_file("/proc/self/mountinfo", std::size_t{4} << 20);
  auto mounts = text ? device::parse_mounts(text_of(*text)) : Result<std::vector<device::Mount>>(text.error());
  if (!mounts) return {};
  std::erase_if(*mounts, [&](const device::Mount& mount) {
    return std::ranges::none_of(roots,
                                [&](const auto& root) { return below(mount.point, root) || below(root, mount.point); });
  });
  return std::move(*mounts);
}

bool honours_set_id(const device::Mount& mount) {
  struct statvfs facts{};
  return device::guarding_of(mount) != device::Guarding::none && !device::is_remote(mount.type) &&
         ::statvfs(mount.point.c_str(), &facts) == 0 && (facts.f_flag & ST_NOSUID) == 0;
}

}  // namespace

class FanotifyNames::Listener final : public Readable {
 public:
  Listener(std::shared_ptr<const device::PathGlobs> globs, Sink sink, const Options& options)
      : globs_(std::move(globs)),
        sink_(std::move(sink)),
        mask_(options.rights_only ? kRightsMask : kMask),
        room_(options.buffer),
        buffer_(std::make_unique_for_overwrite<Byte[]>(room_)) {}

  Result<> open(bool unlimited) {
    const unsigned queue = unlimited ? FAN_UNLIMITED_QUEUE : 0U;
    group_.reset(
        ::fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_REPORT_FID | FAN_REPORT_DFID_NAME | queue,
                        O_RDONLY | O_CLOEXEC));
    return group_ ? Result<>{} : fail_os("fanotify with names");
  }

  Result<> mark(const std::string& root) {
    // A root that is not there yet is watched through the nearest folder above it.
    auto place = root.empty() ? std::string("/") : root;
    UniqueFd fd;
    for (;;) {
      fd.reset(::open(place.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
      if (fd || place == "/") break;
      place = place.substr(0, std::max<std::size_t>(place.rfind('/'), 1));
    }
    if (!fd) return fail_os("open " + place);
    struct statfs facts{};
    if (::fstatfs(fd.get(), &facts) != 0) return fail_os("look at " + place);
    std::string id(sizeof facts.f_fsid, '\0');
    std::memcpy(id.data(), &facts.f_fsid, sizeof facts.f_fsid);
    if (::fanotify_mark(group_.get(), FAN_MARK_ADD | FAN_MARK_FILESYSTEM, mask_, AT_FDCWD, place.c_str()) != 0) {
      const bool nameless = errno == EOPNOTSUPP || errno == EXDEV || errno == ENODEV || errno == EINVAL;
      return nameless ? Result<>(fail(Errc::unsupported, "the file system of " + place + " tells no names"))
                      : fail_os("watch " + place);
    }
    file_systems_[id].push_back(std::move(fd));
    return {};
  }

  [[nodiscard]] int descriptor() const override { return group_.get(); }

  void ready() override {
    for (int round = 0; round < 64; ++round) {  // the thread looks at its own end in between
      const auto n = ::read(group_.get(), buffer_.get(), room_);
      if (n <= 0) return;
      events_.clear();
      // What cannot be read is lost like what did not fit: the state is looked at instead.
      if (!parse_name_events(ByteView(buffer_.get(), static_cast<std::size_t>(n)), events_))
        sink_(device::FilesLost{1});
      actors_.clear();
      told_.clear();
      for (const auto& event : events_) take(event);
    }
  }

 private:
  struct Folder {
    std::string path;
    bool wanted = false;
  };

  void take(const NameEvent& event) {
    if (event.overflow) {
      sink_(device::FilesLost{1});
      return;
    }
    if (event.folder.empty()) return;
    const bool on_folder = (event.mask & FAN_ONDIR) != 0;
    const auto* folder = find(event.folder);
    // A folder that moved takes all paths below with it.
    if (on_folder && (event.mask & (FAN_MOVED_FROM | FAN_MOVED_TO | FAN_DELETE)) != 0 && !folders_.empty()) {
      const auto kept = folder == nullptr ? Folder{} : *folder;
      folders_.clear();
      if (kept.wanted) tell(event, kept, on_folder);
      return;
    }
    if (folder != nullptr && folder->wanted) tell(event, *folder, on_folder);
  }

  void tell(const NameEvent& event, const Folder& folder, bool on_folder) {
    auto path = event.name.empty() || event.name == "." ? folder.path : folder.path + "/" + std::string(event.name);
    const bool below = on_folder && (event.mask & kNames) != 0 && globs_->may_hold(path);
    if (!below && !globs_->match(path)) return;
    const bool open = (event.mask & ~std::uint64_t{FAN_MODIFY}) == 0;
    if (!told_.insert((open ? "o" : "c") + path).second) return;
    auto& actor = actors_[event.pid];
    if (actor.pid == 0 && event.pid != 0) {
      // Of all that is created and renamed on a machine hardly anything gives rights: who it was is asked later.
      actor.pid = event.pid;
      if (mask_ == kMask) actor = actor_of(event.pid);
    }
    sink_(device::FileTouched{std::move(path), actor, below, open});
  }

  const Folder* find(ByteView handle) {
    const auto key = std::string(text_of(handle));
    if (const auto at = folders_.find(key); at != folders_.end()) return &at->second;
    const auto path = path_of(handle);
    if (!path) return nullptr;  // gone meanwhile: the folder above tells that
    if (folders_.size() >= kMostFolders) folders_.clear();
    Folder out{*path == "/" ? std::string() : *path, globs_->may_hold(*path)};
    return &folders_.emplace(key, std::move(out)).first->second;
  }

  std::optional<std::string> path_of(ByteView folder) {
    const auto parts = parse_folder(folder);
    if (!parts) return std::nullopt;
    const auto at = file_systems_.find(std::string(text_of(parts->file_system)));
    if (at == file_systems_.end()) return std::nullopt;
    alignas(file_handle) std::array<char, sizeof(file_handle) + 128> place{};
    auto& handle = *reinterpret_cast<file_handle*>(place.data());
    handle.handle_bytes = static_cast<unsigned>(parts->handle.size());
    handle.handle_type = parts->type;
    std::memcpy(place.data() + offsetof(file_handle, f_handle), parts->handle.data(), parts->handle.size());
    for (const auto& mount : at->second) {
      const UniqueFd fd(::open_by_handle_at(mount.get(), &handle, O_PATH | O_CLOEXEC));
      if (!fd) return std::nullopt;
      auto path = path_of_descriptor(fd.get());
      if (path.starts_with('/')) return path;  // "(unreachable)...": not below this mount
    }
    return std::nullopt;
  }

  std::shared_ptr<const device::PathGlobs> globs_;
  Sink sink_;
  std::uint64_t mask_;
  std::size_t room_;
  std::unique_ptr<Byte[]> buffer_;  // pages that no reading fills are never taken
  UniqueFd group_;
  std::map<std::string, std::vector<UniqueFd>> file_systems_;  // by ID: a descriptor on each mount that is watched
  std::unordered_map<std::string, Folder> folders_;            // by handle
  std::vector<NameEvent> events_;
  std::map<int, device::Actor> actors_;  // of one reading: a number does not change hands that fast
  std::set<std::string> told_;
};

Result<> FanotifyNames::start(std::shared_ptr<const device::PathGlobs> globs, Sink sink) {
  if (thread_.running()) return fail(Errc::wrong_state, "the watch runs already");
  roots_ = globs->roots();
  mounts_ = watched_mounts();
  auto listener = std::make_unique<Listener>(std::move(globs), std::move(sink), options_);
  KW_CHECK(listener->open(options_.unlimited_queue));
  Result<> partly;
  std::size_t watched = 0;
  for (const auto& root : roots_) {
    auto done = listener->mark(root);
    if (done)
      ++watched;
    else
      partly = std::move(done);
  }
  if (options_.rights_only)
    for (const auto& mount : mounts_)
      if (auto done = listener->mark(mount.point); !done) partly = std::move(done);
  if (watched == 0 && !partly) return partly;
  KW_CHECK(thread_.start(std::move(listener)));
  return partly;
}

std::vector<device::Mount> FanotifyNames::watched_mounts() const {
  auto out = mounts_at(roots_);
  if (options_.rights_only) std::erase_if(out, [](const auto& mount) { return !honours_set_id(mount); });
  return out;
}

bool FanotifyNames::stale() const { return watched_mounts() != mounts_; }

}  // namespace kw::platform
