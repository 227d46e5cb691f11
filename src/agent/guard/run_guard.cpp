#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdlib>
#include <filesystem>

#include "agent/defence/make_defences.h"
#include "agent/enforcer/enforcer.h"
#include "agent/guard/control_socket.h"
#include "agent/guard/guard.h"
#include "agent/guard/hand_over.h"
#include "agent/guard/link_keeper.h"
#include "agent/identity/device_key.h"
#include "agent/notice/browser.h"
#include "agent/runtime.h"
#include "crypto/random.h"
#include "platform/linux/capabilities.h"
#include "platform/linux/clock_set_timer.h"
#include "platform/linux/hardware_sources.h"
#include "platform/linux/nflog_sensor.h"
#include "platform/linux/nft_ruleset.h"
#include "platform/linux/os_error.h"
#include "platform/linux/rtnetlink_sensor.h"
#include "platform/linux/ruleset_monitor.h"
#include "platform/linux/service_manager.h"
#include "platform/linux/system_clock.h"
#include "platform/linux/tss_tpm.h"
#include "policy/compile.h"
#include "schema/codec.h"

namespace kw::agent {
namespace {

namespace asio = boost::asio;
constexpr int kMemoryScore = -900;
constexpr auto kStopPatience = std::chrono::seconds(5);

/// The machine's adapters, as far as this process may use them.
struct Machine {
  explicit Machine(bool watch_only_) : watch_only(watch_only_) {}
  const bool watch_only;
  platform::SystemClock clock;
  crypto::SystemRandom random;
  platform::NftRuleset nft;
  platform::RtnetlinkSensor network;
  platform::NflogSensor packets{clock,
                                platform::NflogSensor::Options{.group = static_cast<std::uint16_t>(policy::kLogGroup)}};
  platform::RulesetMonitor rules{[this](std::uint32_t pid) { return nft.is_writer(pid); }};
  platform::Capabilities can = platform::probe_capabilities();

  [[nodiscard]] bool enforces() const { return !watch_only && can.can_enforce(); }
  [[nodiscard]] std::string why_not() const { return watch_only ? "watch_only is configured" : can.text(); }
  [[nodiscard]] device::RulesetPort* ruleset() { return enforces() ? &nft : nullptr; }
  [[nodiscard]] std::vector<device::Sensor*> sensors() {
    if (!enforces()) return {&network};
    return {&network, &packets, &rules};
  }
};

Result<std::optional<v1::Signed>> first_policy(const StateDirectory& state) {
  KW_TRY(auto file, state.read(StateFile::identity));
  if (!file) return std::optional<v1::Signed>{};
  KW_TRY(auto reply, schema::parse<v1::EnrolReply>(*file, 256U << 10));
  if (!reply.has_policy()) return std::optional<v1::Signed>{};
  return std::optional(reply.policy());
}

/// One guard at a time; the kernel lets go of the lock when the process ends, however it does.
Result<platform::UniqueFd> lock_state(const StateDirectory& state) {
  platform::UniqueFd fd(::open(state.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return platform::fail_os("open " + state.path());
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  if (errno == EWOULDBLOCK) return fail(Errc::conflict, "another agent uses " + state.path());
  return platform::fail_os("lock " + state.path());
}

/// The token that business programs show: anew at each start, in a file that one user may read. Empty where there is no
/// API: the kiosk is guarded all the same.
std::string make_app_token(const AppConfig& config, Random& random, Log& log) {
  if (!config.listen) return {};
  auto token = to_hex(random.bytes(32));
  if (const auto done = write_app_token(config, token); !done) {
    log.error("app.unavailable", {{"error", done.error().text()}});
    return {};
  }
  return token;
}

void set_up_app(const AppConfig& config, const std::string& token, v1::LinkSetup& out) {
  if (token.empty()) return;
  auto& app = *out.mutable_app();
  app.set_host(config.listen->host);
  app.set_port(config.listen->port);
  app.set_token(token);
  app.set_idle_ms(config.idle_seconds * 1000);
  app.set_catalogue(config.catalogue);
  app.set_card_reader(config.card_reader);
  app.set_code_reader(config.code_reader);
  for (const auto& origin : config.origins) app.add_origins(origin);
}

Result<v1::LinkSetup> setup_of(const AgentConfig& config, const StateDirectory& state) {
  v1::LinkSetup out;
  KW_TRY(const auto approval, state.read(StateFile::identity));
  KW_TRY(const auto pinned, state.read(StateFile::pinned_ca));
  if (approval) out.set_identity(copy_text(*approval));
  if (pinned) out.set_pinned_ca(copy_text(*pinned));
  out.set_server_host(config.server.host);
  out.set_server_port(config.server.port);
  out.set_notice_host(config.notice.host);
  out.set_notice_port(config.notice.port);
  out.set_custodian_phone(config.custodian_phone);
  // A browser starts slowly on a kiosk's processor.
  for (const auto& one : config.witnesses) out.add_witnesses(one);
  out.set_notice_patience_ms(config.browser.empty() ? 5'000 : 15'000);
  return out;
}

GuardFacts facts_of(const AgentConfig& config, const DeviceId& device, Machine& machine) {
  GuardFacts out;
  out.device = device;
  out.interface = config.interface;
  out.watching = machine.ruleset() == nullptr;
  out.watching_reason = machine.why_not();
  return out;
}

/// What the run before this one left behind: an orderly end, a death within this boot, or a machine that went down.
Result<> begin_run(const StateDirectory& state, GuardFacts& facts) {
  KW_TRY(facts.boot_id, platform::read_boot_id());
  KW_TRY(const auto clean, state.read(StateFile::clean));
  KW_TRY(const auto running, state.read(StateFile::running));
  facts.unclean = !clean;
  facts.killed = running && text_of(*running) == facts.boot_id;
  KW_CHECK(state.write(StateFile::running, bytes_of(facts.boot_id)));
  return state.remove(StateFile::clean);
}

Result<> end_run(const StateDirectory& state) {
  KW_CHECK(state.write(StateFile::clean, {}));
  return state.remove(StateFile::running);
}

void arm(Shield& shield, const AgentConfig& config, const StateDirectory& state) {
  std::error_code ec;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ec);
  platform::UniqueFd image(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  if (!ec && image) shield.add_program(program.string(), std::move(image));
  if (!config.path.empty()) shield.add_file(config.path);
  for (const auto file : {StateFile::device_key, StateFile::spool_key}) shield.add_file(state.path(file), state.path());
  const std::pair<std::string, std::string> units[] = {{"kioskward-agent.service", "multi-user.target.wants"},
                                                       {"kioskward-netguard.service", "sysinit.target.wants"}};
  for (const auto& [unit, wants] : units) {
    shield.add_unit(config.units + "/" + unit);
    shield.add_enabling(config.enabled + "/" + wants + "/" + unit, unit);
    shield.add_mask(config.enabled + "/" + unit, unit);
  }
  shield.begin();
}

std::string screen_word(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

platform::ScreenAccess screen_of(const AgentConfig& config) {
  return {screen_word("DISPLAY"), screen_word("XAUTHORITY"), config.browser_user};
}

/// Whose programs run on the kiosk's screen: first whoever may show the local API's token.
std::vector<std::string> users_of(const AgentConfig& config) {
  std::vector<std::string> out;
  for (const auto& user : {config.app.user, config.browser_user})
    if (!user.empty() && user != "root" && std::ranges::find(out, user) == out.end()) out.push_back(user);
  return out;
}

platform::PurgePlaces session_of(const AgentConfig& config) {
  auto out = config.session;
  if (const auto cookie = screen_word("XAUTHORITY"); !cookie.empty()) out.spare.push_back(cookie);
  if (config.app.listen) out.spare.push_back(config.app.token_file);  // sessions come and go, the token is the agent's
  return out;
}

DrillPlaces drill_of(const AgentConfig& config, const StateDirectory& state) {
  DrillPlaces out;
  if (config.app.listen) {
    out.api_host = config.app.listen->host;
    out.api_port = config.app.listen->port;
    out.token_file = config.app.token_file;
  }
  out.print_spool = config.session.print_spool;
  out.temporary = config.session.temporary;
  out.shared_memory = config.session.shared_memory;
  if (!config.log.empty()) out.logs.push_back(config.log);
  out.state = state.path();
  out.display = screen_word("DISPLAY");
  out.cookie = screen_word("XAUTHORITY");
  out.guard = ::getpid();
  return out;
}

/// Screen passes on what the guard tells, and keeps the notice's browser: it runs as the kiosk's user, and that takes a
/// process that may change its own.
class Screen final : public ToLink {
 public:
  Screen(asio::any_io_executor executor, const AgentConfig& config, LinkKeeper& keeper, Log& log) : keeper_(keeper) {
    if (config.browser.empty()) return;
    const bool v6 = config.notice.host.find(':') != std::string::npos;
    const auto host = v6 ? "[" + config.notice.host + "]" : config.notice.host;
    url_ = "http://" + host + ":" + std::to_string(config.notice.port) + "/";
    BrowserOptions options;
    for (const std::string name : {"DISPLAY", "XAUTHORITY"})
      if (const char* value = std::getenv(name.c_str())) options.environment.push_back(name + "=" + value);
    if (std::getenv("DISPLAY") == nullptr) {
      log.error("notice.browser_failed", {{"browser", config.browser}, {"error", "DISPLAY is not set"}});
      return;
    }
    options.program = config.browser;
    own_window_ = std::filesystem::path(config.browser).filename() == "kioskward-notice";
    options.user = config.browser_user;
    if (auto browser = NoticeBrowser::open(std::move(executor), std::move(options), log))
      browser_ = std::move(*browser);
    else  // the page is there all the same
      log.error("notice.browser_failed", {{"error", browser.error().text()}});
  }
  void show(const v1::GuardState& state) override {
    keeper_.show(state);
    if (!browser_) return;
    // The window of our own has a strip for it; a browser would hide the business below its page.
    const bool strip = own_window_ && (state.camera_watched_until_ns() > 0 || state.ledger_refused());
    state.state() == v1::CUT || strip ? browser_->show(url_) : browser_->put_away();
  }
  void beat_now() override { keeper_.beat_now(); }
  void wake() override { keeper_.wake(); }
  void propose(const std::string& section, Bytes content) override { keeper_.propose(section, std::move(content)); }
  /// put_away ends the browser with the guard.
  void put_away() {
    if (browser_) browser_->put_away();
  }

 private:
  LinkKeeper& keeper_;
  std::string url_;
  bool own_window_ = false;
  std::unique_ptr<NoticeBrowser> browser_;
};

/// The user whom the link process becomes; empty where this process cannot change it. That is borne only where nothing
/// is enforced: an unprivileged run, or root in a container that took its capabilities away.
Result<std::string> settle_user(const AgentConfig& config, const StateDirectory& state, bool enforces, Log& log) {
  if (::geteuid() != 0) return std::string();
  KW_TRY(const auto account, platform::find_account(config.user));
  if (account.uid == 0) return fail(Errc::invalid, "user must not be root");
  if (!platform::may_change_user()) {
    if (enforces) return fail(Errc::not_permitted, "the link process needs CAP_SETUID, CAP_SETGID and CAP_CHOWN");
    log.warning("link.same_user", {{"reason", "this process may not change users"}});
    return std::string();
  }
  KW_CHECK(hand_over(state, account));
  return config.user;
}

/// Signals, the clock's timer and the control socket: what comes to the guard beside the link process and the sensors.
class GuardProgram {
 public:
  GuardProgram(asio::io_context& io, Guard& guard, LinkKeeper& keeper, Log& log)
      : io_(io),
        guard_(guard),
        keeper_(keeper),
        log_(log),
        signals_(io, SIGTERM, SIGINT),
        resumed_(io, SIGCONT),
        clock_(io) {}

  void open(const StateDirectory& state) {
    signals_.async_wait([this](const boost::system::error_code& ec, int) {
      if (!ec) end();
    });
    await_resume();
    watch_clock();
    const auto uninstall = [this](const v1::Signed& order) {
      const auto done = guard_.uninstall(order);
      if (!done) return "refused " + done.error().detail();
      uninstalled_ = true;
      end();
      return std::string("done");
    };
    const auto words = [this](const std::string& what) {
      const auto answer = guard_.asked(what);
      return answer ? *answer : "refused " + answer.error().detail();
    };
    auto control = ControlSocket::open(io_.get_executor(), state.control_path(), {uninstall, words});
    if (control)
      control_ = std::move(*control);
    else
      log_.error("control.unavailable", {{"error", control.error().text()}});
  }

  void run() {
    keeper_.start([this](Duration away) {
      guard_.beat(away);
      service_.tell("WATCHDOG=1");
    });
    service_.tell("READY=1");
    io_.run();
  }
  [[nodiscard]] bool uninstalled() const { return uninstalled_; }

 private:
  void end() {
    service_.tell("STOPPING=1");
    guard_.ending(uninstalled_);
    keeper_.stop(kStopPatience, [this] { io_.stop(); });
  }
  void await_resume() {
    resumed_.async_wait([this](const boost::system::error_code& ec, int) {
      if (ec) return;
      guard_.resumed();
      await_resume();
    });
  }
  void watch_clock() {
    auto timer = platform::ClockSetTimer::open();
    if (!timer) return log_.error("clock.not_watched", {{"error", timer.error().text()}});
    clock_timer_.emplace(std::move(*timer));
    clock_.assign(::fcntl(clock_timer_->descriptor(), F_DUPFD_CLOEXEC, 0));
    await_clock();
  }
  void await_clock() {
    clock_.async_wait(asio::posix::descriptor_base::wait_read, [this](const boost::system::error_code& ec) {
      if (ec) return;
      const auto set = clock_timer_->take();
      if (!set) return log_.error("clock.not_watched", {{"error", set.error().text()}});
      if (*set) guard_.clock_set();
      await_clock();
    });
  }

  asio::io_context& io_;
  Guard& guard_;
  LinkKeeper& keeper_;
  Log& log_;
  platform::ServiceManager service_;
  asio::signal_set signals_, resumed_;
  std::optional<platform::ClockSetTimer> clock_timer_;
  asio::posix::stream_descriptor clock_;
  std::unique_ptr<ControlSocket> control_;
  bool uninstalled_ = false;
};

}  // namespace

Result<RunEnd> run_guard(const AgentConfig& config, Log& log) {
  KW_TRY(auto state, StateDirectory::open(std::filesystem::absolute(config.state_dir).string()));
  KW_TRY(const auto lock, lock_state(state));
  KW_TRY(auto hardware, read_device_hardware(config.interface));
  Machine machine(config.watch_only);
  const auto tpm = std::make_shared<platform::TssTpm>(config.tpm.transport);
  KW_TRY(auto seals, open_seals(state, hardware, tpm.get(), config.tpm, machine.clock.now(), machine.random));
  KW_TRY(const auto key, open_device_key(state, seals.link));
  KW_TRY(const auto identity, load_identity(state, key));
  KW_TRY(const auto user, settle_user(config, state, machine.enforces(), log));
  KW_CHECK(platform::refuse_debuggers());
  if (const auto locked = platform::stay_in_memory(kMemoryScore); !locked)
    log.warning("guard.memory", {{"refused", locked.error().detail()}});
  KW_CHECK(state.keep());

  KW_TRY(auto persons, Persons::load(state, identity.rule));
  KW_TRY(auto enforcer, NetworkEnforcer::open(state, {identity.device, identity.rule},
                                              {persons, machine.ruleset(), machine.clock, machine.random, log}));
  const auto restored = enforcer->restore();
  if (!restored) log.error("enforcer.restore_failed", {{"error", restored.error().text()}});

  EventQueue events(machine.clock, machine.random, log);
  MediaQueue media(events, machine.clock, log);
  if (!restored)
    events.record(make_event("agent.enforcer.unavailable", "failed", {{"reason", restored.error().text()}}));
  KW_TRY(auto liveness, LivenessKey::open(state, seals.guard, machine.random));
  auto facts = facts_of(config, identity.device, machine);
  facts.hardware = hardware.digest;
  facts.tripped = restored && restored->tripped;
  KW_CHECK(begin_run(state, facts));
  Shield shield(config.protect, {state, events, log});
  for (const auto& path : seals.changed_paths) shield.expect_new(path);
  arm(shield, config, state);

  asio::io_context io(1);
  TpmKeeper tpm_keeper(io.get_executor(), tpm,
                       {std::move(seals.tpm), std::move(seals.facts), std::move(seals.problem), std::move(seals.moved),
                        std::move(hardware.tpm_auth)},
                       {state, events, machine.clock, log});
  tpm_keeper.start();
  auto places = config.shell;
  places.app_token = make_app_token(config.app, machine.random, log);
  Defences defences(
      io.get_executor(), {state, machine.clock, machine.random, log},
      make_defences({machine.clock, machine.ruleset(), [&](Timestamp until) { return tpm_keeper.permit_change(until); },
                     screen_of(config), places, session_of(config), users_of(config), drill_of(config, state)}));
  events.on_serious([&defences](const v1::Event& event) { defences.told(event); });
  Baselines baselines(state, {identity.device, identity.rule}, persons, defences, log);
  Guard guard(io.get_executor(), facts,
              {state, *enforcer, events, machine.sensors(), machine.ruleset(), defences, baselines, persons, media,
               liveness, shield, machine.clock, machine.random, log, &tpm_keeper});
  KW_TRY(auto setup, setup_of(config, state));
  set_up_app(config.app, places.app_token, setup);
  LinkChildStarter starter(state.link_path(), user, seals.link, config.log, [&]() -> Result<> {
    if (user.empty()) return {};
    KW_TRY(const auto account, platform::find_account(user));
    return hand_over(state, account);
  });
  LinkKeeper keeper(io.get_executor(), std::move(setup), {starter, guard, events, media, machine.clock, log});
  GuardProgram program(io, guard, keeper, log);
  Screen screen(io.get_executor(), config, keeper, log);
  guard.attach(&screen);  // before the start: a section may propose what it sees there
  KW_CHECK(guard.start());
  if (guard.admission_report().policy_revision() == 0) {
    KW_TRY(const auto first, first_policy(state));
    if (first) guard.on_policy(*first);
  }
  program.open(state);
  log.info("agent.ready", {{"device", identity.device.text()}, {"can", machine.can.text()}});
  program.run();

  guard.stop();
  tpm_keeper.stop();
  screen.put_away();
  if (events.waiting() > 0) log.error("agent.events_lost", {{"events", std::to_string(events.waiting())}});
  KW_CHECK(end_run(state));
  return program.uninstalled() ? RunEnd::uninstalled : RunEnd::stopped;
}

Result<> guard_boot(const AgentConfig& config, Log& log) {
  if (config.watch_only) {
    log.warning("guard.boot", {{"watch_only", "true"}});
    return {};
  }
  KW_TRY(const auto state, StateDirectory::open(config.state_dir));
  auto command = load_command(state);
  if (!command && command.code() == Errc::not_found) return {};  // not enrolled: nothing is held yet
  if (!command) return command.error();
  platform::SystemClock clock;
  crypto::SystemRandom random;
  platform::NftRuleset nft;
  KW_TRY(const auto persons, Persons::load(state, command->rule));
  KW_TRY(auto enforcer, NetworkEnforcer::open(state, std::move(*command), {persons, &nft, clock, random, log}));
  KW_TRY(const auto restored, enforcer->restore());
  log.info("guard.boot", {{"cut", restored.cut ? "true" : "false"}});
  return {};
}

}  // namespace kw::agent
