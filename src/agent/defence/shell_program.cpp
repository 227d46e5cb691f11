#include "agent/defence/shell_program.h"

#include "base/text.h"
#include "device/shell/boundary.h"
#include "policy/sections/hot_key.h"
#include "schema/codec.h"

namespace kw::agent {

using namespace device;

namespace {

constexpr std::uint32_t kUsualCrashRuns = 5, kUsualCrashSeconds = 60;
constexpr std::string_view kAppToken = "{app_token}";

constexpr HelperLine::Pace shell_pace() {
  HelperLine::Pace out;
  out.most_packet = kMostShellPacket;
  return out;
}

std::string how_text(const v1::ShellEnded& ended) {
  const auto number = std::to_string(ended.number());
  switch (ended.how()) {
    case v1::ShellEnded::EXIT:
      return "exit " + number;
    case v1::ShellEnded::SIGNAL:
      return "signal " + number;
    case v1::ShellEnded::RENEWED:
      return "renewed";
    case v1::ShellEnded::NOT_STARTED:
      return "not started, error " + number;
    case v1::ShellEnded::SUPERVISOR:
      return "its supervisor was killed";
    default:
      return "?";
  }
}

}  // namespace

ShellProgram::ShellProgram(std::unique_ptr<ShellStarter> starter, ShellMachine& machine, std::string app_token)
    : starter_(std::move(starter)), machine_(machine), app_token_(std::move(app_token)), line_(shell_pace(), *this) {}

void ShellProgram::start(DefenceHost& host) {
  host_ = &host;
  line_.use(host);
}

v1::ShellTask ShellProgram::task() const {
  v1::ShellTask out;
  out.set_program(policy_.program());
  for (std::string word : policy_.arguments()) {
    for (auto at = word.find(kAppToken); at != std::string::npos; at = word.find(kAppToken, at + app_token_.size()))
      word.replace(at, kAppToken.size(), app_token_);
    out.add_arguments(std::move(word));
  }
  out.set_profiles(machine_.profiles());
  out.set_wipe(policy_.wipe_profile());
  out.set_crash_runs(policy_.crash_runs() == 0 ? kUsualCrashRuns : policy_.crash_runs());
  out.set_crash_seconds(policy_.crash_seconds() == 0 ? kUsualCrashSeconds : policy_.crash_seconds());
  if (policy_.keys().empty())
    for (const auto key : policy::usual_hot_keys()) out.add_keys(std::string(key));
  else
    *out.mutable_keys() = policy_.keys();
  return out;
}

void ShellProgram::configure(const v1::ShellPolicy& policy) {
  const bool same = policy.user() == policy_.user() && policy.display() == policy_.display();
  const bool observed =
      policy_.mode() == v1::WATCH && policy.mode() == v1::WATCH && policy.program() == policy_.program();
  policy_ = policy;
  if (!observed) seen_.reset();
  find_at_ = Duration{0};
  const auto words = schema::serialise(task());
  if (line_.wanted() && (!keeps() || !same || words != sent_)) {
    line_.end();
    running_ = ready_ = loop_ = false;
  }
  if (!keeps()) {
    trouble_.clear();
    free_keys_.clear();
    lost_told_ = false;
  } else if (!line_.wanted()) {
    wanted_since_ = host_->now().steady;
    sent_ = words;
    line_.begin();
  }
  tell_facts();
}

void ShellProgram::tick() {
  starter_->tidy();
  const auto now = host_->now().steady;
  for (auto& event : events_.due(now)) host_->record(std::move(event));
  for (auto& key : keys_.due(now))
    host_->record(defence_event("shell.key", "blocked", {{"hotkey", key.last}, {"count", std::to_string(key.count)}}));
  if (keeps()) {
    line_.tick();
    if (!running_ && now - wanted_since_ >= kPatience) tell_lost(trouble_.empty() ? "not started" : trouble_);
  } else if (policy_.mode() == v1::WATCH) {
    watch();
  }
  tell_facts();
}

Result<> ShellProgram::renew() {
  if (!keeps() || !ready_) return fail(Errc::wrong_state, "nothing is kept running");
  v1::ShellCommand command;
  command.mutable_renew();
  line_.say(encode_shell(std::move(command)));
  return {};
}

bool ShellProgram::holds() const { return !keeps() || (running_ && free_keys_.empty()); }

Result<std::unique_ptr<HelperProcess>> ShellProgram::start_process() {
  return starter_->start(policy_.user(), policy_.display());
}

void ShellProgram::said_first() {
  v1::ShellCommand command;
  *command.mutable_task() = task();
  line_.say(encode_shell(std::move(command)));
}

void ShellProgram::ask() {
  v1::ShellCommand command;
  command.mutable_ask();
  line_.say(encode_shell(std::move(command)));
}

Result<> ShellProgram::heard(ByteView packet) {
  KW_TRY(const auto news, parse_shell_news(packet));
  switch (news.body_case()) {
    case v1::ShellNews::kReady:
      take(news.ready());
      break;
    case v1::ShellNews::kStarted:
      running_ = true;
      lost_told_ = false;
      trouble_.clear();
      break;
    case v1::ShellNews::kEnded:
      take(news.ended());
      break;
    case v1::ShellNews::kKey:
      take(news.key());
      break;
    case v1::ShellNews::kTrouble:
      return fail(Errc::unavailable, news.trouble().detail());
    default:
      break;
  }
  tell_facts();
  return {};
}

void ShellProgram::take(const v1::ShellReady& ready) {
  ready_ = true;
  std::string free;
  for (const auto& name : ready.free_keys()) free += (free.empty() ? "" : ", ") + name;
  if (ready.server_keys()) free += free.empty() ? "X server" : ", X server";
  if (std::exchange(free_keys_, free) == free) return;
  host_->log().info("shell.ready", {{"free_keys", free}});
  if (!free.empty())
    tell("free " + free, defence_event("shell.keys_free", "failed", {{"hotkeys", clean_text(free, 512)}}));
}

void ShellProgram::take(const v1::ShellKey& key) {
  // The process tells one key once a minute at most; one that tells more is held to it.
  if (const auto told = keys_.add(key.name(), key.name(), host_->now().steady))
    host_->record(
        defence_event("shell.key", "blocked",
                      {{"hotkey", key.name()}, {"count", std::to_string(std::max<std::uint64_t>(1, key.count()))}}));
}

void ShellProgram::take(const v1::ShellEnded& ended) {
  running_ = false;
  const auto killed = std::to_string(ended.killed());
  if (ended.how() == v1::ShellEnded::RENEWED) {
    tell("renewed", defence_event("shell.renewed", "success",
                                  {{"files", std::to_string(ended.files())},
                                   {"octets", std::to_string(ended.octets())},
                                   {"killed", killed}}));
  } else {
    ++restarts_;
    const auto how = how_text(ended);
    loop_ = ended.pause_ms() > 0;
    tell("ended " + how, defence_event("shell.ended", loop_ ? "failed" : "success",
                                       {{"how", how}, {"ran_ms", std::to_string(ended.ran_ms())}, {"killed", killed}}));
  }
  if (ended.loop_runs() > 0)
    host_->record(defence_event(
        "shell.crash_loop", "failed",
        {{"count", std::to_string(ended.loop_runs())}, {"within", std::to_string(task().crash_seconds())}}));
  if (ended.not_wiped())
    tell("not wiped", defence_event("shell.not_wiped", "failed", {{"files", std::to_string(ended.files())}}));
}

void ShellProgram::tell(const std::string& key, v1::Event event) {
  if (auto now = events_.tell(key, std::move(event), host_->now().steady)) host_->record(std::move(*now));
}

void ShellProgram::lost(const std::string& why) {
  host_->log().warning("shell.lost", {{"why", why}});
  const bool worked = std::exchange(ready_, false);
  running_ = false;
  trouble_ = why;
  if (!worked) return;
  wanted_since_ = host_->now().steady;
  tell_lost(why);
}

void ShellProgram::not_started(const Error& why) {
  if (std::exchange(trouble_, why.detail()) != why.detail())
    host_->log().warning("shell.not_started", {{"error", why.detail()}});
}

void ShellProgram::tell_lost(const std::string& why) {
  if (std::exchange(lost_told_, true)) return;
  host_->record(defence_event("shell.lost", "failed", {{"reason", clean_text(why, 256)}}));
}

void ShellProgram::watch() {
  if (seen_ && !machine_.runs(*seen_)) {
    seen_.reset();
    find_at_ = Duration{0};
    ++restarts_;
    tell("ended", defence_event("shell.ended", "observed", {{"how", "?"}, {"ran_ms", ""}, {"killed", ""}}));
  }
  const auto now = host_->now().steady;
  if (seen_ || now < find_at_) return;
  find_at_ = now + kFindEvery;
  auto found = machine_.find(policy_.program(), policy_.user());
  trouble_ = found ? std::string() : found.error().detail();
  if (found) seen_ = *found;
}

void ShellProgram::tell_facts() {
  if (policy_.mode() != v1::WATCH && !keeps()) {
    if (std::exchange(facts_told_, false)) host_->fact("shell.running", "not kept", "policy");
    return;
  }
  facts_told_ = true;
  const bool runs = keeps() ? running_ : seen_.has_value();
  const auto state = runs                ? std::string("yes")
                     : loop_             ? std::string("crash loop")
                     : !trouble_.empty() ? clean_text(trouble_, 256)
                                         : std::string("no");
  host_->fact("shell.running", state, keeps() ? "kioskward-shell" : "proc");
  host_->fact("shell.restarts", std::to_string(restarts_), "kioskward-shell");
  if (keeps())
    host_->fact("shell.keys",
                !ready_              ? "not held"
                : free_keys_.empty() ? "held"
                                     : "free: " + clean_text(free_keys_, 256),
                "x11");
}

}  // namespace kw::agent
