#include "platform/linux/linux_system_port.h"

#include <fcntl.h>
#include <sys/timex.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

#include "base/text.h"
#include "platform/linux/cache_clearing.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/os_error.h"
#include "platform/linux/swap_state.h"
#include "platform/linux/tcp_listeners.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {
namespace {

namespace fs = std::filesystem;
using device::SystemSeen;

constexpr std::size_t kMostText = std::size_t{64} << 10;
constexpr std::size_t kMostTable = std::size_t{4} << 20;
constexpr std::size_t kMostValue = 256;
constexpr std::size_t kMostUnits = 512;

std::optional<std::string> text_of_file(const fs::path& path, std::size_t most = kMostText) {
  const auto octets = read_file(path.native(), most);
  if (!octets) return std::nullopt;
  auto text = copy_text(*octets);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.pop_back();
  return text;
}
bool number(std::string_view text) {
  return !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string_view::npos;
}
template <class Take>
void each_entry(const fs::path& directory, const Take& take) {
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) take(at->path());
}

std::optional<int> kernel_clock() {
  timex asked{};
  if (::adjtimex(&asked) < 0) return std::nullopt;
  return asked.status;
}

class Reading {
 public:
  explicit Reading(fs::path root) : root_(std::move(root)) {}
  SystemSeen out;

  void texts() {
    if (const auto text = wanted("etc/os-release", "usr/lib/os-release"))
      out.os_release = device::parse_os_release(*text);
    if (const auto text = wanted("proc/cmdline")) out.serial_consoles = device::serial_consoles(*text);
    for (const auto& [name, value] : device::closed_settings()) {
      static_cast<void>(value);
      if (const auto text = text_of_file(root_ / "proc/sys" / name)) out.settings[name] = clean_text(*text, kMostValue);
    }
    const auto loaded = [&](const char* file) {
      return text_of_file(root_ / "sys/kernel" / file).value_or("0") != "0";
    };
    out.kexec_loaded = loaded("kexec_loaded") || loaded("kexec_crash_loaded");
    // "none [integrity] confidentiality": the one in brackets holds.
    if (const auto text = wanted("sys/kernel/security/lockdown")) {
      const auto open = text->find('['), close = text->find(']');
      if (open != std::string::npos && close != std::string::npos && open < close)
        out.lockdown = text->substr(open + 1, close - open - 1);
    }
  }

  Result<> listeners(const std::function<Result<std::vector<device::ListenerSeen>>()>& tcp) {
    auto told = tcp ? tcp() : Result<std::vector<device::ListenerSeen>>(Error(Errc::unsupported));
    bool any = told.has_value();
    if (told) out.listeners = std::move(*told);
    for (const std::string name : {"tcp", "tcp6", "udp", "udp6"}) {
      if (told && name.starts_with("tcp")) continue;
      const auto text = text_of_file(root_ / "proc/thread-self/net" / name, kMostTable);
      const auto table = text ? text : text_of_file(root_ / "proc/net" / name, kMostTable);
      if (!table) continue;
      any = true;
      KW_TRY(const auto seen, device::parse_sockets(*table, name.substr(0, 3)));
      out.listeners.insert(out.listeners.end(), seen.begin(), seen.end());
    }
    if (!any) out.missing.emplace_back("proc/net");
    return {};
  }

  // A unit runs where its control group has a process; without systemd the processes' names have to do.
  void services() {
    for (const auto* slice : {"sys/fs/cgroup/system.slice", "sys/fs/cgroup/systemd/system.slice"})
      units(root_ / slice, 0);
    std::set<std::string> names;
    each_entry(root_ / "proc", [&](const fs::path& process) {
      if (!number(process.filename().native())) return;
      if (const auto name = text_of_file(process / "comm", kMostValue)) names.insert(*name);
    });
    out.adbd = names.contains("adbd");
    for (const auto& name : names)
      if (out.services.size() < kMostUnits) out.services.push_back(clean_text(name, kMostValue));
    const std::pair<const char*, const char*> sources[] = {
        {"chronyd", "chrony.service"}, {"systemd-timesyn", "systemd-timesyncd.service"}, {"ntpd", "ntpsec.service"}};
    for (const auto& [process, unit] : sources)
      if (out.time_source.empty() &&
          (names.contains(process) || std::ranges::find(out.services, unit) != out.services.end()))
        out.time_source = unit;
    std::ranges::sort(out.services);
    out.services.erase(std::ranges::unique(out.services).begin(), out.services.end());
  }

  void disk() {
    const auto mounts = text_of_file(root_ / "proc/self/mountinfo", kMostTable);
    std::string device;
    std::string_view rest = mounts ? std::string_view(*mounts) : std::string_view();
    while (!rest.empty()) {  // the last one mounted on / is the one that counts
      const auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      std::array<std::string, 5> words;  // id, parent, major:minor, root, mount point
      std::size_t at = 0;
      for (auto& word : words) {
        const auto end = std::min(line.find(' ', at), line.size());
        word = line.substr(std::min(at, line.size()), end - std::min(at, line.size()));
        at = end + 1;
      }
      if (words[4] == "/") device = words[2];
    }
    const auto block = root_ / "sys/dev/block" / device;
    std::error_code absent;
    if (device.empty() || device.find('/') != std::string::npos || !fs::exists(block, absent)) {
      out.missing.emplace_back("root block device");
      return;
    }
    out.disk_encrypted = encrypted_block(block);
  }

 private:
  std::optional<std::string> wanted(const char* name, const char* other = nullptr) {
    auto text = text_of_file(root_ / name);
    if (!text && other != nullptr) text = text_of_file(root_ / other);
    if (!text) out.missing.emplace_back(name);
    return text;
  }

  void units(const fs::path& slice, int depth) {
    each_entry(slice, [&](const fs::path& unit) {
      std::error_code error;
      if (out.services.size() >= kMostUnits || !fs::is_directory(unit, error)) return;
      const auto name = unit.filename().native();
      if (name.ends_with(".slice") && depth < 3) return units(unit, depth + 1);  // templates have a slice of their own
      if (!text_of_file(unit / "cgroup.procs").value_or("").empty())
        out.services.push_back(clean_text(name, kMostValue));
    });
  }

  fs::path root_;
};

bool holds_socket(const fs::path& process, const std::string& link) {
  bool found = false;
  each_entry(process / "fd", [&](const fs::path& fd) {
    std::error_code error;
    found = found || fs::read_symlink(fd, error).native() == link;
  });
  return found;
}

}  // namespace

LinuxSystemPort::LinuxSystemPort(Options options) : options_(std::move(options)) {
  if (options_.root != "/") return;
  if (!options_.clock_status) options_.clock_status = kernel_clock;
  if (!options_.tcp_listeners) options_.tcp_listeners = tcp_listeners;
}

Result<SystemSeen> LinuxSystemPort::look() {
  Reading reading(options_.root);
  reading.texts();
  KW_CHECK(reading.listeners(options_.tcp_listeners));
  reading.services();
  reading.disk();
  auto& out = reading.out;
  out.swap = swap_state(options_.root);
  if (const auto status = options_.clock_status ? options_.clock_status() : std::nullopt)
    out.clock_synchronised = (*status & STA_UNSYNC) == 0;
  else
    out.missing.emplace_back("adjtimex");
  std::ranges::sort(out.missing);
  return std::move(out);
}

Result<> LinuxSystemPort::set(const std::string& name, const std::string& value) {
  if (!device::closed_settings().contains(name)) return fail(Errc::invalid, name);
  const auto path = options_.root + "/proc/sys/" + name;
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_TRUNC));
  if (!fd) return fail_os("open " + path);
  if (::write(fd.get(), value.data(), value.size()) != static_cast<ssize_t>(value.size()))
    return fail_os("write " + path);
  return {};
}

std::string LinuxSystemPort::owner(const device::ListenerSeen& listener) {
  const auto link = "socket:[" + std::to_string(listener.inode) + "]";
  std::string out;
  each_entry(fs::path(options_.root) / "proc", [&](const fs::path& process) {
    const auto pid = process.filename().native();
    if (!out.empty() || !number(pid) || !holds_socket(process, link)) return;
    out = clean_text(text_of_file(process / "comm", kMostValue).value_or("?"), 64) + " " + pid;
  });
  return out;
}

Result<device::PackagesSeen> LinuxSystemPort::packages(const std::set<std::string>& origins, const Stop& stop) {
  return read_packages(options_.root, origins, stop);
}

Result<device::Cleared> LinuxSystemPort::clear(const device::v1::SystemCache& cache, Timestamp keep, bool trial,
                                               const Stop& stop) {
  return clear_cache({options_.root, cache.path(), keep, trial}, stop);
}

}  // namespace kw::platform
