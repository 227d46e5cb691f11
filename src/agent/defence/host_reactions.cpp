// What HostDefence does about a finding, and how it makes sure of it.
#include <algorithm>

#include "agent/defence/host.h"
#include "base/text.h"

namespace kw::agent {

using namespace device;
using Reaction = v1::HostReaction;

namespace {

constexpr Duration kReactionPatience = std::chrono::seconds(3);
constexpr std::size_t kMostReactionText = 400, kMostEndings = 256;

// One type of event for each kind, so that each has its own severity and sentence.
const char* type_of(HostKind kind) {
  switch (kind) {
    case Reaction::LOGIN_ATTACK:
      return "host.login.attack";
    case Reaction::PRIVILEGE:
      return "host.privilege.raised";
    case Reaction::SETUID:
      return "host.set_id.new";
    case Reaction::MODULE:
      return "host.module.loaded";
    case Reaction::TRACE:
      return "host.process.traced";
    case Reaction::ESCAPE:
      return "host.escape";
    case Reaction::SESSION:
      return "host.session.unexpected";
    default:
      return "host.persistence.changed";
  }
}
std::string word_of(Reaction::Action action) {
  switch (action) {
    case Reaction::END_PROCESS:
      return "end_process";
    case Reaction::END_SESSION:
      return "end_session";
    case Reaction::CUT_NETWORK:
      return "cut_network";
    default:
      return "tell";
  }
}
std::string number(int value) { return value == 0 ? std::string() : std::to_string(value); }

}  // namespace

void HostDefence::found(const std::vector<HostFinding>& findings) {
  for (const auto& one : findings) react(one);
}

void HostDefence::react(const HostFinding& finding) {
  ++found_;
  const auto& by = finding.process;
  std::set<Reaction::Action> actions;
  for (const auto& one : policy_.reactions())
    if (one.kind() == finding.kind)
      for (const auto action : one.actions()) actions.insert(static_cast<Reaction::Action>(action));
  actions.erase(Reaction::TELL);
  std::string words;
  for (const auto action : actions) words += (words.empty() ? "" : " ") + word_of(action);

  const std::string type = type_of(finding.kind);
  auto event = defence_event(type, "observed",
                             {{"what", clean_text(finding.what, 64)},
                              {"subject", clean_text(finding.subject, kMostReactionText)},
                              {"process", clean_text(by.name, 64)},
                              {"program", clean_text(by.program, kMostReactionText)},
                              {"pid", number(by.pid)},
                              {"user", by.started == 0 ? "" : std::to_string(by.uid)},
                              {"login_user", by.login_user},
                              {"terminal", clean_text(by.terminal, 64)},
                              {"ancestry", clean_text(ancestry_text(finding.ancestry), kMostReactionText)},
                              {"command", clean_text(by.command, kMostReactionText)},
                              {"action", words.empty() ? "tell" : words},
                              {"ended", "0"}});
  const auto key = type + " " + finding.what + " " + finding.subject + " " + ancestry_text(finding.ancestry);
  if (policy_.mode() != v1::ENFORCE || actions.empty()) return gather(key, std::move(event));

  Ending ending{std::move(event), key, {}, 0, host_->now().steady, {}};
  if (actions.contains(Reaction::CUT_NETWORK)) {
    ending.event.set_case_id(copy_text(host_->cut(type)));
    ending.event.set_result("blocked");
  }
  if (actions.contains(Reaction::END_PROCESS) || actions.contains(Reaction::END_SESSION)) {
    for (auto& one : watch_.reach(finding, actions.contains(Reaction::END_SESSION), own_)) {
      // A child that has run nothing of its own yet was not looked at.
      if (one.started == 0)
        if (const auto now = ports_.host->look(one.pid); now && now->parent == one.parent) one.started = now->started;
      const auto done = ports_.host->end(one.pid, one.started);
      if (!done && done.code() == Errc::not_found) continue;
      if (!done) {
        ending.failure = done.error().text();
        host_->log().error("host.not_ended", {{"pid", std::to_string(one.pid)}, {"error", ending.failure}});
      }
      ++ending.count;
      ending.left.push_back(std::move(one));
    }
  }
  endings_.push_back(std::move(ending));
  settle_endings();
  if (endings_.size() > kMostEndings) {  // more at once than are waited for: the oldest is told as it stands
    gather(endings_.front().key, std::move(endings_.front().event));
    endings_.erase(endings_.begin());
  }
}

// Read back: a process that was killed has gone, or the finding is told as one that nothing could be done about.
void HostDefence::settle_endings() {
  const auto now = host_->now().steady;
  for (auto at = endings_.begin(); at != endings_.end();) {
    std::erase_if(at->left, [&](const auto& one) { return !ports_.host->runs(one.pid, one.started); });
    const bool late = now - at->since >= kReactionPatience || !at->failure.empty();
    if (!at->left.empty() && !late) {
      ++at;
      continue;
    }
    const auto ended = at->count - at->left.size();
    (*at->event.mutable_params())["ended"] = std::to_string(ended);
    end_failed_ = !at->left.empty();
    if (end_failed_)
      at->event.set_result("failed");
    else if (ended > 0)
      at->event.set_result("blocked");
    auto event = std::move(at->event);
    const auto key = at->key;
    at = endings_.erase(at);
    gather(key, std::move(event));
  }
}

}  // namespace kw::agent
