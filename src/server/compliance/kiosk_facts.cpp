#include "server/compliance/kiosk_facts.h"

#include <algorithm>
#include <array>

#include "kioskward/v1/device.pb.h"

namespace kw::server {
namespace {

namespace v1 = ::kioskward::v1;
using compliance::Facts;

constexpr std::int64_t kNsOfDay = std::int64_t{24} * 3600 * 1'000'000'000;

std::string_view word_of_state(int state) {
  switch (state) {
    case v1::NORMAL:
      return "normal";
    case v1::DEGRADED:
      return "degraded";
    case v1::CUT:
      return "cut";
    case v1::WATCHING:
      return "watching";
    default:
      return {};
  }
}

/// A kiosk may call its facts what it likes: what only the platform gives is not taken from it.
bool is_platforms(std::string_view key) {
  constexpr std::array<std::string_view, 5> kPlatforms{"event:", "events.complete", "policy.mode.", "device.",
                                                       "platform."};
  return std::ranges::any_of(kPlatforms, [&](auto prefix) { return key.starts_with(prefix); });
}

void put(Facts& out, std::string key, std::string value, Timestamp time) {
  out.put({.key = std::move(key), .value = std::move(value), .time = time, .source = "platform"});
}

}  // namespace

std::optional<std::int64_t> certificate_days(const std::vector<store::CertificateRecord>& certificates, Timestamp now) {
  std::optional<Timestamp> signing, encryption;
  for (const auto& one : certificates) {
    if (one.revoked || one.not_before > now) continue;
    auto& last = one.usage == "signing" ? signing : encryption;
    if (!last || one.not_after > *last) last = one.not_after;
  }
  if (!signing || !encryption) return std::nullopt;
  return std::max<std::int64_t>((std::min(*signing, *encryption) - now).count() / kNsOfDay, 0);
}

void register_facts(const KioskState& state, Timestamp now, Facts& out) {
  put(out, "device.registered", state.device.disabled ? "disabled" : "enabled", now);
  put(out, "device.custodian", state.device.custodian.empty() ? "none" : "named", now);
  if (const auto days = certificate_days(state.certificates, now))
    put(out, "device.certificate_days", std::to_string(*days), now);
}

void word_facts(const KioskState& state, Facts& out) {
  const auto& word = state.word;
  if (!word.vouched) return;
  if (const auto name = word_of_state(word.state); !name.empty())
    put(out, "device.state", std::string(name), *word.vouched);
  // The link that a heartbeat came on is the one that was admitted last: there is one of a kiosk at a time.
  if (word.admitted && !word.suite.empty())
    put(out, "device.channel_suite", word.suite, std::max(*word.admitted, *word.vouched));
  if (word.events_complete) put(out, std::string(compliance::kEventsComplete), "", *word.events_complete);
}

void policy_facts(const KioskState& state, Facts& out) {
  if (!state.word.vouched) return;
  const bool watching = state.word.state == v1::WATCHING;  // an agent that only watches enforces nothing of it
  for (const auto& [section, mode] : state.modes)
    put(out, "policy.mode." + section, watching && mode == "enforce" ? "watch" : mode, *state.word.vouched);
}

void measured_facts(const KioskState& state, Facts& out) {
  const auto& word = state.word;
  for (const auto& fact : state.facts) {
    const bool told_here = word.facts_since && fact.heard >= *word.facts_since;
    const bool vouched = word.vouched && fact.heard <= *word.vouched;
    // Heard and never vouched for: nobody answers for it. Kept from an earlier link: it was true when it was heard.
    if (!vouched || is_platforms(fact.key)) continue;
    out.put(
        {.key = fact.key, .value = fact.value, .time = told_here ? *word.vouched : fact.heard, .source = fact.source});
  }
}

void event_facts(const std::vector<store::LastEvent>& events, Facts& out) {
  for (const auto& event : events) {
    auto fact = compliance::happened(event.type, event.time, event.result);
    const auto* there = out.find(fact.key);
    if (there == nullptr || there->time < fact.time) out.put(std::move(fact));
  }
}

Facts kiosk_facts(const KioskState& state, Timestamp now) {
  Facts out;
  measured_facts(state, out);
  event_facts(state.events, out);
  register_facts(state, now, out);
  word_facts(state, out);
  policy_facts(state, out);
  return out;
}

}  // namespace kw::server
