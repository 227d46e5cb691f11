// links: platform
// What the gate adds to an open and an exec, how many file events a second arrive whole, and how fast a baseline pass
// reads. In a mount namespace and on a tmpfs of its own: needs root. `--smoke` runs each a little.
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <thread>

#include "platform/linux/durable_file.h"
#include "platform/linux/fanotify_exec.h"
#include "platform/linux/fanotify_names.h"
#include "platform/linux/file_pass.h"

namespace {

using namespace kw;
using namespace kw::platform;
using Steady = std::chrono::steady_clock;

double micros(Steady::duration d) { return std::chrono::duration<double, std::micro>(d).count(); }
double processor_seconds() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

int fail_with(const Error& error) {
  std::fprintf(stderr, "programs_bench: %s\n", error.text().c_str());
  return 1;
}

// A process of its own: questions of this one would be answered before anything else. It writes the times of `rounds`
// opens, or of `rounds` programs started and ended, into the pipe.
std::vector<double> times(const std::string& path, bool run, int rounds) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    for (int i = 0; i < rounds; ++i) {
      const auto begun = Steady::now();
      if (run) {
        std::string name = path;
        std::array<char*, 2> arguments{name.data(), nullptr};
        std::array<char*, 1> environment{nullptr};
        pid_t started = 0;
        if (::posix_spawn(&started, path.c_str(), nullptr, nullptr, arguments.data(), environment.data()) != 0)
          ::_exit(1);
        ::waitpid(started, nullptr, 0);
      } else {
        ::close(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
      }
      const double us = micros(Steady::now() - begun);
      if (::write(ends[1], &us, sizeof us) != sizeof us) ::_exit(1);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  std::vector<double> out;
  for (double us = 0; ::read(ends[0], &us, sizeof us) == sizeof us;) out.push_back(us);
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  std::sort(out.begin(), out.end());
  return out;
}

void print(const char* what, const std::vector<double>& us) {
  if (us.empty()) return;
  std::printf("%-56s p50 %8.2f us   p99 %8.2f us   (%zu)\n", what, us[us.size() / 2], us[us.size() * 99 / 100],
              us.size());
}

int gate(const std::string& place, int rounds) {
  const auto program = place + "/true", data = place + "/data", shared = place + "/shared";
  std::filesystem::copy_file("/bin/true", program);
  std::ofstream(data) << "data";
  std::ofstream(shared) << "data";
  ::chmod(shared.c_str(), 0666);
  print("open of data, no gate", times(data, false, rounds));
  print("open of a program, no gate", times(program, false, rounds));
  print("exec and wait, no gate", times(program, true, rounds / 10));

  FanotifyGate gate;
  if (const auto done = gate.start([](device::GateNews) {}); !done) return fail_with(done.error());
  auto rules = std::make_shared<device::ProgramRules>();
  rules->mode = kioskward::v1::ENFORCE;
  rules->libraries = true;
  rules->verdict = std::chrono::seconds(5);
  const auto content = read_file(program, std::size_t{1} << 24);
  if (!content) return fail_with(content.error());
  rules->list =
      std::make_shared<device::ProgramList>(device::ProgramList::make({{crypto::sm3(*content), program, false}}));
  gate.use(rules);
  if (const auto done = gate.guard({place, device::Guarding::all}); !done) return fail_with(done.error());
  times(program, true, 2);  // now it is known, and the kernel need not ask
  print("open of data that only root can write", times(data, false, rounds));
  print("open of data that others can write: asked each time", times(shared, false, rounds));
  print("open of a known program", times(program, false, rounds));
  print("exec and wait of a known program", times(program, true, rounds / 10));
  gate.stop();
  return 0;
}

int names(const std::string& place, int files) {
  FanotifyNames names;
  std::atomic<int> heard = 0, lost = 0;
  const auto globs =
      std::make_shared<device::PathGlobs>(std::vector<std::string>{place + "/events/**"}, std::vector<std::string>{});
  std::filesystem::create_directory(place + "/events");
  const auto started = names.start(globs, [&](device::FileNews news) {
    const auto* touched = std::get_if<device::FileTouched>(&news);
    if (touched == nullptr)
      ++lost;
    else if (!touched->open)
      ++heard;
  });
  if (!started) return fail_with(started.error());
  const auto begun = Steady::now();
  for (int i = 0; i < files; ++i)
    ::close(::open((place + "/events/f" + std::to_string(i)).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
  const auto written = Steady::now();
  while (heard < files && lost == 0 && Steady::now() - begun < std::chrono::minutes(1)) std::this_thread::yield();
  const auto all = std::chrono::duration<double>(Steady::now() - begun).count();
  std::printf("%-56s %8.0f files/s made, %8.0f /s heard; %d of %d heard, lost %d\n",
              "files made and told, two events each", files / std::chrono::duration<double>(written - begun).count(),
              files / all, heard.load(), files, lost.load());
  names.stop();
  return heard >= files && lost == 0 ? 0 : 1;
}

int pass(const std::string& place, std::size_t large, std::size_t small) {
  std::filesystem::create_directory(place + "/files");
  const std::string megabyte(std::size_t{1} << 20, 'x');
  for (std::size_t i = 0; i < large; ++i) std::ofstream(place + "/files/l" + std::to_string(i)) << megabyte << megabyte;
  for (std::size_t i = 0; i < small; ++i)
    std::ofstream(place + "/files/s" + std::to_string(i)) << megabyte.substr(i % 1000, 8192);
  const Bytes data(std::size_t{64} << 20);
  const auto before_hash = processor_seconds();
  if (crypto::sm3(data).empty()) return 1;
  const double hash = static_cast<double>(data.size()) / (processor_seconds() - before_hash) / 1e6;
  for (const auto& [name, glob, octets] :
       {std::tuple{"pass over files of 2 MiB, one thread", "/files/l*", large << 21},
        std::tuple{"pass over files of 8 KiB, one thread", "/files/s*", small << 13}}) {
    const auto before = processor_seconds();
    const auto totals = LinuxFiles().pass(
        device::PathGlobs({place + glob}, {}), {}, {1, 0}, [](const std::string&, const auto&) {}, {},
        [] { return false; });
    if (!totals) return fail_with(totals.error());
    const double rate = static_cast<double>(octets) / (processor_seconds() - before) / 1e6;
    std::printf("%-56s %8.1f MB/s of processor time; sm3 alone %.1f: %.2f\n", name, rate, hash, rate / hash);
  }
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const bool smoke = count > 1 && std::string_view(arguments[1]) == "--smoke";
  std::string place = std::filesystem::temp_directory_path().native() + "/kw-bench-XXXXXX";
  if (::mkdtemp(place.data()) == nullptr) return 1;
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("kw-bench", place.c_str(), "tmpfs", 0, "mode=755,size=2g") != 0) {
    std::filesystem::remove(place);
    std::printf("skipped: mount namespaces are not permitted here\n");
    return smoke ? 0 : 1;
  }
  int out = gate(place, smoke ? 50 : 20'000);
  if (out == 0) out = names(place, smoke ? 100 : 200'000);
  if (out == 0) out = pass(place, smoke ? 2 : 200, smoke ? 100 : 50'000);
  ::umount2(place.c_str(), MNT_DETACH);
  std::filesystem::remove(place);
  return out;
}
