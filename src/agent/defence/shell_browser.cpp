#include "agent/defence/shell_browser.h"

#include "base/text.h"
#include "platform/linux/durable_file.h"

namespace kw::agent {

using namespace device;

void ShellBrowser::start(DefenceHost& host) {
  host_ = &host;
  const auto place = host.state_path("shell");
  if (!place) return;  // nothing is remembered: what was written is not taken away, and a change meanwhile not told
  ours_path_ = *place + "/browser-policies.json";
  if (const auto kept = platform::read_file(ours_path_, kMostBrowserPolicies)) ours_ = text_of(*kept);
}

Result<> ShellBrowser::configure(const v1::ShellPolicy& policy) {
  policy_ = policy;
  auto done = look();
  holds_ = done.has_value();
  return done;
}

void ShellBrowser::tick() {
  for (auto& event : events_.due(host_->now().steady)) host_->record(std::move(event));
  holds_ = look().has_value();
}

Result<> ShellBrowser::look() {
  const bool keeps = policy_.mode() == v1::ENFORCE && policy_.browser().manage();
  const bool judges = policy_.mode() == v1::WATCH && policy_.browser().manage();
  if (!keeps && !judges && ours_.empty()) {
    if (std::exchange(facts_told_, false)) host_->fact("shell.policy", "not kept", "policy");
    return {};
  }
  facts_told_ = true;
  const auto text = browser_policies_text(policy_.browser());
  const auto done = [&]() -> Result<> {
    KW_TRY(const auto observed, machine_.read_policies());
    const auto plan = plan_browser_policies(keeps ? std::optional(text) : std::nullopt, observed, ours_);
    if (plan == BrowserPlan::write) {
      const bool changed = ours_ == text;  // it stood as asked, and somebody has been at it
      KW_CHECK(machine_.write_policies(text));
      if (changed) tell_changed();
    } else if (plan == BrowserPlan::remove) {
      KW_CHECK(machine_.remove_policies());
    }
    KW_CHECK(keep_ours(keeps ? text : std::string()));
    host_->fact("shell.policy",
                keeps                                             ? "in force"
                : !judges                                         ? "not kept"
                : plan != BrowserPlan::remove && observed == text ? "as asked"
                                                                  : "differs",
                machine_.policies_path());
    return {};
  }();
  if (!done && std::exchange(failure_, done.error().detail()) != done.error().detail())
    host_->record(
        defence_event("shell.policy.failed", "failed",
                      {{"path", machine_.policies_path()}, {"reason", clean_text(done.error().detail(), 256)}}));
  if (done)
    failure_.clear();
  else
    host_->fact("shell.policy", "failed", machine_.policies_path());
  return done;
}

Result<> ShellBrowser::keep_ours(const std::string& text) {
  if (ours_ == text || ours_path_.empty()) return {};
  if (text.empty()) {
    KW_CHECK(platform::remove_file_durably(ours_path_));
  } else {
    KW_CHECK(platform::write_file_durably(ours_path_, bytes_of(text)));
  }
  ours_ = text;
  return {};
}

void ShellBrowser::tell_changed() {
  auto event = defence_event("shell.policy.changed", "blocked",
                             {{"path", machine_.policies_path()}, {"process", process_}, {"user", user_}});
  process_.clear();
  user_.clear();
  if (auto now = events_.tell("changed", std::move(event), host_->now().steady)) host_->record(std::move(*now));
}

void ShellBrowser::told(const v1::Event& event) {
  if (event.type() != "file.changed" && event.type() != "file.restored") return;
  const auto& params = event.params();
  const auto value = [&](const char* name) {
    const auto at = params.find(name);
    return at == params.end() ? std::string() : at->second;
  };
  if (value("path") != machine_.policies_path()) return;
  process_ = value("process");
  user_ = value("user");
}

}  // namespace kw::agent
