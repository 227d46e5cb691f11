#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>

#include "base/text.h"
#include "device/system/segments.h"
#include "drill/search.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/os_error.h"
#include "platform/linux/process_facts.h"
#include "platform/linux/process_reader.h"
#include "platform/linux/unique_fd.h"

namespace kw::drill {
namespace {

using platform::UniqueFd;
constexpr std::uint64_t kPage = 4096;
constexpr std::size_t kPagesAtOnce = 2048, kMemoryPiece = std::size_t{1} << 20;
constexpr std::size_t kMostMaps = std::size_t{16} << 20;
constexpr std::uint64_t kPresent = std::uint64_t{1} << 63, kSwapped = std::uint64_t{1} << 62;

struct Range {
  std::uint64_t from = 0, to = 0;
};

/// Mappings that can be read and are memory: no device's registers, no page of the kernel's own.
std::vector<Range> readable_ranges(std::string_view maps) {
  std::vector<Range> out;
  while (!maps.empty()) {
    const auto line = maps.substr(0, maps.find('\n'));
    maps.remove_prefix(std::min(maps.size(), line.size() + 1));
    Range range;
    const auto* end = line.data() + line.size();
    const auto from = std::from_chars(line.data(), end, range.from, 16);
    if (from.ec != std::errc() || from.ptr == end || *from.ptr != '-') continue;
    const auto to = std::from_chars(from.ptr + 1, end, range.to, 16);
    if (to.ec != std::errc() || end - to.ptr < 2 || to.ptr[1] != 'r') continue;
    const bool kernels = line.ends_with("[vvar]") || line.ends_with("[vsyscall]") || line.ends_with("[vvar_vclock]");
    const auto device = line.find(" /dev/");
    const bool devices = device != std::string_view::npos &&
                         line.substr(device).find("/dev/shm") == std::string_view::npos &&
                         line.substr(device).find("/dev/zero") == std::string_view::npos;
    if (!kernels && !devices && range.to > range.from) out.push_back(range);
  }
  return out;
}

std::string name_of(int pid) {
  const auto comm = platform::read_file("/proc/" + std::to_string(pid) + "/comm", 64);
  auto name = comm ? clean_text(text_of(*comm), 32) : std::string("?");
  while (!name.empty() && name.back() <= ' ') name.pop_back();
  return std::to_string(pid) + " " + name;
}

class MemorySearch {
 public:
  MemorySearch(const SearchTools& tools, int pid)
      : tools_(tools),
        part_(name_of(pid)),
        memory_(::open(("/proc/" + std::to_string(pid) + "/mem").c_str(), O_RDONLY | O_CLOEXEC)),
        pages_(::open(("/proc/" + std::to_string(pid) + "/pagemap").c_str(), O_RDONLY | O_CLOEXEC)),
        maps_("/proc/" + std::to_string(pid) + "/maps"),
        scan_(tools.needles,
              [this](const device::NeedleFound& found) {
                tools_.tally.found("memory", static_cast<v1::DrillPlanting::Canary>(found.kind), part_, found.offset,
                                   found.wide);
              }),
        piece_(kMemoryPiece) {}

  Result<> run() {
    const auto maps = platform::read_file(maps_, kMostMaps);
    if (!maps && maps.code() == Errc::not_found) return {};  // it has ended
    if (!maps || !memory_ || !pages_) {
      tools_.tally.not_searched("memory", maps ? "not permitted" : std::string(name(maps.code())));
      return {};
    }
    for (const auto& range : readable_ranges(text_of(*maps))) KW_CHECK(one(range));
    scan_.gap(0);
    tools_.tally.searched("memory", scan_.octets());
    if (unread_ > 0) tools_.tally.not_searched("memory", "pages that nobody may read");
    return {};
  }

 private:
  /// Reads what of the range is there, or swapped; the rest was never written.
  Result<> one(const Range& range) {
    std::vector<std::uint64_t> marks(kPagesAtOnce);
    for (auto at = range.from; at < range.to;) {
      const auto count = std::min<std::uint64_t>(kPagesAtOnce, (range.to - at) / kPage);
      if (count == 0) break;
      const auto n = ::pread(pages_.get(), marks.data(), count * sizeof(std::uint64_t),
                             static_cast<off_t>(at / kPage * sizeof(std::uint64_t)));
      if (n <= 0) break;  // beyond what a process can have
      const auto seen = static_cast<std::uint64_t>(n) / sizeof(std::uint64_t);
      for (std::uint64_t i = 0; i < seen;) {
        auto j = i;
        while (j < seen && (marks[j] & (kPresent | kSwapped)) != 0) ++j;
        if (j > i) KW_CHECK(read(at + i * kPage, at + j * kPage));
        i = std::max(j, i + 1);
      }
      at += seen * kPage;
      if (seen == 0) break;
    }
    return {};
  }
  Result<> read(std::uint64_t from, std::uint64_t to) {
    if (from != next_) scan_.gap(from);
    while (from < to) {
      const auto want = std::min<std::uint64_t>(piece_.size(), to - from);
      const auto n = ::pread(memory_.get(), piece_.data(), want, static_cast<off_t>(from));
      if (n <= 0) {
        ++unread_;
        from += kPage;
        scan_.gap(from);
        continue;
      }
      scan_.feed(ByteView(piece_).first(static_cast<std::size_t>(n)));
      from += static_cast<std::uint64_t>(n);
      since_breath_ += static_cast<std::uint64_t>(n);
      if (since_breath_ < kMemoryPiece) continue;
      since_breath_ = 0;
      KW_CHECK(tools_.breathe(Duration{0}));
    }
    next_ = to;
    return {};
  }

  const SearchTools& tools_;
  std::string part_;
  UniqueFd memory_, pages_;
  std::string maps_;
  device::NeedleScan scan_;
  Bytes piece_;
  std::uint64_t next_ = 0, unread_ = 0, since_breath_ = 0;
};

bool is_x_server(std::string_view name) {
  return name == "Xorg" || name == "Xvfb" || name == "Xwayland" || name == "X";
}

}  // namespace

std::vector<int> processes_of(int agent, const std::set<std::uint32_t>& users) {
  std::map<int, int> parents;
  std::set<int> wanted{agent};
  for (const int pid : platform::all_processes()) {
    const auto facts = platform::read_process(pid);
    if (!facts || facts->of_kernel) continue;
    parents[pid] = facts->parent;
    if (users.contains(facts->uid) || users.contains(facts->euid) || is_x_server(facts->name)) wanted.insert(pid);
  }
  std::vector<int> out;
  for (const auto& [pid, parent] : parents) {
    bool its = wanted.contains(pid);
    for (int above = parent, depth = 0; !its && above > 1 && depth < 64; ++depth) {
      its = above == agent;
      const auto next = parents.find(above);
      above = next == parents.end() ? 0 : next->second;
    }
    if (its && pid != ::getpid()) out.push_back(pid);
  }
  return out;
}

Result<> search_memory(const SearchTools& tools, const std::vector<int>& processes) {
  for (const int pid : processes) {
    MemorySearch one(tools, pid);
    KW_CHECK(one.run());
  }
  return {};
}

Result<> search_segments(const SearchTools& tools) {
  const auto text = platform::read_file("/proc/sysvipc/shm", kMostMaps);
  if (!text && text.code() == Errc::not_found) return {};  // a kernel without them
  const auto segments = text ? device::parse_segments(device::Segment::Kind::memory, text_of(*text))
                             : Result<std::vector<device::Segment>>(text.error());
  if (!segments) {
    tools.tally.not_searched("segments", std::string(name(segments.code())));
    return {};
  }
  tools.tally.searched("segments", 0, 0);
  for (const auto& one : *segments) {
    shmid_ds facts{};
    const auto* at = ::shmctl(one.id, IPC_STAT, &facts) == 0 ? ::shmat(one.id, nullptr, SHM_RDONLY) : nullptr;
    if (at == nullptr || at == reinterpret_cast<void*>(-1)) {
      if (errno != EINVAL && errno != EIDRM)
        tools.tally.not_searched("segments", std::string(name(platform::os_error(errno, "").code())));
      continue;
    }
    device::NeedleScan scan(tools.needles, [&](const device::NeedleFound& found) {
      tools.tally.found("segments", static_cast<v1::DrillPlanting::Canary>(found.kind),
                        "segment " + std::to_string(one.id), found.offset, found.wide);
    });
    scan.feed(ByteView(static_cast<const Byte*>(at), facts.shm_segsz));
    scan.gap(0);
    ::shmdt(at);
    tools.tally.searched("segments", scan.octets());
    KW_CHECK(tools.breathe(Duration{0}));
  }
  return {};
}

Result<> search_open_files(const SearchTools& tools, const std::vector<int>& processes) {
  for (const int pid : processes) {
    const auto folder = "/proc/" + std::to_string(pid) + "/fd";
    std::error_code error;
    for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
      std::error_code gone;
      const auto target = std::filesystem::read_symlink(at->path(), gone).native();
      if (gone || (!target.ends_with(" (deleted)") && !target.starts_with("/memfd:"))) continue;
      struct stat facts{};
      if (::stat(at->path().c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) continue;
      const UniqueFd fd(::open(at->path().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
      if (!fd) {
        tools.tally.not_searched("open_files", std::string(name(platform::os_error(errno, "").code())));
        continue;
      }
      const auto part = name_of(pid) + " fd " + at->path().filename().native();
      device::NeedleScan scan(tools.needles, [&](const device::NeedleFound& found) {
        tools.tally.found("open_files", static_cast<v1::DrillPlanting::Canary>(found.kind), part, found.offset,
                          found.wide);
      });
      Bytes piece(kMemoryPiece);
      for (off_t from = 0;;) {
        const auto n = ::pread(fd.get(), piece.data(), piece.size(), from);
        if (n <= 0) break;
        scan.feed(ByteView(piece).first(static_cast<std::size_t>(n)));
        from += n;
        KW_CHECK(tools.breathe(Duration{0}));
      }
      scan.gap(0);
      tools.tally.searched("open_files", scan.octets());
    }
  }
  return {};
}

}  // namespace kw::drill
