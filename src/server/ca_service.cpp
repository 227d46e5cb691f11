#include "server/ca_service.h"

#include <charconv>

namespace kw::server {
namespace {
constexpr std::string_view kCrlNumber = "crl_number";
}

Result<pki::IssuedPair> CaService::issue(Change& change, const crypto::CertificateRequest& request,
                                         const DeviceId& device, const Actor& actor) {
  const auto now = changes_.clock().now();
  KW_TRY(auto pair, keys_.authority().issue_device(request, device, request.subject().common_name, now, kDeviceDays,
                                                   changes_.random()));
  for (const auto& [usage, certificate] :
       {std::pair<std::string, crypto::Certificate>{"signing", pair.signing}, {"encryption", pair.encryption}}) {
    store::CertificateRecord row;
    row.serial = certificate.serial();
    row.device = device;
    row.usage = usage;
    row.der = certificate.der();
    row.not_before = certificate.not_before();
    row.not_after = certificate.not_after();
    KW_CHECK(change.repositories().certificates().insert(row));
    KW_CHECK(change.record({.type = "certificate.issued",
                            .actor = actor,
                            .device = device,
                            .params = {{"device", device.text()},
                                       {"serial", to_hex(row.serial)},
                                       {"usage", usage},
                                       {"not_after", to_rfc3339(row.not_after)}}}));
  }
  return pair;
}

Result<> CaService::revoke(Change& change, const DeviceId& device, const std::string& reason, const Actor& actor) {
  KW_TRY(auto revoked, change.repositories().certificates().revoke_device(device, changes_.clock().now()));
  for (const auto& row : revoked) {
    KW_CHECK(
        change.record({.type = "certificate.revoked",
                       .actor = actor,
                       .device = device,
                       .params = {{"device", device.text()}, {"serial", to_hex(row.serial)}, {"reason", reason}}}));
  }
  return {};
}

Result<> CaService::publish_crl() {
  auto published = changes_.run([&](Change& change) -> Result<crypto::RevocationList> {
    auto& r = change.repositories();
    KW_TRY(auto stored, r.meta().get(std::string(kCrlNumber)));
    std::uint64_t number = 0;
    if (stored) {
      const auto [end, error] = std::from_chars(stored->data(), stored->data() + stored->size(), number);
      if (error != std::errc() || end != stored->data() + stored->size()) return fail(Errc::corrupt, "CRL number");
    }
    ++number;
    KW_TRY(auto rows, r.certificates().revoked());
    std::vector<crypto::RevocationList::Entry> entries;
    entries.reserve(rows.size());
    for (const auto& row : rows) entries.push_back({row.serial, row.revoked.value_or(Timestamp{})});
    KW_TRY(auto crl, keys_.authority().issue_crl(number, changes_.clock().now(), kCrlValidity, entries));
    KW_CHECK(r.meta().put(std::string(kCrlNumber), std::to_string(number)));
    KW_CHECK(
        change.record({.type = "crl.published",
                       .params = {{"number", std::to_string(number)}, {"entries", std::to_string(entries.size())}}}));
    return crl;
  });
  KW_TRY(auto made, std::move(published));
  {
    const std::lock_guard lock(mutex_);
    if (crl_ && crl_->number() >= made.number()) return {};  // a newer one was made meanwhile
    crl_ = made;
  }
  if (published_) published_(made);
  return {};
}

Result<> CaService::tick() {
  {
    const std::lock_guard lock(mutex_);
    if (crl_ && crl_->this_update() + kCrlRenewal > changes_.clock().now()) return {};
  }
  return publish_crl();
}

Result<crypto::RevocationList> CaService::crl() const {
  const std::lock_guard lock(mutex_);
  if (!crl_) return fail(Errc::unavailable, "no revocation list yet");
  return *crl_;
}

}  // namespace kw::server
