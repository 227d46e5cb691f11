#include "agent/defence/system_purge.h"

#include <algorithm>

#include "base/bytes.h"

namespace kw::agent {

using namespace device;

namespace {

constexpr std::size_t kSessionName = 8;  // octets
constexpr std::uint64_t kUsualDirectoryMib = 64;
constexpr std::size_t kMostBegins = 20;  // in a minute

}  // namespace

void SystemPurge::start(DefenceHost& host, Run run) {
  host_ = &host;
  run_ = std::move(run);
  if (!port_) return;
  const auto done = port_->end_all();
  left_at_start_ = !done || done->count > 0;
  if (!done) tell_left(std::string(device::name(PurgeKind::directory)), 1, std::string(kw::name(done.code())));
  if (left_at_start_) host_->log().warning("system.session_left", {{"removed", done ? "true" : "false"}});
}

bool SystemPurge::asked() const { return port_ && policy_.mode() != v1::OFF && policy_.clear_at_session_end(); }

std::vector<std::string> SystemPurge::users() const {
  auto out = users_;
  if (!shell_user_.empty() && std::ranges::find(out, shell_user_) == out.end()) out.push_back(shell_user_);
  return out;
}

void SystemPurge::configure(const v1::SystemPolicy& policy, const std::string& shell_user) {
  policy_ = policy;
  shell_user_ = shell_user;
  if (!asked()) {
    if (!open_->set({}).empty())
      if (const auto done = port_->end_all(); !done)
        host_->log().error("system.session_left", {{"error", done.error().text()}});
    again_at_.reset();
    return;
  }
  if (std::exchange(left_at_start_, false)) purge("start");
}

std::string SystemPurge::begin() {
  if (!asked() || policy_.mode() != v1::ENFORCE) return {};
  const auto now = host_->now().steady;
  // The link process is not trusted: it does not fill memory with directories.
  std::erase_if(begins_, [&](Duration then) { return now - then >= std::chrono::minutes(1); });
  if (begins_.size() >= kMostBegins) return {};
  begins_.push_back(now);
  if (open()) purge("session");  // one at a time: that one is over
  const auto mib = policy_.purge().directory_mib() == 0 ? kUsualDirectoryMib : policy_.purge().directory_mib();
  const auto name = to_hex(host_->random().bytes(kSessionName));
  open_->set(name);
  auto path = port_->begin(name, mib << 20, users());
  host_->fact("system.session_directory", path ? "ready" : std::string(kw::name(path.code())), "mount");
  if (!path) {
    open_->set({});
    host_->log().error("system.no_session_directory", {{"error", path.error().text()}});
    tell_left(std::string(device::name(PurgeKind::directory)), 0, "not made: " + std::string(kw::name(path.code())));
    return {};
  }
  return std::move(*path);
}

void SystemPurge::purge(const std::string& reason) {
  open_->set({});
  if (!asked()) return;
  if (running_) {
    waits_ = reason;  // what runs may have looked already
    return;
  }
  reason_ = reason;
  wish_ = {};
  wish_.users = users();
  wish_.ended = host_->now().utc;
  wish_.print_jobs = !policy_.purge().keep_print_jobs();
  wish_.shared_memory = !policy_.purge().keep_shared_memory();
  wish_.temporary_files = !policy_.purge().keep_temporary_files();
  gone_.clear();
  rounds_ = 0;
  round();
}

void SystemPurge::round() {
  running_ = true;
  again_at_.reset();
  ++rounds_;
  run_([this, alive = alive_, host = host_, port = port_.get(), wish = wish_, open = open_,
        trial = policy_.mode() != v1::ENFORCE, stopping = stopping_] {
    auto done = work(*port, wish, *open, trial, [stopping] { return stopping->load(); });
    host->post([this, alive, done = std::move(done)] {
      if (*alive) heard(done);
    });
  });
}

SystemPurge::Round SystemPurge::work(PurgePort& port, PurgeWish wish, const OpenName& open, bool trial,
                                     const PurgePort::Stop& stop) {
  Round out;
  const auto seen = port.look(wish, stop);
  if (!seen) {
    out.failure = kw::name(seen.code());
    return out;
  }
  wish.open = open.name();
  for (const auto& change : plan_purge(wish, *seen)) {
    if (stop()) break;
    const auto done = trial ? Result<PurgeDone>(PurgeDone{1, 0}) : port.apply(change, stop);
    if (!done) {
      out.why[change.kind] = kw::name(done.code());
      continue;
    }
    out.gone[change.kind].count += done->count;
    out.gone[change.kind].octets += done->octets;
  }
  if (trial) return out;
  const auto again = port.look(wish, stop);
  if (!again) {
    out.failure = kw::name(again.code());
    return out;
  }
  wish.open = open.name();
  for (const auto& change : plan_purge(wish, *again)) ++out.left[change.kind];
  for (const auto kind : again->not_seen) {
    ++out.left[kind];
    out.why[kind] = "not seen";
  }
  return out;
}

void SystemPurge::heard(const Round& done) {
  running_ = false;
  for (const auto& [kind, part] : done.gone) {
    gone_[kind].count += part.count;
    gone_[kind].octets += part.octets;
  }
  const bool clean = done.left.empty() && done.failure.empty();
  if (!waits_.empty()) {
    tell(done);
    return purge(std::exchange(waits_, {}));
  }
  if (!clean && rounds_ < kRounds && asked()) {
    again_at_ = host_->now().steady + kBetweenRounds;
    return;
  }
  tell(done);
}

void SystemPurge::tick() {
  if (again_at_ && host_->now().steady >= *again_at_) round();
}

void SystemPurge::tell(const Round& last) {
  std::string gone;
  PurgeDone sum;
  for (const auto& [kind, part] : gone_) {
    if (part.count == 0) continue;
    gone += (gone.empty() ? "" : ", ") + std::string(device::name(kind)) + " " + std::to_string(part.count);
    sum.count += part.count;
    sum.octets += part.octets;
  }
  const bool clean = last.left.empty() && last.failure.empty();
  host_->record(defence_event("system.session.purged",
                              policy_.mode() != v1::ENFORCE ? "observed"
                              : clean                       ? "success"
                                                            : "failed",
                              {{"reason", reason_},
                               {"count", std::to_string(sum.count)},
                               {"octets", std::to_string(sum.octets)},
                               {"gone", gone}}));
  if (!last.failure.empty()) tell_left("all", 0, last.failure);
  for (const auto& [kind, count] : last.left) {
    const auto why = last.why.find(kind);
    tell_left(std::string(device::name(kind)), count, why == last.why.end() ? "in use" : why->second);
  }
}

void SystemPurge::tell_left(const std::string& kind, std::uint64_t count, const std::string& why) {
  host_->record(defence_event("system.session.not_purged", "failed",
                              {{"kind", kind}, {"count", std::to_string(count)}, {"reason", why}}));
}

void SystemPurge::stop() {
  if (!port_ || host_ == nullptr) return;
  if (const auto done = port_->end_all(); !done)
    host_->log().error("system.session_left", {{"error", done.error().text()}});
}

}  // namespace kw::agent
