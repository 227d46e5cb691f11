#pragma once
// parse_name_events reads what a fanotify group with FAN_REPORT_DFID_NAME delivers (fanotify(7)): what happened, in
// which folder, under which name, by which process.
//
// PURE; the views point into the buffer. A buffer that does not hold together is Errc::malformed at the place, and what
// was read before it counts.
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace kw::platform {

struct NameEvent {
  std::uint64_t mask = 0;
  int pid = 0;
  bool overflow = false;
  ByteView folder;        // file system ID and file handle, as open_by_handle_at(2) wants it; empty: unknown
  std::string_view name;  // "." or empty: the folder itself
};
Result<> parse_name_events(ByteView buffer, std::vector<NameEvent>& out);

/// FolderHandle is the parts of NameEvent::folder.
struct FolderHandle {
  ByteView file_system;  // 8 octets, statfs(2)
  std::int32_t type = 0;
  ByteView handle;
};
[[nodiscard]] Result<FolderHandle> parse_folder(ByteView folder);

}  // namespace kw::platform
