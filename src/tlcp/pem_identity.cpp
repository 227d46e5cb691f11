#include "tlcp/pem_identity.h"

namespace kw::tlcp {
namespace {

Result<std::vector<crypto::Certificate>> certificates_of(const PemText& from) {
  auto list = crypto::Certificate::parse_pem(from.text);
  if (!list) return list.error().within(from.name);
  if (list->empty()) return fail(Errc::malformed, std::string(from.name) + ": no certificate");
  return list;
}

Result<crypto::Sm2PrivateKey> key_of(const PemText& from, const crypto::Certificate& certificate) {
  auto key = crypto::Sm2PrivateKey::from_pkcs8(bytes_of(from.text));
  if (!key) return key.error().within(from.name);
  if (!(certificate.public_key() == key->public_key()))
    return fail(Errc::bad_key, std::string(from.name) + ": the key does not belong to the certificate");
  return key;
}

}  // namespace

Result<Identity> identity_of_pem(const PemIdentity& from) {
  KW_TRY(auto chain, certificates_of(from.certificate));
  KW_TRY(auto key, key_of(from.key, chain.front()));
  Identity out{chain.front(), std::move(key), std::nullopt, std::nullopt, {chain.begin() + 1, chain.end()}};
  if (from.encryption_certificate.text.empty()) return out;
  KW_TRY(auto encryption, certificates_of(from.encryption_certificate));
  out.encryption = encryption.front();
  if (out.chain.empty()) out.chain.assign(encryption.begin() + 1, encryption.end());
  // A file that holds both certificates, signing first, may be named for both.
  std::erase_if(out.chain, [&](const crypto::Certificate& c) { return equal(c.der(), out.encryption->der()); });
  if (from.encryption_key.text.empty()) return out;
  KW_TRY(auto encryption_key, key_of(from.encryption_key, *out.encryption));
  out.encryption_key = std::move(encryption_key);
  return out;
}

Result<pki::TrustStore> trust_of_pem(const PemText& from) {
  KW_TRY(const auto list, certificates_of(from));
  pki::TrustStore out;
  for (const auto& c : list) (equal(c.subject_der(), c.issuer_der()) ? out.anchors : out.intermediates).push_back(c);
  if (out.anchors.empty()) out.anchors.swap(out.intermediates);
  return out;
}

}  // namespace kw::tlcp
