// Where set-ID files are: a walk over every local file system that honours their bits.
#include <fts.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <array>
#include <memory>

#include "base/text.h"
#include "device/programs/mounts.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/linux_host_port.h"
#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {

using namespace device;

constexpr std::size_t kStopEvery = 256;

std::optional<SetIdFile> as_set_id(const std::string& path, const struct stat& facts) {
  // Without the group's execute bit the set-group-ID bit means locking, not rights.
  const bool user = (facts.st_mode & S_ISUID) != 0 && (facts.st_mode & 0111) != 0;
  const bool group = (facts.st_mode & S_ISGID) != 0 && (facts.st_mode & 0010) != 0;
  if (!S_ISREG(facts.st_mode) || (!user && !group)) return std::nullopt;
  return SetIdFile{path, facts.st_mode, facts.st_uid, facts.st_gid};
}

Result<std::vector<std::string>> places() {
  KW_TRY(const auto text, read_file("/proc/self/mountinfo", std::size_t{4} << 20));
  KW_TRY(const auto mounts, parse_mounts(text_of(text)));
  std::vector<std::string> out;
  std::set<std::uint64_t> devices;
  for (const auto& mount : mounts) {
    struct statvfs facts {};
    struct stat there {};
    if (guarding_of(mount) == Guarding::none || is_remote(mount.type)) continue;
    if (::statvfs(mount.point.c_str(), &facts) != 0 || (facts.f_flag & ST_NOSUID) != 0) continue;
    // Something else may be mounted over the point.
    if (::stat(mount.point.c_str(), &there) != 0 || there.st_dev != mount.device) continue;
    if (devices.insert(mount.device).second) out.push_back(mount.point);
  }
  return out;
}

}  // namespace

std::optional<SetIdFile> LinuxHostPort::set_id(const std::string& path) {
  struct stat facts {};
  return ::lstat(path.c_str(), &facts) == 0 ? as_set_id(path, facts) : std::nullopt;
}

Result<std::vector<SetIdFile>> LinuxHostPort::set_id_files(const Stop& stop) {
  auto roots = options_.walk;
  if (roots.empty()) {
    KW_TRY(roots, places());
  }
  std::vector<SetIdFile> out;
  std::size_t seen = 0;
  for (auto& root : roots) {
    std::array<char*, 2> names{root.data(), nullptr};
    const std::unique_ptr<FTS, decltype(&::fts_close)> walk(
        ::fts_open(names.data(), FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, nullptr), ::fts_close);
    if (!walk) return fail_os("walk " + root);
    while (const auto* entry = ::fts_read(walk.get())) {
      if (++seen % kStopEvery == 0 && stop()) return fail(Errc::cancelled);
      if (entry->fts_info != FTS_F) continue;
      if (auto file = as_set_id(clean_text(entry->fts_path, 4096), *entry->fts_statp)) out.push_back(std::move(*file));
      if (out.size() > kMostSetIdFiles) return fail(Errc::too_large, "more than 4096 set-ID files");
    }
  }
  return out;
}

}  // namespace kw::platform
