#include "server/guarded_road.h"

#include "net/tls_client.h"
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

}  // namespace

net::asio::awaitable<Result<std::unique_ptr<net::ByteStream>>> open_guarded_road(config::Guard guard,
                                                                                 net::Target target,
                                                                                 const config::TrustFiles& files,
                                                                                 Random& random, const Clock& clock,
                                                                                 net::Deadline deadline) {
  switch (guard) {
    case config::Guard::tls: {
      KW_CO_TRY(auto settings, tls_road(files, target.host));
      co_return co_await net::connect_tls(std::move(target), std::move(settings), deadline);
    }
    case config::Guard::tlcp: {
      KW_CO_TRY(auto config, tlcp_road(files, target.host));
      co_return co_await net::connect_tlcp_bytes(std::move(target), std::move(config), random, clock, deadline);
    }
    case config::Guard::none:
      break;
  }
  co_return co_await net::connect_plain(std::move(target), deadline);
}

}  // namespace kw::server
