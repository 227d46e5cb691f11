#include "agent/defence/egress_clipboard.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/text.h"

namespace kw::agent {

using namespace device;

namespace {

constexpr std::uint32_t kUsualIdleSeconds = 120;
constexpr int kClipboardNewsAtOnce = 64;

const char* clipboard_result(ClipboardOutcome outcome) {
  switch (outcome) {
    case ClipboardOutcome::cleared: return "blocked";
    case ClipboardOutcome::failed: return "failed";
    case ClipboardOutcome::observed: return "observed";
  }
  return "failed";
}

}  // namespace

bool EgressClipboard::on() const {
  return (policy_.mode() == v1::WATCH || policy_.mode() == v1::ENFORCE) &&
         policy_.clipboard() != v1::CLIPBOARD_RULE_UNSPECIFIED;
}

ClipboardRules EgressClipboard::rules() const {
  ClipboardRules out;
  out.enforce = policy_.mode() == v1::ENFORCE;
  out.always = policy_.clipboard() == v1::CLEAR_ALWAYS;
  out.refuse_unreadable = policy_.when_unreadable() == v1::DENY_UNJUDGED;
  out.idle_seconds = policy_.clipboard_idle_seconds() == 0 ? kUsualIdleSeconds : policy_.clipboard_idle_seconds();
  out.words = {policy_.words().begin(), policy_.words().end()};
  return out;
}

Result<> EgressClipboard::configure(const v1::EgressPolicy& policy) {
  const bool before = on();
  policy_ = policy;
  if (process_ && (!on() || !(rules() == sent_))) end();
  if (!on()) {
    trouble_.clear();
    lost_told_ = false;
    if (before) tell_facts();
    return {};
  }
  if (!before) wanted_since_ = host_->now().steady;
  start_at_ = host_->now().steady;
  run();
  tell_facts();
  return {};
}

void EgressClipboard::tick() {
  ports_.starter->tidy();
  const auto now = host_->now().steady;
  for (auto& event : events_.due(now)) host_->record(std::move(event));
  if (!on()) return;
  if (process_ && now - heard_ >= kSilence) lose("silent");
  run();
  if (process_ && now - asked_ >= kAskEvery) {
    asked_ = now;
    say(kClipboardAsk);
  }
  if (!watching_ && now - wanted_since_ >= kPatience) tell_lost(trouble_.empty() ? "not started" : trouble_);
  tell_facts();
}

void EgressClipboard::session_ended() {
  if (watching_) say(kClipboardSessionEnd);
}

void EgressClipboard::run() {
  const auto now = host_->now().steady;
  if (process_ || now < start_at_) return;
  auto process = ports_.starter->start();
  if (!process) {
    const auto& text = process.error().detail();
    if (std::exchange(trouble_, text) != text) host_->log().warning("egress.clipboard_not_watched", {{"error", text}});
    start_at_ = now + wait_;
    wait_ = std::min(2 * wait_, kLongestWait);
    return;
  }
  process_ = std::move(*process);
  heard_ = asked_ = now;
  sent_ = rules();
  say(clipboard_rules_text(sent_));
  host_->watch(process_->socket(), [this] { hear(); });
}

void EgressClipboard::say(std::string_view text) {
  // A process that does not read its few messages is found by its silence.
  if (::send(process_->socket(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
    host_->log().warning("egress.clipboard_not_asked", {{"errno", std::to_string(errno)}});
}

void EgressClipboard::hear() {
  std::array<char, kMostClipboardText + 1> packet{};
  for (int i = 0; i < kClipboardNewsAtOnce && process_; ++i) {
    const auto n = ::recv(process_->socket(), packet.data(), packet.size(), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
    if (n <= 0) return lose("ended");
    const auto news = parse_clipboard_news({packet.data(), static_cast<std::size_t>(n)});
    if (!news) return lose("confused: " + news.error().detail());
    heard_ = host_->now().steady;
    take(*news);
  }
}

void EgressClipboard::take(const ClipboardNews& news) {
  switch (news.kind) {
    case ClipboardNews::Kind::alive: return;
    case ClipboardNews::Kind::told: return tell(news);
    case ClipboardNews::Kind::trouble: return lose(news.detail);
    case ClipboardNews::Kind::watching:
      watching_ = true;
      lost_told_ = false;
      trouble_.clear();
      wait_ = kFirstWait;
      host_->log().info("egress.clipboard_watched", {});
      return tell_facts();
  }
}

void EgressClipboard::tell(const ClipboardNews& news) {
  const bool marked = news.reason == ClipboardReason::marked;
  const bool unreadable = news.reason == ClipboardReason::unreadable;
  if (marked) ++marked_;
  if (news.outcome == ClipboardOutcome::cleared) ++cleared_;
  const std::string which(name(news.selection)), result = clipboard_result(news.outcome);
  const auto octets = news.octets == 0 ? std::string() : std::to_string(news.octets);
  const auto why = marked || unreadable ? clean_text(news.detail, 96) : std::string(name(news.reason));
  auto event = defence_event(marked       ? "egress.clipboard.marked"
                             : unreadable ? "egress.clipboard.unreadable"
                                          : "egress.clipboard.cleared",
                             result, {{"selection", which}, {marked ? "marking" : "reason", why}, {"octets", octets}});
  const auto key = event.type() + " " + which + " " + result + " " + why;
  if (auto now = events_.tell(key, std::move(event), host_->now().steady)) host_->record(std::move(*now));
  tell_facts();
}

void EgressClipboard::lose(const std::string& why) {
  const bool watched = watching_;
  const auto now = host_->now().steady;
  end();
  host_->log().warning("egress.clipboard_lost", {{"why", why}});
  trouble_ = why;
  start_at_ = now + wait_;
  wait_ = std::min(2 * wait_, kLongestWait);
  if (watched) {
    wanted_since_ = now;
    tell_lost(why);
  }
  tell_facts();
}

void EgressClipboard::tell_lost(const std::string& why) {
  if (std::exchange(lost_told_, true)) return;
  host_->record(defence_event("egress.clipboard.lost", "failed", {{"reason", clean_text(why, 256)}}));
}

void EgressClipboard::end() {
  watching_ = false;
  if (!process_) return;
  host_->unwatch(process_->socket());
  process_.reset();
}

void EgressClipboard::tell_facts() {
  const auto state = watching_             ? std::string("watched")
                     : !on()               ? std::string("not watched")
                     : trouble_.empty()    ? std::string("starting")
                                           : clean_text(trouble_, 256);
  host_->fact("egress.clipboard", state, "x11");
  if (!on()) return;
  host_->fact("egress.clipboard.marked", std::to_string(marked_), "x11");
  host_->fact("egress.clipboard.cleared", std::to_string(cleared_), "x11");
}

}  // namespace kw::agent
