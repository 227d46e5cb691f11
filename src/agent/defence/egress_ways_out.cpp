#include "agent/defence/egress_ways_out.h"

#include <sys/stat.h>

#include <cerrno>

#include "base/text.h"
#include "device/egress/printers.h"
#include "platform/linux/durable_file.h"

namespace kw::agent {

using namespace device;

namespace {

constexpr std::size_t kMostPrintersFile = std::size_t{1} << 20, kMostWayFact = 400;

std::string key_of(const Mount& mount) { return mount.point + " " + mount.source; }
std::string shown(const std::string& text) { return clean_text(text, 256); }

}  // namespace

bool EgressWaysOut::on() const { return policy_.mode() == v1::WATCH || policy_.mode() == v1::ENFORCE; }

void EgressWaysOut::start(DefenceHost& host) {
  host_ = &host;
  alive_ = std::make_shared<bool>(true);
}

void EgressWaysOut::stop() {
  *alive_ = false;
  if (std::exchange(watching_, false)) ports_.mounts->stop();
}

Result<> EgressWaysOut::configure(const v1::EgressPolicy& policy) {
  policy_ = policy;
  told_.clear();
  stuck_.clear();
  printers_told_.clear();
  printers_changed_ = 0;
  if (!watching_mounts()) {
    if (std::exchange(watching_, false)) ports_.mounts->stop();
    last_.clear();
  }
  const auto watched = watch_mounts();
  if (watching_) mounted(last_);
  if (on() && policy_.watch_printers()) look_at_printers();
  if (on()) tell_facts();
  return watched;
}

Result<> EgressWaysOut::watch_mounts() {
  if (watching_ || !watching_mounts()) return {};
  KW_CHECK(ports_.mounts->start([alive = alive_, host = host_, this](Result<std::vector<Mount>> mounts) {
    host->post([alive, this, mounts = std::move(mounts)] {
      if (*alive && watching_) mounted(mounts);
    });
  }));
  watching_ = true;
  return {};
}

void EgressWaysOut::tick() {
  if (!on()) return;
  if (const auto watched = watch_mounts(); !watched && ticks_ % 60 == 0)
    host_->log().error("egress.mounts_not_watched", {{"error", watched.error().text()}});
  if (!stuck_.empty()) mounted(last_);  // tried again
  if (++ticks_ % kPrinterTicks == 0 && policy_.watch_printers()) look_at_printers();
}

void EgressWaysOut::mounted(const Result<std::vector<Mount>>& mounts) {
  if (!mounts) {
    host_->log().error("egress.mounts_unreadable", {{"error", mounts.error().text()}});
    return;
  }
  last_ = *mounts;
  const std::vector<std::string> tolerated(policy_.mounts().begin(), policy_.mounts().end());
  std::vector<Seen> out;
  std::set<std::string> keys, points;
  for (const auto& mount : last_)
    if (auto kind = judge_mount(mount, ports_.mounts->removable(mount), tolerated); !kind.empty()) {
      keys.insert(key_of(mount));
      points.insert(mount.point);
      out.push_back({mount, std::move(kind)});
    }
  std::erase_if(told_, [&](const auto& one) { return !keys.contains(one); });
  std::erase_if(stuck_, [&](const auto& one) { return !points.contains(one); });
  // The uppermost first: what is mounted last at a place is what an unmount takes.
  for (auto at = out.rbegin(); at != out.rend(); ++at) refuse(*at);
  tell_facts();
}

void EgressWaysOut::refuse(const Seen& seen) {
  const bool first = told_.insert(key_of(seen.mount)).second;
  const bool enforce = policy_.mode() == v1::ENFORCE;
  if (!first && !enforce) return;
  const auto user = first ? ports_.mounts->user_of(seen.mount) : std::string();
  const auto done = enforce ? ports_.mounts->unmount(seen.mount) : Result<>();
  if (done || done.code() == Errc::not_found) {
    stuck_.erase(seen.mount.point);
    if (enforce) told_.erase(key_of(seen.mount));  // the next one there is another one
    if (done)
      host_->record(defence_event("egress.mount.refused", enforce ? "blocked" : "observed",
                                  {{"path", shown(seen.mount.point)},
                                   {"kind", seen.kind},
                                   {"source", shown(seen.mount.source)},
                                   {"process", shown(user)}}));
    return;
  }
  if (!stuck_.insert(seen.mount.point).second) return;
  host_->log().error("egress.not_unmounted", {{"point", seen.mount.point}, {"error", done.error().text()}});
  host_->record(defence_event("egress.mount.failed", "failed",
                              {{"path", shown(seen.mount.point)},
                               {"kind", seen.kind},
                               {"source", shown(seen.mount.source)},
                               {"reason", shown(done.error().text())}}));
}

void EgressWaysOut::look_at_printers() {
  struct stat facts {};
  if (::stat(ports_.printers.c_str(), &facts) != 0) {
    printers_ = errno == ENOENT ? "none" : "unreadable";
    return tell_facts();
  }
  const auto changed = facts.st_mtim.tv_sec * 1'000'000'000 + facts.st_mtim.tv_nsec;
  if (changed == std::exchange(printers_changed_, changed)) return;
  const auto text = platform::read_file(ports_.printers, kMostPrintersFile);
  if (!text) {
    host_->log().warning("egress.printers_unreadable", {{"error", text.error().text()}});
    printers_ = "unreadable";
    return tell_facts();
  }
  printers_.clear();
  std::set<std::string> now;
  for (const auto& one : file_printers(text_of(*text))) {
    const auto key = one.name + " " + one.target;
    now.insert(key);
    if (printers_.size() < kMostWayFact) printers_ += (printers_.empty() ? "" : ", ") + key;
    if (printers_told_.contains(key)) continue;
    host_->record(defence_event("egress.printer.to_file", "observed", {{"printer", one.name}, {"target", one.target}}));
  }
  printers_told_ = std::move(now);
  tell_facts();
}

void EgressWaysOut::tell_facts() {
  std::string standing;
  for (const auto& one : told_)
    if (standing.size() < kMostWayFact) standing += (standing.empty() ? "" : ", ") + one;
  host_->fact("egress.mounts", watching_ ? clean_text(standing, kMostWayFact) : "not watched", "mountinfo");
  if (policy_.watch_printers()) host_->fact("egress.printers.to_file", clean_text(printers_, kMostWayFact), "cups");
}

}  // namespace kw::agent
