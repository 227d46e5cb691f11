#include "agent/defence/programs.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "kioskward/v1/policy.pb.h"
#include "platform/linux/durable_file.h"

namespace kw::agent {

using namespace device;

namespace {

constexpr std::uint64_t kMountTicks = 2, kScanTicks = 30, kCompareTicks = 900, kAliveTicks = 60, kProposeTicks = 600;
constexpr auto kOwn = "/proc/self/exe";
constexpr std::size_t kMostTold = 4096;

std::string shown(const std::optional<crypto::Digest>& digest) { return digest ? to_hex(*digest) : std::string(); }

}  // namespace

Result<> ProgramDefence::start(DefenceHost& host) {
  host_ = &host;
  alive_ = std::make_shared<bool>(true);
  if (const auto own = ports_.source->digest(kOwn)) own_ = *own;
  return {};
}

void ProgramDefence::stop() {
  if (!std::exchange(*alive_, false)) return;
  const bool clean = open_;
  close_gate();
  looks_.stop();
  learner_.stop();
  if (clean) keep_alive("closed");
}

std::optional<std::string> ProgramDefence::state_file(const char* name) const {
  const auto dir = host_->state_path("programs");
  return dir ? std::optional(*dir + "/" + name) : std::nullopt;
}

// ---- policy and baseline -----------------------------------------------------------------------------------------

Result<> ProgramDefence::configure(const ::kioskward::v1::PolicyBundle& policy) {
  policy_ = policy.has_programs() ? policy.programs() : v1::ProgramPolicy();
  if (policy_.mode() != v1::WATCH && policy_.mode() != v1::ENFORCE) {
    close_gate();
    tell_facts();
    return {};
  }
  KW_CHECK(open_gate());
  use_rules();
  std::vector<std::string> named(policy_.interpreters().begin(), policy_.interpreters().end());
  later(looks_, [this, named = std::move(named)](const CancellableWorker::Stop&) -> std::function<void()> {
    std::vector<crypto::Digest> found;
    for (const auto& path : named)
      if (const auto digest = ports_.source->digest(path)) found.push_back(*digest);
    return [this, found = std::move(found)] {
      interpreters_ = found;
      if (open_) use_rules();
    };
  });
  look_at_mounts();
  const bool learns = policy_.learn() && policy_.mode() == v1::WATCH;
  if (!learns) installed_ = {};  // a baseline's worth of memory; whoever learns again looks again
  if (learns && installed_.empty()) learn();
  tell_facts();
  return policy_.mode() == v1::ENFORCE ? enforceable() : Result<>{};
}

Result<> ProgramDefence::baseline(const v1::Baseline& baseline) {
  const auto content = bytes_of(baseline.content());
  KW_TRY(auto list, ProgramList::parse(content));
  list_ = std::make_shared<ProgramList>(std::move(list));
  baseline_digest_ = crypto::sm3(content);
  stranger_.reset();
  armed_ = false;
  if (const auto file = state_file("armed"))
    if (const auto stored = platform::read_file(*file, 64)) armed_ = equal(*stored, baseline_digest_);
  if (open_) {
    use_rules();
    compare_running();
  }
  return {};
}

Result<> ProgramDefence::enforceable() const {
  if (!list_) return fail(Errc::wrong_state, "no baseline is approved: programs are watched only");
  if (stranger_)
    return fail(Errc::wrong_state,
                "the baseline does not know what process 1 runs (" + *stranger_ + "): programs are watched only");
  return {};
}

void ProgramDefence::use_rules() {
  auto effective = policy_;
  enforced_ = policy_.mode() == v1::ENFORCE && enforceable() && (armed_ || start_ == Start::compared);
  if (own_) effective.add_allow(to_hex(*own_));
  effective.set_mode(enforced_ ? v1::ENFORCE : v1::WATCH);
  rules_ = std::make_shared<const ProgramRules>(ProgramRules::make(effective, list_, interpreters_));
  ports_.gate->use(rules_);
  const bool close = enforced_ && policy_.close_memory();
  if (close != memory_closed_ && ports_.processes->close_memory(close)) memory_closed_ = close;
  if (!enforced_ || armed_) return;
  armed_ = true;  // the next start need not compare first
  if (const auto file = state_file("armed"))
    if (const auto done = platform::write_file_durably(*file, baseline_digest_); !done)
      host_->log().error("programs.state_not_stored", {{"error", done.error().text()}});
}

bool ProgramDefence::holds() const {
  return policy_.mode() != v1::ENFORCE || (open_ && enforced_ && guarded_ > 0 && start_ == Start::compared);
}

Result<> ProgramDefence::order(const v1::Order& order) {
  if (order.action() != "learn") return fail(Errc::unsupported, order.action());
  if (policy_.mode() == v1::OFF || !open_) return fail(Errc::wrong_state, "the section is off");
  learn();
  return {};
}

// ---- the gate ----------------------------------------------------------------------------------------------------

Result<> ProgramDefence::open_gate() {
  if (open_) return {};
  tell_gap();
  KW_CHECK(ports_.gate->start([alive = alive_, host = host_, this](GateNews news) {
    host->post([alive, this, news = std::move(news)]() mutable {
      if (*alive) hear(std::move(news));
    });
  }));
  const auto watched = ports_.processes->start([this](std::uint64_t device) { return ports_.gate->guarded(device); },
                                               [alive = alive_, host = host_, this](RunningProgram program) {
                                                 host->post([alive, this, program = std::move(program)] {
                                                   if (*alive) judge(program);
                                                 });
                                               });
  connector_ = watched.has_value();
  if (!watched) host_->log().warning("programs.no_exec_messages", {{"error", watched.error().text()}});
  open_ = true;
  start_ = Start::comparing;
  keep_alive("open");
  return {};
}

void ProgramDefence::close_gate() {
  if (!open_) return;
  open_ = enforced_ = false;
  ports_.processes->stop();
  ports_.gate->stop();
  looks_.cancel();
  learner_.cancel();
  looking_ = scanning_ = learning_ = false;
  if (memory_closed_ && ports_.processes->close_memory(false)) memory_closed_ = false;
  guarded_ = 0;
  start_ = Start::closed;
  if (*alive_) keep_alive("closed");
}

void ProgramDefence::look_at_mounts() {
  if (std::exchange(looking_, true)) return;
  later(looks_, [this](const CancellableWorker::Stop&) -> std::function<void()> {
    auto mounts = ports_.processes->mounts();
    return [this, mounts = std::move(mounts)] {
      looking_ = false;
      if (!open_) return;
      if (!mounts)
        host_->log().error("programs.mounts_unreadable", {{"error", mounts.error().text()}});
      else
        guard(*mounts);
    };
  });
}

void ProgramDefence::guard(const std::vector<std::pair<std::string, Mount>>& mounts) {
  std::vector<GuardedPlace> places;
  for (const auto& path : policy_.file_systems()) places.push_back({path, Guarding::all});
  std::string unguarded;
  if (places.empty()) {
    for (const auto& [path, mount] : mounts) {
      if (const auto how = guarding_of(mount); how != Guarding::none)
        places.push_back({path, how});
      else if (is_remote(mount.type) && unguarded.size() < 200)
        unguarded += (unguarded.empty() ? "" : " ") + mount.point;
    }
  }
  std::size_t guarded = 0;
  for (const auto& place : places) {
    const auto done = ports_.gate->guard(place);
    if (done)
      ++guarded;
    else if (repeats_.tell("guard " + place.path, host_->now().steady))
      host_->log().warning("programs.not_guarded", {{"place", place.path}, {"error", done.error().text()}});
  }
  host_->fact("programs.unguarded", clean_text(unguarded, 256), "mountinfo");
  const bool first = guarded_ == 0 && guarded > 0;
  guarded_ = guarded;
  if (first) compare_running();
  tell_facts();
}

// ---- what runs without having been asked about ------------------------------------------------------------------

void ProgramDefence::compare_running() {
  std::vector<std::string> paths;
  if (list_)
    for (const auto& program : list_->all())
      if (program.path.starts_with('/')) paths.push_back(program.path);
  ports_.gate->warm(std::move(paths), [] {});
  scan(true);
}

std::optional<std::uint64_t> ProgramDefence::newest() const {
  const auto births = ports_.processes->births();
  return births ? std::optional(*births) : std::nullopt;
}

void ProgramDefence::scan(bool all) {
  if (!all && scanning_) return;
  scanning_ = true;
  later(looks_, [this, all](const CancellableWorker::Stop&) -> std::function<void()> {
    auto found = ports_.processes->scan(all);
    return [this, all, found = std::move(found)] {
      scanning_ = false;
      if (!open_) return;
      if (!found) {
        host_->log().error("programs.scan_failed", {{"error", found.error().text()}});
        return;
      }
      if (all && list_) {
        const auto first = std::ranges::find(*found, 1, &RunningProgram::pid);
        stranger_.reset();
        if (first != found->end() && first->guarded && standing_of(*first) != Standing::known)
          stranger_ = clean_text(first->path, 256);
      }
      if (all) {
        start_ = Start::compared;
        use_rules();
      }
      for (const auto& program : *found)
        if (all || !program.guarded) judge(program);
      tell_facts();
    };
  });
}

Standing ProgramDefence::standing_of(const RunningProgram& program) const {
  return program.digest ? rules_->standing(*program.digest) : Standing::unknown;
}

void ProgramDefence::judge(const RunningProgram& program) {
  if (!open_ || program.pid == 1) return;
  // File systems that policy leaves out are not this section's: only what hides from the gate, and what it guards.
  const bool hides = program.memory || program.foreign;
  if (!program.guarded && !hides && !policy_.file_systems().empty()) return;
  const auto standing = standing_of(program);
  if (standing == Standing::known) return;
  remember(program.digest, program.path);
  if (told_running_.size() >= kMostTold) told_running_.clear();
  if (!told_running_.emplace(program.pid, program.started).second) return;
  const char* why = program.memory                 ? "memory"
                    : program.foreign              ? "foreign"
                    : standing == Standing::denied ? "denied"
                                                   : "unknown";
  bool ended = false;
  if (enforced_ && policy_.end_unknown()) {
    const auto done = ports_.processes->end(program);
    ended = done || done.code() == Errc::not_found;
    if (!ended) host_->log().error("programs.not_ended", {{"path", program.path}, {"error", done.error().text()}});
  }
  auto event = defence_event("program.running", ended ? "blocked" : "observed",
                             {{"path", clean_text(program.path, 512)},
                              {"digest", shown(program.digest)},
                              {"reason", why},
                              {"process", program.by.process},
                              {"pid", std::to_string(program.pid)},
                              {"user", program.by.user}});
  if (enforced_ && policy_.cut_on_refusal()) event.set_case_id(copy_text(host_->cut("program.running")));
  host_->record(std::move(event));
}

void ProgramDefence::hear(GateNews news) {
  if (const auto* told = std::get_if<ProgramTold>(&news)) return tell(*told);
  if (const auto* lost = std::get_if<GateLost>(&news)) {
    host_->record(defence_event("program.gate.lost", "failed", {{"reason", lost->reason}, {"seconds", "0"}}));
    host_->log().error("programs.gate_lost", {{"reason", lost->reason}});
    close_gate();  // tick() opens it again
    return;
  }
  lost_ += std::get<GateOverflowed>(news).times;
  gather("lost", defence_event("program.events.lost", "observed", {}));
}

void ProgramDefence::tell(const ProgramTold& told) {
  const auto& seen = told.seen;
  remember(seen.digest, seen.path);
  const std::string why(name(seen.why));
  const auto key = why + shown(seen.digest) + seen.path + (seen.refused ? "r" : "o");
  auto event = defence_event("program.refused", seen.refused ? "blocked" : "observed",
                             {{"path", seen.path},
                              {"digest", shown(seen.digest)},
                              {"reason", why},
                              {"how", seen.running ? "run" : "open"},
                              {"process", told.by.process},
                              {"program", told.by.program},
                              {"pid", std::to_string(told.by.pid)},
                              {"user", told.by.user}});
  const bool grave = seen.why == Judgement::unknown || seen.why == Judgement::denied;
  if (seen.refused && grave && policy_.cut_on_refusal()) event.set_case_id(copy_text(host_->cut("program.refused")));
  gather(key, std::move(event));
}

void ProgramDefence::gather(const std::string& key, v1::Event event) {
  if (auto now = gathered_.tell(key, std::move(event), host_->now().steady)) host_->record(std::move(*now));
}

// ---- once a second -----------------------------------------------------------------------------------------------

void ProgramDefence::tick() {
  if (policy_.mode() != v1::WATCH && policy_.mode() != v1::ENFORCE) return;
  ++ticks_;
  for (auto& event : gathered_.due(host_->now().steady)) host_->record(std::move(event));
  if (!open_) {
    if (const auto opened = open_gate(); !opened) {
      if (repeats_.tell("open", host_->now().steady))
        host_->log().error("programs.gate_not_open", {{"error", opened.error().text()}});
      return;
    }
    use_rules();
    look_at_mounts();
  }
  if (ticks_ % kMountTicks == 0) look_at_mounts();
  if (ticks_ % kCompareTicks == 0)
    scan(true);
  else if (connector_ ? ticks_ % kScanTicks == 0 : births_.due(newest()))
    scan(false);
  if (ticks_ % kAliveTicks == 0) keep_alive("open");
  if (ticks_ % kProposeTicks == 0 && !installed_.empty() && ran_.size() != proposed_ran_) propose();
  tell_facts();
}

void ProgramDefence::tell_facts() {
  const auto counts = ports_.gate->counts();
  const char* starts[] = {"closed", "comparing", "compared"};
  host_->fact("programs.gate", open_ && guarded_ > 0 ? "up" : "down", "fanotify");
  host_->fact("programs.enforced", enforced_ ? "true" : "false", "fanotify");
  host_->fact("programs.start", starts[static_cast<int>(start_)], "proc");
  host_->fact("programs.known", std::to_string(list_ ? list_->all().size() : 0), "baseline");
  host_->fact("programs.guarded", std::to_string(guarded_), "fanotify");
  host_->fact("programs.memory", memory_closed_ ? "closed" : connector_ ? "watched" : "scanned", "kernel");
  host_->fact("programs.refused", std::to_string(counts.refused), "fanotify");
  host_->fact("programs.late", std::to_string(counts.late), "fanotify");
  host_->fact("programs.lost", std::to_string(lost_), "fanotify");
}

// The file "gate" tells the next start whether this one ended without closing the gate, and when it was last well.
void ProgramDefence::keep_alive(std::string_view word) {
  const auto file = state_file("gate");
  if (!file) return;
  const auto line = std::string(word) + " " + std::to_string(host_->now().utc.unix_ns);
  if (const auto done = platform::write_file_durably(*file, bytes_of(line)); !done)
    host_->log().error("programs.state_not_stored", {{"error", done.error().text()}});
}

void ProgramDefence::tell_gap() {
  const auto file = state_file("gate");
  const auto stored = file ? platform::read_file(*file, 64) : Result<Bytes>(Error(Errc::not_found));
  if (!stored || !text_of(*stored).starts_with("open ")) return;
  const auto time = text_of(*stored).substr(5);
  std::int64_t last = 0;
  std::from_chars(time.data(), time.data() + time.size(), last);
  const auto seconds = std::max<std::int64_t>((host_->now().utc.unix_ns - last) / 1'000'000'000, 0);
  host_->record(
      defence_event("program.gate.lost", "failed",
                    {{"reason", "the agent ended with the gate open"}, {"seconds", std::to_string(seconds)}}));
}

}  // namespace kw::agent
