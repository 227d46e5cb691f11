#pragma once
// restore_file puts a file of key configuration back: whole or not at all, with owner and permissions, and reads it
// back.
//
// A temporary file in the same folder, synced, renamed over the name, folder synced. Where somebody has put something
// in the way it goes first: a file mounted over the name is unmounted, the immutable and append-only flags of file and
// folder are taken off (the folder's are set again), an empty folder is removed. A symbolic link is replaced, never
// followed. Missing folders are made, mode 0755. Errors: not_permitted, no_space, io, corrupt (read back differently).
#include <string>

#include "device/integrity/key_files.h"

namespace kw::platform {

Result<> restore_file(const std::string& path, const device::KeyFileContent& file);

}  // namespace kw::platform
