#include "server/business_service.h"

#include <algorithm>

#include "kioskward/v1/device.pb.h"
#include "trail/words.h"

namespace kw::server {
namespace {

constexpr std::size_t kMostListedSessions = 100;
constexpr std::size_t kEntriesAtOnce = 500;

Result<> check(const v1::SessionBegin& message) {
  const bool sized =
      message.session_id().size() == trail::kSessionOctets && message.trace_id().size() == trail::kTraceOctets &&
      message.span_id().size() == trail::kSpanOctets && message.identity_token().size() <= realname::kMostToken &&
      message.identity_salt().size() == (message.identity_token().empty() ? 0 : realname::kSalt);
  if (!sized || !trail::is_plain_word(message.matter())) return fail(Errc::malformed, "beginning of a session");
  return {};
}

store::BusinessSession session_of(const DeviceId& device, const v1::SessionBegin& message, Timestamp now) {
  store::BusinessSession out;
  out.id = *store::BusinessSessionId::from_bytes(bytes_of(message.session_id()));
  out.device = device;
  out.trace = *TraceId::from_bytes(bytes_of(message.trace_id()));
  out.span = copy(bytes_of(message.span_id()));
  out.matter = message.matter();
  out.began = out.heard = now;
  return out;
}

Result<> end_by_platform(Change& change, const store::BusinessSession& session, const std::string& reason,
                         Timestamp now) {
  KW_CHECK(change.repositories().business().end(session.id, reason, now));
  change.device_changed(session.device);
  return change.record(
      happened_in(session, "business.session.ended", "observed", {{"span", to_hex(session.span)}, {"reason", reason}}));
}

std::string param(const v1::Event& event, const char* key) {
  const auto at = event.params().find(key);
  return at == event.params().end() ? std::string() : at->second;
}

std::vector<trail::TrailEntry> trail_of(const std::vector<AuditItem>& items) {
  std::vector<trail::TrailEntry> out;
  for (const auto& item : items) {
    trail::TrailEntry entry{item.index, item.entry.type(), item.entry.result(), item.entry.time_ns(), {}};
    for (const auto& [key, value] : item.entry.params()) entry.params[key] = value;
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace

Happening happened_in(const store::BusinessSession& session, std::string type, std::string result,
                      std::map<std::string, std::string> params) {
  params["session"] = session.id.text();
  auto out = happened(session.device, std::move(type), std::move(result), std::move(params));
  out.actor.trace = session.trace.text();
  return out;
}

Result<> follow_business(Change& change, const DeviceId& device, const v1::Event& event) {
  const bool ended = event.type() == "business.session.ended", step = event.type() == "business.step";
  if (!ended && !step) return {};
  const auto id = store::BusinessSessionId::parse(param(event, "session"));
  if (!id) return {};
  auto& repository = change.repositories().business();
  const auto session = repository.get(*id);
  if (!session && session.code() != Errc::not_found) return session.error();
  if (!session || session->device != device || text_of(session->trace.bytes()) != event.trace_id()) return {};
  const auto now = change.now();
  change.device_changed(device);
  if (step) return repository.note(*id, {1, 0, event.result() == "success" ? 0U : 1U}, now);
  if (session->ended) return {};
  const auto reason = param(event, "reason");
  return repository.end(*id, trail::is_reason(reason) ? reason : "done", now);
}

Result<std::string> BusinessService::judge(store::Repositories& repositories, const DeviceId& device,
                                           const std::string& matter) {
  KW_TRY(const auto row, repositories.devices().get(device));
  if (row.state == v1::CUT) return std::string("cut_off");
  if (!connectors_.knows(matter)) return std::string("matter_unknown");
  if (!connectors_.serves(matter, row.site.text())) return std::string("matter_forbidden");
  return std::string("begun");
}

/// What a token says before the store is asked whether it was used.
struct BusinessService::Identified {
  std::string outcome = "begun", why;  // why: a word of realname::TokenRefusal, or "used"
  std::string authority, strength;
  Bytes mark;  // empty: no token, or none that is good
  Bytes owner;
  Timestamp ends;
};

BusinessService::Identified BusinessService::identify(const DeviceId& device, const v1::SessionBegin& message) {
  Identified out;
  if (message.identity_token().empty()) {
    if (connectors_.wants_identity(message.matter())) out.outcome = "identity_required";
    return out;
  }
  const auto authorities = authorities_.read();
  if (!authorities) {
    log_.error("identity.authorities", {{"error", authorities.error().text()}});
    out.outcome = "identity_unavailable";
    return out;
  }
  const auto nonce = realname::session_nonce(device, bytes_of(message.identity_salt()));
  auto who = realname::judge_id_token(message.identity_token(), *authorities, nonce, changes_.clock().now());
  if (!who) {
    out.outcome = "identity_refused";
    out.why = realname::name(who.error());
    return out;
  }
  out.mark = std::move(who->mark);
  if (const auto* subjects = changes_.subjects()) out.owner = subjects->applicant(who->subject);
  out.ends = who->expires;
  out.authority = who->authority->name;
  // Words of the operator's list alone stand in records: an authority could write anything there.
  if (!who->authority->strong.empty()) out.strength = who->strength;
  return out;
}

Result<SessionStart> BusinessService::begin(const DeviceId& device, const v1::SessionBegin& message) {
  KW_CHECK(check(message));
  const auto shown = identify(device, message);  // files and signatures: nobody waits for the store meanwhile
  return changes_.run([&](Change& change) -> Result<SessionStart> {
    const auto now = changes_.clock().now();
    auto session = session_of(device, message, now);
    SessionStart out;
    KW_TRY(out.outcome, judge(change.repositories(), device, session.matter));
    std::map<std::string, std::string> params{{"span", to_hex(session.span)}, {"matter", session.matter}};
    if (out.outcome == "begun") {
      auto identified = shown;
      if (!shown.mark.empty()) {
        const auto used = change.repositories().business().use_mark(shown.mark, shown.ends, now);
        if (!used && used.code() != Errc::already_exists) return used.error();
        if (!used) identified = {"identity_refused", "used", {}, {}, {}, {}, {}};
      }
      out.outcome = identified.outcome;
      session.identity = identified.authority;
      session.strength = identified.strength;
      session.owner = identified.owner;
      for (const auto& [key, value] : {std::pair("why", identified.why), std::pair("identity", identified.authority),
                                       std::pair("strength", identified.strength)})
        if (!value.empty()) params[key] = value;
    }
    if (out.outcome != "begun") {
      auto refused = params;
      refused["reason"] = out.outcome;
      if (out.outcome == "matter_unknown") refused.erase("matter");  // a word of nobody's list stands in no record
      KW_CHECK(change.record(happened_in(session, "business.session.started", "refused", refused)));
      out.position = change.position();
      return out;
    }
    const auto stored = change.repositories().business().insert(session);
    // Random IDs of 128 bits do not meet: this is a kiosk that repeats itself.
    if (!stored && stored.code() == Errc::already_exists) return fail(Errc::malformed, "session twice");
    KW_CHECK(stored);
    change.device_changed(device);
    KW_CHECK(change.record(happened_in(session, "business.session.started", "success", params)));
    out.position = change.position();
    return out;
  });
}

Result<> BusinessService::settle_interrupted() {
  return changes_.run([&](Change& change) -> Result<> {
    auto& repository = change.repositories().business();
    KW_TRY(const auto left, repository.under_way());
    for (const auto& one : left) {
      KW_TRY(const auto session, repository.get(one.session));
      KW_CHECK(change.record(happened_in(session, "service.request", "failed",
                                         {{"span", to_hex(one.span)},
                                          {"parent", to_hex(one.parent)},
                                          {"service", one.service},
                                          {"method", one.method},
                                          {"path", one.path},
                                          {"reason", "interrupted"},
                                          {"octets_out", std::to_string(one.octets)}})));
      KW_CHECK(repository.note(session.id, {0, 1, 1}, session.heard));
      KW_CHECK(repository.answered(one.span));
    }
    return {};
  });
}

Result<> BusinessService::tick() {
  const auto now = changes_.clock().now();
  KW_TRY(const auto quiet, changes_.store().read([&](auto& r) { return r.business().quiet(now - kSupersede); }));
  if (quiet.empty()) return {};
  return changes_.run([&](Change& change) -> Result<> {
    for (const auto& session : quiet) {
      KW_TRY(const auto open, change.repositories().business().open_of(session.device));
      const auto still = std::ranges::find(open, session.id, &store::BusinessSession::id);
      if (still == open.end()) continue;
      if (still->id != open.back().id) {  // in the order of their beginnings
        KW_CHECK(end_by_platform(change, *still, "superseded", now));
      } else if (still->heard < now - kLapse) {
        KW_CHECK(end_by_platform(change, *still, "lapsed", now));
      }
    }
    return {};
  });
}

Result<std::vector<store::BusinessSession>> BusinessService::of_device(const DeviceId& id) {
  return changes_.store().read([&](auto& r) -> Result<std::vector<store::BusinessSession>> {
    KW_CHECK(r.devices().get(id));
    return r.business().of_device(id, kMostListedSessions);
  });
}

Result<std::vector<AuditItem>> BusinessService::entries_of(const TraceId& trace, const TimelineQuery& query) {
  store::AuditQuery search;
  search.trace = copy(trace.bytes());
  search.within = query.within;
  search.limit = kEntriesAtOnce;
  std::vector<AuditItem> out;
  while (true) {
    KW_TRY(auto part, audit_.find(search));
    const bool last = part.size() < search.limit;
    if (!part.empty()) search.before = part.back().index;
    std::erase_if(part, [](const AuditItem& item) { return item.archived; });
    std::move(part.begin(), part.end(), std::back_inserter(out));
    if (out.size() > trail::kMostTrailEntries) return fail(Errc::too_large, "entries of one trace");
    if (last) break;
  }
  std::reverse(out.begin(), out.end());
  return out;
}

Result<SessionTimeline> BusinessService::timeline(const TimelineQuery& query, const Actor& who) {
  SessionTimeline out;
  if (query.session) {
    KW_TRY(const auto session, changes_.store().read([&](auto& r) { return r.business().get(*query.session); }));
    out.trace = session.trace;
  } else {
    out.trace = query.trace.value_or(TraceId());
  }
  KW_TRY(out.entries, entries_of(out.trace, query));
  KW_TRY(out.timeline, trail::build_timeline(trail_of(out.entries)));
  for (const auto& item : out.entries) {
    const auto device = DeviceId::from_bytes(bytes_of(item.entry.device_id()));
    if (!device || device->is_nil()) continue;
    out.device = *device;
    out.device_name = item.device_name;
    break;
  }
  KW_CHECK(changes_.run([&](Change& change) {
    return change.record({.type = "audit.read", .actor = who, .params = {{"query", "timeline=" + out.trace.text()}}});
  }));
  return out;
}

}  // namespace kw::server
