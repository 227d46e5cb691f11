#pragma once
// BusinessSessions is the repository of what kiosks' business programs do: sessions with their counts, and requests to
// back ends while they are under way.
//
// It holds pseudonyms alone: which person sat there is nowhere. An owner is an HMAC under a key of the platform.
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"

namespace kw::store {

using BusinessSessionId = Id<struct BusinessSessionTag>;  // random, not ordered by time

struct BusinessSession {
  BusinessSessionId id;
  DeviceId device;
  TraceId trace;
  Bytes span;  // 8 octets: the session's own
  std::string matter;
  Timestamp began, heard;          // heard: the newest step or request
  std::optional<Timestamp> ended;  // by this platform's clock
  std::string reason;              // of the end
  std::string identity, strength;  // who established the person's identity, and how strongly; empty: nobody did
  std::uint64_t steps = 0, requests = 0, errors = 0;
  Bytes owner;  // pseudonym of the person, the same in all his sessions; empty: nobody established it
};
/// What was heard of a session: added to its counts.
struct SessionNews {
  std::uint64_t steps = 0, requests = 0, errors = 0;
};

/// A request that was sent to a back end and whose end is not recorded yet.
struct ServiceUnderWay {
  Bytes span, parent;  // 8 octets each: the platform's, the kiosk's
  BusinessSessionId session;
  std::string service, method, path;  // path: the template
  std::uint64_t octets = 0;           // sent
  Timestamp began;
};

class BusinessSessions {
 public:
  virtual ~BusinessSessions() = default;
  virtual Result<> insert(const BusinessSession& session) = 0;  // Errc::already_exists, for a known trace too
  virtual Result<BusinessSession> get(const BusinessSessionId& id) = 0;
  virtual Result<std::vector<BusinessSession>> of_device(const DeviceId& id, std::size_t most) = 0;  // newest first
  virtual Result<std::vector<BusinessSession>> open_of(const DeviceId& id) = 0;
  /// quiet gives open ones of which nothing was heard since; at most 100.
  virtual Result<std::vector<BusinessSession>> quiet(Timestamp heard_before) = 0;
  /// note counts, for ended sessions too: a kiosk's spool may be late. Errc::not_found.
  virtual Result<> note(const BusinessSessionId& id, const SessionNews& news, Timestamp now) = 0;
  /// end: Errc::conflict where it has ended, or is none.
  virtual Result<> end(const BusinessSessionId& id, const std::string& reason, Timestamp now) = 0;

  /// use_mark takes a token's digest, which is good once: Errc::already_exists. Those that have ended are forgotten.
  virtual Result<> use_mark(ByteView mark, Timestamp expires, Timestamp now) = 0;

  virtual Result<> sent(const ServiceUnderWay& request) = 0;     // Errc::already_exists
  virtual Result<> answered(ByteView span) = 0;                  // Errc::not_found
  virtual Result<std::vector<ServiceUnderWay>> under_way() = 0;  // oldest first, at most 1,000
};

}  // namespace kw::store
