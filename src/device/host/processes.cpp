#include "device/host/processes.h"

#include <algorithm>
#include <set>

namespace kw::device {
namespace {

Lineage handed_down(const Process& parent) {
  Lineage out;
  out.below_browser = parent.lineage.below_browser;
  out.ancestry.push_back(parent.facts.program.empty() ? parent.facts.name : parent.facts.program);
  for (const auto& one : parent.lineage.ancestry) {
    if (out.ancestry.size() >= ProcessTree::kMostAncestors) break;
    out.ancestry.push_back(one);
  }
  return out;
}

}  // namespace

Process* ProcessTree::find(int pid) {
  const auto at = processes_.find(pid);
  return at == processes_.end() ? nullptr : &at->second;
}

Process* ProcessTree::forked(int parent, int child, Duration now) {
  if (child <= 0 || (processes_.size() >= kMostProcesses && !processes_.contains(child))) return nullptr;
  Process made;
  if (const auto* above = find(parent); above != nullptr && parent > 0) {
    made.facts = above->facts;
    made.lineage = handed_down(*above);
    made.rights = above->rights;
    made.judged = above->judged;
  }
  made.facts.pid = child;
  made.facts.parent = made.origin = parent;
  made.facts.started = 0;
  made.facts.tracer = 0;
  made.made = now;
  if (const auto* before = find(child); before != nullptr && before->ended) --ended_;
  auto& place = processes_[child];
  place = std::move(made);
  return &place;
}

Process* ProcessTree::ran(const ProcessFacts& facts, Duration now) {
  auto* known = find(facts.pid);
  const bool same = known != nullptr && !known->ended &&
                    (known->facts.started == 0 || facts.started == 0 || known->facts.started == facts.started);
  if (!same) known = forked(facts.parent, facts.pid, now);
  if (known == nullptr) return nullptr;
  known->facts = facts;
  return known;
}

void ProcessTree::ended(int pid, Duration now) {
  auto* one = find(pid);
  if (one == nullptr || one->ended) return;
  one->ended = now;
  if (++ended_ > kMostEnded) tidy(now);
}

std::vector<int> ProcessTree::missing(const std::vector<int>& pids, Duration since) const {
  const std::set<int> there(pids.begin(), pids.end());
  std::vector<int> out;
  for (const auto& [pid, one] : processes_)
    if (!one.ended && one.made <= since && !there.contains(pid)) out.push_back(pid);
  return out;
}

void ProcessTree::tidy(Duration now) {
  const auto old =
      std::erase_if(processes_, [&](const auto& one) { return one.second.ended && now - *one.second.ended >= kEnded; });
  ended_ -= std::min(old, ended_);
  if (ended_ <= kMostEnded) return;
  std::erase_if(processes_, [](const auto& one) { return one.second.ended.has_value(); });
  ended_ = 0;
}

std::vector<const Process*> ProcessTree::below(int pid) const {
  std::set<int> in{pid};
  std::vector<const Process*> out;
  // A number may have got a new owner since: nobody is older than the process that made him.
  const auto descends = [&](const Process& one) {
    if (!in.contains(one.origin)) return false;
    const auto above = processes_.find(one.origin);
    return above == processes_.end() || one.facts.started == 0 || above->second.facts.started <= one.facts.started;
  };
  for (bool more = true; more;) {
    more = false;
    for (const auto& [child, one] : processes_) {
      if (in.contains(child) || !descends(one)) continue;
      in.insert(child);
      if (!one.ended) out.push_back(&one);
      more = true;
    }
  }
  return out;
}

std::vector<const Process*> ProcessTree::of_session(const ProcessFacts& member) const {
  std::vector<const Process*> out;
  for (const auto& [pid, one] : processes_) {
    if (one.ended || one.facts.program.empty()) continue;
    const bool same = member.login_session.empty() ? one.facts.session == member.session && member.session > 1
                                                   : one.facts.login_session == member.login_session;
    if (same) out.push_back(&one);
  }
  return out;
}

}  // namespace kw::device
