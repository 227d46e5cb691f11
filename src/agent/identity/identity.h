#pragma once
// Identity is what the platform's approval gave this kiosk: certificates, keys, who may command it, the ledger's key.
//
// The approval (EnrolReply) is stored as it came; check_approval judges it at enrolment and again at every start.
#include <optional>

#include "agent/identity/state_directory.h"
#include "base/id.h"
#include "kioskward/v1/link.pb.h"
#include "pki/signed.h"
#include "tlcp/config.h"

namespace kw::agent {

namespace v1 = ::kioskward::v1;

struct Identity {
  DeviceId device;
  tlcp::Identity tlcp;
  std::vector<crypto::Certificate> pinned;  // the CA that was pinned at enrolment
  pki::CommandRule rule;
  crypto::Sm2PublicKey ledger_key;
};

/// check_approval: the certificates chain to a pinned CA, are this key's and one subject's, have the right usages, name
/// this device; the enveloped key opens and belongs to its certificate; rule and ledger key are good. Errors:
/// wrong_state (not an approval), malformed, untrusted, expired, not_yet_valid, wrong_usage, bad_key, decrypt_failed.
Result<Identity> check_approval(const v1::EnrolReply& reply, const crypto::Sm2PrivateKey& key,
                                const std::vector<crypto::Certificate>& pinned, Timestamp now);
/// load_identity reads and checks the stored approval; validity in time is the platform's to judge, so that a wrong
/// clock does not silence a kiosk. Errc::not_found before enrolment.
Result<Identity> load_identity(const StateDirectory& state, const crypto::Sm2PrivateKey& key);

/// read_identity does the same with the approval and the pinned CA (PEM) in hand.
Result<Identity> read_identity(ByteView approval, ByteView pinned_ca, const crypto::Sm2PrivateKey& key);

/// What the enforcer needs, and nothing secret.
struct Command {
  DeviceId device;
  pki::CommandRule rule;
};
/// load_command: Errc::not_found before enrolment.
Result<Command> load_command(const StateDirectory& state);

/// client_config trusts the pinned CA and, below it, only certificates of the platform (OU=platform): a kiosk's
/// certificate does not make a server.
[[nodiscard]] std::shared_ptr<const tlcp::ClientConfig> client_config(const std::vector<crypto::Certificate>& pinned,
                                                                      std::optional<tlcp::Identity> own);

}  // namespace kw::agent
