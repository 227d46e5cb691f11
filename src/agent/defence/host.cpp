#include "agent/defence/host.h"

#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "kioskward/v1/policy.pb.h"
#include "platform/linux/durable_file.h"

namespace kw::agent {

using namespace device;
using Reaction = v1::HostReaction;

namespace {

constexpr std::uint64_t kHostScanTicks = 60, kBlindScanTicks = 5, kLookTicks = 2, kStaleTicks = 10, kPassTicks = 6 * 3600;
constexpr std::size_t kMostHostPath = 1024;
constexpr Duration kMountPassGap = std::chrono::minutes(10);

}  // namespace

Result<> HostDefence::start(DefenceHost& host) {
  host_ = &host;
  alive_ = std::make_shared<bool>(true);
  own_ = {static_cast<int>(::getpid())};
  load_state();
  return {};
}

void HostDefence::stop() {
  if (!std::exchange(*alive_, false)) return;
  close();
  looks_.stop();
  passes_.stop();
}

Result<> HostDefence::configure(const ::kioskward::v1::PolicyBundle& policy) {
  const auto before = policy_.SerializeAsString();
  policy_ = policy.has_host() ? policy.host() : v1::HostPolicy();
  if (!on()) {
    close();
    return {};
  }
  if (open_ && policy_.SerializeAsString() == before) return {};
  close();  // threads of the old policy's files end first
  const auto seconds = policy_.failed_seconds() == 0 ? 300U : policy_.failed_seconds();
  failures_.use(policy_.failed_logins() == 0 ? 5 : policy_.failed_logins(), std::chrono::seconds(seconds));
  watch_.use(HostRules::make(policy_, ports_.own_program));
  open();
  return {};
}

Result<> HostDefence::order(const v1::Order& order) {
  if (!on()) return fail(Errc::wrong_state, "the section is off");
  if (order.action() != "look" && order.action() != "learn") return fail(Errc::unsupported, order.action());
  scan();
  if (order.action() == "learn") {
    known_.modules_learnt = false;
    look_at_modules();
  }
  pass(order.action() == "learn");
  return {};
}

bool HostDefence::holds() const { return policy_.mode() != v1::ENFORCE || (open_ && scanned_ && !end_failed_); }

// ---- sources ----------------------------------------------------------------------------------------------------

void HostDefence::open() {
  open_ = true;
  missing_.clear();
  sources_ = ports_.host->start([alive = alive_, this](std::vector<HostNews> news) { take(std::move(news)); });
  missing_ = sources_.missing;
  for (const auto& [source, why] : missing_) host_->log().warning("host.source", {{"source", source}, {"error", why}});
  watch_files();
  look_at_sessions();
  scan();
  look_at_modules();
  look_at_logins();
  pass(false);
  tell_facts();
}

void HostDefence::close() {
  if (!open_) return;
  open_ = scanned_ = scanning_ = scan_again_ = passing_ = pass_again_ = looking_ = places_compared_ = end_failed_ =
      false;
  ports_.host->stop();
  ports_.places->stop();
  ports_.rights->stop();
  looks_.cancel();
  passes_.cancel();
  {
    const std::lock_guard lock(queue_->mutex);
    queue_->news.clear();
    queue_->dropped = 0;
  }
  if (*alive_)
    for (auto& one : endings_) gather(one.key, std::move(one.event));
  endings_.clear();
  watch_.clear();
  failures_.clear();
  pending_.clear();
  under_way_.clear();
  tracers_.clear();
  told_.clear();
  keep_state();
}

void HostDefence::missing(const std::string& source, const Result<>& why) {
  const auto text = why ? std::string() : why.error().text();
  if (why ? missing_.erase(source) > 0 : std::exchange(missing_[source], text) != text)
    host_->log().warning("host.source", {{"source", source}, {"error", text}});
}

void HostDefence::watch_files() {
  ports_.places->stop();
  ports_.rights->stop();
  auto include = persistence_places();
  include.insert(include.end(), policy_.places().begin(), policy_.places().end());
  places_ = std::make_shared<const PathGlobs>(
      std::move(include), std::vector<std::string>(policy_.places_except().begin(), policy_.places_except().end()));
  const auto hear = [alive = alive_, host = host_, this](std::function<void()> work) {
    host->post([alive, work = std::move(work)] {
      if (*alive) work();
    });
  };
  missing("places", ports_.places->start(places_, [this, hear](FileNews news) {
    hear([this, news = std::move(news)] {
      if (!open_) return;
      if (const auto* file = std::get_if<FileTouched>(&news))
        touched(*file);
      else
        lost("files", std::get<FilesLost>(news).times);
    });
  }));
  const auto everything =
      std::make_shared<const PathGlobs>(std::vector<std::string>{"/**"}, std::vector<std::string>{});
  // On the watch's own thread: of all that is touched only what has a set-ID bit goes further.
  missing("rights", ports_.rights->start(everything, [this, hear](FileNews news) {
    if (const auto* file = std::get_if<FileTouched>(&news)) {
      if (auto set_id = ports_.host->set_id(file->path)) {
        set_id->path = clean_text(set_id->path, kMostHostPath);
        auto by = file->by;
        if (const auto facts = by.program.empty() ? ports_.host->look(by.pid) : std::nullopt)
          by = {by.pid, facts->name, facts->program, std::to_string(facts->uid)};
        hear([this, set_id = std::move(*set_id), by = std::move(by)] {
          if (open_) judge_set_id({set_id}, false, false, by);
        });
      }
    } else {
      hear([this, times = std::get<FilesLost>(news).times] {
        if (open_) lost("files", times);
      });
    }
  }));
}

void HostDefence::take(std::vector<HostNews> news) {
  const std::lock_guard lock(queue_->mutex);
  for (auto& one : news) {
    if (queue_->news.size() < kMostNews)
      queue_->news.push_back(std::move(one));
    else
      ++queue_->dropped;
  }
  if (std::exchange(queue_->posted, true)) return;
  host_->post([alive = alive_, this] {
    if (*alive) drain();
  });
}

void HostDefence::drain() {
  std::deque<HostNews> news;
  std::uint64_t dropped = 0;
  {
    const std::lock_guard lock(queue_->mutex);
    news.swap(queue_->news);
    dropped = std::exchange(queue_->dropped, 0);
    queue_->posted = false;
  }
  if (!open_) return;
  const auto now = host_->now().steady;
  for (const auto& one : news) {
    if (const auto* failure = std::get_if<FailedLogin>(&one))
      failed_login(*failure);
    else if (const auto* gone = std::get_if<HostNewsLost>(&one))
      lost(gone->source, gone->times);
    else
      found(watch_.heard(one, now));
  }
  if (dropped > 0) lost("processes", dropped);
  settle_endings();
}

void HostDefence::lost(const std::string& source, std::uint64_t times) {
  lost_ += times;
  gather("lost " + source, defence_event("host.events.lost", "observed", {{"source", source}}));
  scan();
  if (source == "files") pass(false);
}

void HostDefence::scan() {
  if (scanning_) {
    scan_again_ = true;
    return;
  }
  scanning_ = true;
  later(looks_, [this, since = host_->now().steady](const CancellableWorker::Stop&) -> std::function<void()> {
    auto facts = ports_.host->scan();
    return [this, since, facts = std::move(facts)] {
      scanning_ = false;
      if (!open_) return;
      if (!facts) {
        if (repeats_.tell("scan", host_->now().steady))
          host_->log().error("host.scan_failed", {{"error", facts.error().text()}});
        return;
      }
      found(watch_.scanned(*facts, !std::exchange(scanned_, true), since, host_->now().steady));
      tell_facts();
      if (std::exchange(scan_again_, false)) scan();
    };
  });
}

// ---- once a second ----------------------------------------------------------------------------------------------

void HostDefence::tick() {
  if (!on()) return;
  ++ticks_;
  const auto now = host_->now().steady;
  for (auto& event : gathered_.due(now)) host_->record(std::move(event));
  drain();
  watch_.tidy(now);
  look_at_tracers();
  look_at_places();
  if (ticks_ % kLookTicks == 0) {
    look_at_sessions();
    look_at_logins();
    look_at_modules();
  }
  if (ticks_ % (sources_.processes ? kHostScanTicks : kBlindScanTicks) == 0) scan();
  if (ticks_ % kStaleTicks == 0 && (ports_.places->stale() || ports_.rights->stale())) {
    watch_files();
    if (now - last_pass_ >= kMountPassGap) pass(false);
  }
  if (ticks_ % kPassTicks == 0) pass(false);
  tell_facts();
}

// Who traces a protected process is in /proc for as long as he does, whatever the kernel tells or does not.
void HostDefence::look_at_tracers() {
  std::map<int, int> now;
  std::vector<HostNews> news;
  for (const auto& [pid, one] : watch_.tree().all()) {
    if (one.ended || !watch_.is_protected(one.facts.program)) continue;
    const int tracer = ports_.host->tracer(pid);
    if (tracer <= 0) continue;
    now[pid] = tracer;
    const auto at = tracers_.find(pid);
    if ((at == tracers_.end() || at->second != tracer) && one.told_tracer != tracer)
      news.emplace_back(ProcessTraced{pid, tracer, ports_.host->look(tracer)});
  }
  tracers_ = std::move(now);
  for (const auto& one : news) found(watch_.heard(one, host_->now().steady));
}

void HostDefence::look_at_sessions() {
  const auto seen = ports_.host->sessions();
  missing("sessions", seen ? Result<>() : Result<>(seen.error()));
  if (!seen) return;
  sessions_ = seen->size();
  found(watch_.sessions(*seen));
}

void HostDefence::look_at_logins() {
  // What failed before the section was first used is nobody's attack on it.
  const bool first = known_.failures_inode == 0;
  for (bool more = true; more;) {
    const auto read = ports_.host->failed_logins({known_.failures_inode, known_.failures_read});
    missing("failed_logins", read ? Result<>() : Result<>(read.error()));
    if (!read) return;
    more = read->more;
    const bool moved = known_.failures_inode != read->mark.inode || known_.failures_read != read->mark.read;
    known_.failures_inode = read->mark.inode;
    known_.failures_read = read->mark.read;
    if (moved) keep_state();
    if (read->cut_off) host_->record(defence_event("host.logins.cut_off", "observed", {{"path", "/var/log/btmp"}}));
    if (first) continue;
    for (const auto& one : read->failures) failed_login(one);
  }
}

void HostDefence::failed_login(const FailedLogin& failure) {
  ++failed_logins_;
  // People type passwords where a name is asked.
  const auto user = ports_.host->known_user(failure.user) ? failure.user : std::string("unknown");
  gather("login " + user + failure.line + failure.from, defence_event("host.login.failed", "observed",
                                                                      {{"source", failure.source},
                                                                       {"user", user},
                                                                       {"terminal", clean_text(failure.line, 64)},
                                                                       {"from", clean_text(failure.from, 64)},
                                                                       {"program", clean_text(failure.program, 128)}}));
  // By their own time, so that failures of a whole night are no storm when the agent comes back in the morning.
  const auto now = host_->now();
  const auto age = failure.at.unix_ns > 0 ? std::max(now.utc - failure.at, Duration{0}) : Duration{0};
  if (const auto attack = failures_.add(failure, now.steady - age)) {
    HostFinding finding{Reaction::LOGIN_ATTACK, std::to_string(attack->count), attack->place, {}, {}};
    finding.process.terminal = failure.line;
    react(finding);
  }
}

void HostDefence::look_at_modules() {
  const auto seen = ports_.host->modules();
  missing("modules", seen ? Result<>() : Result<>(seen.error()));
  if (!seen) return;
  const auto permitted = [&](const std::string& name) {
    return std::ranges::any_of(policy_.modules(), [&](const auto& glob) { return glob_matches(glob, name); });
  };
  const bool listed = !policy_.modules().empty(), learning = !listed && !known_.modules_learnt;
  bool changed = false;
  for (const auto& name : seen->names) {
    if (listed ? permitted(name) : known_.modules.contains(name)) continue;
    if (!learning && told_.insert("module " + name).second) react({Reaction::MODULE, "module", name, {}, {}});
    if (!listed && known_.modules.size() < KnownThings::kMostModules) changed |= known_.modules.insert(name).second;
  }
  if (learning) changed = known_.modules_learnt = true;
  // The kernel's own word outlasts a module that hides: unsigned, out of tree, live patched, forced.
  constexpr std::uint64_t kForced = 1U << 1, kOutOfTree = 1U << 12, kUnsigned = 1U << 13, kPatched = 1U << 15;
  const auto taint = seen->taint & (kForced | kOutOfTree | kUnsigned | kPatched);
  const auto word = "taint " + std::to_string(taint);
  if (taint != 0 && !learning && !known_.modules.contains(word) && told_.insert(word).second)
    react({Reaction::MODULE, "taint", std::to_string(taint), {}, {}});
  if (taint != 0) changed |= known_.modules.insert(word).second;
  if (changed) keep_state();
}

// ---- what is done -----------------------------------------------------------------------------------------------

void HostDefence::gather(const std::string& key, v1::Event event) {
  if (auto now = gathered_.tell(key, std::move(event), host_->now().steady)) host_->record(std::move(*now));
}

void HostDefence::tell_facts() {
  std::string there, gone;
  for (const auto& [name, ok] : std::initializer_list<std::pair<const char*, bool>>{{"processes", sources_.processes},
                                                                                    {"audit", sources_.audit}})
    if (ok) there += std::string(there.empty() ? "" : " ") + name;
  for (const auto* name : {"places", "rights", "sessions", "failed_logins", "modules"})
    if (!missing_.contains(name)) there += std::string(there.empty() ? "" : " ") + name;
  for (const auto& [source, why] : missing_) gone += (gone.empty() ? "" : "; ") + source + " (" + why + ")";
  host_->fact("host.sources", there, "kernel");
  host_->fact("host.missing_sources", clean_text(gone, 400), "kernel");
  host_->fact("host.start", scanned_ && places_compared_ ? "compared" : "comparing", "proc");
  host_->fact("host.browsers", std::to_string(watch_.browsers()), "proc");
  host_->fact("host.sessions", missing_.contains("sessions") ? "" : std::to_string(sessions_), "utmp");
  host_->fact("host.set_id_files", std::to_string(known_.set_id.size()), "files");
  host_->fact("host.places", std::to_string(known_.places.size()), "files");
  host_->fact("host.failed_logins", std::to_string(failed_logins_), "btmp");
  host_->fact("host.found", std::to_string(found_), "policy");
  host_->fact("host.lost", std::to_string(lost_), "kernel");
}

void HostDefence::load_state() {
  const auto dir = host_->state_path(section());
  const auto file =
      dir ? platform::read_private_file(*dir + "/state", KnownThings::kMostState) : Result<Bytes>(dir.error());
  if (!file && file.code() == Errc::not_found) return;
  auto kept = file ? KnownThings::parse(*file) : Result<KnownThings>(file.error());
  if (kept)
    known_ = std::move(*kept);
  else  // what is there now would be learnt as right: that is worth an alarm of its own
    host_->record(defence_event("host.state.lost", "failed", {{"reason", kept.error().text()}}));
}

void HostDefence::keep_state() {
  const auto dir = host_->state_path(section());
  const auto kept =
      dir ? platform::write_file_durably(*dir + "/state", known_.serialise(), 0600) : Result<>(dir.error());
  if (!kept && repeats_.tell("state", host_->now().steady))
    host_->log().error("host.state_not_kept", {{"error", kept.error().text()}});
}

}  // namespace kw::agent
