#include "platform/linux/process_mood.h"

#include <dirent.h>

#include <string>

#include "platform/linux/durable_file.h"

namespace kw::platform {
namespace {

/// The state letter of /proc/<pid>/stat, behind the name in brackets; 0 where there is none.
char state_letter(const std::string& stat_file) {
  const auto octets = read_file(stat_file, 4096);
  if (!octets) return 0;
  const auto text = text_of(*octets);
  const auto bracket = text.rfind(") ");
  return bracket == std::string_view::npos || bracket + 2 >= text.size() ? char{0} : text[bracket + 2];
}

}  // namespace

ProcessMood mood_of(pid_t pid) {
  const auto base = "/proc/" + std::to_string(pid);
  const auto letter = state_letter(base + "/stat");
  if (letter == 0 || letter == 'Z' || letter == 'X') return ProcessMood::gone;
  if (letter == 'T' || letter == 't') return ProcessMood::stopped;
  // Waiting for the disk is one thread's business; where all of several do, a control group has frozen them.
  int threads = 0, waiting = 0;
  DIR* tasks = ::opendir((base + "/task").c_str());
  while (const auto* entry = tasks == nullptr ? nullptr : ::readdir(tasks)) {
    if (entry->d_name[0] == '.') continue;
    ++threads;
    waiting += state_letter(base + "/task/" + entry->d_name + "/stat") == 'D' ? 1 : 0;
  }
  if (tasks != nullptr) ::closedir(tasks);
  if (threads > 1 && waiting == threads) return ProcessMood::stopped;
  return waiting > 0 || letter == 'D' ? ProcessMood::disk : ProcessMood::running;
}

}  // namespace kw::platform
