#include "platform/linux/uevent.h"

namespace kw::platform {
namespace {

// Takes one text up to its zero octet, or the rest where none ends it.
std::string_view take_text(std::string_view& in) {
  const auto end = in.find('\0');
  const auto out = in.substr(0, end);
  in.remove_prefix(end == std::string_view::npos ? in.size() : end + 1);
  return out;
}

}  // namespace

Result<Uevent> parse_uevent(ByteView message) {
  if (message.size() > kMostUevent) return fail(Errc::too_large, "uevent");
  auto in = text_of(message);
  const auto header = take_text(in);
  const auto at = header.find('@');
  if (at == std::string_view::npos || at == 0) return fail(Errc::malformed, "uevent header");
  Uevent out{std::string(header.substr(0, at)), std::string(header.substr(at + 1)), {}, {}};
  if (!out.devpath.starts_with('/') || (out.devpath + "/").find("/../") != std::string::npos)
    return fail(Errc::malformed, "uevent path");
  while (!in.empty()) {
    const auto line = take_text(in);
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) return fail(Errc::malformed, "uevent line");
    const auto key = line.substr(0, equals), value = line.substr(equals + 1);
    if (key == "ACTION" && value != out.action) return fail(Errc::malformed, "uevent action");
    if (key == "DEVPATH" && value != out.devpath) return fail(Errc::malformed, "uevent path");
    if (key == "SUBSYSTEM") out.subsystem = value;
    if (key == "DEVTYPE") out.devtype = value;
  }
  return out;
}

bool about_peripherals(const Uevent& event) noexcept {
  if (event.subsystem == "usb") return event.devtype == "usb_device";
  return event.subsystem == "mmc" || event.subsystem == "input" || event.subsystem == "tty";
}

}  // namespace kw::platform
