#include <openssl/objects.h>

#include <algorithm>
#include <ctime>

#include "base/reader.h"
#include "base/writer.h"
#include "crypto/x509_impl.h"

namespace kw::crypto {
namespace {

// AlgorithmIdentifier{1.2.156.10197.1.501} without parameters, and with the NULL that some CAs add.
constexpr std::array<Byte, 12> kSm2Sm3{0x30, 0x0a, 0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x75};
constexpr std::array<Byte, 14> kSm2Sm3Null{0x30, 0x0c, 0x06, 0x08, 0x2a, 0x81, 0x1c,
                                           0xcf, 0x55, 0x01, 0x83, 0x75, 0x05, 0x00};
constexpr std::size_t kMostNameText = 256;

Result<std::size_t> der_length(Reader& in) {
  KW_TRY(const auto first, in.u8());
  if (first < 0x80) return first;
  std::size_t length = 0;
  if (first == 0x81) {
    KW_TRY(length, in.u8());
  } else if (first == 0x82) {
    KW_TRY(length, in.u16());
  } else if (first == 0x83) {
    KW_TRY(length, in.u24());
  } else {
    return fail(Errc::malformed, "DER length");
  }
  return length;
}

/// Takes one element with its tag and length.
Result<ByteView> element(Reader& in, std::uint8_t tag) {
  Reader whole = in;
  const auto start = in.position();
  KW_TRY(const auto found, in.u8());
  if (found != tag) return fail(Errc::malformed, "DER tag");
  KW_TRY(const auto length, der_length(in));
  KW_CHECK(in.take(length));
  return whole.take(in.position() - start);
}

void write_header(Writer& out, std::uint8_t tag, std::size_t length) {
  out.u8(tag);
  if (length < 0x80) {
    out.u8(static_cast<std::uint8_t>(length));
  } else if (length < 0x100) {
    out.u8(0x81).u8(static_cast<std::uint8_t>(length));
  } else {
    out.u8(0x82).u16(static_cast<std::uint16_t>(length));
  }
}

Result<> add_attribute(X509_NAME* name, int nid, const std::string& text) {
  if (text.empty()) return {};
  if (text.size() > kMostNameText) return fail(Errc::too_large, "name attribute");
  const int type = nid == NID_countryName ? MBSTRING_ASC : MBSTRING_UTF8;
  if (X509_NAME_add_entry_by_NID(name, nid, type, reinterpret_cast<const unsigned char*>(text.data()),
                                 static_cast<int>(text.size()), -1, 0) != 1)
    return fail(Errc::malformed, "name attribute");
  return {};
}

}  // namespace

Result<SignedDer> split_signed(ByteView der) {
  if (der.size() > kMostDer) return fail(Errc::too_large, "X.509 object");
  Reader outer(der);
  KW_TRY(const auto tag, outer.u8());
  if (tag != 0x30) return fail(Errc::malformed, "DER tag");
  KW_TRY(const auto length, der_length(outer));
  KW_TRY(const auto content, outer.take(length));
  KW_CHECK(outer.finish());
  Reader in(content);
  KW_TRY(const auto tbs, element(in, 0x30));
  KW_TRY(const auto algorithm, element(in, 0x30));
  if (!equal(algorithm, kSm2Sm3) && !equal(algorithm, kSm2Sm3Null))
    return fail(Errc::unsupported, "signature algorithm other than SM2 with SM3");
  KW_TRY(const auto bits, element(in, 0x03));
  KW_CHECK(in.finish());
  Reader value(bits);
  KW_CHECK(value.u8());
  KW_TRY(const auto size, der_length(value));
  KW_TRY(const auto unused, value.u8());
  if (size < 1 || unused != 0) return fail(Errc::malformed, "signature bits");
  return SignedDer{copy(tbs), copy(value.rest())};
}

Result<Bytes> join_signed(ByteView tbs, const Sm2PrivateKey& key) {
  KW_TRY(const auto signature, key.sign(tbs));
  Writer inner(tbs.size() + signature.size() + 32);
  inner.raw(tbs).raw(kSm2Sm3);
  write_header(inner, 0x03, signature.size() + 1);
  inner.u8(0).raw(signature);
  if (inner.size() > kMostDer - 8) return fail(Errc::too_large, "X.509 object");
  Writer out(inner.size() + 8);
  write_header(out, 0x30, inner.size());
  out.raw(inner.view());
  return std::move(out).take();
}

Result<Name> read_name(const X509_NAME* name) {
  Name out;
  const std::pair<int, std::string*> wanted[] = {{NID_countryName, &out.country},
                                                 {NID_organizationName, &out.organization},
                                                 {NID_organizationalUnitName, &out.unit},
                                                 {NID_commonName, &out.common_name},
                                                 {NID_serialNumber, &out.serial_number}};
  for (const auto& [nid, target] : wanted) {
    const int at = X509_NAME_get_index_by_NID(name, nid, -1);
    if (at < 0) continue;
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (size < 0) return fail(Errc::malformed, "name attribute");
    const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owned(text, [](unsigned char* p) { OPENSSL_free(p); });
    if (static_cast<std::size_t>(size) > kMostNameText) return fail(Errc::too_large, "name attribute");
    target->assign(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  }
  return out;
}

Bytes name_der(const X509_NAME* name) {
  const unsigned char* der = nullptr;
  std::size_t size = 0;
  if (X509_NAME_get0_der(name, &der, &size) != 1) return {};
  return {der, der + size};
}

Result<Owned<X509_NAME, X509_NAME_free>> make_name(const Name& name) {
  Owned<X509_NAME, X509_NAME_free> out(X509_NAME_new());
  if (!out) return fail(Errc::crypto_failed, "X509_NAME_new");
  KW_CHECK(add_attribute(out.get(), NID_countryName, name.country));
  KW_CHECK(add_attribute(out.get(), NID_organizationName, name.organization));
  KW_CHECK(add_attribute(out.get(), NID_organizationalUnitName, name.unit));
  KW_CHECK(add_attribute(out.get(), NID_commonName, name.common_name));
  KW_CHECK(add_attribute(out.get(), NID_serialNumber, name.serial_number));
  return out;
}

Result<Timestamp> read_time(const ASN1_TIME* time) {
  std::tm utc{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &utc) != 1) return fail(Errc::malformed, "time");
  const std::time_t seconds = timegm(&utc);
  // Beyond these years nanoseconds in 64 bits end; certificates "without end" (9999) are taken as the latest time.
  if (seconds > 9'000'000'000) return Timestamp::from_seconds(9'000'000'000);
  if (seconds < -2'000'000'000) return fail(Errc::malformed, "time");
  return Timestamp::from_seconds(seconds);
}

Result<Owned<ASN1_TIME, ASN1_TIME_free>> make_time(Timestamp t) {
  Owned<ASN1_TIME, ASN1_TIME_free> out(ASN1_TIME_set(nullptr, t.unix_seconds()));
  if (!out) return fail(Errc::crypto_failed, "ASN1_TIME_set");
  return out;
}

Bytes serial_octets(const ASN1_INTEGER* serial) {
  const auto* data = ASN1_STRING_get0_data(serial);
  return {data, data + ASN1_STRING_length(serial)};
}

Result<Owned<ASN1_INTEGER, ASN1_INTEGER_free>> make_serial(ByteView octets) {
  if (octets.empty() || octets.size() > 20) return fail(Errc::malformed, "serial number");
  const std::unique_ptr<BIGNUM, void (*)(BIGNUM*)> number(
      BN_bin2bn(octets.data(), static_cast<int>(octets.size()), nullptr), BN_free);
  Owned<ASN1_INTEGER, ASN1_INTEGER_free> out(BN_to_ASN1_INTEGER(number.get(), nullptr));
  if (!out) return fail(Errc::crypto_failed, "BN_to_ASN1_INTEGER");
  return out;
}

Result<Sm2PublicKey> read_key(X509_PUBKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(key, &der);
  if (size <= 0) return fail(Errc::malformed, "public key");
  const Bytes spki(der, der + size);
  OPENSSL_free(der);
  auto out = Sm2PublicKey::from_spki(spki);
  if (!out) return fail(Errc::unsupported, "public key other than SM2");
  return out;
}

Result<Owned<X509_PUBKEY, X509_PUBKEY_free>> make_key(const Sm2PublicKey& key) {
  const Bytes spki = key.spki();
  const auto* in = spki.data();
  Owned<X509_PUBKEY, X509_PUBKEY_free> out(d2i_X509_PUBKEY(nullptr, &in, static_cast<long>(spki.size())));
  if (!out) return fail(Errc::bad_key);
  return out;
}

Result<> set_algorithm(X509_ALGOR* algorithm) {
  const auto* in = kSm2Sm3.data();
  Owned<X509_ALGOR, X509_ALGOR_free> made(d2i_X509_ALGOR(nullptr, &in, static_cast<long>(kSm2Sm3.size())));
  if (!made || X509_ALGOR_copy(algorithm, made.get()) != 1) return fail(Errc::crypto_failed, "algorithm");
  return {};
}

bool is_sm2_sm3(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* oid = nullptr;
  X509_ALGOR_get0(&oid, nullptr, nullptr, algorithm);
  return OBJ_obj2nid(oid) == NID_SM2_with_SM3;
}

std::string Name::text() const {
  std::string out;
  const std::pair<std::string_view, const std::string*> parts[] = {
      {"C", &country}, {"O", &organization}, {"OU", &unit}, {"CN", &common_name}, {"serialNumber", &serial_number}};
  for (const auto& [key, value] : parts) {
    if (value->empty()) continue;
    if (!out.empty()) out += ", ";
    out += std::string(key) + "=" + *value;
  }
  return out;
}

}  // namespace kw::crypto
