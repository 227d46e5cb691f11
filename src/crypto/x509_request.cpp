#include "crypto/x509_impl.h"

namespace kw::crypto {
namespace {
using RequestPtr = Owned<X509_REQ, X509_REQ_free>;
}

Result<CertificateRequest> CertificateRequest::parse(ByteView der) {
  auto impl = std::make_shared<Impl>();
  KW_TRY(impl->parts, split_signed(der));
  const auto* in = der.data();
  const RequestPtr request(d2i_X509_REQ(nullptr, &in, static_cast<long>(der.size())));
  if (!request || in != der.data() + der.size()) return fail(Errc::malformed, "certificate request");
  impl->der = copy(der);
  KW_TRY(impl->subject, read_name(X509_REQ_get_subject_name(request.get())));
  KW_TRY(auto key, read_key(X509_REQ_get_X509_PUBKEY(request.get())));
  impl->key = std::move(key);
  return CertificateRequest(std::move(impl));
}

Result<CertificateRequest> CertificateRequest::build(const Name& subject, const Sm2PrivateKey& key) {
  const RequestPtr request(X509_REQ_new());
  KW_TRY(const auto name, make_name(subject));
  KW_TRY(const auto spki, make_key(key.public_key()));
  if (!request || X509_REQ_set_version(request.get(), 0) != 1 || X509_REQ_set_subject_name(request.get(), name.get()) != 1 ||
      X509_REQ_set_pubkey(request.get(), X509_PUBKEY_get0(spki.get())) != 1)
    return fail(Errc::crypto_failed, "certificate request");
  unsigned char* tbs = nullptr;
  const int size = i2d_re_X509_REQ_tbs(request.get(), &tbs);
  if (size <= 0) return fail(Errc::crypto_failed, "certificate request encoding");
  const Bytes octets(tbs, tbs + size);
  OPENSSL_free(tbs);
  KW_TRY(const auto der, join_signed(octets, key));
  return parse(der);
}

const Bytes& CertificateRequest::der() const { return impl_->der; }
const Name& CertificateRequest::subject() const { return impl_->subject; }
const Sm2PublicKey& CertificateRequest::public_key() const { return *impl_->key; }
Result<> CertificateRequest::verify() const { return impl_->key->verify(impl_->parts.tbs, impl_->parts.signature); }

}  // namespace kw::crypto
