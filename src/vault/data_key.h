#pragma once
// DataKey is one version of a key that protects data, with its label: what it is for.
//
// Nothing is encrypted under it directly. message_key makes a key of one message out of it and a fresh salt of 128 bits
// by HMAC-SM3, so that no nonce is ever counted or kept: two messages share key and nonce only where two salts are
// equal. A key does what its label says and nothing else. PURE; immutable, thread-safe; wiped. Why: ADR 100.
#include <string>

#include "crypto/hmac.h"
#include "vault/form.h"

namespace kw::vault {

inline constexpr std::size_t kKeyOctets = 32;

/// Whose data a key is for: the class and district choose the key that wraps it; the scope is what it protects.
struct KeyPurpose {
  KeyUse use = KeyUse::column;
  DataClass data_class = DataClass::personal;
  std::string district;
  std::string scope;  // see the functions below; empty of a wrapping key
  friend auto operator<=>(const KeyPurpose&, const KeyPurpose&) = default;
};

struct KeyLabel {
  KeyRef ref;
  KeyPurpose purpose;
  /// octets are the label as wrapping binds it.
  [[nodiscard]] Bytes octets() const;
  friend bool operator==(const KeyLabel&, const KeyLabel&) = default;
};

/// column_scope, "table/column", is the scope of keys of use column and blind_index. Rows have "table". Records have
/// "table", or record_scope, "table/" and the primary key in hex, where each is to be destroyed alone; files have their
/// collection, or file_scope, "collection/file". A session's key has session_scope, its ID in hex.
[[nodiscard]] std::string column_scope(std::string_view table, std::string_view column);
[[nodiscard]] std::string record_scope(std::string_view table, ByteView primary_key);
[[nodiscard]] std::string session_scope(ByteView session);
[[nodiscard]] std::string file_scope(std::string_view collection, std::string_view file);

/// The key of one message: the SM4 key, and 12 octets for its nonce. Wiped.
class MessageKey {
 public:
  explicit MessageKey(crypto::Digest octets) noexcept : octets_(octets) {}
  MessageKey(const MessageKey&) = delete;
  MessageKey& operator=(const MessageKey&) = delete;
  ~MessageKey() { wipe(octets_); }
  [[nodiscard]] ByteView key() const noexcept { return ByteView(octets_).first(16); }
  [[nodiscard]] ByteView nonce() const noexcept { return ByteView(octets_).subspan(16, 12); }

 private:
  crypto::Digest octets_;
};

/// message_key is HMAC-SM3(key, "kwv1:message" | form | salt).
[[nodiscard]] MessageKey message_key(const crypto::HmacKey& key, Form form, const Salt& salt);
/// seal_message and open_message are SM4-GCM under a message key; opening fails with Errc::decrypt_failed alone.
Result<Bytes> seal_message(const MessageKey& key, ByteView associated, ByteView plain);
Result<SecretBytes> open_message(const MessageKey& key, ByteView associated, ByteView sealed);

class DataKey {
 public:
  /// make takes kKeyOctets: Errc::bad_key; Errc::invalid for a label whose texts are too long.
  static Result<DataKey> make(KeyLabel label, const SecretBytes& octets);
  DataKey(DataKey&&) noexcept = default;
  DataKey& operator=(DataKey&&) noexcept = default;
  [[nodiscard]] DataKey clone() const { return {label_, hmac_}; }
  [[nodiscard]] const KeyLabel& label() const noexcept { return label_; }
  [[nodiscard]] const crypto::HmacKey& hmac() const noexcept { return hmac_; }
  [[nodiscard]] bool serves(KeyUse use, std::string_view scope) const noexcept {
    return label_.purpose.use == use && label_.purpose.scope == scope;
  }

 private:
  DataKey(KeyLabel label, crypto::HmacKey hmac) : label_(std::move(label)), hmac_(hmac) {}
  KeyLabel label_;
  crypto::HmacKey hmac_;
};

}  // namespace kw::vault
