#pragma once
// read_file, write_file_durably and their kin keep small files (keys, bundles, state) whole through power cuts.
//
// Errors: not_found, not_permitted, no_space, too_large, io; the detail names the path and the system's word.
// Thread-safe; two writers of one path at the same time each leave a whole file, the later rename wins.
#include <sys/types.h>

#include <string>

#include "base/bytes.h"

namespace kw::platform {

/// read_file returns a whole regular file of at most `most` octets; a larger one is Errc::too_large, unread.
[[nodiscard]] Result<Bytes> read_file(const std::string& path, std::size_t most);
/// read_file_itself is read_file in a directory that is another user's: a symbolic link is an error, and not followed.
[[nodiscard]] Result<Bytes> read_file_itself(const std::string& path, std::size_t most);
/// read_private_file is read_file for secrets: Errc::not_permitted where the file belongs to somebody else, or its mode
/// gives group or others anything.
[[nodiscard]] Result<Bytes> read_private_file(const std::string& path, std::size_t most);

/// write_file_durably replaces a file so that after a crash either the old or the new octets are there, never a mix:
/// temporary file in the same directory, fsync, rename, fsync of the directory. Nothing is left behind on failure.
Result<> write_file_durably(const std::string& path, ByteView bytes, mode_t mode = 0600);

/// write_file_durably_for puts a file into a directory that is another user's, as that user's file: it is completed in
/// `staging`, a directory of this user on the same file system, so that nobody else can reach it before it is whole.
struct FileOwner {
  uid_t uid = 0;
  gid_t gid = 0;
};
Result<> write_file_durably_for(FileOwner owner, const std::string& staging, const std::string& path, ByteView bytes,
                                mode_t mode = 0600);

/// remove_file_durably removes a file and syncs its directory; a file that is not there is success.
Result<> remove_file_durably(const std::string& path);

/// make_private_dir makes a directory (and missing parents) of mode 0700. One that exists must be a directory of
/// this user, and is narrowed to 0700; a symbolic link or somebody else's directory is Errc::not_permitted.
Result<> make_private_dir(const std::string& path);

}  // namespace kw::platform
