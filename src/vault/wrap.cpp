#include "vault/wrap.h"

namespace kw::vault {
namespace {

constexpr std::string_view kRootSalt = "kwv1:root";

Bytes bound(ByteView associated, const KeyLabel& label) {
  Bytes out = copy(associated);
  append(out, label.octets());
  return out;
}

Result<Bytes> wrap(const DataKey& under, const KeyLabel& label, const SecretBytes& octets, Random& random) {
  Salt salt;
  random.fill(salt);
  Writer out(kWrappedKey);
  FormHeader{Form::wrapped_key, 0, under.label().ref}.write(out);
  out.raw(salt);
  const auto key = message_key(under.hmac(), Form::wrapped_key, salt);
  KW_TRY(const auto sealed, seal_message(key, bound(out.view(), label), octets.reveal()));
  out.raw(sealed);
  return std::move(out).take();
}

Result<SecretBytes> unwrap_octets(const DataKey& under, const KeyLabel& label, ByteView wrapped) {
  const auto form = read_sealed(wrapped, Form::wrapped_key);
  if (!form || form->header.key != under.label().ref) return fail(Errc::decrypt_failed);
  const auto key = message_key(under.hmac(), Form::wrapped_key, form->salt);
  return open_message(key, bound(form->associated, label), form->rest);
}

Result<> fits_class(const KeyPurpose& under, const KeyPurpose& key) {
  if (key.use == KeyUse::wrapping || under.data_class != key.data_class || under.district != key.district)
    return fail(Errc::wrong_usage, "a wrapping key is for data keys of its own class and district");
  return {};
}

Result<> is_wrapping(const KeyLabel& label) {
  if (label.purpose.use != KeyUse::wrapping || !label.purpose.scope.empty())
    return fail(Errc::wrong_usage, "label of a wrapping key: use wrapping, no scope");
  return {};
}

Result<SecretBytes> opened(Result<SecretBytes> octets) {
  if (!octets || octets->size() != kKeyOctets) return fail(Errc::decrypt_failed);
  return octets;
}

}  // namespace

Result<NewDataKey> WrappingKey::create(KeyLabel label, Random& random) const {
  KW_CHECK(fits_class(key_.label().purpose, label.purpose));
  const SecretBytes octets(random.bytes(kKeyOctets));
  KW_TRY(auto wrapped, wrap(key_, label, octets, random));
  KW_TRY(auto key, DataKey::make(std::move(label), octets));
  return NewDataKey{std::move(key), std::move(wrapped)};
}

Result<DataKey> WrappingKey::unwrap(KeyLabel label, ByteView wrapped) const {
  KW_CHECK(fits_class(key_.label().purpose, label.purpose));
  KW_TRY(const auto octets, opened(unwrap_octets(key_, label, wrapped)));
  return DataKey::make(std::move(label), octets);
}

Result<Bytes> KeyRewrapper::rewrap(const KeyLabel& label, ByteView wrapped, Random& random) const {
  KW_TRY(const auto octets, opened(unwrap_octets(from_, label, wrapped)));
  return wrap(to_, label, octets, random);
}

Result<RootKey> RootKey::make(KeyRef ref, const SecretBytes& secret) {
  if (secret.size() < kKeyOctets) return fail(Errc::bad_key, "the root has at least 32 octets");
  const auto octets = crypto::hkdf_sm3(secret.reveal(), bytes_of(kRootSalt), ref.id.bytes(), kKeyOctets);
  KW_TRY(auto key, DataKey::make({ref, {KeyUse::wrapping, DataClass::configuration, {}, {}}}, octets));
  return RootKey(std::move(key));
}

Result<NewWrappingKey> RootKey::create(KeyLabel label, Random& random) const {
  KW_CHECK(is_wrapping(label));
  const SecretBytes octets(random.bytes(kKeyOctets));
  KW_TRY(auto wrapped, wrap(key_, label, octets, random));
  KW_TRY(auto key, DataKey::make(std::move(label), octets));
  return NewWrappingKey{WrappingKey(std::move(key)), std::move(wrapped)};
}

Result<WrappingKey> RootKey::unwrap(KeyLabel label, ByteView wrapped) const {
  KW_CHECK(is_wrapping(label));
  KW_TRY(const auto octets, opened(unwrap_octets(key_, label, wrapped)));
  KW_TRY(auto key, DataKey::make(std::move(label), octets));
  return WrappingKey(std::move(key));
}

Result<KeyRewrapper> RootKey::rewrapper(const StoredWrappingKey& from, const StoredWrappingKey& to) const {
  if (from.label.purpose != to.label.purpose) return fail(Errc::wrong_usage, "another class or district");
  KW_TRY(auto old_key, unwrap(from.label, from.wrapped));
  KW_TRY(auto new_key, unwrap(to.label, to.wrapped));
  return KeyRewrapper(std::move(old_key.key_), std::move(new_key.key_));
}

KeyRewrapper RootKey::rewrapper_to(const RootKey& to) const { return KeyRewrapper(key_.clone(), to.key_.clone()); }

Result<KeyRef> wrapped_under(ByteView wrapped) {
  KW_TRY(const auto form, read_sealed(wrapped, Form::wrapped_key));
  return form.header.key;
}

}  // namespace kw::vault
