#pragma once
// sign_payload and open_payload put the ledger's signature on stored octets of one kind, and take them back.
//
// A signature covers schema::signed_octets, so that a checkpoint never passes for a seal. PURE and thread-safe.
#include <string_view>

#include "crypto/sm2.h"
#include "kioskward/v1/common.pb.h"

namespace kw::ledger {

namespace v1 = ::kioskward::v1;

/// sign_payload makes the signed object; errors are those of the signing key.
Result<v1::Signed> sign_payload(std::string_view kind, ByteView payload, const crypto::Sm2PrivateKey& key);
/// open_payload gives the payload, borrowed from `object`. Errc::unsupported for another version, Errc::malformed for
/// another kind or too many signatures, Errc::bad_signature unless one over the payload is `key`'s.
Result<ByteView> open_payload(const v1::Signed& object, std::string_view kind, const crypto::Sm2PublicKey& key);

}  // namespace kw::ledger
