#include "shell/shell_main.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "device/repeats.h"
#include "device/shell/boundary.h"
#include "device/shell/shell_engine.h"
#include "platform/linux/helper_program.h"
#include "platform/linux/os_error.h"
#include "platform/linux/privileges.h"
#include "platform/linux/process_memory.h"
#include "platform/linux/system_clock.h"
#include "shell/homes.h"
#include "shell/kiosk_screen.h"
#include "shell/program_run.h"

namespace kw::shell {
namespace {

namespace v1 = ::kioskward::v1;
using device::ShellEngine;

constexpr Duration kKeyGap = std::chrono::minutes(1);  // of one key's tellings
constexpr Duration kFreePatience = std::chrono::seconds(2), kFreeRetry = std::chrono::milliseconds(50);
constexpr Duration kScreenRetry = std::chrono::seconds(1);  // while a key is somebody else's, or the server's

void say(v1::ShellNews news) {
  const auto octets = device::encode_shell(std::move(news));
  while (::send(platform::kGuardSocket, octets.data(), octets.size(), MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }  // a guard that has gone is seen by the reader
}

/// hear gives one message of the guard; Errc::closed once it has gone.
Result<v1::ShellCommand> hear() {
  Bytes packet(device::kMostShellPacket + 1);
  for (;;) {
    const auto n = ::recv(platform::kGuardSocket, packet.data(), packet.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return platform::fail_os("hear the guard");
    if (n == 0) return fail(Errc::closed, "the guard is gone");
    return device::parse_shell_command(ByteView(packet).first(static_cast<std::size_t>(n)));
  }
}

/// The user and his groups (a browser draws by the group `render`), no core dump, no debugger.
Result<> become_user(const std::string& user, const platform::Account& account) {
  const rlimit none{0, 0};
  if (::chdir("/") != 0 || ::setrlimit(RLIMIT_CORE, &none) != 0) return platform::fail_os("begin");
  if (user.empty()) {
    KW_CHECK(platform::drop_capabilities());
  } else {
    KW_CHECK(platform::become(account, user));
  }
  return platform::refuse_debuggers();
}

Result<std::vector<NamedHotKey>> keys_of(const v1::ShellTask& task) {
  std::vector<NamedHotKey> out;
  for (const auto& name : task.keys()) {
    KW_TRY(auto key, policy::parse_hot_key(name));
    out.push_back({name, std::move(key)});
  }
  return out;
}

v1::ShellEnded::How how_of(RunReport::How how) {
  switch (how) {
    case RunReport::How::exited:
      return v1::ShellEnded::EXIT;
    case RunReport::How::signalled:
      return v1::ShellEnded::SIGNAL;
    case RunReport::How::ended:
      return v1::ShellEnded::RENEWED;
    case RunReport::How::not_started:
      return v1::ShellEnded::NOT_STARTED;
    case RunReport::How::supervisor_killed:
      return v1::ShellEnded::SUPERVISOR;
  }
  return v1::ShellEnded::SUPERVISOR;
}

std::uint64_t milliseconds(Duration span) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(span).count());
}

class Keeper {
 public:
  Keeper(const v1::ShellTask& task, Homes homes, std::vector<NamedHotKey> keys)
      : task_(task),
        homes_(std::move(homes)),
        keys_(std::move(keys)),
        engine_({task.crash_runs(), task.crash_seconds()}),
        presses_(kKeyGap) {}

  Result<> run() {
    KW_CHECK(become_reaper());
    end_leftovers(leftover_mark(task_.profiles()));
    KW_TRY(screen_, KioskScreen::open());
    for (;;) {
      KW_CHECK(screen_->work([this](const std::string& name) { pressed(name); }));
      if (screen_->keyboard_changed()) hold_at_ = Duration{0};
      KW_CHECK(hold());
      KW_CHECK(keep());
      pollfd ready[] = {{platform::kGuardSocket, POLLIN, 0},
                        {screen_->descriptor(), POLLIN, 0},
                        {run_ ? run_->handle() : -1, POLLIN, 0}};
      if (::poll(ready, 3, sleep()) < 0 && errno != EINTR) return platform::fail_os("wait");
      if (ready[2].revents != 0) ended();
      if (ready[0].revents == 0) continue;
      const auto asked = hear();
      if (!asked) return asked.code() == Errc::closed ? Result<>() : asked.error();
      KW_CHECK(obey(*asked));
    }
  }

  /// The last run goes before this process does.
  void finish() {
    if (!run_) return;
    run_->end();
    static_cast<void>(run_->finish());
  }

 private:
  Result<> obey(const v1::ShellCommand& command) {
    v1::ShellNews news;
    switch (command.body_case()) {
      case v1::ShellCommand::kAsk:
        news.mutable_alive();
        say(std::move(news));
        return {};
      case v1::ShellCommand::kRenew:
        if (engine_.renew(clock_.steady())) run_->end();
        return {};
      default:
        return fail(Errc::malformed, "the guard's question");
    }
  }

  /// Holds the screen's keys, and says what of it has changed.
  Result<> hold() {
    const auto now = clock_.steady();
    if (!hold_at_ || now < *hold_at_) return {};
    KW_TRY(bool open, screen_->server_keys());
    // Setting the map is told as a change of it: once a second at most.
    if (open && (!taken_at_ || now - *taken_at_ >= kScreenRetry)) {
      taken_at_ = now;
      static_cast<void>(screen_->take_server_keys(home_environment("/nonexistent", "")));  // read back next
      KW_TRY(open, screen_->server_keys());
    }
    KW_TRY(const auto free, screen_->grab(keys_));
    if (free.empty()) free_since_.reset();
    if (!free.empty() && !free_since_) free_since_ = now;
    // A keeper before this one that was killed may still be known to the X server.
    if (free_since_ && now - *free_since_ < kFreePatience) {
      hold_at_ = now + kFreeRetry;
      return {};
    }
    hold_at_.reset();
    if (open || !free.empty()) hold_at_ = now + kScreenRetry;
    v1::ShellNews news;
    auto* ready = news.mutable_ready();
    ready->set_server_keys(open);
    for (const auto& name : free) ready->add_free_keys(name);
    const auto text = news.SerializeAsString();
    if (std::exchange(ready_said_, text) != text) say(std::move(news));
    return {};
  }

  /// Starts the program where it is due.
  Result<> keep() {
    const auto now = clock_.steady();
    if (!engine_.due(now)) return {};
    KW_TRY(const auto home, homes_.next(task_.wipe()));
    RunRequest request;
    request.program = task_.program();
    request.arguments = {task_.arguments().begin(), task_.arguments().end()};
    request.environment = home_environment(home, leftover_mark(task_.profiles()));
    request.home = home;
    request.wipe = task_.wipe();
    KW_TRY(run_, ProgramRun::start(request));
    engine_.started(now);
    if (run_->program() == 0) return {};  // its end tells why
    v1::ShellNews news;
    news.mutable_started()->set_pid(run_->program());
    say(std::move(news));
    platform::let_go_of_code();  // what a start alone runs: from here on it waits
    return {};
  }

  void ended() {
    const auto report = run_->finish();
    run_.reset();
    const auto judged = engine_.ended(clock_.steady());
    v1::ShellNews news;
    auto* ended = news.mutable_ended();
    ended->set_how(how_of(report.how));
    ended->set_number(static_cast<std::uint32_t>(std::max(0, report.number)));
    ended->set_ran_ms(milliseconds(judged.ran));
    ended->set_killed(report.killed);
    ended->set_files(report.wiped.files);
    ended->set_octets(report.wiped.octets);
    ended->set_not_wiped(report.wiped.left);
    ended->set_pause_ms(milliseconds(judged.pause));
    ended->set_loop_runs(judged.loop_runs);
    say(std::move(news));
  }

  void pressed(const std::string& name) {
    const auto count = presses_.tell(name, clock_.steady());
    if (!count) return;
    v1::ShellNews news;
    news.mutable_key()->set_name(name);
    news.mutable_key()->set_count(*count);
    say(std::move(news));
  }

  /// How long to sleep, in milliseconds; -1: until something comes.
  int sleep() const {
    if (screen_->more()) return 0;
    auto at = engine_.next();
    if (hold_at_) at = at ? std::min(*at, *hold_at_) : hold_at_;
    if (!at) return -1;
    const auto wait = std::min<Duration>(*at - clock_.steady(), std::chrono::hours(1));
    return wait <= Duration{0} ? 0 : static_cast<int>(milliseconds(wait)) + 1;
  }

  const v1::ShellTask& task_;
  Homes homes_;
  std::vector<NamedHotKey> keys_;
  ShellEngine engine_;
  device::Repeats presses_;
  platform::SystemClock clock_;
  std::unique_ptr<KioskScreen> screen_;
  std::unique_ptr<ProgramRun> run_;
  std::optional<Duration> free_since_;             // keys are somebody else's since then
  std::optional<Duration> taken_at_;               // when setxkbmap was asked
  std::optional<Duration> hold_at_ = Duration{0};  // when the keys are to be looked at again
  std::string ready_said_;
};

Result<> run(const std::string& user) {
  KW_TRY(const auto first, hear());
  if (!first.has_task()) return fail(Errc::malformed, "the guard's first word");
  KW_TRY(auto keys, keys_of(first.task()));
  platform::Account account{::geteuid(), ::getegid()};
  if (!user.empty()) {
    KW_TRY(account, platform::find_account(user));
  }
  KW_TRY(auto homes, Homes::make(first.task().profiles(), account));
  KW_CHECK(become_user(user, account));
  Keeper keeper(first.task(), std::move(homes), std::move(keys));
  const auto done = keeper.run();
  keeper.finish();
  return done;
}

}  // namespace

int shell_main(const std::vector<std::string>& words, std::ostream& err) {
  platform::keep_heap_small();
  const auto user = platform::begin_helper(words, "kioskward-shell");
  if (!user) {
    err << "kioskward-shell: " << user.error().detail() << "\n";
    return 2;
  }
  const auto done = run(*user);
  if (done) return 0;
  err << "kioskward-shell: " << done.error().text() << "\n";
  v1::ShellNews trouble;
  trouble.mutable_trouble()->set_detail(clean_text(done.error().detail(), 512));
  say(std::move(trouble));
  return 1;
}

}  // namespace kw::shell
