#include "cli/demo.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <ostream>
#include <vector>

namespace kw::cli {
namespace {

constexpr std::string_view kUsageText =
    "usage: kioskward demo session [--failing]     a business session on the running demo's kiosk, from screen to "
    "database\n"
    "       kioskward demo violate NAME [--undo]   commit a violation on the running demo's kiosk, or put it right\n"
    "       kioskward demo violate --list          the violations\n";

/// A program of the checkout's demo: demo/violate.py, demo/session.py.
std::filesystem::path find_script(const std::string& name) {
  if (const char* place = std::getenv("KIOSKWARD_DEMO")) return std::filesystem::path(place) / name;
  std::error_code ignored;  // no /proc: the current directory is tried
  const auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  for (auto at = self.parent_path(); at.has_relative_path(); at = at.parent_path())
    if (std::filesystem::exists(at / "demo" / name, ignored)) return at / "demo" / name;
  return std::filesystem::path("demo") / name;
}

}  // namespace

int run_demo(std::span<const std::string> args, Terminal& terminal) {
  const bool session = !args.empty() && args[0] == "session";
  if (!session && (args.size() < 2 || args[0] != "violate")) {
    terminal.err << kUsageText;
    return kUsage;
  }
  const auto script = find_script(session ? "session.py" : "violate.py");
  if (!std::filesystem::exists(script)) {
    terminal.err << "kioskward demo: " << script.string()
                 << " is not here; run it from the checkout that `make run` runs in\n";
    return kFailed;
  }
  std::vector<std::string> words{"python3", script.string()};
  words.insert(words.end(), args.begin() + 1, args.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  terminal.out.flush();
  ::execvp(argv[0], argv.data());
  terminal.err << "kioskward demo: python3: " << std::strerror(errno) << "\n";
  return kFailed;
}

}  // namespace kw::cli
