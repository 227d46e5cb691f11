#pragma once
// master_secret, key_block and verify_data derive a connection's keys with P_SM3 (GB/T 38636-2020 sections 6.4.5.8, 6.5).
//
// PURE and thread-safe.
#include <string>

#include "base/secret.h"
#include "crypto/sm3.h"
#include "tlcp/messages.h"
#include "tlcp/suite.h"

namespace kw::tlcp {

inline constexpr std::size_t kPreMasterSize = 48;
inline constexpr std::size_t kMasterSize = 48;

enum class Side : std::uint8_t { client, server };

/// The keys that protect what one side writes.
struct DirectionKeys {
  SecretBytes mac_key;  // empty in GCM suites
  SecretBytes cipher_key;
  SecretBytes fixed_iv;  // the salt of GCM; unused in CBC suites, where IVs are explicit
};
struct KeyBlock {
  DirectionKeys client, server;
};

[[nodiscard]] SecretBytes master_secret(const SecretBytes& pre_master, const Hello32& client_random,
                                        const Hello32& server_random);
[[nodiscard]] KeyBlock key_block(Suite suite, const SecretBytes& master, const Hello32& client_random,
                                 const Hello32& server_random);
/// verify_data is the body of the Finished message that `side` sends, over the SM3 hash of the handshake so far.
[[nodiscard]] Bytes verify_data(const SecretBytes& master, Side side, const crypto::Digest& handshake);
/// key_log_line gives "CLIENT_RANDOM <client random> <master secret>".
[[nodiscard]] std::string key_log_line(const Hello32& client_random, const SecretBytes& master);

}  // namespace kw::tlcp
