#pragma once
// Sealer keeps small secrets (TOTP seeds) in the database under a secret of the platform, in the form of
// pki/key_file.h.
//
// `place` binds a secret to where it belongs, so that a row copied to another account does not open. Thread-safe.
#include "base/random.h"
#include "pki/key_file.h"

namespace kw::server {

class Sealer {
 public:
  explicit Sealer(SecretBytes secret) : secret_(std::move(secret)) {}
  Result<Bytes> seal(std::string_view place, ByteView data, Random& random) const {
    return pki::seal_secret(data, place, secret_.reveal(), random);
  }
  /// open: Errc::decrypt_failed, or Errc::malformed for something that was never sealed.
  Result<SecretBytes> open(std::string_view place, ByteView sealed) const {
    return pki::open_secret(sealed, place, secret_.reveal());
  }

 private:
  SecretBytes secret_;
};

}  // namespace kw::server
