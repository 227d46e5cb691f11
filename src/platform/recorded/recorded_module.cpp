#include "platform/recorded/recorded_module.h"

#include "base/reader.h"
#include "base/writer.h"
#include "crypto/sm3.h"

namespace kw::platform {

// Octets: name of the keys (32) | the secret under the encryption key (u16 length) | signature over the context and all
// of it.

Result<> RecordedModule::ready() const {
  if (gone) return fail(Errc::unavailable, "pulled out");
  if (shown_ != password_) return fail(Errc::forbidden, "password");
  return {};
}

Bytes RecordedModule::key_name() const {
  const auto name = crypto::sm3_concat({signing_.public_key().point(), encryption_.public_key().point()});
  return copy(name);
}

Result<Bytes> RecordedModule::seal(const SecretBytes& secret, std::string_view context) {
  KW_CHECK(pki::check_module_secret(secret, context));
  KW_CHECK(ready());
  KW_TRY(const auto cipher, encryption_.public_key().encrypt(secret.reveal()));
  Writer out;
  out.raw(key_name()).vec16(cipher);
  auto message = copy(bytes_of(context));
  append(message, out.view());
  KW_TRY(const auto signature, signing_.sign(message));
  out.raw(signature);
  return std::move(out).take();
}

Result<SecretBytes> RecordedModule::open(ByteView sealed, std::string_view context) {
  Reader in(sealed);
  const auto key = in.take(std::tuple_size_v<crypto::Digest>);
  const auto cipher = in.vec16();
  if (!key || !cipher) return fail(Errc::malformed, "not sealed by a module");
  auto message = copy(bytes_of(context));
  append(message, sealed.first(in.position()));
  if (!equal(*key, key_name())) return fail(Errc::bad_key, "sealed by another module");
  if (!signing_.public_key().verify(message, in.rest())) return fail(Errc::decrypt_failed);
  KW_CHECK(ready());
  return encryption_.decrypt(*cipher);
}

}  // namespace kw::platform
