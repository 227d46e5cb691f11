#include "crypto/x509_parts.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/sm3.h"

namespace kw::crypto {
namespace {

// SEQUENCE { 1.2.156.10197.1.501 }, and the same with NULL parameters as some issuers write it.
constexpr std::array<Byte, 12> kSm2Sm3 = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x75};
constexpr std::array<Byte, 14> kSm2Sm3Null = {0x30, 0x0c, 0x06, 0x08, 0x2a, 0x81, 0x1c,
                                              0xcf, 0x55, 0x01, 0x83, 0x75, 0x05, 0x00};

constexpr std::size_t kMostAttributes = 32;
constexpr std::size_t kMostAttribute = 256;
constexpr std::size_t kMostExtensions = 32;

struct Attribute {
  Byte last_arc;  // of 2.5.4.x
  std::string Name::*field;
  std::string_view label;
  bool printable;  // X.520 wants PrintableString, as far as the value allows
};
constexpr std::array<Attribute, 5> kAttributes = {{{6, &Name::country, "C", true},
                                                   {10, &Name::organization, "O", false},
                                                   {11, &Name::unit, "OU", false},
                                                   {3, &Name::common_name, "CN", false},
                                                   {5, &Name::serial_number, "serialNumber", true}}};

// Names reach logs, JSON and the console: only well-formed UTF-8 (RFC 3629) without control characters passes.
bool is_text(ByteView in, bool ascii) {
  for (auto text = text_of(in); !text.empty();) {
    const auto lead = static_cast<Byte>(text.front());
    const auto length = utf8_length(text);
    if (lead < 0x20 || lead == 0x7f || (ascii && lead >= 0x80) || length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool is_printable_string(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(" '()+,-./:=?").find(c) != std::string_view::npos;
  });
}

Result<> take_attribute(DerReader in, Name& into) {
  KW_TRY(const auto oid, in.content(tag::kOid));
  KW_TRY(const auto value, in.any());
  KW_CHECK(in.finish());
  if (oid.size() != 3 || oid[0] != 0x55 || oid[1] != 0x04) return {};
  const auto known = std::ranges::find(kAttributes, oid[2], &Attribute::last_arc);
  if (known == kAttributes.end()) return {};
  if (value.tag != tag::kUtf8 && value.tag != tag::kPrintable && value.tag != tag::kIa5) {
    return fail(Errc::unsupported, "string type of a name");
  }
  if (value.content.empty() || value.content.size() > kMostAttribute ||
      !is_text(value.content, value.tag != tag::kUtf8)) {
    return fail(Errc::malformed, "name attribute");
  }
  std::string& field = into.*(known->field);
  if (!field.empty()) {
    // Several units are common, and the first counts; two common names would let two readers see two subjects.
    if (known->field == &Name::unit) return {};
    return fail(Errc::malformed, "name attribute given twice");
  }
  field = copy_text(value.content);
  return {};
}

}  // namespace

std::string Name::text() const {
  std::string out;
  for (const Attribute& attribute : kAttributes) {
    const std::string& value = this->*attribute.field;
    if (value.empty()) continue;
    if (!out.empty()) out += ", ";
    out += std::string(attribute.label) + "=" + value;
  }
  return out;
}

Bytes Name::der() const {
  Bytes rdns;
  for (const Attribute& attribute : kAttributes) {
    const std::string& value = this->*attribute.field;
    if (value.empty()) continue;
    const std::array<Byte, 3> oid = {0x55, 0x04, attribute.last_arc};
    const bool printable = attribute.printable && is_printable_string(value);
    const Bytes pair =
        crypto::der(tag::kSequence, {crypto::der(tag::kOid, {oid}),
                                     crypto::der(printable ? tag::kPrintable : tag::kUtf8, {bytes_of(value)})});
    append(rdns, crypto::der(tag::kSet, {pair}));
  }
  return crypto::der(tag::kSequence, {rdns});
}

Result<Name> parse_name(ByteView rdn_sequence) {
  Name out;
  DerReader in(rdn_sequence);
  for (std::size_t n = 0; !in.empty(); ++n) {
    if (n == kMostAttributes) return fail(Errc::too_large, "name");
    KW_TRY(auto set, in.enter(tag::kSet));
    if (set.empty()) return fail(Errc::malformed, "empty name part");
    for (; !set.empty(); ++n) {
      if (n == kMostAttributes) return fail(Errc::too_large, "name");
      KW_TRY(auto pair, set.enter(tag::kSequence));
      KW_CHECK(take_attribute(pair, out));
    }
  }
  return out;
}

ByteView algorithm_sm2_sm3() noexcept { return kSm2Sm3; }

Result<SignedParts> open_signed(ByteView der) {
  DerReader outer(der);
  KW_TRY(auto in, outer.enter(tag::kSequence));
  KW_CHECK(outer.finish());
  KW_TRY(const auto tbs, in.element(tag::kSequence));
  KW_TRY(const auto algorithm, in.element(tag::kSequence));
  if (!equal(algorithm.whole, kSm2Sm3) && !equal(algorithm.whole, kSm2Sm3Null)) {
    return fail(Errc::unsupported, "signature algorithm is not SM2 with SM3");
  }
  KW_TRY(const auto signature, in.bit_string());
  KW_CHECK(in.finish());
  return SignedParts{tbs.whole, algorithm.whole, signature};
}

Result<Bytes> sign_parts(ByteView tbs, const Sm2PrivateKey& key) {
  KW_TRY(const auto signature, key.sign(tbs));
  return der(tag::kSequence, {tbs, kSm2Sm3, der_bit_string(signature)});
}

Result<std::vector<Extension>> parse_extensions(DerReader in) {
  std::vector<Extension> out;
  KW_TRY(auto list, in.enter(tag::kSequence));
  KW_CHECK(in.finish());
  while (!list.empty()) {
    if (out.size() == kMostExtensions) return fail(Errc::too_large, "extensions");
    KW_TRY(auto one, list.enter(tag::kSequence));
    Extension extension;
    KW_TRY(extension.oid, one.content(tag::kOid));
    if (one.next_is(tag::kBoolean)) {
      KW_TRY(extension.critical, one.boolean());
    }
    KW_TRY(extension.value, one.content(tag::kOctetString));
    KW_CHECK(one.finish());
    if (std::ranges::any_of(out, [&](const Extension& e) { return equal(e.oid, extension.oid); })) {
      return fail(Errc::malformed, "extension given twice");
    }
    out.push_back(extension);
  }
  return out;
}

Bytes der_extension(ByteView oid, bool critical, ByteView value) {
  static constexpr std::array<Byte, 3> kTrue = {0x01, 0x01, 0xff};
  return der(tag::kSequence,
             {der(tag::kOid, {oid}), critical ? ByteView(kTrue) : ByteView(), der(tag::kOctetString, {value})});
}

Bytes key_identifier(const Sm2PublicKey& key) {
  const Digest digest = sm3(key.point());
  return copy(ByteView(digest).first(20));
}

Bytes authority_key_id_extension(ByteView key_id) {
  return der_extension(oid::kAuthorityKeyId, false,
                       der(tag::kSequence, {der(tag::context(0, false), {key_id})}));
}

}  // namespace kw::crypto
