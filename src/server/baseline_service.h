#pragma once
// BaselineService shows what kiosks have learnt, and signs what an administrator approves.
//
//   kiosk ── proposal (link) ──> proposed ── approve ──> signed, revision + 1 ── link ──> kiosk ── report ──> outcome
//                                         │        (signed by persons first, where their rule asks for it)
//                                         └─ reject ───> kept as evidence, nothing is sent
//
// Taking proposals and reports is IntakeDesk's; the link delivers an approved baseline until the kiosk has reported it.
// Thread-safe.
#include "server/auth_service.h"
#include "server/platform_keys.h"
#include "server/signing_service.h"

namespace kw::server {

class BaselineService {
 public:
  BaselineService(Changes& changes, const PlatformKeys& keys, SigningService& signings);

  /// of_device lists without content; Errc::not_found for an unknown device.
  Result<std::vector<store::Baseline>> of_device(const DeviceId& device);
  Result<store::Baseline> get(const BaselineId& id);
  /// approve: Errc::wrong_state where it is decided or its device disabled.
  Result<store::Baseline> approve(const BaselineId& id, const std::string& reason, const Actor& who);
  Result<store::Baseline> reject(const BaselineId& id, const std::string& reason, const Actor& who);

 private:
  Result<> sign(Change& change, store::Baseline& baseline, const Actor& who);
  Result<store::Baseline> decide(const BaselineId& id, store::BaselineState state, const std::string& reason,
                                 const Actor& who);
  Changes& changes_;
  const PlatformKeys& keys_;
  SigningService& signings_;
};

}  // namespace kw::server
