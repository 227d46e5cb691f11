#pragma once
// SealedValue is one personal datum as a ledger entry holds it: ciphertext under a key of the person it is about.
//
//   text   "kwp1:" base64(octets)
//   octets 0x01 | subject (16) | key (16) | nonce (12) | SM4-GCM(padded text)
//
// Associated data: the octets before the ciphertext, then ledger, event type, parameter (u8 length and text each),
// entry ID (16) and time (u64, nanoseconds): a value that was moved to another place does not open. The text is padded
// with 0x80 and zeros to whole 32 octets, so that the length of a name does not outlive its key. The leaf of the Merkle
// log commits to this text: when the key is destroyed, every proof stays as it was. PURE; any thread. Why: ADR 72.
#include "base/id.h"
#include "base/secret.h"

namespace kw::privacy {

using SubjectId = Id<struct SubjectTag>;
using SubjectKeyId = Id<struct SubjectKeyTag>;

inline constexpr std::size_t kMostPlain = 1024;   // octets of a datum
inline constexpr std::size_t kMostSealed = 2048;  // octets of its text form

struct SealedValue {
  SubjectId subject;
  SubjectKeyId key;
  std::array<Byte, 12> nonce{};
  Bytes ciphertext;  // with its tag
  [[nodiscard]] std::string text() const;
};

/// Where a value stands; it opens nowhere else.
struct Place {
  std::string_view ledger, type, param;
  EventId entry;
  Timestamp time;
};

/// says_sealed looks at the beginning only: what has it is never shown as it is.
[[nodiscard]] bool says_sealed(std::string_view text) noexcept;
/// parse_sealed: Errc::malformed, unsupported for another version, truncated, too_large.
Result<SealedValue> parse_sealed(std::string_view text);

/// seal_value takes a key of 16 octets and at most kMostPlain octets of text.
Result<SealedValue> seal_value(std::string_view text, const Place& place, const SubjectId& subject,
                               const SubjectKeyId& key_id, const SecretBytes& key, Random& random);
/// open_value: Errc::decrypt_failed, whatever the cause.
Result<std::string> open_value(const SealedValue& sealed, const Place& place, const SecretBytes& key);

/// pseudonym stands for a person where nothing more is shown: "person-" and 12 hex digits of the subject's ID.
[[nodiscard]] std::string pseudonym(const SubjectId& subject);
/// without_key is what may be shown of a value by who has no key: the pseudonym of a sealed one, "[unreadable]" of what
/// only says that it is one, everything else as it is.
[[nodiscard]] std::string without_key(std::string_view text);

}  // namespace kw::privacy
