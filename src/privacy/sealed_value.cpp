#include "privacy/sealed_value.h"

#include <algorithm>

#include "base/reader.h"
#include "base/writer.h"
#include "crypto/sm4.h"

namespace kw::privacy {
namespace {

constexpr std::string_view kPrefix = "kwp1:";
constexpr std::uint8_t kSealedVersion = 1;
constexpr std::size_t kPadding = 32;
constexpr Byte kPaddingMark = 0x80;

void write_header(Writer& out, const SealedValue& value) {
  out.u8(kSealedVersion).raw(value.subject.bytes()).raw(value.key.bytes()).raw(value.nonce);
}

Bytes associated(const SealedValue& value, const Place& place) {
  Writer out(128);
  write_header(out, value);
  out.vec8(bytes_of(place.ledger)).vec8(bytes_of(place.type)).vec8(bytes_of(place.param));
  out.raw(place.entry.bytes()).u64(static_cast<std::uint64_t>(place.time.unix_ns));
  return std::move(out).take();
}

bool fits(const Place& place) {
  return place.ledger.size() <= 0xff && place.type.size() <= 0xff && place.param.size() <= 0xff;
}

SecretBytes padded(std::string_view text) {
  SecretBytes out((text.size() / kPadding + 1) * kPadding);
  std::ranges::copy(bytes_of(text), out.reveal_mutable().begin());
  out.reveal_mutable()[text.size()] = kPaddingMark;
  return out;
}

Result<std::string> unpadded(ByteView padded) {
  auto end = padded.size();
  while (end > 0 && padded[end - 1] == 0) --end;
  if (end == 0 || padded[end - 1] != kPaddingMark) return fail(Errc::decrypt_failed);
  return copy_text(padded.first(end - 1));
}

}  // namespace

std::string SealedValue::text() const {
  Writer out(64 + ciphertext.size());
  write_header(out, *this);
  out.raw(ciphertext);
  return std::string(kPrefix) + to_base64(out.view());
}

bool says_sealed(std::string_view text) noexcept { return text.starts_with(kPrefix); }

Result<SealedValue> parse_sealed(std::string_view text) {
  if (!says_sealed(text)) return fail(Errc::malformed, "not a sealed value");
  if (text.size() > kMostSealed) return fail(Errc::too_large, "sealed value");
  KW_TRY(const auto octets, from_base64(text.substr(kPrefix.size())));
  Reader in(octets);
  KW_TRY(const auto version, in.u8());
  if (version != kSealedVersion) return fail(Errc::unsupported, "version of a sealed value");
  SealedValue out;
  KW_TRY(const auto subject, in.take(16));
  KW_TRY(out.subject, SubjectId::from_bytes(subject));
  KW_TRY(const auto key, in.take(16));
  KW_TRY(out.key, SubjectKeyId::from_bytes(key));
  KW_TRY(const auto nonce, in.take(out.nonce.size()));
  KW_TRY(out.nonce, to_array<12>(nonce));
  const auto rest = in.rest();
  if (rest.size() < kPadding + crypto::kGcmTag) return fail(Errc::truncated, "sealed value");
  if ((rest.size() - crypto::kGcmTag) % kPadding != 0) return fail(Errc::malformed, "sealed value");
  out.ciphertext = copy(rest);
  return out;
}

std::string pseudonym(const SubjectId& subject) { return "person-" + subject.text().substr(20); }

std::string without_key(std::string_view text) {
  if (!says_sealed(text)) return std::string(text);
  const auto sealed = parse_sealed(text);
  return sealed ? pseudonym(sealed->subject) : "[unreadable]";
}

Result<SealedValue> seal_value(std::string_view text, const Place& place, const SubjectId& subject,
                               const SubjectKeyId& key_id, const SecretBytes& key, Random& random) {
  if (text.size() > kMostPlain || !fits(place)) return fail(Errc::too_large, "personal value");
  SealedValue out;
  out.subject = subject;
  out.key = key_id;
  random.fill(out.nonce);
  KW_TRY(const auto cipher, crypto::Sm4Gcm::make(key.reveal()));
  const auto plain = padded(text);
  KW_TRY(out.ciphertext, cipher.seal(out.nonce, associated(out, place), plain.reveal()));
  return out;
}

Result<std::string> open_value(const SealedValue& sealed, const Place& place, const SecretBytes& key) {
  if (!fits(place)) return fail(Errc::decrypt_failed);
  auto cipher = crypto::Sm4Gcm::make(key.reveal());
  if (!cipher) return fail(Errc::decrypt_failed);
  auto plain = cipher->open(sealed.nonce, associated(sealed, place), sealed.ciphertext);
  if (!plain) return fail(Errc::decrypt_failed);
  const SecretBytes opened(std::move(*plain));
  return unpadded(opened.reveal());
}

}  // namespace kw::privacy
