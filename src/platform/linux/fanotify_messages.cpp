#include "platform/linux/fanotify_messages.h"

#include <fcntl.h>
#include <sys/fanotify.h>

#include <cstring>

namespace kw::platform {
namespace {

constexpr std::size_t kFileSystem = sizeof(__kernel_fsid_t);
constexpr std::size_t kHandleHead = 8;    // handle_bytes and handle_type of struct file_handle
constexpr std::size_t kMostHandle = 128;  // MAX_HANDLE_SZ

template <class T>
Result<T> take_plain(ByteView at) {
  if (at.size() < sizeof(T)) return fail(Errc::malformed, "fanotify event is cut short");
  T out{};
  std::memcpy(&out, at.data(), sizeof out);
  return out;
}

// One information record behind its header: the folder's handle, and the name after it where the type has one.
Result<> take_record(ByteView body, bool named, NameEvent& out) {
  if (body.size() < kFileSystem + kHandleHead) return fail(Errc::malformed, "fanotify record is cut short");
  KW_TRY(const auto size, take_plain<std::uint32_t>(body.subspan(kFileSystem)));
  if (size > kMostHandle || body.size() < kFileSystem + kHandleHead + size)
    return fail(Errc::malformed, "file handle of a fanotify record");
  out.folder = body.first(kFileSystem + kHandleHead + size);
  if (!named) return {};
  const auto name = text_of(body.subspan(kFileSystem + kHandleHead + size));
  const auto end = name.find('\0');
  if (end == std::string_view::npos) return fail(Errc::malformed, "name of a fanotify record has no end");
  out.name = name.substr(0, end);
  return {};
}

}  // namespace

Result<> parse_name_events(ByteView buffer, std::vector<NameEvent>& out) {
  while (!buffer.empty()) {
    KW_TRY(const auto event, take_plain<fanotify_event_metadata>(buffer));
    if (event.event_len < sizeof event || event.event_len > buffer.size() || event.metadata_len < sizeof event ||
        event.metadata_len > event.event_len)
      return fail(Errc::malformed, "length of a fanotify event");
    if (event.vers != FANOTIFY_METADATA_VERSION) return fail(Errc::unsupported, "fanotify version");
    NameEvent one{event.mask, event.pid, (event.mask & FAN_Q_OVERFLOW) != 0, {}, {}};
    for (auto records = buffer.subspan(event.metadata_len, event.event_len - event.metadata_len); !records.empty();) {
      KW_TRY(const auto header, take_plain<fanotify_event_info_header>(records));
      if (header.len < sizeof header || header.len > records.size())
        return fail(Errc::malformed, "length of a fanotify record");
      const auto body = records.subspan(sizeof header, header.len - sizeof header);
      if (header.info_type == FAN_EVENT_INFO_TYPE_DFID_NAME) KW_CHECK(take_record(body, true, one));
      if (header.info_type == FAN_EVENT_INFO_TYPE_DFID) KW_CHECK(take_record(body, false, one));
      records = records.subspan(header.len);
    }
    out.push_back(one);
    buffer = buffer.subspan(event.event_len);
  }
  return {};
}

Result<FolderHandle> parse_folder(ByteView folder) {
  if (folder.size() < kFileSystem + kHandleHead) return fail(Errc::malformed, "no folder handle");
  KW_TRY(const auto size, take_plain<std::uint32_t>(folder.subspan(kFileSystem)));
  KW_TRY(const auto type, take_plain<std::int32_t>(folder.subspan(kFileSystem + 4)));
  if (size > kMostHandle || size != folder.size() - kFileSystem - kHandleHead)
    return fail(Errc::malformed, "no folder handle");
  return FolderHandle{folder.first(kFileSystem), type, folder.subspan(kFileSystem + kHandleHead)};
}

}  // namespace kw::platform
