#include "shell/homes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "platform/linux/os_error.h"
#include "platform/linux/unique_fd.h"
#include "shell/wipe.h"

namespace kw::shell {
namespace {

using platform::fail_os;

Result<platform::UniqueFd> folder_of(const std::string& path, uid_t owner) {
  platform::UniqueFd out(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat look{};
  if (!out || ::fstat(out.get(), &look) != 0) return fail_os("open " + path);
  if (look.st_uid != owner && look.st_uid != ::geteuid())
    return fail(Errc::not_permitted, path + " is somebody else's");
  return out;
}

}  // namespace

Result<Homes> Homes::make(const std::string& profiles, const platform::Account& account) {
  std::error_code ec;
  std::filesystem::create_directories(std::filesystem::path(profiles).parent_path(), ec);
  if (ec) return Result<Homes>(platform::os_error(ec.value(), "make " + profiles));
  if (::mkdir(profiles.c_str(), 0711) != 0 && errno != EEXIST) return fail_os("make " + profiles);
  KW_TRY(const auto all, folder_of(profiles, ::geteuid()));
  // The agent's umask takes what others need to walk through.
  if (::fchmod(all.get(), 0711) != 0) return fail_os("open the way through " + profiles);
  Homes out(profiles + "/" + std::to_string(account.uid));
  if (::mkdir(out.path_.c_str(), 0700) != 0 && errno != EEXIST) return fail_os("make " + out.path_);
  KW_TRY(const auto own, folder_of(out.path_, account.uid));
  if (::fchown(own.get(), account.uid, account.gid) != 0 || ::fchmod(own.get(), 0700) != 0)
    return fail_os("give away " + out.path_);
  return out;
}

Result<std::string> Homes::next(bool wipe) {
  auto home = path_ + "/kept";
  if (wipe) {
    static_cast<void>(wipe_below(path_));  // what an earlier run left; what cannot go was told then
    home = path_ + "/run-XXXXXX";
    if (::mkdtemp(home.data()) == nullptr) return fail_os("make a home");
  } else if (::mkdir(home.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail_os("make a home");
  }
  for (const auto* below : {"/tmp", "/run"})
    if (::mkdir((home + below).c_str(), 0700) != 0 && errno != EEXIST) return fail_os("make a home");
  return home;
}

std::vector<std::string> home_environment(const std::string& home, const std::string& mark) {
  std::vector<std::string> out{"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "HOME=" + home,
                               "TMPDIR=" + home + "/tmp", "XDG_RUNTIME_DIR=" + home + "/run",
                               "XDG_CONFIG_HOME=" + home + "/.config", "XDG_CACHE_HOME=" + home + "/.cache",
                               "XDG_DATA_HOME=" + home + "/.local/share",
                               // no bus of a session: nothing there opens dialogs or programs for it
                               "DBUS_SESSION_BUS_ADDRESS=disabled:", mark};
  for (const auto* name : {"DISPLAY", "XAUTHORITY"})
    if (const char* value = std::getenv(name)) out.push_back(std::string(name) + "=" + value);
  return out;
}

}  // namespace kw::shell
