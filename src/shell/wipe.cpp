#include "shell/wipe.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <vector>

#include "platform/linux/unique_fd.h"

namespace kw::shell {
namespace {

constexpr int kDeepestWipe = 16;     // directories that are open at a time
constexpr int kMostRounds = 10'000;  // over the top directory: one more for each time that a deep one was brought up

struct CloseListing {
  void operator()(DIR* listing) const { ::closedir(listing); }
};

/// The names in a directory; it is read to its end first, since removing while reading may skip some.
std::vector<std::string> names_in(int directory) {
  std::vector<std::string> out;
  const int again = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (again < 0) return out;
  const std::unique_ptr<DIR, CloseListing> listing(::fdopendir(again));
  if (!listing) {
    ::close(again);
    return out;
  }
  while (const auto* entry = ::readdir(listing.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") out.push_back(name);
  }
  return out;
}

/// A directory of our own whose permissions were taken away opens all the same.
platform::UniqueFd open_folder(int in, const std::string& name) {
  constexpr int kHow = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  struct stat look{};
  if (::fstatat(in, name.c_str(), &look, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(look.st_mode)) return {};
  // not a link: what could swap it has ended
  if ((look.st_mode & 0700) != 0700) static_cast<void>(::fchmodat(in, name.c_str(), 0700, 0));
  return platform::UniqueFd(::openat(in, name.c_str(), kHow));
}

class Wiping {
 public:
  Wiping(int top, std::string but) : top_(top), but_(std::move(but)) {}
  Wiped run() {
    for (int round = 0; round < kMostRounds; ++round) {
      brought_up_ = 0;
      out_.left = false;
      empty(top_, 0);
      if (brought_up_ == 0) break;
    }
    return out_;
  }

 private:
  void empty(int directory, int depth) {
    for (const auto& name : names_in(directory)) {
      if (depth == 0 && name == but_) continue;
      remove(directory, name, depth);
    }
  }
  void remove(int directory, const std::string& name, int depth) {
    struct stat look{};
    if (::fstatat(directory, name.c_str(), &look, AT_SYMLINK_NOFOLLOW) != 0) {
      out_.left = out_.left || errno != ENOENT;
      return;
    }
    if (!S_ISDIR(look.st_mode)) {
      if (::unlinkat(directory, name.c_str(), 0) == 0) {
        ++out_.files;
        if (S_ISREG(look.st_mode)) out_.octets += static_cast<std::uint64_t>(look.st_size);
      } else {
        out_.left = out_.left || errno != ENOENT;
      }
      return;
    }
    if (depth >= kDeepestWipe) return bring_up(directory, name);
    if (const auto folder = open_folder(directory, name)) empty(folder.get(), depth + 1);
    if (::unlinkat(directory, name.c_str(), AT_REMOVEDIR) != 0) out_.left = out_.left || errno != ENOENT;
  }
  void bring_up(int directory, const std::string& name) {
    const auto above = ".kw-deep-" + std::to_string(next_++);
    if (::renameat(directory, name.c_str(), top_, above.c_str()) == 0)
      ++brought_up_;
    else
      out_.left = true;
  }

  int top_;
  std::string but_;
  Wiped out_;
  int brought_up_ = 0;
  std::uint64_t next_ = 0;
};

}  // namespace

Wiped wipe_below(const std::string& directory, const std::string& but) {
  static_cast<void>(::chmod(directory.c_str(), 0700));
  const platform::UniqueFd top(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  Wiped none;
  none.left = errno != ENOENT;
  return top ? Wiping(top.get(), but).run() : none;
}

Wiped wipe(const std::string& directory) {
  auto out = wipe_below(directory);
  if (::rmdir(directory.c_str()) != 0 && errno != ENOENT) out.left = true;
  return out;
}

}  // namespace kw::shell
