#include "agent/guard/hand_over.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "platform/linux/os_error.h"
#include "platform/linux/unique_fd.h"

namespace kw::agent {
namespace {

using platform::fail_os;
using platform::UniqueFd;

/// Everything below a directory, without following a link; two levels are all there is (link/, link/spool/).
Result<> give(int directory, const platform::Account& account, int levels) {
  const int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* entries = copy < 0 ? nullptr : ::fdopendir(copy);
  if (entries == nullptr) return fail_os("list the link's state");
  Result<> out;
  while (const auto* entry = ::readdir(entries)) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    const UniqueFd below(::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (below && levels > 0) out = give(below.get(), account, levels - 1);
    if (out && ::fchownat(directory, name.c_str(), account.uid, account.gid, AT_SYMLINK_NOFOLLOW) != 0)
      out = fail_os("hand over " + name);
    if (!out) break;
  }
  ::closedir(entries);
  return out;
}

}  // namespace

Result<> hand_over(const StateDirectory& state, const platform::Account& account) {
  if (::mkdir(state.link_path().c_str(), 0700) != 0 && errno != EEXIST) return fail_os("make " + state.link_path());
  const UniqueFd link(::open(state.link_path().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!link) return fail_os("open " + state.link_path());
  struct stat facts{};
  if (::fstat(link.get(), &facts) != 0) return fail_os("stat " + state.link_path());
  if (facts.st_uid == account.uid) return {};
  if (facts.st_uid != ::geteuid())
    return fail(Errc::conflict, state.link_path() + " belongs to another user than the configured one");
  KW_CHECK(give(link.get(), account, 1));
  if (::fchmod(link.get(), 0700) != 0) return fail_os("chmod " + state.link_path());
  if (::fchown(link.get(), account.uid, account.gid) != 0) return fail_os("hand over " + state.link_path());
  return {};
}

}  // namespace kw::agent
