#pragma once
// SignerService keeps administrators' signing keys and the rule of persons that kiosks hold (ADR 81).
//
// A key's private half never comes here: who adds one shows by a signature that it is his. A rule is proposed from keys
// that are here, signed by persons, and then sent to every kiosk. Thread-safe.
#include "server/policy_service.h"
#include "server/signing_service.h"

namespace kw::server {

struct RuleProposal {
  std::vector<store::SigningKeyId> keys;
  std::array<std::uint32_t, pki::kPersonActs> needed{};  // by pki::PersonAct
  std::string reason;
};

class SignerService {
 public:
  static constexpr std::size_t kMostKeysEach = 4;  // of one person, not removed
  SignerService(Changes& changes, const PlatformKeys& keys, SigningService& signings, PolicyService& policies);

  /// add takes the public key (SPKI, DER) of who asks; `proof` is his signature over proof_octets(). Errc::bad_key,
  /// bad_signature, already_exists, wrong_state where he has kMostKeysEach.
  Result<store::SigningKey> add(const std::string& label, ByteView spki, ByteView proof, const Principal& who,
                                const std::string& trace);
  /// remove: Errc::forbidden for somebody else's, unless `anybodys`. A rule that holds it goes on holding it.
  Result<store::SigningKey> remove(const store::SigningKeyId& id, const std::string& reason, const Principal& who,
                                   const std::string& trace, bool anybodys);
  Result<std::vector<store::SigningKey>> keys();
  Result<store::SigningKey> get(const store::SigningKeyId& id);
  [[nodiscard]] static Bytes proof_octets(const std::string& account);

  /// propose makes the next rule and asks for signatures. Errc::invalid (keys removed, owners who may not sign, numbers
  /// that cannot be reached), wrong_state while another one waits.
  Result<store::Signing> propose(const RuleProposal& proposal, const Actor& who);
  struct InForce {
    store::PersonRuleRow row;
    pki::PersonRule rule;
  };
  Result<std::optional<InForce>> in_force();

 private:
  Result<> complete(Change& change, const store::Signing& signing, const Actor& who);
  Result<v1::PersonRule> next_rule(store::Repositories& repositories, const RuleProposal& proposal);
  Changes& changes_;
  const PlatformKeys& keys_;
  SigningService& signings_;
  PolicyService& policies_;
};

}  // namespace kw::server
