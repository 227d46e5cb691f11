#include "server/guarded_road.h"

#include "server/secret_file.h"
#include "tlcp/pem_identity.h"

namespace kw::server {
namespace {

Result<tlcp::Identity> own_identity(const config::TrustFiles& files) {
  KW_TRY(const auto certificate, read_public(files.certificate));
  KW_TRY(const auto key, read_private(files.key));
  Bytes encryption;
  SecretBytes encryption_key;
  if (!files.encryption_certificate.empty()) {
    KW_TRY(encryption, read_public(files.encryption_certificate));
    KW_TRY(encryption_key, read_private(files.encryption_key));
  }
  return tlcp::identity_of_pem({{text_of(certificate), files.certificate},
                                {text_of(key.reveal()), files.key},
                                {text_of(encryption), files.encryption_certificate},
                                {text_of(encryption_key.reveal()), files.encryption_key}});
}

}  // namespace

Result<std::shared_ptr<net::TlsSettings>> tls_road(const config::TrustFiles& files, const std::string& host) {
  net::TlsTrust trust;
  KW_TRY(const auto authorities, read_public(files.ca));
  trust.authorities = copy_text(authorities);
  trust.server_name = files.server_name.empty() ? host : files.server_name;
  if (!files.certificate.empty()) {
    KW_TRY(const auto certificate, read_public(files.certificate));
    trust.certificate = copy_text(certificate);
    KW_TRY(trust.key, read_private(files.key));
  }
  return net::TlsSettings::make(std::move(trust));
}

Result<std::shared_ptr<const tlcp::ClientConfig>> tlcp_road(const config::TrustFiles& files, const std::string& host) {
  auto out = std::make_shared<tlcp::ClientConfig>();
  KW_TRY(const auto authorities, read_public(files.ca));
  KW_TRY(out->trust, tlcp::trust_of_pem({text_of(authorities), files.ca}));
  if (!files.certificate.empty()) {
    KW_TRY(out->identity, own_identity(files));
  }
  out->expected_name = files.server_name.empty() ? host : files.server_name;
  return std::shared_ptr<const tlcp::ClientConfig>(std::move(out));
}

}  // namespace kw::server
