#include "agent/guard/guard.h"

#include <boost/asio/post.hpp>

#include "agent/version.h"
#include "schema/codec.h"

namespace kw::agent {

namespace {
constexpr int kTicksAfterAPacket = 12;  // the guard gathers drops for ten seconds
}

Guard::Guard(asio::any_io_executor executor, GuardFacts facts, Ports ports)
    : executor_(std::move(executor)),
      facts_(std::move(facts)),
      ports_(std::move(ports)),
      network_(judge_tag),
      tick_(executor_) {}

Guard::~Guard() { stop(); }

void Guard::stop() {
  *alive_ = false;
  ports_.defences.stop();
  for (auto* sensor : ports_.sensors) sensor->stop();
  tick_.cancel();
}

void Guard::attach(ToLink* link) {
  link_ = link;
  show();
}

device::GuardTime Guard::now() const { return {ports_.clock.now(), ports_.clock.steady()}; }
RawId Guard::new_case() { return make_raw_id(ports_.clock.now(), ports_.random); }

v1::EnforceReply Guard::enforce(v1::EnforceRequest request) {
  request.set_id(++requests_);
  auto reply = ports_.enforcer.handle(request);
  enforced_ = reply.state();
  return reply;
}

Result<> Guard::start() {
  ports_.events.record(make_event("agent.started", "success",
                                  {{"version", std::string(kVersion)},
                                   {"boot_id", facts_.boot_id},
                                   {"unclean", facts_.unclean ? "true" : "false"}}));
  if (facts_.watching) {
    ports_.log.warning("agent.watching", {{"reason", facts_.watching_reason}});
    ports_.events.record(make_event("agent.enforcer.unavailable", "observed", {{"reason", facts_.watching_reason}}));
  }
  v1::EnforceRequest look;
  look.mutable_read_back();
  enforce(std::move(look));
  take_policy_from_disk();
  if (enforced_.cut()) {
    KW_TRY(const auto case_id, to_array<16>(bytes_of(enforced_.case_id())));
    network_.restore_cut(case_id, enforced_.cause());
    cut_since_ = ports_.clock.now();
    if (facts_.tripped) {
      auto illegal = make_event("net.outbound.illegal", "blocked", {{"interface", facts_.interface}});
      auto cut = make_event("net.cut", "success", {{"cause", "net.outbound.illegal"}, {"left", "kernel"}});
      for (auto* event : {&illegal, &cut}) event->set_case_id(enforced_.case_id());
      ports_.events.record(std::move(illegal));
      ports_.events.record(std::move(cut));
    }
  }
  for (auto* sensor : ports_.sensors) {
    const auto started = sensor->start([this, alive = alive_, executor = executor_](device::Observation seen) {
      boost::asio::post(executor, [this, alive, seen = std::move(seen)] {
        if (*alive) observe(seen);
      });
    });
    if (started) continue;
    ports_.log.error("sensor.unavailable", {{"sensor", sensor->name()}, {"error", started.error().text()}});
    ports_.events.record(make_event("agent.enforcer.unavailable", "observed",
                                    {{"reason", "sensor " + sensor->name() + ": " + started.error().text()}}));
  }
  for (const auto& source : facts_.hardware.sources())
    note_fact("hardware." + source.name(), source.present() ? "present" : "absent", "hardware");
  note_fact("self_protection.files", std::string(name(ports_.shield.mode())), "guard");
  take_snapshot();
  start_defences();
  show();  // a cut that was restored, and what is in force
  return {};
}

void Guard::start_defences() {
  ports_.defences.start({
      [this](v1::Event event) { ports_.events.record(std::move(event)); },
      [this](const std::string& key, const std::string& value, const std::string& source) {
        note_fact(key, value, source);
      },
      [this](const std::string& cause) {
        apply(network_.defence_cut(cause, [this] { return new_case(); }), std::nullopt);
        return network_.case_id().value_or(RawId{});
      },
      [this](const std::string& section, Bytes content) {
        if (link_ != nullptr) link_->propose(section, std::move(content));
      },
      [this](v1::Media piece) { return ports_.media.offer(std::move(piece)); },
      [this](Timestamp until) {
        camera_watched_until_ = until;
        show();
      },
  });
  ports_.baselines.hand_out();
  configure_defences();
}

void Guard::configure_defences() {
  if (policy_) ports_.defences.configure(policy_->bundle, facts_.watching);
}

void Guard::take_policy_from_disk() {
  auto stored = read_policy_in_force(ports_.state);
  if (!stored) {
    ports_.log.error("policy.unreadable", {{"error", stored.error().text()}});
    return;
  }
  policy_ = std::move(*stored);
  configure_guard();
}

void Guard::configure_guard() {
  if (!policy_) return;
  std::string learnt;
  if (const auto file = ports_.state.read(StateFile::gateway_mac); !file)
    ports_.log.error("gateway_mac.unreadable", {{"error", file.error().text()}});
  else if (*file)
    learnt = copy_text(**file);
  network_.configure(expectations_of(policy_->bundle.network(), learnt, facts_.watching));
}

std::vector<device::Observation> Guard::present() {
  std::vector<device::Observation> out;
  for (auto* sensor : ports_.sensors) {
    auto seen = sensor->snapshot();
    if (!seen) {
      ports_.log.error("sensor.snapshot_failed", {{"sensor", sensor->name()}, {"error", seen.error().text()}});
      continue;
    }
    out.insert(out.end(), std::make_move_iterator(seen->begin()), std::make_move_iterator(seen->end()));
  }
  return out;
}

void Guard::take_snapshot() {
  const auto seen = present();
  for (const auto& one : seen) ports_.defences.observe(one);
  apply(network_.snapshot(seen, now(), [this] { return new_case(); }), std::nullopt);
}

void Guard::observe(const device::Observation& seen) {
  // Snapshots are taken as a whole (take_snapshot); what a sensor tells of them one by one is known already.
  const bool snapshot = std::visit(
      [](const auto& o) {
        if constexpr (requires { o.change; }) return o.change == device::Change::present;
        return false;
      },
      seen);
  if (snapshot) return;
  ports_.defences.observe(seen);
  Moment began;
  if (const auto* packet = std::get_if<device::PacketLogged>(&seen)) {
    began = packet->packet_steady;
    keep_ticking();
  } else if (link_ != nullptr && !link_up_) {
    link_->wake();  // a cable, an address or a route may be what the link waits for
  }
  apply(network_.observe(seen, now(), [this] { return new_case(); }), began);
}

void Guard::keep_ticking() {
  ticks_left_ = kTicksAfterAPacket;
  if (std::exchange(ticking_, true)) return;
  tick_.expires_after(std::chrono::seconds(1));
  tick_.async_wait([this, alive = alive_](const boost::system::error_code& ec) {
    if (ec || !*alive) return;
    ticking_ = false;
    apply(network_.tick(now()), std::nullopt);
    const auto left = ticks_left_ - 1;
    if (left > 0) {
      keep_ticking();
      ticks_left_ = left;
    }
  });
}

void Guard::carry_out_cut(const device::CutDecision& cut, Moment began) {
  v1::EnforceRequest request;
  request.mutable_cut()->set_case_id(copy_text(cut.case_id));
  request.mutable_cut()->set_cause(cut.cause);
  const auto start = began.value_or(ports_.clock.steady());
  const auto reply = enforce(std::move(request));
  const auto latency = std::chrono::duration_cast<std::chrono::microseconds>(ports_.clock.steady() - start).count();
  const bool left = policy_ && policy_->bundle.network().cut().leave_platform_channel();
  auto event = make_event(
      "net.cut", reply.outcome() == "done" ? "success" : "failed",
      {{"cause", cut.cause}, {"left", left ? "platform" : "nothing"}, {"latency_us", std::to_string(latency)}});
  event.set_case_id(copy_text(cut.case_id));
  ports_.events.record(std::move(event));
  cut_since_ = ports_.clock.now();
  if (reply.outcome() != "done") ports_.log.error("cut.failed", {{"reason", reply.reason()}});
  ports_.log.warning("cut",
                     {{"cause", cut.cause}, {"case", to_hex(cut.case_id)}, {"latency_us", std::to_string(latency)}});
}

void Guard::apply(device::Decisions decisions, Moment began) {
  const bool cut = decisions.cut.has_value();
  if (cut) {
    carry_out_cut(*decisions.cut, began);
    ports_.defences.cut_made();
  }
  for (auto& event : decisions.events) ports_.events.record(std::move(event));
  for (auto& fact : decisions.facts) note_fact(fact.key(), fact.value(), fact.source());
  if (decisions.learnt_gateway_mac) learn_gateway(*decisions.learnt_gateway_mac);
  if (cut) {
    show();
    if (link_ != nullptr) link_->beat_now();
  }
  if (decisions.ruleset_touched) repair();
  if (decisions.want_snapshot) take_snapshot();
}

void Guard::learn_gateway(const std::string& mac) {
  if (!policy_) return;
  const auto line = policy_->bundle.network().interface().gateway() + " " + mac;
  if (const auto stored = ports_.state.write(StateFile::gateway_mac, bytes_of(line)); !stored)
    ports_.log.error("gateway_mac.not_stored", {{"error", stored.error().text()}});
}

void Guard::repair() {
  v1::EnforceRequest request;
  request.mutable_read_back();
  const auto reply = enforce(std::move(request));
  if (reply.outcome() == "done" && reply.reason() != "repaired") return;  // somebody's other table
  const bool repaired = reply.outcome() == "done";
  if (!repaired) ports_.log.error("policy.repair_failed", {{"reason", reply.reason()}});
  ports_.events.record(make_event("policy.drift", repaired ? "blocked" : "failed",
                                  {{"table", "kioskward"}, {"repaired", repaired ? "true" : "false"}}));
  if (link_ != nullptr) link_->beat_now();
}

void Guard::show() {
  if (link_ == nullptr) return;
  v1::GuardState out;
  shown_ = state();
  out.set_state(shown_);
  out.set_policy_revision(enforced_.policy_revision());
  out.set_watching(facts_.watching);
  out.set_camera_watched_until_ns(camera_watched_until_.unix_ns);
  out.set_ledger_refused(ledger_refused_);
  if (network_.cut()) {
    out.set_case_id(copy_text(*network_.case_id()));
    out.set_cause(network_.cause());
    out.set_cut_since_ns(cut_since_.unix_ns);
  }
  link_->show(out);
}

std::string Guard::on_session_begins() {
  session_open_ = true;
  return ports_.defences.session_began();
}

void Guard::on_session_ended(bool program_gone) {
  session_open_ = false;
  ports_.defences.session_ended(program_gone);
}

void Guard::on_ledger(bool refused) {
  ledger_refused_ = refused;
  show();
}

void Guard::on_notice_shown(const std::string& case_id, std::string_view display) {
  auto event =
      make_event("notice.shown", display == "none" ? "failed" : "success", {{"display", std::string(display)}});
  if (const auto raw = from_hex(case_id)) event.set_case_id(copy_text(*raw));
  ports_.events.record(std::move(event));
}

}  // namespace kw::agent
