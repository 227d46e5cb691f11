#include "platform/recorded/recorded_files.h"

#include <algorithm>
#include <set>

namespace kw::platform {
namespace {

device::FileState state_of_record(const RecordedFile& file) {
  return {crypto::sm3(file.content), file.mode, file.uid, file.gid};
}

}  // namespace

void RecordedDisk::put(const std::string& path, std::string_view text, std::uint32_t mode) {
  const std::lock_guard lock(mutex);
  files[path] = {copy(bytes_of(text)), mode, 0, 0};
}

void RecordedDisk::touch(const std::string& path, device::Actor by, bool folder, bool open) {
  if (sink && (globs->match(path) || (folder && globs->may_hold(path))))
    sink(device::FileTouched{path, std::move(by), folder, open});
}

Result<std::optional<device::FileState>> RecordedFiles::state(const std::string& path) {
  const std::lock_guard lock(disk_->mutex);
  const auto at = disk_->files.find(path);
  return at == disk_->files.end() ? std::optional<device::FileState>() : std::optional(state_of_record(at->second));
}

Result<Bytes> RecordedFiles::content(const std::string& path, std::size_t most) {
  const std::lock_guard lock(disk_->mutex);
  const auto at = disk_->files.find(path);
  if (at == disk_->files.end()) return fail(Errc::not_found, path);
  if (at->second.content.size() > most) return fail(Errc::too_large, path);
  return at->second.content;
}

Result<device::PassTotals> RecordedFiles::pass(const device::PathGlobs& globs, const std::vector<std::string>& known,
                                               const device::PassOptions&, const Visit& visit,
                                               const std::function<void(const device::PassProgress&)>& progress,
                                               const std::function<bool()>& stop) {
  std::set<std::string> paths(known.begin(), known.end());
  {
    const std::lock_guard lock(disk_->mutex);
    ++disk_->passes;
    for (const auto& [path, file] : disk_->files)
      if (globs.match(path)) paths.insert(path);
  }
  device::PassTotals totals;
  for (const auto& path : paths) {
    if (stop()) return fail(Errc::cancelled);
    const auto found = state(path).value();
    visit(path, found);
    ++totals.files;
    if (progress) progress({totals.files, paths.size()});
  }
  return totals;
}

Result<> RecordedFiles::restore(const std::string& path, const device::KeyFileContent& file) {
  const std::lock_guard lock(disk_->mutex);
  if (const auto at = disk_->refusals.find(path); at != disk_->refusals.end()) return Result<>(at->second);
  disk_->files[path] = {file.content, 0100000U | file.mode, file.uid, file.gid};
  return {};
}

Result<> RecordedFileWatch::start(std::shared_ptr<const device::PathGlobs> globs, Sink sink) {
  if (disk_->sink) return fail(Errc::wrong_state, "the watch runs already");
  disk_->mounted_over = false;
  disk_->globs = std::move(globs);
  disk_->sink = std::move(sink);
  return disk_->watch_error ? Result<>(*disk_->watch_error) : Result<>{};
}

void RecordedFileWatch::stop() { disk_->sink = nullptr; }

}  // namespace kw::platform
