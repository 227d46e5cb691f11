#include "agent/guard/liveness.h"

#include <algorithm>

#include "agent/identity/device_key.h"
#include "pki/key_file.h"
#include "pki/signed.h"
#include "schema/codec.h"

namespace kw::agent {
Result<LivenessKey> LivenessKey::open(const StateDirectory& state, const SecretBytes& seal, Random& random) {
  KW_TRY(auto file, state.read(StateFile::liveness_key));
  if (file) {
    auto key = pki::open_key(*file, kLivenessKeyPurpose, seal.reveal());
    if (!key && key.code() == Errc::decrypt_failed)
      return fail(Errc::untrusted, "liveness.key is sealed to other hardware");
    if (!key) return key.error().within("liveness.key");
    return LivenessKey(std::move(*key), false);
  }
  KW_TRY(auto key, crypto::Sm2PrivateKey::generate());
  KW_TRY(const auto sealed, pki::seal_key(key, kLivenessKeyPurpose, seal.reveal(), random));
  KW_CHECK(state.write(StateFile::liveness_key, sealed));
  return LivenessKey(std::move(key), true);
}

Result<v1::Signed> LivenessKey::answer(v1::Liveness statement, Duration boot_time) {
  // From the time since boot, so that it rises over restarts of the guard without a word on disk.
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(boot_time).count();
  counter_ = std::max(counter_ + 1, static_cast<std::uint64_t>(std::max<std::int64_t>(now, 0)));
  statement.set_version(1);
  statement.set_counter(counter_);
  return pki::sign_object("liveness", schema::serialise(statement), key_);
}

}  // namespace kw::agent
