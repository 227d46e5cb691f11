#include "pki/verify.h"

#include <algorithm>

namespace kw::pki {
namespace {

using crypto::Certificate;
using crypto::KeyUsage;
using Refused = tl::unexpected<Refusal>;

constexpr std::size_t kMostCertificates = 8;
constexpr std::size_t kMostDepth = 4;  // issuers above the end certificate, anchor included

// A list may hold eight certificates of one name, each a valid issuer of each: the search ends here, found or not.
constexpr int kMostSignatureChecks = 24;

constexpr unsigned kSignUsages = static_cast<unsigned>(KeyUsage::digital_signature);
constexpr unsigned kCrlUsages = static_cast<unsigned>(KeyUsage::crl_sign);
constexpr unsigned kEncryptUsages = KeyUsage::key_encipherment | KeyUsage::data_encipherment | KeyUsage::key_agreement;

bool signs(const Certificate& c) { return (c.key_usage() & kSignUsages) != 0; }
bool encrypts(const Certificate& c) { return (c.key_usage() & kEncryptUsages) != 0; }

struct List {
  Certificate signing;
  std::optional<Certificate> encryption;
  std::vector<Certificate> issuers;
};

/// The second certificate is the encryption certificate unless it is a CA's: both orders are on the wire.
tl::expected<List, Refusal> sort_out(const std::vector<Bytes>& list) {
  if (list.empty() || list.size() > kMostCertificates) return Refused(Refusal::malformed);
  std::vector<Certificate> all;
  for (const auto& der : list) {
    auto parsed = Certificate::parse(der);
    if (!parsed || parsed->has_unknown_critical_extension()) return Refused(Refusal::malformed);
    all.push_back(std::move(*parsed));
  }
  List out{all.front(), std::nullopt, {}};
  auto rest = all.begin() + 1;
  if (rest != all.end() && !rest->is_ca()) out.encryption = *rest++;
  out.issuers.assign(rest, all.end());
  return out;
}

/// Checks one signature on the path and what the issuer may do; `below` counts CA certificates under this issuer.
tl::expected<void, Refusal> check_issuer(const Certificate& subject, const Certificate& issuer, std::size_t below) {
  if (!subject.signed_by(issuer.public_key())) return Refused(Refusal::bad_signature);
  if (!issuer.is_ca() || (issuer.key_usage() & static_cast<unsigned>(KeyUsage::key_cert_sign)) == 0)
    return Refused(Refusal::wrong_usage);
  if (issuer.path_length() && below > static_cast<std::size_t>(*issuer.path_length())) return Refused(Refusal::wrong_usage);
  return {};
}

tl::expected<void, Refusal> check_times(const Certificate& c, Timestamp now) {
  if (now < c.not_before()) return Refused(Refusal::not_yet_valid);
  if (c.not_after() < now) return Refused(Refusal::expired);
  return {};
}

tl::expected<void, Refusal> check_revocation(const Certificate& c, const Certificate& issuer, const TrustStore& trust,
                                             Timestamp now) {
  bool fresh = false;
  for (const auto& crl : trust.crls) {
    if (!equal(crl.issuer_der(), issuer.subject_der()) || (issuer.key_usage() & kCrlUsages) == 0) continue;
    if (!crl.signed_by(issuer.public_key())) continue;
    if (crl.contains(c.serial())) return Refused(Refusal::revoked);
    fresh = fresh || (crl.this_update() <= now && now <= crl.next_update());
  }
  if (trust.require_crl && !fresh) return Refused(Refusal::stale_crl);
  return {};
}

class PathBuilder {
 public:
  PathBuilder(const List& list, const TrustStore& trust, Timestamp now) : list_(list), trust_(trust), now_(now) {}

  tl::expected<void, Refusal> check(const Certificate& end) const {
    const auto times = check_times(end, now_);
    Refusal refusal = Refusal::unknown_ca;
    int budget = kMostSignatureChecks;
    if (climb(end, 0, 0, refusal, budget)) return times;
    return Refused(times ? refusal : std::min(refusal, times.error()));
  }

 private:
  /// Depth-first over every certificate that could have issued this one. The most telling refusal is kept.
  bool climb(const Certificate& subject, std::size_t depth, std::size_t ca_below, Refusal& refusal,
             int& budget) const {
    if (depth >= kMostDepth) return false;
    for (const auto& anchor : trust_.anchors)
      if (equal(anchor.subject_der(), subject.issuer_der()) && accept(subject, anchor, ca_below, refusal, budget)) return true;
    for (const auto* pool : {&list_.issuers, &trust_.intermediates}) {
      for (const auto& issuer : *pool) {
        if (!equal(issuer.subject_der(), subject.issuer_der()) || equal(issuer.der(), subject.der())) continue;
        if (accept(subject, issuer, ca_below, refusal, budget) &&
            climb(issuer, depth + 1, ca_below + 1, refusal, budget))
          return true;
      }
    }
    return false;
  }

  bool accept(const Certificate& subject, const Certificate& issuer, std::size_t ca_below, Refusal& refusal,
              int& budget) const {
    if (--budget < 0) return false;
    auto step = check_issuer(subject, issuer, ca_below);
    if (step) step = check_times(issuer, now_);
    if (step) step = check_revocation(subject, issuer, trust_, now_);
    if (!step) refusal = std::max(refusal, step.error());
    return step.has_value();
  }

  const List& list_;
  const TrustStore& trust_;
  Timestamp now_;
};

bool same_party(const Certificate& a, const Certificate& b) {
  return equal(a.subject_der(), b.subject_der()) && equal(a.issuer_der(), b.issuer_der());
}

}  // namespace

std::string_view name(Refusal refusal) noexcept {
  switch (refusal) {
    case Refusal::malformed: return "malformed";
    case Refusal::unknown_ca: return "unknown_ca";
    case Refusal::bad_signature: return "bad_signature";
    case Refusal::not_yet_valid: return "not_yet_valid";
    case Refusal::expired: return "expired";
    case Refusal::revoked: return "revoked";
    case Refusal::stale_crl: return "stale_crl";
    case Refusal::wrong_usage: return "wrong_usage";
    case Refusal::mismatched_pair: return "mismatched_pair";
  }
  return "unknown";
}

tl::expected<PeerCertificates, Refusal> verify_peer(const std::vector<Bytes>& list, const TrustStore& trust, Timestamp now,
                                                    bool need_encryption) {
  auto sorted = sort_out(list);
  if (!sorted) return Refused(sorted.error());
  const PathBuilder paths(*sorted, trust, now);
  if (auto path = paths.check(sorted->signing); !path) return Refused(path.error());
  if (sorted->encryption)
    if (auto path = paths.check(*sorted->encryption); !path) return Refused(path.error());
  if (sorted->signing.is_ca() || !signs(sorted->signing)) return Refused(Refusal::wrong_usage);
  if (need_encryption && !sorted->encryption) return Refused(Refusal::wrong_usage);
  if (sorted->encryption && !encrypts(*sorted->encryption)) return Refused(Refusal::wrong_usage);
  if (sorted->encryption && !same_party(sorted->signing, *sorted->encryption)) return Refused(Refusal::mismatched_pair);
  return PeerCertificates{sorted->signing, sorted->encryption};
}

}  // namespace kw::pki
