#include "agent/defence/system.h"

#include <algorithm>

#include "base/text.h"
#include "kioskward/v1/policy.pb.h"
#include "platform/linux/durable_file.h"
#include "schema/codec.h"

namespace kw::agent {

using namespace device;

namespace {

constexpr std::size_t kMostSystemState = std::size_t{1} << 20;
constexpr std::size_t kMostSystemText = 400;  // of a fact or a parameter

std::string key_of(const SystemFinding& one) { return one.item + " " + one.subject; }
std::string program_of(const ListenerSeen& one) { return one.process.substr(0, one.process.rfind(' ')); }
std::string key_of(const ListenerSeen& one) {
  return one.protocol + " " + one.address + " " + std::to_string(one.port) + " " + program_of(one);
}
std::string listener_text(const ListenerSeen& one) {
  return one.protocol + "/" + std::to_string(one.port) + " " + program_of(one);
}
void add_word(std::string& to, const std::string& word) {
  if (to.size() + word.size() < kMostSystemText) to += (to.empty() ? "" : ", ") + word;
}
std::string shortened(const std::string& text) { return clean_text(text, kMostSystemText); }

}  // namespace

Result<> SystemDefence::start(DefenceHost& host) {
  host_ = &host;
  load_state();
  purge_.start(host, [this](std::function<void()> job) { run(std::move(job)); });
  drill_.start(host, {[this] { return purge_.begin(); }, [this] { session_ended(); }, [this] { return purge_.open(); },
                      [this] { return !purge_.busy() && !clearing_; }, [this] { return purge_.users(); },
                      [this](Timestamp now) { drilled(now); }});
  return {};
}

Result<> SystemDefence::configure(const ::kioskward::v1::PolicyBundle& policy) {
  const auto before = wanted_.SerializeAsString();
  wanted_ = policy.system();
  network_ = policy.network();
  mode_ = policy.has_system() ? wanted_.mode() : v1::OFF;
  told_.clear();
  listeners_told_.clear();
  holds_ = true;
  v1::SystemPolicy sessions = policy.system();
  sessions.set_mode(mode_);
  purge_.configure(sessions, policy.shell().user());
  drill_.configure(sessions);
  Result<> restored;
  if (mode_ != v1::ENFORCE || !wanted_.close_debug()) restored = put_back_settings();
  if (mode_ == v1::OFF) {
    sources_.clear();
    return restored;
  }
  if (wanted_.SerializeAsString() != before) next_packages_ = Duration{0};
  const auto done = look();
  return restored ? done : restored;
}

void SystemDefence::tick() {
  if (mode_ == v1::OFF) {
    // What could not be put back at once is tried again: off means as if the section did not exist.
    if (state_.before_size() > 0 && host_->now().steady >= next_look_) {
      next_look_ = host_->now().steady + kLookEvery;
      if (const auto done = put_back_settings(); !done)
        host_->log().error("system.not_put_back", {{"error", done.error().text()}});
    }
    return;
  }
  const auto now = host_->now().steady;
  if (now >= next_look_)
    if (const auto done = look(); !done) host_->log().error("system.look_failed", {{"error", done.error().text()}});
  if (now >= next_packages_ && !reading_) read_packages();
  purge_.tick();
  drill_.tick({state_.drilled_ns()});
  clear_when_due();
}

Result<> SystemDefence::look() {
  next_look_ = host_->now().steady + kLookEvery;
  auto seen = ports_.port->look();
  if (!seen) {
    holds_ = false;
    return seen.error();
  }
  holds_ = true;
  const auto enforced = enforce_settings(*seen);
  name_owners(*seen);
  const auto unknown = unknown_listeners(wanted_, seen->listeners);
  tell_listeners(unknown);
  tell_findings(*seen);
  tell_facts(*seen, unknown.size());
  return enforced;
}

// ---- kernel settings --------------------------------------------------------------------------------------------

Result<> SystemDefence::enforce_settings(SystemSeen& seen) {
  if (mode_ != v1::ENFORCE) return {};
  const auto plan = plan_settings(wanted_, seen.settings);
  if (plan.empty()) {
    settings_failure_.clear();
    return {};
  }
  for (const auto& change : plan) {
    if (std::ranges::any_of(state_.before(), [&](const auto& one) { return one.name() == change.name; })) continue;
    auto& own = *state_.add_before();
    own.set_name(change.name);
    own.set_value(change.from);
  }
  Result<> done = keep_state();  // first: a value that nobody remembers could not come back
  for (const auto& change : plan) {
    if (!done) break;
    done = ports_.port->set(change.name, change.to);
    if (!done) break;
    const bool again = !closed_.insert(change.name).second;
    host_->record(defence_event(again ? "system.setting.reopened" : "system.setting.closed", "blocked",
                                {{"subject", change.name}, {"from", shortened(change.from)}, {"to", change.to}}));
  }
  if (done) {
    auto again = ports_.port->look();
    if (again) seen = std::move(*again);
    const auto left = again ? plan_settings(wanted_, seen.settings) : plan;
    if (!left.empty()) done = fail(Errc::conflict, left.front().name + " does not stay as it was set");
  }
  holds_ = done.has_value();
  if (holds_)
    settings_failure_.clear();
  else if (settings_failure_ != done.error().text()) {
    settings_failure_ = done.error().text();
    host_->record(defence_event("system.setting.failed", "failed", {{"reason", shortened(settings_failure_)}}));
  }
  return done;
}

Result<> SystemDefence::put_back_settings() {
  if (state_.before_size() == 0) return {};
  KW_TRY(const auto seen, ports_.port->look());
  for (const auto& own : state_.before()) {
    const auto now = seen.settings.find(own.name());
    const auto ours = closed_settings().find(own.name());
    // Somebody else's later value is his.
    if (now == seen.settings.end() || ours == closed_settings().end() || now->second != ours->second) continue;
    KW_CHECK(ports_.port->set(own.name(), own.value()));
  }
  state_.clear_before();
  closed_.clear();
  return keep_state();
}

// ---- listeners --------------------------------------------------------------------------------------------------

void SystemDefence::name_owners(SystemSeen& seen) {
  // A UDP socket without a peer may be a question that waits for its answer: it counts once it is there twice.
  std::set<std::uint64_t> udp;
  std::erase_if(seen.listeners, [&](const ListenerSeen& one) {
    if (one.protocol != "udp") return false;
    udp.insert(one.inode);
    return !udp_before_.contains(one.inode);
  });
  udp_before_ = std::move(udp);
  std::map<std::uint64_t, std::string> owners;
  for (auto& one : seen.listeners) {
    const auto known = owners_.find(one.inode);
    one.process = known != owners_.end() && !known->second.empty() ? known->second : ports_.port->owner(one);
    owners[one.inode] = one.process;
  }
  owners_ = std::move(owners);
}

bool SystemDefence::dropped(const ListenerSeen& listener) const {
  if (network_.mode() != v1::ENFORCE) return false;
  return std::ranges::none_of(network_.allow_in(), [&](const v1::Endpoint& open) {
    if ((open.protocol() == v1::UDP) != (listener.protocol == "udp")) return false;
    return std::ranges::any_of(open.ports(), [&](const v1::PortRange& ports) {
      return ports.first() <= listener.port && listener.port <= std::max(ports.first(), ports.last());
    });
  });
}

void SystemDefence::tell_listeners(const std::vector<ListenerSeen>& unknown) {
  std::map<std::string, ListenerSeen> now;
  for (const auto& one : unknown) {
    now.emplace(key_of(one), one);
    if (listeners_told_.contains(key_of(one))) continue;
    host_->record(defence_event("system.listener.unknown",
                                mode_ == v1::ENFORCE && dropped(one) ? "blocked" : "observed",
                                {{"protocol", one.protocol},
                                 {"address", one.address},
                                 {"port", std::to_string(one.port)},
                                 {"process", one.process}}));
  }
  listeners_told_ = std::move(now);
}

// ---- findings and facts -----------------------------------------------------------------------------------------

void SystemDefence::tell_findings(const SystemSeen& seen) {
  auto findings = judge_system(wanted_, seen);
  findings.insert(findings.end(), sources_.begin(), sources_.end());
  std::map<std::string, SystemFinding> now;
  for (const auto& one : findings) {
    if (!now.emplace(key_of(one), one).second || told_.contains(key_of(one))) continue;
    host_->record(defence_event("system.deviation", "observed",
                                {{"what", one.item},
                                 {"subject", shortened(one.subject)},
                                 {"observed", shortened(one.observed)},
                                 {"wanted", shortened(one.wanted)}}));
  }
  for (const auto& [key, one] : told_)
    if (!now.contains(key))
      host_->record(defence_event("system.deviation.ended", "success",
                                  {{"what", one.item}, {"subject", shortened(one.subject)}}));
  told_ = std::move(now);
}

void SystemDefence::tell_facts(const SystemSeen& seen, std::size_t unknown) {
  const auto fact = [&](const char* key, const std::string& value, const char* source) {
    host_->fact(std::string("system.") + key, shortened(value), source);
  };
  const auto release = [&](const char* key) {
    return seen.os_release.contains(key) ? seen.os_release.at(key) : std::string();
  };
  std::string listeners, missing;
  std::map<std::string, std::string> items{{"debug", ""}, {"service", ""}};
  for (const auto& one : seen.listeners) add_word(listeners, listener_text(one));
  for (const auto& one : seen.missing) add_word(missing, one);
  for (const auto& [key, one] : told_) add_word(items[one.item], one.subject);
  fact("edition", release("ID") + " " + release("VERSION_ID"), "os-release");
  fact("listeners", listeners, "proc");
  fact("listeners_unknown", wanted_.judge_listeners() ? std::to_string(unknown) : "not judged", "proc");
  fact("debug", wanted_.close_debug() ? items["debug"] : "not judged", "proc");
  fact("unneeded", items["service"], "cgroup");
  fact("lockdown", seen.lockdown, "securityfs");
  fact("clock", !seen.clock_synchronised ? "" : *seen.clock_synchronised ? "synchronised" : "free running", "adjtimex");
  fact("time_source", seen.time_source, "cgroup");
  fact("disk_encrypted", !seen.disk_encrypted ? "" : *seen.disk_encrypted ? "yes" : "no", "sysfs");
  fact("swap", seen.swap, "proc");
  fact("findings", std::to_string(told_.size()), "policy");
  fact("missing_sources", missing, "proc");
  fact("caches_cleared", state_.cleared_ns() == 0 ? "" : to_rfc3339({state_.cleared_ns()}), "agent");
}

// ---- packages ---------------------------------------------------------------------------------------------------

void SystemDefence::run(std::function<void()> job) {
  if (ports_.run)
    ports_.run(std::move(job));
  else
    worker_.run(std::move(job));
}

void SystemDefence::read_packages() {
  reading_ = true;
  next_packages_ = host_->now().steady + kPackagesEvery;
  run([this, alive = alive_, origins = std::set<std::string>(wanted_.origins().begin(), wanted_.origins().end())] {
    auto seen = ports_.port->packages(origins, [this] { return stopping_.load(); });
    host_->post([this, alive, seen = std::move(seen)] {
      if (*alive) packages_read(seen);
    });
  });
}

void SystemDefence::packages_read(const Result<PackagesSeen>& seen) {
  reading_ = false;
  if (mode_ == v1::OFF) return;
  if (!seen) {
    host_->log().error("system.packages_unreadable", {{"error", seen.error().text()}});
    sources_ = {{"package", "dpkg", shortened(seen.error().text()), "readable"}};
    return;
  }
  const auto now = host_->now().utc;
  const auto before = state_.SerializeAsString();
  sources_ = judge_sources(wanted_, *seen, now, state_);
  if (state_.SerializeAsString() != before)
    if (const auto kept = keep_state(); !kept)
      host_->log().error("system.state_not_kept", {{"error", kept.error().text()}});
  Timestamp newest;
  std::size_t unsigned_ones = seen->loose.size();
  for (const auto& one : seen->repositories) {
    newest = std::max(newest, one.date);
    if (!one.is_signed) ++unsigned_ones;
  }
  std::string missing;
  for (const auto& one : seen->missing) add_word(missing, one);
  const auto fact = [&](const char* key, const std::string& value) {
    host_->fact(std::string("system.") + key, shortened(value), "apt");
  };
  // Without metadata nothing is known, which is not the same as none.
  const auto count = [&](std::size_t number) { return seen->indexes == 0 ? std::string() : std::to_string(number); };
  fact("packages_installed", std::to_string(seen->installed));
  fact("packages_unknown", count(seen->unknown.size()));
  fact("packages_foreign", count(seen->foreign.size()));
  fact("packages_waiting", count(seen->waiting.size()));
  fact("patch_lag_days", seen->indexes == 0 ? "" : std::to_string(patch_lag_days(state_, now)));
  fact("metadata_date", newest.unix_ns == 0 ? "" : to_rfc3339(newest));
  fact("sources_unsigned", std::to_string(unsigned_ones));
  fact("sources_unread", missing);
}

// ---- what users leave behind ------------------------------------------------------------------------------------

void SystemDefence::clear_when_due() {
  if (clearing_ || wanted_.clear_hours() == 0 || (wanted_.caches_size() == 0 && !purge_.asked())) return;
  const auto last = Timestamp{state_.cleared_ns()}, now = host_->now().utc;
  // A clock that was set back does not put the next clearing off for ever.
  if (now >= last && now - last < std::chrono::hours(wanted_.clear_hours())) return;
  clear("schedule");
  if (!purge_.open()) purge_.purge("schedule");  // its end comes, and purges
}

Result<> SystemDefence::order(const v1::Order& order) {
  if (order.action() != "clear_caches") return fail(Errc::unsupported, order.action());
  if (mode_ == v1::OFF) return fail(Errc::wrong_state, "section system is off");
  if (wanted_.caches_size() == 0) return fail(Errc::not_found, "policy names no place to clear");
  if (clearing_) return fail(Errc::wrong_state, "clearing is under way");
  clear("order");
  if (!purge_.open()) purge_.purge("order");
  return {};
}

std::string SystemDefence::session_began() {
  drill_.session_seen();
  return purge_.begin();
}

Result<std::string> SystemDefence::asked(const std::string& what) {
  if (what == "drill result") return drill_.result();
  if (what != "drill") return fail(Errc::unsupported, what);
  KW_CHECK(drill_.begin());
  return std::string("started");
}

void SystemDefence::drilled(Timestamp now) {
  state_.set_drilled_ns(now.unix_ns);
  if (const auto kept = keep_state(); !kept)
    host_->log().error("system.state_not_kept", {{"error", kept.error().text()}});
}

void SystemDefence::session_ended() {
  drill_.session_seen();
  if (mode_ == v1::OFF || !wanted_.clear_at_session_end()) return;
  purge_.purge("session");
  clear_for_session();
}

void SystemDefence::clear_for_session() {
  if (wanted_.caches_size() == 0) return;
  session_waits_ = clearing_;  // what runs already keeps what is young
  if (!clearing_) clear("session", true);
}

void SystemDefence::clear(const std::string& reason, bool all) {
  clearing_ = true;
  run([this, alive = alive_, reason, all, trial = mode_ != v1::ENFORCE, now = host_->now().utc,
       caches = std::vector<v1::SystemCache>(wanted_.caches().begin(), wanted_.caches().end())] {
    Cleared sum;
    for (const auto& cache : caches) {
      // Each run is bounded; it goes on for as long as it gets anywhere.
      for (bool more = true; more && !stopping_.load();) {
        const auto part = ports_.port->clear(cache, now - std::chrono::minutes(all ? 0 : cache.keep_minutes()), trial,
                                             [this] { return stopping_.load(); });
        if (!part) {
          sum.failed.push_back(cache.path() + ": " + part.error().text());
          break;
        }
        sum.files += part->files;
        sum.octets += part->octets;
        sum.failed.insert(sum.failed.end(), part->failed.begin(), part->failed.end());
        more = !part->complete && part->files > 0 && !trial;
        if (!part->complete && !more) sum.complete = false;
      }
    }
    host_->post([this, alive, reason, trial, sum = std::move(sum)] {
      if (*alive) cleared(reason, trial, sum);
    });
  });
}

void SystemDefence::cleared(const std::string& reason, bool trial, const Cleared& sum) {
  clearing_ = false;
  state_.set_cleared_ns(host_->now().utc.unix_ns);
  if (const auto kept = keep_state(); !kept)
    host_->log().error("system.state_not_kept", {{"error", kept.error().text()}});
  std::string left;
  for (const auto& one : sum.failed) add_word(left, one);
  if (!sum.complete) add_word(left, "more than one run may look at");
  for (const auto& one : sum.failed) host_->log().error("system.not_cleared", {{"error", one}});
  host_->record(defence_event("system.caches.cleared",
                              !left.empty() ? "failed"
                              : trial       ? "observed"
                                            : "success",
                              {{"reason", reason},
                               {"count", std::to_string(sum.files)},
                               {"octets", std::to_string(sum.octets)},
                               {"not_cleared", shortened(left)}}));
  if (std::exchange(session_waits_, false)) clear_for_session();
}

// ---- kept over restarts -----------------------------------------------------------------------------------------

void SystemDefence::load_state() {
  const auto dir = host_->state_path(section());
  const auto file = dir ? platform::read_private_file(*dir + "/state", kMostSystemState) : Result<Bytes>(dir.error());
  if (!file && file.code() == Errc::not_found) return;
  auto kept = file ? schema::parse<v1::SystemState>(*file, kMostSystemState) : Result<v1::SystemState>(file.error());
  if (!kept || kept->version() != 1) {
    host_->log().error("system.state_unreadable", {{"error", kept ? "form" : kept.error().text()}});
    return;
  }
  state_ = std::move(*kept);
}

Result<> SystemDefence::keep_state() {
  state_.set_version(1);
  KW_TRY(const auto dir, host_->state_path(section()));
  return platform::write_file_durably(dir + "/state", schema::serialise(state_), 0600);
}

void SystemDefence::stop() {
  *alive_ = false;
  stopping_ = true;
  drill_.stop();
  purge_.halt();
  worker_.stop();
  purge_.stop();
}

}  // namespace kw::agent
