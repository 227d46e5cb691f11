#pragma once
// facts_of_file, digest_of_file and their kin tell of an open file what a verdict over it stands on.
//
// Nothing here waits for a remote file system's attributes (AT_STATX_DONT_SYNC). Errors: conflict (the file changed
// while it was read), cancelled, and those of os_error. Thread-safe.
#include <functional>
#include <string>

#include "crypto/sm3.h"
#include "device/malware/file_stamp.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

struct FileFacts {
  device::FileStamp stamp;
  bool regular = false;
  std::uint32_t names = 0;  // hard links
  std::uint32_t mode = 0, uid = 0, gid = 0;
};
[[nodiscard]] Result<FileFacts> facts_of_file(int fd);
/// digest_of_file reads the whole file by its own offsets.
[[nodiscard]] Result<crypto::Digest> digest_of_file(int fd, const std::function<bool()>& stop = {});
/// may_be_written: somebody has the file open for writing, or it cannot be told. Needs CAP_LEASE or the file's owner.
[[nodiscard]] bool may_be_written(int fd);
/// path_of_file is the link /proc/self/fd/FD, as the kernel words it.
[[nodiscard]] std::string path_of_file(int fd);
/// open_file_to_read follows no link at the end, waits for nothing (FIFO), and leaves times as they are.
[[nodiscard]] UniqueFd open_file_to_read(const std::string& path);

struct FileUser {
  std::string process, user;  // command name; numeric uid as text
};
[[nodiscard]] FileUser user_of_pid(int pid);

}  // namespace kw::platform
