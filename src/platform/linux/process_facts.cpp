#include "platform/linux/process_facts.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <climits>
#include <filesystem>

#include "base/text.h"
#include "platform/linux/durable_file.h"

namespace kw::platform {
namespace {

std::string proc(int pid, const char* what) { return "/proc/" + std::to_string(pid) + what; }

std::string link_at(const std::string& path) {
  std::array<char, PATH_MAX> target{};
  const auto n = ::readlink(path.c_str(), target.data(), target.size());
  return n < 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(n));
}

}  // namespace

std::string program_path(int pid) { return link_at(proc(pid, "/exe")); }
std::string path_of_descriptor(int fd) { return link_at("/proc/self/fd/" + std::to_string(fd)); }

std::optional<FileLook> program_look(int pid) {
  const auto seen = look_at_path(proc(pid, "/exe"), true);
  return seen ? std::optional(*seen) : std::nullopt;
}

device::Actor actor_of(int pid) {
  device::Actor out;
  out.pid = pid;
  if (pid <= 0) return out;
  if (const auto name = read_file(proc(pid, "/comm"), 64)) {
    out.process = clean_text(text_of(*name), 64);
    while (!out.process.empty() && out.process.back() == '\n') out.process.pop_back();
  }
  out.program = clean_text(program_path(pid), 512);
  struct stat facts{};
  if (::stat(proc(pid, "").c_str(), &facts) == 0) out.user = std::to_string(facts.st_uid);
  return out;
}

std::uint64_t started_at(int pid) {
  const auto octets = read_file(proc(pid, "/stat"), 4096);
  if (!octets) return 0;
  return stat_field(text_of(*octets), 22);
}

std::uint64_t stat_field(std::string_view stat, int field) {
  // The name in parentheses, the second field, may hold anything.
  stat.remove_prefix(std::min(stat.rfind(')'), stat.size()));
  for (int i = 2; i < field; ++i) stat.remove_prefix(std::min(stat.find(' '), stat.size() - 1) + 1);
  std::uint64_t out = 0;
  const auto [end, problem] = std::from_chars(stat.data(), stat.data() + stat.size(), out);
  return problem == std::errc() ? out : 0;
}

std::vector<int> all_processes() {
  std::vector<int> out;
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc", error), end; !error && at != end; at.increment(error)) {
    const auto name = at->path().filename().native();
    const bool number =
        !name.empty() && name.size() < 10 && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
    if (number) out.push_back(std::stoi(name));
  }
  return out;
}

}  // namespace kw::platform
