#include "server/link/quote_desk.h"

#include <algorithm>

#include "crypto/sm3.h"
#include "device/hardware/inventory.h"
#include "kioskward/v1/policy.pb.h"
#include "policy/bundle.h"
#include "schema/codec.h"

namespace kw::server {
namespace {

constexpr std::size_t kQuoteNonce = 32;
constexpr std::size_t kMostBinding = 8192;
constexpr std::size_t kMostBundle = 2U << 20;
constexpr Duration kAskAgain = std::chrono::seconds(60);  // where the last quote was none

/// The order under which measured values may change now; nothing where there is none.
Result<std::optional<OrderId>> permission(store::Repositories& repositories, const DeviceId& device, Timestamp now) {
  KW_TRY(const auto orders, repositories.orders().of_device(device));
  for (const auto& order : orders) {
    if (order.section != "hardware" || order.action != "permit_boot_change" ||
        order.state == store::OrderState::refused)
      continue;
    const auto hours = order.args.find("hours");
    if (hours == order.args.end()) continue;
    const auto end = device::hours_after(hours->second, order.issued);
    if (end && *end > now) return std::optional(order.id);
  }
  return std::optional<OrderId>();
}

/// Whether the policy that this device has, or is to have, isolates on such a finding.
Result<bool> isolates(store::Repositories& repositories, const DeviceId& device) {
  const auto bundle = repositories.bundles().latest(device);
  if (!bundle && bundle.code() == Errc::not_found) return false;
  if (!bundle) return bundle.error();
  KW_TRY(const auto object, schema::parse<v1::Signed>(bundle->signed_octets, kMostBundle));
  KW_TRY(const auto policy, policy::parse_bundle(bytes_of(object.payload())));
  const auto& hardware = policy.bundle.hardware();
  return hardware.mode() == v1::ENFORCE && hardware.isolate_boot_changes();
}

store::LiveUpdate binding_update(const v1::TpmBinding& binding) {
  store::LiveUpdate out;
  out.tpm = schema::serialise(binding);
  return out;
}

}  // namespace

Result<QuoteDesk::Session> QuoteDesk::begin(const store::Device& device, const v1::AdmissionReport& report,
                                            const std::string& peer) {
  Session out;
  out.device = device.id;
  out.peer = peer;
  if (!device.tpm.empty()) {
    KW_TRY(out.bound, schema::parse<v1::TpmBinding>(device.tpm, kMostBinding));
  }
  if (report.has_tpm()) out.shown = report.tpm();
  out.asks = !device.tpm.empty() || device::check_tpm_identity(out.shown).has_value();
  out.due = changes_.clock().steady();
  if (const auto fault = device::tpm_key_fault(out.bound, out.shown)) {
    out.asks = false;  // nothing that it could answer would prove it
    KW_CHECK(settle(out, *fault));
  }
  return out;
}

std::string QuoteDesk::next_nonce(Session& session) {
  const auto now = changes_.clock().steady();
  if (!session.asks || !session.nonce.empty() || now < session.due) return {};
  session.nonce = changes_.random().bytes(kQuoteNonce);
  session.asked = now;
  session.due = now + every_;
  return copy_text(session.nonce);
}

Result<> QuoteDesk::take(Session& session, const v1::Heartbeat& beat) {
  if (session.nonce.empty()) return {};
  if (beat.has_quote()) return judge(session, beat.quote());
  const auto now = changes_.clock().steady();
  if (now - session.asked < kPatience) return {};
  session.nonce.clear();
  session.due = now + std::min(every_, kAskAgain);
  return settle(session, "no_quote");
}

Result<> QuoteDesk::judge(Session& session, const v1::TpmQuote& quote) {
  const auto nonce = std::exchange(session.nonce, {});
  if (session.bound.identity().attestation_key().empty()) return bind(session, quote, nonce);
  const auto verdict = device::judge_quote(session.bound, quote, nonce);
  if (verdict.fault.empty() && !verdict.changed.empty()) return changed(session, quote, verdict.changed);
  return settle(session, verdict.fault);
}

Result<> QuoteDesk::bind(Session& session, const v1::TpmQuote& quote, ByteView nonce) {
  auto binding = device::bind_tpm(session.shown, quote, nonce);
  if (!binding) return settle(session, "bad_signature");
  KW_CHECK(changes_.run([&](Change& change) -> Result<> {
    KW_CHECK(change.repositories().devices().update_live(session.device, binding_update(*binding)));
    return change.record(happened(session.device, "hardware.tpm.bound", "success",
                                  {{"peer", session.peer},
                                   {"manufacturer", session.shown.manufacturer()},
                                   {"firmware", session.shown.firmware()}}));
  }));
  session.bound = std::move(*binding);
  return settle(session, {});
}

Result<> QuoteDesk::changed(Session& session, const v1::TpmQuote& quote, const device::PcrSet& pcrs) {
  auto next = session.bound;
  for (auto& bound : *next.mutable_pcrs())
    for (const auto& seen : quote.pcrs())
      if (seen.index() == bound.index()) bound.set_value(seen.value());
  KW_TRY(const bool accepted, changes_.run([&](Change& change) -> Result<bool> {
    KW_TRY(const auto order, permission(change.repositories(), session.device, changes_.clock().now()));
    if (!order) return false;
    KW_CHECK(change.repositories().devices().update_live(session.device, binding_update(next)));
    KW_CHECK(change.record(happened(session.device, "hardware.boot.accepted", "success",
                                    {{"pcrs", device::pcr_list(pcrs)}, {"order", order->text()}})));
    return true;
  }));
  if (!accepted) return settle(session, "boot_changed", pcrs);
  session.bound = std::move(next);
  return settle(session, {});
}

Result<> QuoteDesk::settle(Session& session, std::string_view fault, const device::PcrSet& pcrs) {
  const auto before = std::exchange(session.fault, std::string(fault));
  if (before != fault) {
    KW_CHECK(changes_.run([&](Change& change) -> Result<> {
      change.device_changed(session.device);
      if (fault.empty())
        return change.record(happened(session.device, "hardware.quote.proven", "success", {{"reason", before}}));
      if (fault == "boot_changed")
        return change.record(happened(session.device, "hardware.boot.changed", "observed",
                                      {{"peer", session.peer}, {"pcrs", device::pcr_list(pcrs)}}));
      return change.record(happened(session.device, "hardware.quote.refused", "refused",
                                    {{"peer", session.peer}, {"reason", std::string(fault)}}));
    }));
  }
  return fault.empty() ? Result<>() : isolate(session);
}

Result<> QuoteDesk::isolate(const Session& session) {
  KW_TRY(const bool wanted, changes_.store().read([&](store::Repositories& r) { return isolates(r, session.device); }));
  if (!wanted) return {};
  const auto ordered = orders_.cut(session.device, "quote: " + session.fault, Actor{});
  // Cut already, or disabled meanwhile: nothing is left to do.
  if (!ordered && ordered.code() != Errc::wrong_state) return ordered.error();
  return {};
}

}  // namespace kw::server
