#include "server/export_transport.h"
#include "server/guarded_road.h"

namespace kw::server {
net::asio::awaitable<Result<std::unique_ptr<net::ByteStream>>> connect_export(const exports::Profile& profile,
                                                                              ExportPorts ports,
                                                                              net::Deadline deadline) {
  net::Target target(profile.address.host, profile.address.port);
  switch (profile.address.scheme) {
    case exports::Scheme::tls:
    case exports::Scheme::https: {
      KW_CO_TRY(auto settings, tls_road(profile.credentials, profile.address.host));
      co_return co_await net::connect_tls(std::move(target), std::move(settings), deadline);
    }
    case exports::Scheme::tlcp: {
      KW_CO_TRY(auto config, tlcp_road(profile.credentials, profile.address.host));
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
