#include "platform/linux/file_pass.h"

#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "platform/linux/durable_file.h"
#include "platform/linux/file_digests.h"
#include "platform/linux/restored_file.h"

namespace kw::platform {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kChunk = 64;                     // paths that a thread takes at a time
constexpr std::size_t kSmall = std::size_t{64} << 10;  // hashed side by side up to this size
constexpr int kIdleClass = 3 << 13;                    // IOPRIO_CLASS_IDLE, ioprio_set(2)

void be_modest() {
  const sched_param none{};
  ::sched_setscheduler(0, SCHED_IDLE, &none);
  ::syscall(SYS_ioprio_set, 1, 0, kIdleClass);
}

/// A pass over a list of paths, shared by its threads.
class Pass {
 public:
  Pass(const std::vector<std::string>& paths, const device::PassOptions& options,
       const device::FileSource::Visit& visit, const std::function<void(const device::PassProgress&)>& progress,
       const std::function<bool()>& stop)
      : paths_(paths), options_(options), visit_(visit), progress_(progress), stop_(stop), begun_(Steady::now()) {}

  void run() {
    for (;;) {
      const auto from = (next_ += kChunk) - kChunk;
      if (from >= paths_.size() || stop_()) return;
      const auto count = std::min(kChunk, paths_.size() - from);
      if (!look(std::span(paths_).subspan(from, count))) return;
      finish(count);
    }
  }
  [[nodiscard]] bool whole() const { return done_ == paths_.size(); }
  [[nodiscard]] const device::PassTotals& totals() const { return totals_; }

 private:
  struct Small {
    const std::string* path;
    FileLook look;
    UniqueFd fd;
    Bytes content;
  };

  // False once it was told to stop.
  bool look(std::span<const std::string> paths) {
    std::vector<Small> small;
    for (const auto& path : paths) {
      if (auto one = read_small(path)) {
        if (!pace(one->content.size())) return false;
        small.push_back(std::move(*one));
        continue;
      }
      const auto state = state_of(path, [this](std::size_t part) { return pace(part); });
      if (!state && state.code() == Errc::cancelled) return false;
      tell(path, state);
    }
    hash_small(small);
    return !stop_();
  }

  static std::optional<Small> read_small(const std::string& path) {
    auto fd = open_to_read(path);
    if (!fd) return std::nullopt;
    const auto look = look_at(fd.get());
    if (!look || !S_ISREG(look->mode) || look->identity.size > kSmall) return std::nullopt;
    Small out{&path, *look, std::move(fd), Bytes(look->identity.size + 1)};
    const auto n = ::pread(out.fd.get(), out.content.data(), out.content.size(), 0);
    if (n < 0 || static_cast<std::uint64_t>(n) != look->identity.size)
      return std::nullopt;  // it changes: read it whole
    out.content.resize(static_cast<std::size_t>(n));
    return out;
  }

  void hash_small(std::vector<Small>& files) {
    std::ranges::sort(files, {}, [](const Small& file) { return file.content.size(); });
    std::vector<ByteView> contents;
    for (const auto& file : files) contents.emplace_back(file.content);
    std::vector<crypto::Digest> digests(files.size());
    crypto::sm3_many({}, contents, digests);
    for (std::size_t i = 0; i < files.size(); ++i) {
      const auto& file = files[i];
      const auto again = look_at(file.fd.get());
      if (again && again->identity == file.look.identity)
        tell(*file.path, device::FileState{digests[i], file.look.mode, file.look.uid, file.look.gid});
      else
        tell(*file.path, state_of(*file.path));
    }
  }

  void tell(const std::string& path, const Result<device::FileState>& state) {
    const std::lock_guard lock(mutex_);
    ++totals_.files;
    if (state)
      visit_(path, *state);
    else if (state.code() == Errc::not_found)
      visit_(path, std::nullopt);
    else
      ++totals_.failed;  // changing all the time, or not to be read: the watch tells the first
  }

  void finish(std::size_t looked_at) {
    const std::lock_guard lock(mutex_);
    done_ += looked_at;
    if (progress_) progress_({done_, paths_.size()});
  }

  // Keeps the reading of all threads together below the bound; false once it was told to stop.
  bool pace(std::size_t octets) {
    if (stop_()) return false;
    const auto total = read_ += octets;
    if (options_.octets_per_second == 0) return true;
    const auto due = begun_ + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(
                                  static_cast<double>(total) / static_cast<double>(options_.octets_per_second)));
    std::unique_lock lock(waiting_);
    while (Steady::now() < due) {
      never_.wait_until(lock, std::min(due, Steady::now() + std::chrono::milliseconds(100)));
      if (stop_()) return false;
    }
    return true;
  }

  const std::vector<std::string>& paths_;
  const device::PassOptions& options_;
  const device::FileSource::Visit& visit_;
  const std::function<void(const device::PassProgress&)>& progress_;
  const std::function<bool()>& stop_;
  Steady::time_point begun_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::uint64_t> read_ = 0;
  std::mutex mutex_, waiting_;
  std::condition_variable never_;
  std::size_t done_ = 0;
  device::PassTotals totals_;
};

}  // namespace

Result<std::vector<std::string>> list_paths(const device::PathGlobs& globs, const std::function<bool()>& stop) {
  std::vector<std::string> out;
  std::vector<std::string> folders = globs.roots();
  while (!folders.empty()) {
    if (stop()) return fail(Errc::cancelled);
    const auto folder = std::move(folders.back());
    folders.pop_back();
    const auto look = look_at_path(folder.empty() ? "/" : folder);
    if (!look) continue;
    if (globs.match(folder)) out.push_back(folder);
    if (!S_ISDIR(look->mode)) continue;
    std::error_code error;
    for (fs::directory_iterator at(folder.empty() ? "/" : folder, error), end; !error && at != end;
         at.increment(error)) {
      auto path = folder + "/" + at->path().filename().native();
      std::error_code unreadable;
      if (at->symlink_status(unreadable).type() == fs::file_type::directory) {
        if (globs.may_hold(path)) folders.push_back(std::move(path));
      } else if (globs.match(path)) {
        if (out.size() >= LinuxFiles::kMostPaths) return fail(Errc::too_large, "more than a million files are watched");
        out.push_back(std::move(path));
      }
    }
  }
  std::ranges::sort(out);
  return out;
}

Result<std::optional<device::FileState>> LinuxFiles::state(const std::string& path) {
  // A file that changes while it is read is read again; one that always changes is told as it was read last.
  for (int tries = 0;; ++tries) {
    auto found = state_of(path);
    if (found) return std::optional(*found);
    if (found.code() == Errc::not_found) return std::optional<device::FileState>();
    if (found.code() != Errc::conflict || tries >= 3) return Result<std::optional<device::FileState>>(found.error());
  }
}

Result<Bytes> LinuxFiles::content(const std::string& path, std::size_t most) { return read_file(path, most); }

std::string LinuxFiles::canonical(const std::string& path) {
  std::error_code error;
  const auto out = fs::weakly_canonical(path, error);
  return error ? path : out.native();
}

Result<> LinuxFiles::restore(const std::string& path, const device::KeyFileContent& file) {
  return restore_file(path, file);
}

Result<device::PassTotals> LinuxFiles::pass(const device::PathGlobs& globs, const std::vector<std::string>& known,
                                            const device::PassOptions& options, const Visit& visit,
                                            const std::function<void(const device::PassProgress&)>& progress,
                                            const std::function<bool()>& stop) {
  KW_TRY(auto paths, list_paths(globs, stop));
  const auto middle = static_cast<std::ptrdiff_t>(paths.size());
  paths.insert(paths.end(), known.begin(), known.end());
  std::sort(paths.begin() + middle, paths.end());
  std::inplace_merge(paths.begin(), paths.begin() + middle, paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());

  Pass pass(paths, options, visit, progress, stop);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(options.threads, 1U); ++i)
    threads.emplace_back([&] {
      be_modest();
      pass.run();
    });
  for (auto& thread : threads) thread.join();
  if (!pass.whole()) return fail(Errc::cancelled, "the pass was ended early");
  return pass.totals();
}

}  // namespace kw::platform
