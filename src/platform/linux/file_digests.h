#pragma once
// look_at, digest_of and state_of tell of a file what verdicts and baselines stand on.
//
// Nothing here waits for a remote or user-space file system to answer for attributes (AT_STATX_DONT_SYNC). Errors:
// not_found, not_permitted, conflict (the file changed while it was read), cancelled, io. Thread-safe.
#include <sys/stat.h>

#include <functional>

#include "device/file_identity.h"
#include "device/integrity/manifest.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

struct FileLook {
  device::FileIdentity identity;
  std::uint32_t mode = 0, uid = 0, gid = 0;
  std::uint32_t names = 0;  // hard links
  [[nodiscard]] bool regular() const noexcept { return S_ISREG(mode); }
  /// root_only: owned by root, and nobody else may write it.
  [[nodiscard]] bool root_only() const noexcept { return uid == 0 && (mode & 0022U) == 0; }
};
[[nodiscard]] Result<FileLook> look_at(int fd);
/// look_at_path does not follow a symbolic link at the end unless `follow`.
[[nodiscard]] Result<FileLook> look_at_path(const std::string& path, bool follow = false);

/// Called before each part is read, with its size; false ends the reading with Errc::cancelled. It may wait.
using BeforeRead = std::function<bool(std::size_t)>;

/// digest_of reads the whole file by its own offsets, and looks at it before and after.
[[nodiscard]] Result<crypto::Digest> digest_of(int fd, const BeforeRead& before = {});
/// digest_as_read does not look: whether the file changed meanwhile is the caller's question.
[[nodiscard]] Result<crypto::Digest> digest_as_read(int fd, const BeforeRead& before = {});
/// may_be_written: somebody has the file open for writing, or it cannot be told. Needs CAP_LEASE or the file's owner.
[[nodiscard]] bool may_be_written(int fd);
/// state_of tells a path as it is: regular files by their content, symbolic links by their target.
[[nodiscard]] Result<device::FileState> state_of(const std::string& path, const BeforeRead& before = {});
/// open_to_read opens without following a link at the end, without waiting (FIFO), without touching times.
[[nodiscard]] UniqueFd open_to_read(const std::string& path);

}  // namespace kw::platform
