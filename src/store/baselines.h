#pragma once
// Baselines is the repository of what kiosks have learnt: proposed by a kiosk, decided by an administrator, reported.
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"

namespace kw::store {

enum class BaselineState { proposed, approved, rejected };
[[nodiscard]] std::string_view name(BaselineState state) noexcept;

struct Baseline {
  BaselineId id;
  DeviceId device;
  std::string section;
  std::uint64_t revision = 0;  // rises by device and section; 0 until it is approved
  BaselineState state = BaselineState::proposed;
  Bytes content;           // the section's own message; empty in lists
  std::uint64_t size = 0;  // read only: octets of the content
  Bytes digest;            // SM3 of the content
  Timestamp proposed;
  std::optional<Timestamp> decided;
  std::string decided_by, reason;
  Bytes signed_octets;  // serialised v1::Signed{kind "baseline"}; empty until it is approved, and in lists
  std::string outcome;  // what the kiosk reported: "", "applied", "refused", "failed"
  std::string outcome_reason;
};

class Baselines {
 public:
  virtual ~Baselines() = default;
  /// propose stores a proposal in the place of the one that waits for the same device and section. False where nothing
  /// was stored: one of the same digest waits already, or is the newest approved one.
  virtual Result<bool> propose(const Baseline& baseline) = 0;
  virtual Result<Baseline> get(const BaselineId& id) = 0;
  virtual Result<std::vector<Baseline>> of_device(const DeviceId& id) = 0;  // newest first, at most 200, no content
  /// newest_revision is that of the newest approved baseline; 0 before the first.
  virtual Result<std::uint64_t> newest_revision(const DeviceId& id, const std::string& section) = 0;
  /// decide writes state, revision, decided, decided_by, reason and signed_octets; Errc::conflict where it is decided.
  virtual Result<> decide(const Baseline& baseline) = 0;
  /// drop gives up an approved one that persons did not sign: it is rejected then. Errc::conflict.
  virtual Result<> drop(const BaselineId& id, const std::string& reason) = 0;
  /// complete takes an approved one with all signatures; Errc::conflict.
  virtual Result<> complete(const BaselineId& id, ByteView signed_octets) = 0;
  /// to_deliver names the newest approved and signed baseline of each section, where the device has neither applied nor
  /// refused it.
  virtual Result<std::vector<BaselineId>> to_deliver(const DeviceId& id) = 0;
  /// report notes what the kiosk made of a revision; false where there is no such revision.
  virtual Result<bool> report(const DeviceId& id, const std::string& section, std::uint64_t revision,
                              const std::string& outcome, const std::string& reason) = 0;
};

}  // namespace kw::store
