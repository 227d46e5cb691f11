#include "agent/defence/peripherals.h"

#include <algorithm>
#include <sstream>

#include "kioskward/v1/policy.pb.h"
#include "platform/linux/durable_file.h"

namespace kw::agent {

using namespace device;

namespace {

constexpr std::size_t kMostBefore = 1 << 20;

// Only the first closing saw the machine as it was; later ones add what came since. Kept on disk before it is replaced:
// a machine whose own configuration could not be kept is not closed, and its devices are put out one by one.
Result<> close_kept(PeripheralPort& port, const v1::PeripheralPolicy& policy, const std::string& path) {
  KW_TRY(const auto before, port.before());
  const auto had = platform::read_file(path, kMostBefore);
  if (!had && had.code() != Errc::not_found) return tl::unexpected<Error>(had.error());
  auto whole = had ? copy_text(*had) : std::string();
  const auto known = whole.size();
  std::istringstream lines(before);
  for (std::string line; std::getline(lines, line);)
    if (("\n" + whole).find("\n" + line + "\n") == std::string::npos) whole += line + "\n";
  if (whole.size() > kMostBefore) return fail(Errc::too_large, path);
  if (whole.size() > known) KW_CHECK(platform::write_file_durably(path, bytes_of(whole)));
  return port.close(policy);
}

}  // namespace

Result<> PeripheralDefence::start(DefenceHost& host) {
  host_ = &host;
  stopped_ = false;
  KW_TRY(dir_, host.state_path(section()));
  load();
  const auto fd = ports_.hotplug->open();
  if (fd) {
    host.watch(hotplug_ = *fd, [this] { on_news(); });
    return {};
  }
  // Each second's look still finds everything, only later.
  host.log().error("peripherals.no_uevents", {{"error", fd.error().text()}});
  host.record(defence_event("peripheral.enforcer.lost", "failed",
                            {{"enforcer", "uevent"}, {"fallback", "polling"}, {"reason", fd.error().text()}}));
  return {};
}

Result<> PeripheralDefence::configure(const v1::PolicyBundle& policy) {
  policy_ = policy.peripherals();
  if (!policy.has_peripherals() || policy_.mode() == v1::MODE_UNSPECIFIED) policy_.set_mode(v1::OFF);
  watch_.configure(policy_);
  if (policy_.mode() == v1::ENFORCE) opened_ = false;
  if (policy_.mode() == v1::OFF) {
    holds_ = true;
    while (!taps_.empty()) untap(Tapped(taps_.begin()->first));
  }
  renew_ = true;  // another policy has other rules for the enforcer to hold
  guarding_ = guarding_ && policy_.enforcer() != v1::PeripheralPolicy::SYSFS;
  want(host_->now().steady);
  return {};
}

void PeripheralDefence::tick() {
  if (policy_.mode() == v1::OFF && opened_) return;
  expire();
  const auto now = host_->now().steady;
  if (now - saved_ >= kSave && !tickets_.rules().empty()) {
    saved_ = now;
    if (const auto kept = save(tickets_); !kept)
      host_->log().error("peripherals.state_not_stored", {{"error", kept.error().text()}});
  }
  want(now);
}

void PeripheralDefence::stop() {
  if (std::exchange(stopped_, true)) return;
  *alive_ = false;
  if (hotplug_ >= 0) host_->unwatch(hotplug_);
  while (!taps_.empty()) untap(Tapped(taps_.begin()->first));
  if (ports_.end) ports_.end();
  if (!tickets_.rules().empty()) static_cast<void>(save(tickets_));  // what is left, a minute better than the last time
}

void PeripheralDefence::on_news() {
  const auto news = ports_.hotplug->read();
  if (!news) {
    host_->log().error("peripherals.uevents", {{"error", news.error().text()}});
    host_->unwatch(std::exchange(hotplug_, -1));
  }
  if (policy_.mode() == v1::OFF) return;
  if (!news) {
    host_->record(defence_event("peripheral.enforcer.lost", "failed",
                                {{"enforcer", "uevent"}, {"fallback", "polling"}, {"reason", news.error().text()}}));
  } else if (news->lost > 0) {
    host_->log().warning("peripherals.uevents_lost", {{"times", std::to_string(news->lost)}});
    host_->record(defence_event("peripheral.events_lost", "failed", {{"lost", std::to_string(news->lost)}}));
  } else if (!news->devices) {
    return;
  }
  want(host_->now().steady);
}

// ---- one pass: look, judge, change, look ------------------------------------------------------------------------

void PeripheralDefence::want(Duration noticed) {
  rounds_ = 0;
  if (busy_) {
    if (!std::exchange(again_, true)) noticed_ = noticed;
    return;
  }
  noticed_ = noticed;
  look();
}

PeripheralPort* PeripheralDefence::enforcer() {
  const bool wanted = ports_.usbguard && policy_.enforcer() != v1::PeripheralPolicy::SYSFS;
  return wanted && (guarding_ || host_->now().steady >= retry_) ? ports_.usbguard.get() : ports_.kernel.get();
}

void PeripheralDefence::look() {
  busy_ = true;
  again_ = false;
  ports_.work([this, alive = alive_, host = host_, port = enforcer()] {
    auto seen = port->list();
    host->post([this, alive, port, seen = std::move(seen)] {
      if (*alive) looked(port, seen);
    });
  });
}

void PeripheralDefence::enforcer_lost(PeripheralPort* port, const Error& error) {
  retry_ = host_->now().steady + kRetry;
  const bool asked_for = policy_.enforcer() == v1::PeripheralPolicy::USBGUARD;
  if (!std::exchange(guarding_, false) && (!asked_for || lost_told_)) return;  // it never was there
  lost_told_ = true;
  host_->log().error("peripherals.enforcer_lost", {{"enforcer", port->name()}, {"error", error.text()}});
  host_->record(defence_event("peripheral.enforcer.lost", "failed",
                              {{"enforcer", std::string(port->name())},
                               {"fallback", std::string(ports_.kernel->name())},
                               {"reason", error.text()}}));
}

void PeripheralDefence::looked(PeripheralPort* port, const Result<PeripheralsSeen>& seen) {
  busy_ = false;
  if (!seen && port == ports_.usbguard.get()) {
    if (policy_.mode() != v1::OFF)
      enforcer_lost(port, seen.error());
    else
      retry_ = host_->now().steady + kRetry;
    return look();
  }
  if (!seen) {
    holds_ = policy_.mode() != v1::ENFORCE;
    if (std::exchange(failed_, seen.error().text()) != failed_)
      host_->log().error("peripherals.look_failed", {{"error", seen.error().text()}});
    return;
  }
  failed_.clear();
  if (port == ports_.usbguard.get()) {
    guarding_ = true;
    if (std::exchange(lost_told_, false))
      host_->record(
          defence_event("peripheral.enforcer.restored", "success", {{"enforcer", std::string(port->name())}}));
  }
  if (policy_.mode() != v1::ENFORCE && !opened_ && host_->now().steady >= reopen_) return open(port, *seen);
  if (policy_.mode() == v1::OFF) return;
  host_->fact("peripherals.enforcer", std::string(port->name()), "agent");
  auto step = watch_.look(*seen, tickets_, host_->now(), noticed_);
  step.close = policy_.mode() == v1::ENFORCE && (step.close || renew_);
  tell(step);
  holds_ = watch_.holds() && (seen->closed || policy_.mode() != v1::ENFORCE);
  tap_keyboards();
  ask_modules();
  if (policy_.mode() == v1::ENFORCE && (!step.changes.empty() || step.close) && ++rounds_ <= kRounds)
    return apply(port, std::move(step));
  if (again_) look();
}

void PeripheralDefence::tell(PeripheralWatch::Step& step) {
  std::optional<RawId> incident;
  if (step.attack) incident = host_->cut(*step.attack);
  for (auto& event : step.events) {
    if (incident && event.type() == *step.attack) event.set_case_id(copy_text(*incident));
    host_->record(std::move(event));
  }
  for (const auto& [key, value] : step.facts) host_->fact(key, value, "sysfs");
}

void PeripheralDefence::apply(PeripheralPort* port, PeripheralWatch::Step step) {
  busy_ = true;
  ports_.work(
      [this, alive = alive_, host = host_, port, policy = policy_, path = before_path(*port), step = std::move(step)] {
        Applied done;
        if (step.close) {  // first: what is plugged in from now on waits
          const auto closed = close_kept(*port, policy, path);
          done.closed = closed.has_value();
          if (!closed) done.not_closed = closed.error();
        }
        for (const auto& change : step.changes) {
          const auto made = change.authorise ? port->authorise(change.device) : port->block(change.device);
          if (!made) done.failed.emplace_back(change.device.handle, made.error());
        }
        host->post([this, alive, port, done = std::move(done)] {
          if (*alive) applied(port, done);
        });
      });
}

void PeripheralDefence::applied(PeripheralPort* port, const Applied& done) {
  renew_ = renew_ && !done.closed;
  const auto why = done.not_closed ? done.not_closed->text() : std::string();
  if (std::exchange(not_closed_, why) != why && done.not_closed)
    host_->log().error("peripherals.not_closed", {{"error", why}});
  bool lost = done.not_closed && done.not_closed->code() == Errc::unavailable;
  for (const auto& [handle, error] : done.failed) {
    watch_.failed(handle, error.text());
    lost = lost || error.code() == Errc::unavailable;
  }
  if (lost && port == ports_.usbguard.get()) {
    enforcer_lost(port, Error(Errc::unavailable, "it does not answer"));
    rounds_ = 0;
  }
  look();
}

// ---- opening what was closed ------------------------------------------------------------------------------------

std::string PeripheralDefence::before_path(const PeripheralPort& port) const {
  return dir_ + "/before." + std::string(port.name());
}

void PeripheralDefence::open(PeripheralPort* port, const PeripheralsSeen& seen) {
  std::vector<std::pair<PeripheralPort*, std::string>> doors;
  for (auto* one : {ports_.kernel.get(), ports_.usbguard.get()}) {
    if (one == nullptr) continue;
    if (const auto before = platform::read_file(before_path(*one), kMostBefore))
      doors.emplace_back(one, copy_text(*before));
  }
  // Another's daemon that holds a machine which was started closed goes on doing so.
  if (doors.empty() && seen.boot_default == "0" && port == ports_.kernel.get()) doors.emplace_back(port, "");
  opened_ = true;
  if (doors.empty()) return looked(port, seen);
  busy_ = true;
  ports_.work([this, alive = alive_, host = host_, port, doors = std::move(doors), devices = seen.devices] {
    std::vector<PeripheralPort*> done;
    std::optional<Error> failed;
    for (const auto& [door, before] : doors) {
      if (const auto made = door->open(before); made)
        done.push_back(door);
      else
        failed = made.error();
    }
    for (const auto& device : devices)
      if (!device.authorised)
        if (const auto made = port->authorise(device); !made && made.code() != Errc::not_found) failed = made.error();
    host->post([this, alive, done = std::move(done), failed = std::move(failed), whole = done.size() == doors.size()] {
      if (*alive) opened(done, failed, whole);
    });
  });
}

// A single device that does not come up is its own trouble; a door that stays shut is ours until it opens.
void PeripheralDefence::opened(const std::vector<PeripheralPort*>& doors, const std::optional<Error>& failed,
                               bool whole) {
  for (const auto* one : doors) static_cast<void>(platform::remove_file_durably(before_path(*one)));
  const auto why = failed ? failed->text() : std::string();
  if (std::exchange(not_opened_, why) != why && failed) host_->log().error("peripherals.not_opened", {{"error", why}});
  if (!whole && policy_.mode() != v1::ENFORCE) {
    opened_ = false;
    reopen_ = host_->now().steady + kRetry;
  }
  look();
}

}  // namespace kw::agent
