#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "drill/search.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/os_error.h"
#include "platform/linux/system_clock.h"
#include "platform/linux/unique_fd.h"

namespace kw::drill {
namespace {

using platform::UniqueFd;
constexpr std::size_t kBlockPiece = std::size_t{1} << 20, kAlignment = 4096;
constexpr std::size_t kMostSwapText = std::size_t{64} << 10;  // and of a device's facts

struct FreeAligned {
  void operator()(Byte* octets) const { std::free(octets); }
};

/// Reads a device or file from its beginning, past the cache where it can, no faster than the rate.
Result<> read_whole(const SearchTools& tools, const std::string& place, const std::string& path,
                    const std::string& part, BlockLimits limits) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECT));
  if (!fd && errno == EINVAL) fd.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) {
    tools.tally.not_searched(place, std::string(name(platform::os_error(errno, "").code())));
    return {};
  }
  const std::unique_ptr<Byte, FreeAligned> piece(static_cast<Byte*>(std::aligned_alloc(kAlignment, kBlockPiece)));
  if (!piece) return fail(Errc::no_space, "memory");
  device::NeedleScan scan(tools.needles, [&](const device::NeedleFound& found) {
    tools.tally.found(place, static_cast<v1::DrillPlanting::Canary>(found.kind), part, found.offset, found.wide);
  });
  const platform::SystemClock clock;
  const auto began = clock.steady();
  for (std::uint64_t at = 0;;) {
    if (at >= limits.octets) {
      tools.tally.not_searched(place, "beyond what policy asks");
      break;
    }
    const auto n = ::pread(fd.get(), piece.get(), kBlockPiece, static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) tools.tally.not_searched(place, std::string(name(platform::os_error(errno, "").code())));
    if (n <= 0) break;
    scan.feed(ByteView(piece.get(), static_cast<std::size_t>(n)));
    at += static_cast<std::uint64_t>(n);
    const auto due = limits.octets_a_second == 0
                         ? Duration{0}
                         : Duration(static_cast<std::int64_t>(static_cast<double>(at) * 1e9 /
                                                              static_cast<double>(limits.octets_a_second)));
    auto rest = began + due - clock.steady();
    do {
      KW_CHECK(tools.breathe(std::max(rest, Duration{0})));
      rest = began + due - clock.steady();
    } while (rest > std::chrono::milliseconds(1));
  }
  scan.gap(0);
  tools.tally.searched(place, scan.octets());
  return {};
}

/// device_file names a block device's file: the kernel's own word for it, since links by number are udev's.
std::string device_file(const std::string& number) {
  const auto facts = platform::read_file("/sys/dev/block/" + number + "/uevent", kMostSwapText);
  constexpr std::string_view kName = "DEVNAME=";
  const auto text = facts ? text_of(*facts) : std::string_view();
  const auto at = text.find(kName);
  if (at == std::string_view::npos) return "/dev/block/" + number;
  const auto rest = text.substr(at + kName.size());
  return "/dev/" + std::string(rest.substr(0, rest.find('\n')));
}

bool in_memory(const std::string& path) {
  struct statfs facts{};
  if (::statfs(path.c_str(), &facts) != 0) return false;
  return facts.f_type == TMPFS_MAGIC || facts.f_type == RAMFS_MAGIC;
}

}  // namespace

Result<> search_blocks(const SearchTools& tools, const std::vector<std::string>& places, BlockLimits limits) {
  if (limits.octets == 0) {
    tools.tally.not_searched("blocks", "policy asks for none");
    return {};
  }
  std::set<dev_t> seen;
  for (const auto& path : places) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat facts{};
    if (!fd || ::fstat(fd.get(), &facts) != 0 || in_memory(path) || !seen.insert(facts.st_dev).second) continue;
    if (major(facts.st_dev) == 0) {
      tools.tally.not_searched("blocks", "no device");
      continue;
    }
    if (::syncfs(fd.get()) != 0) tools.tally.not_searched("blocks", "not written back");
    const auto number = std::to_string(major(facts.st_dev)) + ":" + std::to_string(minor(facts.st_dev));
    KW_CHECK(read_whole(tools, "blocks", device_file(number), "device " + number, limits));
  }
  return {};
}

Result<> search_swap(const SearchTools& tools, BlockLimits limits) {
  const auto table = platform::read_file("/proc/swaps", kMostSwapText);
  if (!table) {
    tools.tally.not_searched("swap", std::string(name(table.code())));
    return {};
  }
  tools.tally.searched("swap", 0, 0);
  auto text = text_of(*table);
  for (bool head = true; !text.empty(); head = false) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (head || line.empty() || line[0] != '/') continue;
    if (limits.octets == 0) {
      tools.tally.not_searched("swap", "policy asks for none");
      continue;
    }
    KW_CHECK(read_whole(tools, "swap", std::string(line.substr(0, line.find_first_of(" \t"))), "swap", limits));
  }
  return {};
}

}  // namespace kw::drill
