#pragma once
// BusinessService knows kiosks' business sessions: who may begin one, what was heard of it, and its timeline.
//
//   KW_TRY(const auto begun, business.begin(device, message));   // durable at begun.position, only then it is answered
//   KW_CHECK(follow_business(change, device, event));            // what the kiosk's spool tells of it, whenever that
//   is KW_TRY(const auto timeline, business.timeline(query, actor));
//
// A session belongs to one kiosk, which has one at a time. Begin and end are entries of the ledger under the
// session's trace, so that a database's statement with that trace is known from the first one on (ADR 62, ADR 90).
// Thread-safe. Source: clauses 7.6-b and 9.1.
#include "kioskward/v1/link.pb.h"
#include "server/audit_service.h"
#include "server/authority_files.h"
#include "server/connectors.h"
#include "trail/timeline.h"

namespace kw::server {

/// What came of a kiosk's wish to begin: "begun" or a reason, and what has to be durable before it is told.
struct SessionStart {
  std::string outcome;
  std::int64_t position = 0;
};
/// Which timeline: by trace or by session; the entries of these sites alone.
struct TimelineQuery {
  std::optional<TraceId> trace;
  std::optional<store::BusinessSessionId> session;
  std::optional<std::vector<SiteId>> within;
};
struct SessionTimeline {
  TraceId trace;
  DeviceId device;  // nil where the trace is none of a kiosk
  std::string device_name;
  trail::Timeline timeline;
  std::vector<AuditItem> entries;  // those that the timeline's items count by
};

/// happened_in is a happening of a session: under its trace, with its pseudonym.
[[nodiscard]] Happening happened_in(const store::BusinessSession& session, std::string type, std::string result,
                                    std::map<std::string, std::string> params);
/// follow_business counts what an event of the kiosk tells of its session, and ends the session where it says so. An
/// event that names none of this device's sessions is an event like any other.
Result<> follow_business(Change& change, const DeviceId& device, const v1::Event& event);

class BusinessService {
 public:
  static constexpr Duration kLapse = std::chrono::hours(1);  // of silence
  /// How long a session may be without its end when its kiosk has begun another: the end comes by the spool.
  static constexpr Duration kSupersede = std::chrono::minutes(1);
  BusinessService(Changes& changes, AuditService& audit, const Connectors& connectors,
                  const AuthorityFiles& authorities, Log& log)
      : changes_(changes), audit_(audit), connectors_(connectors), authorities_(authorities), log_(log) {}

  /// begin: Errc::malformed for a message that a kiosk does not send. Refusals are recorded.
  Result<SessionStart> begin(const DeviceId& device, const v1::SessionBegin& message);
  /// settle_interrupted records requests that were under way when the platform ended. At start.
  Result<> settle_interrupted();
  /// tick ends sessions whose kiosk has lost them: it has begun another, or nothing was heard for kLapse.
  Result<> tick();
  Result<std::vector<store::BusinessSession>> of_device(const DeviceId& id);  // newest first, at most 100
  /// timeline: Errc::not_found, Errc::too_large above trail::kMostTrailEntries. Reading it is recorded.
  Result<SessionTimeline> timeline(const TimelineQuery& query, const Actor& who);

 private:
  Result<std::string> judge(store::Repositories& repositories, const DeviceId& device, const std::string& matter);
  /// identify judges the token that came with a beginning, if any did, without the store.
  struct Identified;
  Identified identify(const DeviceId& device, const v1::SessionBegin& message);
  Result<std::vector<AuditItem>> entries_of(const TraceId& trace, const TimelineQuery& query);

  Changes& changes_;
  AuditService& audit_;
  const Connectors& connectors_;
  const AuthorityFiles& authorities_;
  Log& log_;
};

}  // namespace kw::server
