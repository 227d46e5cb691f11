#include "vault/data_key.h"

#include "crypto/sm4_once.h"

namespace kw::vault {
namespace {

constexpr std::string_view kMessageWord = "kwv1:message";
constexpr std::string_view kLabelWord = "kwv1:label";

}  // namespace

Bytes KeyLabel::octets() const {
  Writer out(64 + purpose.scope.size());
  out.raw(bytes_of(kLabelWord));
  out.u8(static_cast<std::uint8_t>(purpose.use)).u8(static_cast<std::uint8_t>(purpose.data_class));
  out.vec8(bytes_of(purpose.district)).vec16(bytes_of(purpose.scope));
  out.u32(ref.version).raw(ref.id.bytes());
  return std::move(out).take();
}

std::string column_scope(std::string_view table, std::string_view column) {
  return std::string(table) + "/" + std::string(column);
}

std::string record_scope(std::string_view table, ByteView primary_key) {
  return std::string(table) + "/" + to_hex(primary_key);
}

std::string session_scope(ByteView session) { return to_hex(session); }

std::string file_scope(std::string_view collection, std::string_view file) { return column_scope(collection, file); }

MessageKey message_key(const crypto::HmacKey& key, Form form, const Salt& salt) {
  const Byte what[1] = {static_cast<Byte>(form)};
  return MessageKey(key.mac({bytes_of(kMessageWord), what, salt}));
}

Result<Bytes> seal_message(const MessageKey& key, ByteView associated, ByteView plain) {
  return crypto::sm4_gcm_seal_once(key.key(), key.nonce(), associated, plain);
}

Result<SecretBytes> open_message(const MessageKey& key, ByteView associated, ByteView sealed) {
  auto plain = crypto::sm4_gcm_open_once(key.key(), key.nonce(), associated, sealed);
  if (!plain) return fail(Errc::decrypt_failed);
  return plain;
}

Result<DataKey> DataKey::make(KeyLabel label, const SecretBytes& octets) {
  if (octets.size() != kKeyOctets) return fail(Errc::bad_key, "a key of the vault has 32 octets");
  if (label.purpose.district.size() > 0xff || label.purpose.scope.size() > 4096)
    return fail(Errc::invalid, "label of a key: too long");
  return DataKey(std::move(label), crypto::HmacKey(octets.reveal()));
}

}  // namespace kw::vault
