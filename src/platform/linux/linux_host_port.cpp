#include "platform/linux/linux_host_port.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <utmp.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/text.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/end_process.h"
#include "platform/linux/os_error.h"
#include "platform/linux/process_facts.h"
#include "platform/linux/process_reader.h"

namespace kw::platform {
namespace {

namespace fs = std::filesystem;
using namespace device;

constexpr std::size_t kMostHostText = std::size_t{1} << 20;

std::string first_word(std::string_view line) {
  return std::string(line.substr(0, std::min(line.find_first_of(" \t\n"), line.size())));
}
template <class Take>
void each_line(std::string_view text, Take take) {
  while (!text.empty()) {
    const auto line = text.substr(0, std::min(text.find('\n'), text.size()));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    take(line);
  }
}

}  // namespace

// ---- processes --------------------------------------------------------------------------------------------------

std::optional<ProcessFacts> LinuxHostPort::look(int pid) { return read_process(pid); }
int LinuxHostPort::tracer(int pid) { return read_tracer(pid); }
Result<> LinuxHostPort::end(int pid, std::uint64_t started) { return end_process(pid, started); }
bool LinuxHostPort::runs(int pid, std::uint64_t started) { return process_runs(pid, started); }

Result<KernelModules> LinuxHostPort::modules() {
  KernelModules out;
  const auto text = read_file(at("/proc/modules"), kMostHostText);
  if (!text && text.code() == Errc::not_found) return fail(Errc::unsupported, "the kernel takes no modules");
  if (!text) return text.error();
  each_line(text_of(*text), [&](std::string_view line) {
    if (!line.empty()) out.names.insert(clean_text(first_word(line), 64));
  });
  KW_TRY(const auto taint, read_file(at("/proc/sys/kernel/tainted"), 64));
  const auto digits = text_of(taint);
  std::from_chars(digits.data(), digits.data() + digits.size(), out.taint);
  return out;
}

// ---- logins -----------------------------------------------------------------------------------------------------

Result<LoginsRead> LinuxHostPort::failed_logins(const LoginsMark& mark) {
  const auto path = at("/var/log/btmp");
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat facts {};
  if (!fd || ::fstat(fd.get(), &facts) != 0) return fail_os(path);
  if (!S_ISREG(facts.st_mode)) return fail(Errc::invalid, path + " is no regular file");
  LoginsRead out;
  out.mark = mark;
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  if (mark.inode != facts.st_ino) out.mark = {facts.st_ino, 0};
  if (size < out.mark.read) {
    out.cut_off = true;
    out.mark.read = 0;
  }
  const auto whole = std::min<std::uint64_t>((size - out.mark.read) / kLoginRecord, kMostFailedLogins);
  if (whole == 0) return out;
  Bytes records(whole * kLoginRecord);
  const auto n = ::pread(fd.get(), records.data(), records.size(), static_cast<off_t>(out.mark.read));
  if (n < 0) return fail_os(path);
  records.resize(static_cast<std::size_t>(n) / kLoginRecord * kLoginRecord);
  for (auto& one : parse_logins(records))
    out.failures.push_back({"btmp", std::move(one.user), std::move(one.line), std::move(one.from), {}, one.at});
  out.mark.read += records.size();
  out.more = out.mark.read + kLoginRecord <= size;
  return out;
}

Result<std::vector<SessionSeen>> LinuxHostPort::sessions() {
  std::vector<SessionSeen> out;
  const auto standing = [&](int pid) { return pid <= 0 || started_at(pid) != 0; };
  std::error_code error;
  bool any = false;
  for (fs::directory_iterator each(at("/run/systemd/sessions"), error), end; !error && each != end;
       each.increment(error)) {
    any = true;
    if (each->path().filename().native().ends_with(".ref") || out.size() >= kMostSessions) continue;
    const auto text = read_file_itself(each->path().native(), 8192);
    auto session = text ? parse_session(text_of(*text)) : std::nullopt;
    if (session && standing(session->leader)) out.push_back(std::move(*session));
  }
  const auto utmp_text = read_file(at("/run/utmp"), kMostHostText);
  if (!utmp_text && utmp_text.code() != Errc::not_found) return utmp_text.error();
  if (!utmp_text)
    return any || !error ? Result<std::vector<SessionSeen>>(std::move(out))
                         : Result<std::vector<SessionSeen>>(Error(Errc::not_found, "utmp and logind"));
  for (auto& one : parse_logins(*utmp_text)) {
    if (one.type != USER_PROCESS || out.size() >= kMostSessions || !standing(one.pid)) continue;
    const bool known = std::ranges::any_of(
        out, [&](const SessionSeen& each) { return each.line == one.line && each.user == one.user; });
    if (!known) out.push_back({"utmp", std::move(one.user), std::move(one.line), std::move(one.from), one.pid});
  }
  return out;
}

bool LinuxHostPort::known_user(const std::string& name) {
  const auto text = read_file(at("/etc/passwd"), kMostHostText);
  bool found = false;
  if (text && !name.empty())
    each_line(text_of(*text), [&](std::string_view line) {
      found = found || (line.starts_with(name) && line.substr(name.size()).starts_with(':'));
    });
  return found;
}

}  // namespace kw::platform
