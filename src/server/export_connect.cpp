#include "net/tls_client.h"
#include "server/export_transport.h"
#include "server/secret_file.h"
#include "tlcp/pem_identity.h"

namespace kw::server {
namespace {

Result<std::shared_ptr<net::TlsSettings>> tls_settings(const exports::Profile& profile) {
  const auto& files = profile.credentials;
  net::TlsTrust trust;
  KW_TRY(const auto authorities, read_public(files.ca));
  trust.authorities = copy_text(authorities);
  trust.server_name = files.server_name.empty() ? profile.address.host : files.server_name;
  if (!files.certificate.empty()) {
    KW_TRY(const auto certificate, read_public(files.certificate));
    trust.certificate = copy_text(certificate);
    KW_TRY(trust.key, read_private(files.key));
  }
  return net::TlsSettings::make(std::move(trust));
}

Result<tlcp::Identity> tlcp_identity(const exports::Credentials& files) {
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

Result<std::shared_ptr<const tlcp::ClientConfig>> tlcp_config(const exports::Profile& profile) {
  const auto& files = profile.credentials;
  auto out = std::make_shared<tlcp::ClientConfig>();
  KW_TRY(const auto authorities, read_public(files.ca));
  KW_TRY(out->trust, tlcp::trust_of_pem({text_of(authorities), files.ca}));
  if (!files.certificate.empty()) {
    KW_TRY(out->identity, tlcp_identity(files));
  }
  out->expected_name = files.server_name.empty() ? profile.address.host : files.server_name;
  return std::shared_ptr<const tlcp::ClientConfig>(std::move(out));
}

}  // namespace

net::asio::awaitable<Result<std::unique_ptr<net::ByteStream>>> connect_export(const exports::Profile& profile,
                                                                              ExportPorts ports,
                                                                              net::Deadline deadline) {
  net::Target target(profile.address.host, profile.address.port);
  switch (profile.address.scheme) {
    case exports::Scheme::tls:
    case exports::Scheme::https: {
      KW_CO_TRY(auto settings, tls_settings(profile));
      co_return co_await net::connect_tls(std::move(target), std::move(settings), deadline);
    }
    case exports::Scheme::tlcp: {
      KW_CO_TRY(auto config, tlcp_config(profile));
      co_return co_await net::connect_tlcp_bytes(std::move(target), std::move(config), ports.random, ports.clock,
                                                 deadline);
    }
    case exports::Scheme::http:
      co_return co_await net::connect_plain(std::move(target), deadline);
    case exports::Scheme::file:
      break;
  }
  co_return fail(Errc::unsupported, "address");
}

std::unique_ptr<ExportTransport> make_transport(const exports::Profile& profile, ExportPorts ports) {
  switch (profile.kind) {
    case exports::Kind::syslog:
      return make_syslog_transport(profile, ports);
    case exports::Kind::files:
      return make_gate_transport(profile, ports);
    case exports::Kind::soap:
    case exports::Kind::http:
      break;
  }
  return make_web_transport(profile, ports);
}

}  // namespace kw::server
