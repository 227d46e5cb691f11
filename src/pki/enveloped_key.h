#pragma once
// seal_enveloped_key hands an SM2 private key over in the SM2EnvelopedKey form of GM/T 0009-2012 section 7.4.
//
//   SM2EnvelopedKey ::= SEQUENCE {
//     symAlgID AlgorithmIdentifier,            -- SM4-ECB, 1.2.156.10197.1.104.1
//     symEncryptedKey SM2Cipher,               -- the SM4 key under the recipient's public key
//     sm2PublicKey BIT STRING,                 -- of the key handed over
//     sm2EncryptedPrivateKey BIT STRING }      -- its scalar under SM4-ECB
//
// PURE. ECB over one random, singly used key and two blocks of uniform octets is what the standard prescribes.
#include "base/random.h"
#include "crypto/sm2.h"

namespace kw::pki {

Result<Bytes> seal_enveloped_key(const crypto::Sm2PrivateKey& key, const crypto::Sm2PublicKey& recipient, Random& random);
/// open_enveloped_key: Errc::malformed for other structures, Errc::decrypt_failed where it is not for this recipient or
/// the private key does not belong to the public key in it. The scalar may be padded to 64 octets with zeros in front,
/// as hardware modules write it.
Result<crypto::Sm2PrivateKey> open_enveloped_key(ByteView der, const crypto::Sm2PrivateKey& recipient);

}  // namespace kw::pki
