#include "device/programs/mounts.h"

#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace kw::device {
namespace {

constexpr std::array<std::string_view, 22> kViews = {
    "proc",     "sysfs",      "cgroup",    "cgroup2",  "devpts",  "securityfs", "debugfs",     "tracefs",
    "bpf",      "mqueue",     "pstore",    "configfs", "fusectl", "autofs",     "binfmt_misc", "nsfs",
    "efivarfs", "rpc_pipefs", "selinuxfs", "sockfs",   "pipefs",  "resctrl"};

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> out;
  for (std::size_t from = 0; from < line.size();) {
    const auto to = std::min(line.find(' ', from), line.size());
    if (to > from) out.push_back(line.substr(from, to - from));
    from = to + 1;
  }
  return out;
}

// The kernel writes blank, tab, line feed and backslash as three octal digits.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '7'; };
    if (text[i] == '\\' && i + 3 < text.size() && digit(i + 1) && digit(i + 2) && digit(i + 3)) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

Result<std::uint64_t> device_of(std::string_view text) {
  const auto colon = text.find(':');
  unsigned major = 0, minor = 0;
  if (colon == std::string_view::npos) return fail(Errc::malformed, "no device");
  const auto* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), text.data() + colon, major);
  const auto second = std::from_chars(text.data() + colon + 1, end, minor);
  if (first.ec != std::errc{} || first.ptr != text.data() + colon || second.ec != std::errc{} || second.ptr != end)
    return fail(Errc::malformed, "no device");
  return std::uint64_t{gnu_dev_makedev(major, minor)};
}

Result<Mount> parse_line(std::string_view line) {
  // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
  const auto parts = words(line);
  const auto dash = std::ranges::find(parts, "-");
  if (dash - parts.begin() < 6 || parts.end() - dash < 3) return fail(Errc::malformed, "too few words");
  Mount out;
  KW_TRY(out.device, device_of(parts[2]));
  out.point = unescaped(parts[4]);
  out.type = std::string(dash[1]);
  out.source = unescaped(dash[2]);
  return out;
}

}  // namespace

Result<std::vector<Mount>> parse_mounts(std::string_view text) {
  std::vector<Mount> out;
  for (std::size_t from = 0; from < text.size();) {
    const auto to = std::min(text.find('\n', from), text.size());
    if (const auto line = text.substr(from, to - from); !line.empty()) {
      if (out.size() >= kMostMounts) return fail(Errc::too_large, "more than 10,000 mounts");
      auto mount = parse_line(line);
      if (!mount) return fail(mount.code(), "mount " + std::to_string(out.size() + 1) + ": " + mount.error().detail());
      out.push_back(std::move(*mount));
    }
    from = to + 1;
  }
  return out;
}

bool is_remote(std::string_view type) {
  constexpr std::array<std::string_view, 7> kRemote = {"cifs", "smb3", "9p", "ceph", "afs", "virtiofs", "coda"};
  return type.starts_with("fuse") || type.starts_with("nfs") || std::ranges::find(kRemote, type) != kRemote.end();
}

Guarding guarding_of(const Mount& mount) {
  if (is_remote(mount.type) || std::ranges::find(kViews, mount.type) != kViews.end()) return Guarding::none;
  return mount.type == "devtmpfs" || mount.type == "hugetlbfs" ? Guarding::runs : Guarding::all;
}

}  // namespace kw::device
