#pragma once
// EnrolDesk takes enrolment requests from kiosks that have no certificate yet, and answers their polls.
//
// A request costs a one-time token: it is consumed in the transaction that stores the request. A poll proves that the
// asker holds the requesting key, over the connection's own challenge. Approval is EnrolService's. Refused tokens of one
// peer are recorded at most 20 times a minute. Thread-safe.
#include <string>

#include "kioskward/v1/link.pb.h"
#include "server/change.h"
#include "server/link/refusal_throttle.h"

namespace kw::server {

class EnrolDesk {
 public:
  explicit EnrolDesk(Changes& changes) : changes_(changes), throttle_(changes.clock()) {}

  /// request answers PENDING with the enrolment's ID, or TOKEN_REFUSED without telling why (unknown, used, expired). Who
  /// asks again with the token and key of an earlier request gets that one's ID: the first answer may have been lost.
  /// Errors: Errc::malformed and its kin for a request that is none; the connection closes.
  /// A TPM that is shown has to quote over `challenge`: Errc::untrusted for a quote that does not hold.
  Result<v1::EnrolReply> request(const v1::EnrolRequest& request, const std::string& peer, ByteView challenge = {});
  /// poll answers PENDING, REJECTED, or APPROVED with everything that the kiosk needs. Errc::not_found for an unknown
  /// ID, Errc::bad_signature for a poll by somebody else.
  Result<v1::EnrolReply> poll(const v1::EnrolPoll& poll, ByteView challenge);

 private:
  Changes& changes_;
  RefusalThrottle throttle_;
};

}  // namespace kw::server
