#pragma once
// EnrolService brings kiosks in: sites, one-time tokens, requests, approval with certificates and first policy.
//
// The kiosk's side of it (request and poll) is link/enrol_desk.h. Thread-safe.
#include "crypto/x509.h"
#include "server/ca_service.h"
#include "server/policy_service.h"

namespace kw::server {

struct TokenCreated {
  store::EnrolToken token;
  std::string text;  // shown once
};
/// What an administrator binds a device to.
struct BindingInput {
  std::string name;
  SiteId site;
  std::string address;  // with prefix length
  std::string gateway;  // may be empty
  std::string mac, custodian, custodian_phone;
};

class EnrolService {
 public:
  EnrolService(Changes& changes, const PlatformKeys& keys, CaService& ca, PolicyService& policies)
      : changes_(changes), keys_(keys), ca_(ca), policies_(policies) {}

  Result<std::vector<store::Site>> list_sites(const store::Scope& scope = {});
  Result<store::Site> create_site(store::Site site, const Actor& who);  // Errc::already_exists for the name

  Result<std::vector<store::EnrolToken>> list_tokens(const store::Scope& scope = {});
  /// create_token: Errc::invalid for an unknown site.
  Result<TokenCreated> create_token(const SiteId& site, std::uint64_t valid_minutes, const std::string& note,
                                    const Actor& who);
  Result<std::vector<store::Enrolment>> list(std::optional<store::EnrolmentState> state,
                                             const store::Scope& scope = {});

  /// approve issues certificates, binds the device and keeps the reply for the kiosk's next poll. Errc::not_found,
  /// Errc::conflict where it is decided already, Errc::already_exists for a name or address in use, Errc::invalid with
  /// a JSON pointer for a bad binding.
  Result<store::Enrolment> approve(const EnrolmentId& id, const BindingInput& binding, const Actor& who);
  Result<store::Enrolment> reject(const EnrolmentId& id, const std::string& reason, const Actor& who);

 private:
  Result<store::Device> bind(Change& change, const store::Enrolment& enrolment, const BindingInput& binding);
  Changes& changes_;
  const PlatformKeys& keys_;
  CaService& ca_;
  PolicyService& policies_;
};

}  // namespace kw::server
