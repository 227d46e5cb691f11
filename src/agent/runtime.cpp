#include "agent/runtime.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json.hpp>
#include <cstdlib>

#include "agent/agent.h"
#include "agent/defence/make_defences.h"
#include "agent/enforcer/enforcer.h"
#include "agent/identity/device_key.h"
#include "agent/status.h"
#include "crypto/random.h"
#include "platform/linux/capabilities.h"
#include "platform/linux/hardware_sources.h"
#include "platform/linux/nflog_sensor.h"
#include "platform/linux/nft_ruleset.h"
#include "platform/linux/rtnetlink_sensor.h"
#include "platform/linux/ruleset_monitor.h"
#include "platform/linux/system_clock.h"
#include "policy/compile.h"
#include "schema/codec.h"

namespace kw::agent {
namespace {

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

/// The notice's browser belongs on the screen that this process was started for.
NoticeOptions notice_options(const AgentConfig& config, Log& log) {
  NoticeOptions out;
  out.address = config.notice.host;
  out.port = config.notice.port;
  out.custodian_phone = config.custodian_phone;
  if (config.browser.empty()) return out;
  for (const std::string name : {"DISPLAY", "XAUTHORITY"})
    if (const char* value = std::getenv(name.c_str())) out.browser.environment.push_back(name + "=" + value);
  if (std::getenv("DISPLAY") == nullptr) {
    log.error("notice.browser_failed", {{"browser", config.browser}, {"error", "DISPLAY is not set"}});
    return out;
  }
  out.browser.program = config.browser;
  out.browser.user = config.browser_user;
  out.patience = std::chrono::seconds(15);  // a browser starts slowly on a kiosk's processor
  return out;
}

}  // namespace

Result<> run_agent(const AgentConfig& config, Log& log) {
  KW_TRY(const auto state, StateDirectory::open(config.state_dir));
  KW_TRY(auto hardware, read_device_hardware(config.interface));
  KW_TRY(const auto key, open_device_key(state, hardware.seal));
  KW_TRY(auto spool_key, open_spool_key(state, hardware.seal));
  KW_TRY(const auto identity, load_identity(state, key));
  KW_TRY(auto files, PosixFiles::open(state.spool_path()));  // one agent at a time

  Machine machine(config.watch_only);
  KW_TRY(auto enforcer, NetworkEnforcer::open(state, {identity.device, identity.rule},
                                              {machine.ruleset(), machine.clock, machine.random, log}));
  const auto restored = enforcer->restore();
  if (!restored) log.error("enforcer.restore_failed", {{"error", restored.error().text()}});

  KW_TRY(auto spool, Spool::open(*files, std::move(spool_key), machine.random, {}));
  EventLog events(*spool, machine.clock, machine.random, log);
  if (!restored)
    events.record(make_event("agent.enforcer.unavailable", "failed", {{"reason", restored.error().text()}}));

  AgentFacts facts;
  facts.interface = config.interface;
  KW_TRY(facts.boot_id, platform::read_boot_id());
  facts.hardware = hardware.digest;
  facts.watching = machine.ruleset() == nullptr;
  facts.watching_reason = machine.why_not();
  KW_TRY(const auto clean, state.read(StateFile::clean));
  facts.unclean = !clean;
  facts.tripped = restored && restored->tripped;
  KW_CHECK(state.remove(StateFile::clean));

  boost::asio::io_context io(1);
  Defences defences(io.get_executor(), {state, machine.clock, machine.random, log},
                    make_defences({machine.clock, machine.ruleset()}));
  Baselines baselines(state, {identity.device, identity.rule}, defences, log);
  Agent agent(io.get_executor(), facts,
              {state, *enforcer, events, machine.sensors(), machine.ruleset(), defences, baselines, machine.clock,
               machine.random, log});
  KW_TRY(auto witness, LedgerWitness::load(state, identity.ledger_key));
  LinkOptions options;
  options.server = net::Target(config.server.host, config.server.port);
  PlatformLink link(io.get_executor(), options, identity, std::move(witness), agent,
                    {*spool, events, machine.clock, machine.random, log});
  events.on_stored([&io, &link] { boost::asio::post(io, [&link] { link.nudge(); }); });

  std::optional<Error> fatal;
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  boost::asio::steady_timer patience(io);
  const auto end = [&] {
    agent.stop();
    link.stop();  // its run() ends then, and with it the context
    patience.expires_after(std::chrono::seconds(2));
    patience.async_wait([&io](const boost::system::error_code& ec) {
      if (!ec) io.stop();
    });
  };
  signals.async_wait([&](const boost::system::error_code& ec, int) {
    if (!ec) end();
  });
  agent.on_end([&](Error error) {
    fatal = std::move(error);
    end();
  });

  auto page = NoticePage::start(
      io.get_executor(), notice_options(config, log), {log, machine.clock, machine.random},
      [&agent](const std::string& id, std::string_view display) { agent.on_notice_shown(id, display); });
  if (!page) log.error("notice.unavailable", {{"error", page.error().text()}});
  auto status = StatusSocket::open(io.get_executor(), state.socket_path(), [&agent] { return agent.status_json(); });
  if (!status) log.error("status.unavailable", {{"error", status.error().text()}});

  KW_CHECK(agent.start());
  agent.attach(&link, page ? page->get() : nullptr);
  if (agent.admission_report().policy_revision() == 0) {
    KW_TRY(const auto first, first_policy(state));
    if (first) agent.on_policy(*first);
  }
  boost::asio::co_spawn(io, link.run(), [&io](const std::exception_ptr& thrown) {
    io.stop();
    if (thrown) std::rethrow_exception(thrown);
  });
  log.info("agent.ready", {{"device", identity.device.text()}, {"can", machine.can.text()}});
  io.run();

  agent.stop();
  events.on_stored({});
  if (!events.wait_stored(std::chrono::seconds(5))) log.error("agent.events_lost", {});
  if (fatal) return *fatal;
  return state.write(StateFile::clean, {});
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
  KW_TRY(auto enforcer, NetworkEnforcer::open(state, std::move(*command), {&nft, clock, random, log}));
  KW_TRY(const auto restored, enforcer->restore());
  log.info("guard.boot", {{"cut", restored.cut ? "true" : "false"}});
  return {};
}

Result<std::string> agent_status(const AgentConfig& config) {
  KW_TRY(const auto state, StateDirectory::open(config.state_dir));
  if (auto live = ask_status(state.socket_path()); live || live.code() != Errc::not_found) return live;
  boost::json::object out;
  KW_TRY(const auto identity, state.read(StateFile::identity));
  KW_TRY(const auto cut, state.read(StateFile::cut));
  out["running"] = false;
  out["enrolled"] = identity.has_value();
  out["state"] = cut ? "cut" : "stopped";
  if (cut) {
    KW_TRY(const auto request, schema::parse<v1::CutRequest>(*cut, 4096));
    out["case"] = to_hex(bytes_of(request.case_id()));
    out["cause"] = request.cause();
  }
  return boost::json::serialize(out) + "\n";
}

}  // namespace kw::agent
