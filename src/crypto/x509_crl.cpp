#include <openssl/evp.h>

#include <algorithm>

#include "crypto/x509_impl.h"

namespace kw::crypto {
namespace {

using CrlPtr = Owned<X509_CRL, X509_CRL_free>;

std::uint64_t read_number(X509_CRL* crl) {
  const Owned<ASN1_INTEGER, ASN1_INTEGER_free> number(
      static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(crl, NID_crl_number, nullptr, nullptr)));
  std::uint64_t out = 0;
  if (number && ASN1_INTEGER_get_uint64(&out, number.get()) != 1) out = 0;
  return out;
}

Result<> add_entry(X509_CRL* crl, const RevocationList::Entry& entry) {
  Owned<X509_REVOKED, X509_REVOKED_free> revoked(X509_REVOKED_new());
  KW_TRY(const auto serial, make_serial(entry.serial));
  KW_TRY(const auto when, make_time(entry.when));
  if (!revoked || X509_REVOKED_set_serialNumber(revoked.get(), serial.get()) != 1 ||
      X509_REVOKED_set_revocationDate(revoked.get(), when.get()) != 1 || X509_CRL_add0_revoked(crl, revoked.get()) != 1)
    return fail(Errc::crypto_failed, "CRL entry");
  static_cast<void>(revoked.release());  // the list owns it now
  return {};
}

/// OpenSSL has no setter for a CRL's two AlgorithmIdentifiers: signing with a throw-away key writes both. The real
/// signature, with the distinguishing ID, is made over the encoded list afterwards.
Result<> write_algorithms(X509_CRL* crl) {
  const Owned<EVP_PKEY, EVP_PKEY_free> throw_away(EVP_PKEY_Q_keygen(nullptr, nullptr, "SM2"));
  if (!throw_away || X509_CRL_sign(crl, throw_away.get(), EVP_sm3()) <= 0) return fail(Errc::crypto_failed, "CRL algorithm");
  return {};
}

}  // namespace

Result<RevocationList> RevocationList::parse(ByteView der) {
  auto impl = std::make_shared<Impl>();
  // Lists grow with the fleet: their bound is larger than a certificate's, and is checked by the caller of the store.
  KW_TRY(impl->parts, split_signed(der));
  const auto* in = der.data();
  const CrlPtr crl(d2i_X509_CRL(nullptr, &in, static_cast<long>(der.size())));
  if (!crl || in != der.data() + der.size()) return fail(Errc::malformed, "CRL");
  impl->der = copy(der);
  KW_TRY(impl->issuer, read_name(X509_CRL_get_issuer(crl.get())));
  KW_TRY(impl->this_update, read_time(X509_CRL_get0_lastUpdate(crl.get())));
  KW_TRY(impl->next_update, read_time(X509_CRL_get0_nextUpdate(crl.get())));
  impl->number = read_number(crl.get());
  auto* revoked = X509_CRL_get_REVOKED(crl.get());
  for (int i = 0; i < sk_X509_REVOKED_num(revoked); ++i)
    impl->serials.push_back(serial_octets(X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(revoked, i))));
  std::ranges::sort(impl->serials);
  return RevocationList(std::move(impl));
}

Result<RevocationList> RevocationList::build(const Name& issuer, std::uint64_t number, Timestamp this_update,
                                             Timestamp next_update, const std::vector<Entry>& revoked,
                                             const Sm2PrivateKey& issuer_key) {
  const CrlPtr crl(X509_CRL_new());
  KW_TRY(const auto name, make_name(issuer));
  KW_TRY(const auto last, make_time(this_update));
  KW_TRY(const auto next, make_time(next_update));
  if (!crl || X509_CRL_set_version(crl.get(), 1) != 1 || X509_CRL_set_issuer_name(crl.get(), name.get()) != 1 ||
      X509_CRL_set1_lastUpdate(crl.get(), last.get()) != 1 || X509_CRL_set1_nextUpdate(crl.get(), next.get()) != 1)
    return fail(Errc::crypto_failed, "CRL fields");
  const Owned<ASN1_INTEGER, ASN1_INTEGER_free> serial(ASN1_INTEGER_new());
  if (!serial || ASN1_INTEGER_set_uint64(serial.get(), number) != 1 ||
      X509_CRL_add1_ext_i2d(crl.get(), NID_crl_number, serial.get(), 0, X509V3_ADD_APPEND) != 1)
    return fail(Errc::crypto_failed, "CRL number");
  for (const auto& entry : revoked) KW_CHECK(add_entry(crl.get(), entry));
  X509_CRL_sort(crl.get());
  KW_CHECK(write_algorithms(crl.get()));
  unsigned char* tbs = nullptr;
  const int size = i2d_re_X509_CRL_tbs(crl.get(), &tbs);
  if (size <= 0) return fail(Errc::crypto_failed, "CRL encoding");
  const Bytes octets(tbs, tbs + size);
  OPENSSL_free(tbs);
  KW_TRY(const auto der, join_signed(octets, issuer_key));
  return parse(der);
}

const Bytes& RevocationList::der() const { return impl_->der; }
const Name& RevocationList::issuer() const { return impl_->issuer; }
Timestamp RevocationList::this_update() const { return impl_->this_update; }
Timestamp RevocationList::next_update() const { return impl_->next_update; }
std::uint64_t RevocationList::number() const { return impl_->number; }
bool RevocationList::contains(ByteView serial) const { return std::ranges::binary_search(impl_->serials, copy(serial)); }
Result<> RevocationList::signed_by(const Sm2PublicKey& issuer) const {
  return issuer.verify(impl_->parts.tbs, impl_->parts.signature);
}

}  // namespace kw::crypto
