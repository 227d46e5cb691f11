#pragma once
// RecordedFiles is a FileSource and a FileWatch over a table of files, for tests. touch() is the process that changes
// something. Never shipped. Not thread-safe but for `files`, which `mutex` guards.
#include <mutex>

#include "device/integrity/ports.h"

namespace kw::platform {

struct RecordedFile {
  Bytes content;
  std::uint32_t mode = 0100644, uid = 0, gid = 0;
};
struct RecordedDisk {
  std::mutex mutex;
  std::map<std::string, RecordedFile> files;
  std::map<std::string, Error> refusals;  // restore of this path fails
  device::FileWatch::Sink sink;           // empty while nothing watches
  std::shared_ptr<const device::PathGlobs> globs;
  bool mounted_over = false;
  std::size_t passes = 0;
  std::optional<Error> watch_error;

  void put(const std::string& path, std::string_view text, std::uint32_t mode = 0100644);
  /// touch tells the watch, where one runs and the globs name the path.
  void touch(const std::string& path, device::Actor by = {4711, "vi", "/usr/bin/vi", "0"}, bool folder = false,
             bool open = false);
};

class RecordedFiles final : public device::FileSource {
 public:
  explicit RecordedFiles(std::shared_ptr<RecordedDisk> disk) : disk_(std::move(disk)) {}
  Result<std::optional<device::FileState>> state(const std::string& path) override;
  Result<Bytes> content(const std::string& path, std::size_t most) override;
  std::string canonical(const std::string& path) override { return path; }
  Result<device::PassTotals> pass(const device::PathGlobs& globs, const std::vector<std::string>& known,
                                  const device::PassOptions& options, const Visit& visit,
                                  const std::function<void(const device::PassProgress&)>& progress,
                                  const std::function<bool()>& stop) override;
  Result<> restore(const std::string& path, const device::KeyFileContent& file) override;

 private:
  std::shared_ptr<RecordedDisk> disk_;
};

class RecordedFileWatch final : public device::FileWatch {
 public:
  explicit RecordedFileWatch(std::shared_ptr<RecordedDisk> disk) : disk_(std::move(disk)) {}
  ~RecordedFileWatch() override { stop(); }
  Result<> start(std::shared_ptr<const device::PathGlobs> globs, Sink sink) override;
  void stop() override;
  [[nodiscard]] bool stale() const override { return disk_->mounted_over; }

 private:
  std::shared_ptr<RecordedDisk> disk_;
};

}  // namespace kw::platform
