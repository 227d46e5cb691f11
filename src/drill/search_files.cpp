#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <set>

#include "device/programs/mounts.h"
#include "drill/search.h"
#include "platform/linux/close_directory.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/os_error.h"
#include "platform/linux/unique_fd.h"

namespace kw::drill {
namespace {

using platform::UniqueFd;
constexpr std::size_t kFilePiece = std::size_t{1} << 20;
constexpr std::uint64_t kMostEntries = 500'000;
constexpr int kDeepestFolder = 48;
constexpr std::size_t kMostMountText = std::size_t{8} << 20;

bool compressed(std::string_view name) {
  for (const std::string_view end : {".gz", ".xz", ".zst", ".bz2", ".journal", ".journal~"})
    if (name.ends_with(end)) return true;
  return false;
}

class TreeSearch {
 public:
  TreeSearch(const SearchTools& tools, std::string place, std::string part)
      : tools_(tools), place_(std::move(place)), part_(std::move(part)), piece_(kFilePiece) {}

  Result<> below(int directory, dev_t device, int depth) {
    std::unique_ptr<DIR, platform::CloseDirectory> stream(::fdopendir(::fcntl(directory, F_DUPFD_CLOEXEC, 3)));
    if (!stream) return skipped();
    while (const auto* entry = ::readdir(stream.get())) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (++entries_ > kMostEntries) {
        tools_.tally.not_searched(place_, "too many files");
        return {};
      }
      struct stat facts{};
      if (::fstatat(directory, entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) != 0 || facts.st_dev != device) continue;
      look(bytes_of(name), facts.st_ino, "name ");
      if (S_ISREG(facts.st_mode)) KW_CHECK(file(directory, entry->d_name, facts.st_ino, compressed(name)));
      if (!S_ISDIR(facts.st_mode)) continue;
      const UniqueFd folder(::openat(directory, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!folder || depth >= kDeepestFolder) {
        KW_CHECK(skipped());
        continue;
      }
      KW_CHECK(below(folder.get(), device, depth + 1));
    }
    return {};
  }

  Result<> file(int directory, const char* name, ino_t inode, bool packed) {
    const UniqueFd fd(::openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOATIME));
    if (!fd) return errno == ENOENT ? Result<>() : skipped();
    if (packed) tools_.tally.not_searched(place_, "compressed");  // and looked at as it is
    device::NeedleScan scan(tools_.needles, sink(inode, "inode "));
    for (;;) {
      const auto n = ::read(fd.get(), piece_.data(), piece_.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) KW_CHECK(skipped());
      if (n <= 0) break;
      scan.feed(ByteView(piece_).first(static_cast<std::size_t>(n)));
      KW_CHECK(tools_.breathe(Duration{0}));
    }
    scan.gap(0);
    tools_.tally.searched(place_, scan.octets());
    return {};
  }

  Result<> skipped() {
    tools_.tally.not_searched(place_, std::string(kw::name(platform::os_error(errno, "").code())));
    return {};
  }

 private:
  device::NeedleScan::Sink sink(ino_t inode, const char* what) {
    return [this, inode, what](const device::NeedleFound& found) {
      tools_.tally.found(place_, static_cast<v1::DrillPlanting::Canary>(found.kind),
                         part_ + " " + what + std::to_string(inode), found.offset, found.wide);
    };
  }
  void look(ByteView text, ino_t inode, const char* what) {
    device::NeedleScan scan(tools_.needles, sink(inode, what));
    scan.feed(text);
    scan.gap(0);
  }

  const SearchTools& tools_;
  std::string place_, part_;
  Bytes piece_;
  std::uint64_t entries_ = 0;
};

std::string short_part(const std::string& path) {
  return path.size() <= 32 ? path : "..." + path.substr(path.size() - 29);
}

}  // namespace

Result<> search_tree(const SearchTools& tools, const std::string& place, const std::string& top) {
  TreeSearch tree(tools, place, short_part(top));
  const UniqueFd fd(::open(top.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd && errno == ENOENT) return {};
  struct stat facts{};
  if (!fd || ::fstat(fd.get(), &facts) != 0) return tree.skipped();
  if (S_ISREG(facts.st_mode)) return tree.file(AT_FDCWD, top.c_str(), facts.st_ino, false);
  if (!S_ISDIR(facts.st_mode)) return {};
  return tree.below(fd.get(), facts.st_dev, 0);
}

Result<> search_tmpfs(const SearchTools& tools) {
  const auto text = platform::read_file("/proc/self/mountinfo", kMostMountText);
  const auto mounts = text ? device::parse_mounts(text_of(*text)) : Result<std::vector<device::Mount>>(text.error());
  if (!mounts) {
    tools.tally.not_searched("tmpfs", std::string(name(mounts.code())));
    return {};
  }
  std::set<std::uint64_t> seen;
  tools.tally.searched("tmpfs", 0, 0);
  for (const auto& mount : *mounts) {
    if ((mount.type != "tmpfs" && mount.type != "ramfs") || !seen.insert(mount.device).second) continue;
    KW_CHECK(search_tree(tools, "tmpfs", mount.point));
  }
  return {};
}

}  // namespace kw::drill
