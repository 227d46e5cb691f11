#pragma once
// EnrolTokens and Enrolments are the repositories of how a kiosk joins: one-time tokens and the requests made with
// them.
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "store/regions.h"

namespace kw::store {

using TokenId = Id<struct TokenTag>;

struct EnrolToken {
  TokenId id;
  SiteId site;
  Bytes secret_hash;  // SM3 of the token's text; the text itself is stored nowhere
  std::string note;
  Timestamp created, expires;
  std::optional<Timestamp> used;
};

class EnrolTokens {
 public:
  virtual ~EnrolTokens() = default;
  virtual Result<> insert(const EnrolToken& token) = 0;
  virtual Result<std::vector<EnrolToken>> list(const Scope& scope = {}) = 0;  // newest first
  /// consume marks the token with this hash as used, if it is unused and unexpired: Errc::not_found otherwise, for
  /// every cause alike. Of two callers one succeeds.
  virtual Result<EnrolToken> consume(ByteView secret_hash, Timestamp now) = 0;
};

enum class EnrolmentState { pending, approved, rejected };
[[nodiscard]] std::string_view name(EnrolmentState state) noexcept;
[[nodiscard]] std::optional<EnrolmentState> parse_enrolment_state(std::string_view text) noexcept;

struct Enrolment {
  EnrolmentId id;
  EnrolmentState state = EnrolmentState::pending;
  Timestamp requested;
  std::string peer;  // address that the request came from
  std::string address, mac, interface, hostname, agent_version, vendor_model;
  Bytes hardware;  // serialised v1::HardwareDigest
  Bytes pkcs10;    // DER
  Bytes tpm;       // serialised v1::TpmBinding, verified; empty: no TPM was shown
  SiteId site;     // of the token
  TokenId token;
  DeviceId device;     // nil before approval
  std::string reason;  // of a rejection
  Bytes reply;         // serialised v1::EnrolReply once decided: what the kiosk gets when it polls
};

class Enrolments {
 public:
  virtual ~Enrolments() = default;
  virtual Result<> insert(const Enrolment& enrolment) = 0;
  virtual Result<Enrolment> get(const EnrolmentId& id) = 0;
  /// made_with gives the enrolment that the token with this hash was used for; Errc::not_found.
  virtual Result<Enrolment> made_with(ByteView secret_hash) = 0;
  /// list: newest first, at most 1000.
  virtual Result<std::vector<Enrolment>> list(std::optional<EnrolmentState> state, const Scope& scope = {}) = 0;
  virtual Result<std::uint64_t> count(EnrolmentState state, const Scope& scope = {}) = 0;
  /// decide moves a pending enrolment to its end: Errc::conflict where it is decided already, Errc::not_found.
  virtual Result<> decide(const EnrolmentId& id, EnrolmentState state, const DeviceId& device,
                          const std::string& reason, ByteView reply) = 0;
};

}  // namespace kw::store
