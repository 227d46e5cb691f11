// Parsing and making certificate revocation lists (RFC 5280 section 5) over SM2 with SM3.
#include <algorithm>

#include "crypto/x509_parts.h"

namespace kw::crypto {

struct RevocationList::Impl {
  Bytes der;
  ByteView tbs;        // into der
  ByteView signature;  // into der
  Name issuer;
  Bytes issuer_der;
  Timestamp this_update, next_update;
  std::uint64_t number = 0;
  std::vector<Bytes> serials;  // sorted
};

namespace {

constexpr std::size_t kMostCrlDer = 8 * 1024 * 1024;

ByteView without_leading_zeros(ByteView serial) {
  while (serial.size() > 1 && serial[0] == 0) serial = serial.subspan(1);
  return serial;
}

bool less(ByteView a, ByteView b) { return std::ranges::lexicographical_compare(a, b); }

Result<> take_entries(DerReader in, RevocationList::Impl& into) {
  while (!in.empty()) {
    KW_TRY(auto entry, in.enter(tag::kSequence));
    KW_TRY(const auto serial, entry.unsigned_integer());
    if (serial.size() > kMostSerial) return fail(Errc::malformed, "serial");
    KW_CHECK(entry.time());
    if (!entry.empty()) {
      KW_TRY(const auto extensions, parse_extensions(entry));
      for (const Extension& extension : extensions) {
        // A critical one changes what the entry means (an indirect list names another issuer, for example).
        if (extension.critical && !equal(extension.oid, oid::kReasonCode)) {
          return fail(Errc::unsupported, "critical extension of a revocation entry");
        }
      }
    }
    into.serials.push_back(copy(serial));
  }
  std::ranges::sort(into.serials, less);
  return {};
}

Result<> take_extensions(DerReader in, RevocationList::Impl& into) {
  KW_TRY(const auto extensions, parse_extensions(in));
  for (const Extension& extension : extensions) {
    if (equal(extension.oid, oid::kCrlNumber)) {
      DerReader value(extension.value);
      KW_TRY(into.number, value.small_integer());
      KW_CHECK(value.finish());
    } else if (extension.critical) {
      return fail(Errc::unsupported, "critical extension of a revocation list");  // delta and partitioned lists
    }
  }
  return {};
}

Result<> take_tbs(const SignedParts& parts, RevocationList::Impl& into) {
  DerReader outer(parts.tbs);
  KW_TRY(auto in, outer.enter(tag::kSequence));
  KW_TRY(const auto version, in.small_integer());
  if (version != 1) return fail(Errc::unsupported, "not a version 2 revocation list");
  KW_TRY(const auto algorithm, in.element(tag::kSequence));
  if (!equal(algorithm.whole, parts.algorithm)) return fail(Errc::malformed, "two signature algorithms");
  KW_TRY(const auto issuer, in.element(tag::kSequence));
  KW_TRY(into.issuer, parse_name(issuer.content));
  into.issuer_der = copy(issuer.whole);
  KW_TRY(into.this_update, in.time());
  KW_TRY(into.next_update, in.time());
  if (in.next_is(tag::kSequence)) {
    KW_TRY(auto entries, in.enter(tag::kSequence));
    KW_CHECK(take_entries(entries, into));
  }
  if (in.next_is(tag::context(0))) {
    KW_TRY(auto extensions, in.enter(tag::context(0)));
    KW_CHECK(take_extensions(extensions, into));
  }
  return in.finish();
}

}  // namespace

Result<RevocationList> RevocationList::parse(ByteView der) {
  if (der.size() > kMostCrlDer) return fail(Errc::too_large, "revocation list");
  auto impl = std::make_shared<Impl>();
  impl->der = copy(der);
  KW_TRY(const auto parts, open_signed(impl->der));
  impl->tbs = parts.tbs;
  impl->signature = parts.signature;
  KW_CHECK(take_tbs(parts, *impl));
  return RevocationList(std::move(impl));
}

Result<RevocationList> RevocationList::build(const Name& issuer, std::uint64_t number, Timestamp this_update,
                                             Timestamp next_update, const std::vector<Entry>& revoked,
                                             const Sm2PrivateKey& issuer_key) {
  if (next_update < this_update || issuer == Name{}) return fail(Errc::invalid, "revocation list");
  Bytes entries;
  for (const Entry& entry : revoked) {
    if (entry.serial.empty() || entry.serial.size() > kMostSerial) return fail(Errc::invalid, "serial");
    append(entries, crypto::der(tag::kSequence, {der_unsigned(entry.serial), der_time(entry.when)}));
  }
  const Bytes list = entries.empty() ? Bytes{} : crypto::der(tag::kSequence, {entries});
  const Bytes extensions =
      crypto::der(tag::kSequence, {authority_key_id_extension(key_identifier(issuer_key.public_key())),
                                   der_extension(oid::kCrlNumber, false, der_unsigned(number))});
  const Bytes tbs = crypto::der(tag::kSequence, {der_unsigned(std::uint64_t{1}), algorithm_sm2_sm3(), issuer.der(),
                                                 der_time(this_update), der_time(next_update), list,
                                                 crypto::der(tag::context(0), {extensions})});
  KW_TRY(const auto whole, sign_parts(tbs, issuer_key));
  return parse(whole);
}

const Bytes& RevocationList::der() const { return impl_->der; }
const Name& RevocationList::issuer() const { return impl_->issuer; }
const Bytes& RevocationList::issuer_der() const { return impl_->issuer_der; }
Timestamp RevocationList::this_update() const { return impl_->this_update; }
Timestamp RevocationList::next_update() const { return impl_->next_update; }
std::uint64_t RevocationList::number() const { return impl_->number; }

bool RevocationList::contains(ByteView serial) const {
  return std::ranges::binary_search(impl_->serials, without_leading_zeros(serial), less);
}

Result<> RevocationList::signed_by(const Sm2PublicKey& issuer) const {
  return issuer.verify(impl_->tbs, impl_->signature);
}

}  // namespace kw::crypto
