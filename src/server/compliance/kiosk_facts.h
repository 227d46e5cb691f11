#pragma once
// kiosk_facts makes what is known of one kiosk into facts that requirements are judged by; each group is a function of
// its own over data.
//
//   register_facts   what the register and the CA say: device.registered, .custodian, .certificate_days
//   word_facts       what its newest vouched heartbeat says: device.state, device.channel_suite, events.complete
//   policy_facts     modes of the sections of the policy that it confirmed: policy.mode.NAME
//   measured_facts   what it measured, good as of its newest vouched heartbeat
//   event_facts      the newest event of each type
//
// A fact of a kiosk speaks where it was told on the newest link, and a vouched heartbeat came with it or after it: an
// agent tells all facts once a link, and then what changes, so the others hold still. What was not told again on this
// link, or not vouched for yet, keeps the time when it was heard and grows stale. Times are the platform's, never the
// kiosk's. PURE; thread-safe. Why: ADR 133.
#include "compliance/fact.h"
#include "store/compliance.h"
#include "store/devices.h"

namespace kw::server {

struct KioskState {
  store::Device device;
  store::KioskWord word;
  std::vector<store::StoredFact> facts;
  std::vector<store::LastEvent> events;
  std::vector<store::CertificateRecord> certificates;
  /// By section, with "network": "off", "watch", "enforce". Empty: it confirmed no policy that is known here.
  std::map<std::string, std::string> modes;
};

void register_facts(const KioskState& state, Timestamp now, compliance::Facts& out);
void word_facts(const KioskState& state, compliance::Facts& out);
void policy_facts(const KioskState& state, compliance::Facts& out);
void measured_facts(const KioskState& state, compliance::Facts& out);
void event_facts(const std::vector<store::LastEvent>& events, compliance::Facts& out);
[[nodiscard]] compliance::Facts kiosk_facts(const KioskState& state, Timestamp now);

/// certificate_days counts whole days until the first of these ends: of each usage the one that ends last and was not
/// revoked. Nothing where one of the two usages has none.
[[nodiscard]] std::optional<std::int64_t> certificate_days(const std::vector<store::CertificateRecord>& certificates,
                                                           Timestamp now);

}  // namespace kw::server
