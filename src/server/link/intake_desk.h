#pragma once
// IntakeDesk stores what an admitted kiosk reports: event batches, heartbeats, outcomes of policy and orders,
// baselines.
//
// Everything is idempotent: events by (device, sequence), outcomes by the object's state. Thread-safe.
#include "kioskward/v1/link.pb.h"
#include "server/change.h"

namespace kw::server {

/// What the session that hears a heartbeat knows of it.
struct BeatWorth {
  bool vouched = false;    // the guard's signature over it was asked for and holds, and so does the TPM's word
  bool all_facts = false;  // the first one of its link with facts: it tells all of them
};

class IntakeDesk {
 public:
  explicit IntakeDesk(Changes& changes) : changes_(changes) {}

  struct Batch {
    std::uint64_t through = 0;  // last sequence of the batch
    std::int64_t position = 0;  // outbox position that must be durable before the acknowledgement
  };
  /// events stores a batch. Errc::malformed for one that is empty, too long, or out of order: the connection closes. An
  /// event that the catalogue refuses is recorded as link.bad_message and passed over, so that it cannot block the
  /// rest.
  Result<Batch> events(const DeviceId& device, const std::string& peer, const v1::EventBatch& batch);
  /// The next four: Errc::malformed for sizes or words that link.proto does not have; Errc::forbidden for a report
  /// about another device's object, Errc::not_found for one about none.
  Result<> heartbeat(const DeviceId& device, const v1::Heartbeat& beat, const BeatWorth& worth = {});
  Result<> facts(const DeviceId& device, const google::protobuf::RepeatedPtrField<v1::Fact>& facts);
  Result<> policy_report(const DeviceId& device, const v1::PolicyReport& report);
  Result<> order_report(const DeviceId& device, const v1::OrderReport& report);
  /// baseline_proposal stores what a section has learnt for an administrator to decide. Errc::malformed for one that is
  /// too large, or not what its digest says; one of a section that this platform does not know is recorded as
  /// link.bad_message and passed over: the kiosk may be a release ahead.
  Result<> baseline_proposal(const DeviceId& device, const std::string& peer, const v1::BaselineProposal& proposal);
  /// baseline_report: Errc::not_found for a revision that was never approved.
  Result<> baseline_report(const DeviceId& device, const v1::BaselineReport& report);
  /// gone: the link ended.
  Result<> gone(const DeviceId& device, const std::string& peer, const std::string& reason);
  /// fake records that the guard behind a link did not answer as it should: `reason` of device::liveness_fault.
  Result<> fake(const DeviceId& device, const std::string& peer, const std::string& reason);
  Result<> bad_message(const DeviceId& device, const std::string& peer, const std::string& reason);

 private:
  Changes& changes_;
};

}  // namespace kw::server
