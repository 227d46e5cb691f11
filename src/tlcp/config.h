#pragma once
// ClientConfig and ServerConfig say who this end is, whom it trusts and what it offers.
//
// A connection keeps a shared pointer to its configuration: to exchange trust (a new revocation list) or keys, hand a
// new configuration to the connections that follow. Configurations are not changed once shared; then they are
// thread-safe, and so must the callbacks in them be.
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/sm2.h"
#include "crypto/x509.h"
#include "pki/verify.h"
#include "tlcp/suite.h"

namespace kw::tlcp {

/// Own certificates and keys. Servers need both pairs; a client's encryption certificate is sent where it is there.
struct Identity {
  crypto::Certificate signing;
  crypto::Sm2PrivateKey signing_key;
  std::optional<crypto::Certificate> encryption;
  std::optional<crypto::Sm2PrivateKey> encryption_key;
  std::vector<crypto::Certificate> chain;  // issuing CA first; sent after the own certificates
};

/// Verifier replaces the check of a peer's certificate list (as it came on the wire). The default is pki::verify_peer
/// with the configuration's trust store.
using Verifier = std::function<tl::expected<pki::PeerCertificates, pki::Refusal>(
    const std::vector<Bytes>& list, const pki::TrustStore& trust, Timestamp now, bool need_encryption)>;
/// KeyLog receives one line in SSLKEYLOGFILE form ("CLIENT_RANDOM <random> <master secret>"). For debugging only.
using KeyLog = std::function<void(std::string_view line)>;

struct ClientConfig {
  pki::TrustStore trust;
  std::optional<Identity> identity;  // shown where the server asks
  std::vector<Suite> suites{kSuites.begin(), kSuites.end()};
  std::string server_name;    // sent as server_name extension where not empty
  std::string expected_name;  // a DNS name or common name of the server's certificate; not checked where empty
  bool extensions = true;     // false: no extension block at all
  Verifier verifier{};
  KeyLog key_log{};
};

enum class ClientAuth { none, requested, required };

struct ServerConfig {
  Identity identity;
  pki::TrustStore client_trust{};
  ClientAuth client_auth = ClientAuth::none;
  bool need_client_encryption = false;  // refuse clients that show a signing certificate alone
  std::vector<Suite> suites{kSuites.begin(), kSuites.end()};  // in order of preference
  Verifier verifier{};
  KeyLog key_log{};
};

}  // namespace kw::tlcp
