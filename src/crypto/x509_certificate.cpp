// Parsing X.509 version 3 certificates (RFC 5280 section 4) over SM2 with SM3.
#include <algorithm>

#include "crypto/pem.h"
#include "crypto/sm3.h"
#include "crypto/x509_parts.h"

namespace kw::crypto {

namespace {
constexpr std::size_t kMostDer = 64 * 1024;
constexpr std::size_t kMostPem = 1024 * 1024;
constexpr std::size_t kMostInPem = 64;
constexpr std::size_t kMostDnsNames = 64;
}  // namespace

struct Certificate::Impl {
  Bytes der;
  ByteView tbs;        // into der
  ByteView signature;  // into der
  Bytes serial, subject_der, issuer_der;
  Name subject, issuer;
  Timestamp not_before, not_after;
  unsigned key_usage = 0;
  bool is_ca = false;
  bool unknown_critical = false;
  std::optional<int> path_length;
  std::vector<std::string> dns_names;
  std::optional<Sm2PublicKey> public_key;  // always there once parsed
};

namespace {

using Impl = Certificate::Impl;

Result<> take_key_usage(DerReader in, Impl& into) {
  KW_TRY(const auto bits, in.content(tag::kBitString));
  if (bits.size() < 2 || bits.size() > 3 || bits[0] > 7) return fail(Errc::malformed, "key usage");
  for (unsigned i = 0; i < 7; ++i) {
    if ((bits[1] & 0x80U >> i) != 0) into.key_usage |= 1U << i;
  }
  return in.finish();
}

Result<> take_basic_constraints(DerReader in, Impl& into) {
  KW_TRY(auto inside, in.enter(tag::kSequence));
  if (inside.next_is(tag::kBoolean)) {
    KW_TRY(into.is_ca, inside.boolean());
  }
  if (!inside.empty()) {
    KW_TRY(const auto length, inside.small_integer());
    if (!into.is_ca || length > 64) return fail(Errc::malformed, "path length");
    into.path_length = static_cast<int>(length);
  }
  KW_CHECK(inside.finish());
  return in.finish();
}

Result<> take_alternative_names(DerReader in, Impl& into) {
  KW_TRY(auto names, in.enter(tag::kSequence));
  while (!names.empty()) {
    KW_TRY(const auto one, names.any());
    if (one.tag != tag::context(2, false)) continue;
    if (into.dns_names.size() == kMostDnsNames) return fail(Errc::too_large, "DNS names");
    if (one.content.empty() || one.content.size() > 253 ||
        std::ranges::any_of(one.content, [](Byte b) { return b <= 0x20 || b >= 0x7f; })) {
      return fail(Errc::malformed, "DNS name");
    }
    into.dns_names.push_back(copy_text(one.content));
  }
  return in.finish();
}

Result<> take_extensions(DerReader in, Impl& into) {
  KW_TRY(const auto extensions, parse_extensions(in));
  for (const Extension& extension : extensions) {
    const DerReader value(extension.value);
    if (equal(extension.oid, oid::kKeyUsage)) {
      KW_CHECK(take_key_usage(value, into));
    } else if (equal(extension.oid, oid::kBasicConstraints)) {
      KW_CHECK(take_basic_constraints(value, into));
    } else if (equal(extension.oid, oid::kSubjectAltName)) {
      KW_CHECK(take_alternative_names(value, into));
    } else if (extension.critical) {
      into.unknown_critical = true;
    }
  }
  return {};
}

Result<> take_tbs(const SignedParts& parts, Impl& into) {
  DerReader outer(parts.tbs);
  KW_TRY(auto in, outer.enter(tag::kSequence));
  if (!in.next_is(tag::context(0))) return fail(Errc::unsupported, "not a version 3 certificate");
  KW_TRY(auto version, in.enter(tag::context(0)));
  KW_TRY(const auto number, version.small_integer());
  KW_CHECK(version.finish());
  if (number != 2) return fail(Errc::unsupported, "not a version 3 certificate");
  KW_TRY(const auto serial, in.unsigned_integer());
  if (serial.size() > kMostSerial || (serial.size() == 1 && serial[0] == 0)) return fail(Errc::malformed, "serial");
  into.serial = copy(serial);
  KW_TRY(const auto algorithm, in.element(tag::kSequence));
  if (!equal(algorithm.whole, parts.algorithm)) return fail(Errc::malformed, "two signature algorithms");
  KW_TRY(const auto issuer, in.element(tag::kSequence));
  into.issuer_der = copy(issuer.whole);
  KW_TRY(into.issuer, parse_name(issuer.content));
  KW_TRY(auto validity, in.enter(tag::kSequence));
  KW_TRY(into.not_before, validity.time());
  KW_TRY(into.not_after, validity.time());
  KW_CHECK(validity.finish());
  KW_TRY(const auto subject, in.element(tag::kSequence));
  into.subject_der = copy(subject.whole);
  KW_TRY(into.subject, parse_name(subject.content));
  KW_TRY(const auto spki, in.element(tag::kSequence));
  KW_TRY(into.public_key, Sm2PublicKey::from_spki(spki.whole));
  if (in.next_is(tag::context(3))) {
    KW_TRY(auto extensions, in.enter(tag::context(3)));
    KW_CHECK(take_extensions(extensions, into));
  }
  return in.finish();  // the unique identifiers of version 2 are not accepted
}

}  // namespace

Result<Certificate> Certificate::parse(ByteView der) {
  if (der.size() > kMostDer) return fail(Errc::too_large, "certificate");
  auto impl = std::make_shared<Impl>();
  impl->der = copy(der);
  KW_TRY(const auto parts, open_signed(impl->der));
  impl->tbs = parts.tbs;
  impl->signature = parts.signature;
  KW_CHECK(take_tbs(parts, *impl));
  return Certificate(std::move(impl));
}

Result<std::vector<Certificate>> Certificate::parse_pem(std::string_view pem) {
  if (pem.size() > kMostPem) return fail(Errc::too_large, "PEM");
  std::vector<Certificate> out;
  while (true) {
    const auto block = pem_find(pem, "CERTIFICATE");
    if (!block && block.code() == Errc::not_found && !out.empty()) return out;
    if (!block) return fail(Errc::malformed, block.error().detail());
    if (out.size() == kMostInPem) return fail(Errc::too_large, "certificates in one PEM");
    KW_TRY(auto one, parse(block->reveal()));
    out.push_back(std::move(one));
  }
}

const Bytes& Certificate::der() const { return impl_->der; }
std::string Certificate::pem() const { return pem_wrap(impl_->der, "CERTIFICATE"); }
const Name& Certificate::subject() const { return impl_->subject; }
const Name& Certificate::issuer() const { return impl_->issuer; }
const Bytes& Certificate::subject_der() const { return impl_->subject_der; }
const Bytes& Certificate::issuer_der() const { return impl_->issuer_der; }
const Bytes& Certificate::serial() const { return impl_->serial; }
Timestamp Certificate::not_before() const { return impl_->not_before; }
Timestamp Certificate::not_after() const { return impl_->not_after; }
unsigned Certificate::key_usage() const { return impl_->key_usage; }
bool Certificate::is_ca() const { return impl_->is_ca; }
std::optional<int> Certificate::path_length() const { return impl_->path_length; }
std::vector<std::string> Certificate::dns_names() const { return impl_->dns_names; }
const Sm2PublicKey& Certificate::public_key() const { return *impl_->public_key; }
bool Certificate::has_unknown_critical_extension() const { return impl_->unknown_critical; }
Bytes Certificate::fingerprint() const { return copy(sm3(impl_->der)); }

Result<> Certificate::signed_by(const Sm2PublicKey& issuer) const {
  return issuer.verify(impl_->tbs, impl_->signature);
}

}  // namespace kw::crypto
