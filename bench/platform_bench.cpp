// links: platform
// How long the Linux adapters take, in a network namespace of their own: needs root. Prints p50, p99 and the worst.
#include <arpa/inet.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <semaphore>

#include "platform/linux/nflog_sensor.h"
#include "platform/linux/nft_ruleset.h"
#include "platform/linux/process.h"
#include "platform/linux/rtnetlink_sensor.h"
#include "platform/linux/system_clock.h"

namespace {

using namespace kw;
using namespace kw::platform;

constexpr auto kRules = R"(table inet bench {
  chain o { type filter hook output priority 0; policy accept
    ip daddr 127.0.0.9 log prefix "kw:bench:" group 9 drop
  }
}
)";
constexpr auto kCut =
    "table inet cut\ndelete table inet cut\n"
    "table inet cut {\n chain o { type filter hook output priority -300; policy drop\n"
    "  oifname \"lo\" accept\n }\n}\n";

void print(const char* what, std::vector<double> us) {
  std::sort(us.begin(), us.end());
  std::printf("%-52s p50 %8.0f us   p99 %8.0f us   worst %8.0f us   (%zu)\n", what, us[us.size() / 2],
              us[us.size() * 99 / 100], us.back(), us.size());
}
double micros(Duration d) { return static_cast<double>(d.count()) / 1000; }

/// Processes that are newer than this one: the look-up begins with them.
std::vector<pid_t> newer_processes(int count) {
  std::vector<pid_t> out;
  for (int i = 0; i < count; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::pause();
      ::_exit(0);
    }
    if (child > 0) out.push_back(child);
  }
  return out;
}

int fail_with(const Error& error) {
  std::fprintf(stderr, "platform_bench: %s\n", error.text().c_str());
  return 1;
}

}  // namespace

int main(int count, char** arguments) {
  const bool smoke = count > 1 && std::string_view(arguments[1]) == "--smoke";
  const int rounds = smoke ? 20 : 1000;
  const SystemClock clock;
  if (::unshare(CLONE_NEWNET) != 0) {
    std::printf("skipped: network namespaces are not permitted here\n");
    return smoke ? 0 : 1;
  }
  if (const auto up = run_process({{"ip", "link", "set", "lo", "up"}}); !up) return fail_with(up.error());
  NftRuleset ruleset;
  if (const auto done = ruleset.apply(kRules); !done) return fail_with(done.error());

  std::vector<double> cut, whole, seen;
  for (int i = 0; i < rounds; ++i) {
    const auto begun = clock.steady();
    if (const auto done = ruleset.apply(kCut); !done) return fail_with(done.error());
    cut.push_back(micros(clock.steady() - begun));
  }
  print("cut table through the kept nft", cut);

  std::counting_semaphore<> arrived(0);
  Duration at_sink{}, at_socket{};
  int found = 0;
  NflogSensor sensor(clock, {.group = 9});
  const auto sink = [&](device::Observation o) {
    if (const auto* p = std::get_if<device::PacketLogged>(&o)) {
      at_sink = clock.steady();
      at_socket = p->packet_steady;
      found += p->pid != 0 ? 1 : 0;
      arrived.release();
    }
  };
  if (const auto done = sensor.start(sink); !done) return fail_with(done.error());
  const auto others = newer_processes(smoke ? 20 : 400);
  for (int i = 0; i < rounds; ++i) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(443);
    to.sin_addr.s_addr = htonl(0x7f000009);
    // The sensor's thread gets time to fall asleep, as it would on a kiosk.
    for (const auto awake = clock.steady(); clock.steady() - awake < std::chrono::microseconds(300);) {
    }
    const auto begun = clock.steady();
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return 1;
    if (!arrived.try_acquire_for(std::chrono::seconds(1))) return fail_with(Error(Errc::timeout, "nflog"));
    seen.push_back(micros(at_socket - begun));
    whole.push_back(micros(at_sink - begun));
    ::close(fd);
  }
  for (const auto other : others) ::kill(other, SIGKILL);
  for (const auto other : others) ::waitpid(other, nullptr, 0);
  std::printf("the first look-up of a process, %zu newer ones beside it: %.0f us\n", others.size(), whole.front());
  print("connect() to the sensor's thread", seen);
  print("connect() to the sink, process looked up", whole);
  std::printf("process found for %d of %d\n", found, rounds);
  return 0;
}
