#pragma once
// GuardRun and LinkRun are the agent's two processes in one test process, with the real socket pair between them.
//
// Making another GuardRun on the same kiosk is a restart. FakeStarter makes link processes; what a kill does to a real
// one, kill() does to its channel and its connection.
#include <boost/asio/co_spawn.hpp>

#include "agent/enforcer/enforcer.h"
#include "agent/guard/guard.h"
#include "agent/guard/link_keeper.h"
#include "agent/link/guard_side.h"
#include "agent/testing/scripted_platform.h"
#include "platform/linux/spawn.h"

namespace kw::agent::testing {

struct LinkRun {
  LinkRun(asio::io_context& io_, PlatformSide& side, KioskSide& kiosk, std::uint16_t port, platform::UniqueFd socket,
          std::chrono::milliseconds least_wait)
      : io(io_),
        identity(kiosk.identity()),
        files(must(PosixFiles::open(kiosk.state.spool_path()))),
        spool(must(Spool::open(*files, must(open_spool_key(kiosk.state, kiosk.seal)), side.random, {}))),
        events(*spool, side.clock, side.random, log),
        guard(io.get_executor(), limits(), {events, *spool, side.clock, log}),
        link(io.get_executor(), options(port, least_wait), identity,
             must(LedgerWitness::load(kiosk.state, identity.ledger_key)), guard,
             {*spool, events, side.clock, side.random, log}) {
    guard.attach(&link);
    events.on_stored([this, alive = alive](std::uint64_t through) {
      asio::post(io, [this, alive, through] {
        if (!*alive) return;
        guard.stored(through);
        link.nudge();
      });
    });
    auto channel = std::make_unique<Channel>(io.get_executor(), std::move(socket),
                                             Channel::Handlers{[this](Bytes frame) { return take(std::move(frame)); },
                                                               [this](const Error& why) { guard.on_gone(why); }});
    auto* opened = channel.get();
    GuardSide::Hooks hooks;
    hooks.on_end = [this](const Error& why) { stop(why); };
    hooks.on_alone = [this](bool now) { alone = now; };
    guard.start(std::move(channel), told, std::move(hooks));
    opened->start();
    asio::co_spawn(io, link.run(), [this](const std::exception_ptr& e) {
      if (e) std::rethrow_exception(e);
      ended = true;
      if (end && on_exit) on_exit();
    });
  }
  ~LinkRun() { *alive = false; }
  void stop(const Error& why) {
    if (!end) end = why;
    link.stop();
  }
  static GuardWatch::Limits limits() {
    GuardWatch::Limits out;
    out.silence = std::chrono::milliseconds(700);
    return out;
  }
  static LinkOptions options(std::uint16_t port, std::chrono::milliseconds least_wait) {
    LinkOptions out;
    out.server = net::Target("127.0.0.1", port);
    out.least_wait = least_wait;
    out.most_wait = least_wait * 10;
    return out;
  }
  Result<> take(Bytes frame) {
    if (!setup) {
      KW_TRY(auto message, parse_guard_message(frame));
      if (!message.has_setup()) return fail(Errc::malformed, "no setup");
      setup = std::move(*message.mutable_setup());
      return {};
    }
    return guard.on_frame(std::move(frame));
  }

  asio::io_context& io;
  NullLog log;
  Identity identity;
  std::unique_ptr<PosixFiles> files;
  std::unique_ptr<Spool> spool;
  EventLog events;
  GuardSide guard;
  PlatformLink link;
  std::optional<v1::LinkSetup> setup;
  std::optional<Error> end;
  std::function<void()> on_exit;  // the process has ended by itself
  bool ended = false, alone = false, told = false;
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);
};

class FakeStarter final : public LinkStarter {
 public:
  FakeStarter(asio::io_context& io, PlatformSide& side, KioskSide& kiosk, std::uint16_t port)
      : io_(io), side_(side), kiosk_(kiosk), port_(port) {}

  struct Process final : LinkProcess {
    Process(FakeStarter& by, platform::UniqueFd to_guard) : owner(by), socket(std::move(to_guard)) {}
    platform::UniqueFd take_socket() override { return std::move(socket); }
    [[nodiscard]] int handle() const override { return -1; }
    [[nodiscard]] platform::ProcessMood mood() const override { return owner.mood; }
    void kill() override { owner.end(); }
    std::optional<bool> reap() override {
      if (owner.ending) return std::nullopt;  // asked from within end(): not yet
      owner.end();
      return owner.was_killed;
    }
    FakeStarter& owner;
    platform::UniqueFd socket;
  };
  Result<std::unique_ptr<LinkProcess>> start() override {
    if (refuse) return *refuse;
    ++starts;
    was_killed = true;
    KW_TRY(auto channel, platform::stream_pair());
    if (dumb) {
      silent = std::move(channel.theirs);
    } else {
      current = std::make_unique<LinkRun>(io_, side_, kiosk_, port_, std::move(channel.theirs), least_wait);
      current->on_exit = [this] {
        asio::post(io_, [this, alive = std::weak_ptr(current->alive)] {
          if (!alive.expired()) end();
        });
      };
    }
    return std::unique_ptr<LinkProcess>(std::make_unique<Process>(*this, std::move(channel.ours)));
  }
  /// end is what SIGKILL does: the spool is let go, the connection breaks. What runs meanwhile may ask for it again: it
  /// would wait for a coroutine that is further up the stack.
  void end() {
    silent.reset();
    if (!current || ending) return;
    ending = true;
    if (current->end && current->end->code() == Errc::cancelled) was_killed = false;
    current->link.stop();
    while (!current->ended) {
      io_.restart();
      io_.run_one_for(std::chrono::milliseconds(20));
    }
    current.reset();
    ending = false;
  }

  std::unique_ptr<LinkRun> current;
  bool ending = false;
  std::optional<Error> refuse;
  bool dumb = false, was_killed = true;  // dumb: a process that says nothing
  platform::UniqueFd silent;
  platform::ProcessMood mood = platform::ProcessMood::running;
  int starts = 0;
  std::chrono::milliseconds least_wait{5};  // of the link process, between two connections

 private:
  asio::io_context& io_;
  PlatformSide& side_;
  KioskSide& kiosk_;
  std::uint16_t port_;
};

struct GuardRun {
  GuardRun(asio::io_context& io, PlatformSide& side, KioskSide& kiosk, device::RulesetPort* ruleset,
           device::Sensor& sensor, std::uint16_t port, GuardFacts facts = {},
           std::vector<std::unique_ptr<device::Defence>> parts = {})
      : queue(side.clock, side.random, log),
        media(queue, side.clock, log),
        persons(must(Persons::load(kiosk.state, kiosk.command().rule))),
        enforcer(must(
            NetworkEnforcer::open(kiosk.state, kiosk.command(), {persons, ruleset, side.clock, side.random, log}))),
        restored(must(enforcer->restore())),
        liveness(must(LivenessKey::open(kiosk.state, kiosk.seal, side.random))),
        shield(Shield::Mode::off, {kiosk.state, queue, log}),
        defences(io.get_executor(), {kiosk.state, side.clock, side.random, log}, std::move(parts)),
        baselines(kiosk.state, kiosk.command(), persons, defences, log),
        guard(io.get_executor(), complete(std::move(facts), kiosk, ruleset == nullptr),
              {kiosk.state,
               *enforcer,
               queue,
               {&sensor},
               ruleset,
               defences,
               baselines,
               persons,
               media,
               liveness,
               shield,
               side.clock,
               side.random,
               log}),
        starter(io, side, kiosk, port),
        keeper(io.get_executor(), setup(port), {starter, guard, queue, media, side.clock, log}) {
    guard.attach(&keeper);
    if (const auto started = guard.start(); !started) throw std::runtime_error(started.error().text());
    keeper.start([this](Duration away) {
      ++beats;
      guard.beat(away);
    });
  }
  static GuardFacts complete(GuardFacts facts, KioskSide& kiosk, bool watching) {
    facts.device = kiosk.device;
    facts.interface = "eth0";
    if (facts.boot_id.empty()) facts.boot_id = "boot";
    facts.watching = watching;
    facts.watching_reason = "test";
    return facts;
  }
  static v1::LinkSetup setup(std::uint16_t port) {
    v1::LinkSetup out;
    out.set_server_host("127.0.0.1");
    out.set_server_port(port);
    return out;
  }
  LinkRun& link() { return *starter.current; }
  [[nodiscard]] bool linked() const { return starter.current && starter.current->link.up(); }

  NullLog log;
  EventQueue queue;
  MediaQueue media;
  Persons persons;
  std::unique_ptr<NetworkEnforcer> enforcer;
  Restored restored;
  LivenessKey liveness;
  Shield shield;
  Defences defences;
  Baselines baselines;
  Guard guard;
  FakeStarter starter;
  LinkKeeper keeper;
  int beats = 0;
};

}  // namespace kw::agent::testing
