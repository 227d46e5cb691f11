#include "platform/linux/process_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "device/host/command_text.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/process_facts.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {
namespace {

constexpr std::size_t kMostProcessText = 8192, kMostCommandLine = 65536;
constexpr std::int64_t kKernelThread = 0x00200000;  // PF_KTHREAD
constexpr std::string_view kUnset = "4294967295";

template <class T>
bool number(std::string_view& text, T& out) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}
/// A file of /proc that the kernel gives whole in one read: three calls, where any file takes five. Empty: it has gone.
class ProcessText {
 public:
  std::string_view read(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const auto n = fd ? ::read(fd.get(), room_.data(), room_.size()) : -1;
    return n > 0 ? std::string_view(room_.data(), static_cast<std::size_t>(n)) : std::string_view();
  }

 private:
  std::array<char, kMostProcessText>
      room_;  // NOLINT(cppcoreguidelines-pro-type-member-init): only what was read is shown
};
std::string small_file(const std::string& path) {
  ProcessText file;
  auto out = file.read(path);
  while (!out.empty() && out.back() == '\n') out.remove_suffix(1);
  return out == kUnset ? std::string() : clean_text(out, 32);
}

}  // namespace

std::string terminal_name(std::uint32_t device) {
  if (device == 0) return {};
  const auto major = device >> 8 & 0xfff, minor = (device & 0xff) | (device >> 12 & 0xfff00);
  if (major >= 136 && major <= 143) return "pts/" + std::to_string(minor + (major - 136) * 256);
  if (major == 4) return minor < 64 ? "tty" + std::to_string(minor) : "ttyS" + std::to_string(minor - 64);
  return std::to_string(major) + ":" + std::to_string(minor);
}

bool parse_process_stat(std::string_view text, device::ProcessFacts& out) {
  // The name in parentheses may hold anything.
  const auto open = text.find('('), close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return false;
  auto head = text.substr(0, open);
  if (!number(head, out.pid)) return false;
  out.name = clean_text(text.substr(open + 1, close - open - 1), 64);
  auto rest = text.substr(close + 1);
  if (rest.size() < 3) return false;
  rest.remove_prefix(2);                  // " S": what it does just now
  std::array<std::int64_t, 18> fields{};  // from the parent (4) to what stands before the start (21)
  for (auto& one : fields)
    if (!number(rest, one)) return false;
  if (!number(rest, out.started)) return false;
  out.parent = static_cast<int>(fields[0]);
  out.session = static_cast<int>(fields[2]);
  out.terminal = terminal_name(static_cast<std::uint32_t>(fields[3]));
  out.of_kernel = (fields[5] & kKernelThread) != 0;
  return true;
}

bool parse_process_status(std::string_view text, device::ProcessFacts& out) {
  bool users = false;
  while (!text.empty()) {
    auto line = text.substr(0, std::min(text.find('\n'), text.size()));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with("Uid:")) {
      line.remove_prefix(4);
      users = number(line, out.uid) && number(line, out.euid) && number(line, out.suid);
    } else if (line.starts_with("TracerPid:")) {
      line.remove_prefix(10);
      if (!number(line, out.tracer)) return false;
    }
  }
  return users;
}

std::uint64_t stack_of_stat(std::string_view text) { return stat_field(text, 28); }

int read_tracer(int pid) {
  device::ProcessFacts out;
  ProcessText status;
  return parse_process_status(status.read("/proc/" + std::to_string(pid) + "/status"), out) ? out.tracer : 0;
}

std::optional<ProcessGlance> glance_at_process(int pid) {
  const auto place = "/proc/" + std::to_string(pid);
  ProcessGlance out;
  ProcessText file;
  const auto stat = file.read(place + "/stat");
  if (!parse_process_stat(stat, out.facts)) return std::nullopt;
  out.facts.pid = pid;
  if (out.facts.of_kernel) return out;  // most of what an idle kiosk has
  out.stack = stack_of_stat(stat);
  if (!parse_process_status(file.read(place + "/status"), out.facts)) return std::nullopt;
  out.facts.program = clean_text(program_path(pid), 512);
  return out;
}

void complete(device::ProcessFacts& facts) {
  if (facts.of_kernel || facts.program.empty()) return;  // it is ending
  const auto place = "/proc/" + std::to_string(facts.pid);
  facts.login_user = small_file(place + "/loginuid");
  facts.login_session = small_file(place + "/sessionid");
  if (const auto command = read_file(place + "/cmdline", kMostCommandLine))
    facts.command = device::command_text(text_of(*command));
}

std::optional<device::ProcessFacts> read_process(int pid) {
  auto out = glance_at_process(pid);
  if (!out) return std::nullopt;
  complete(out->facts);
  return std::move(out->facts);
}

}  // namespace kw::platform
