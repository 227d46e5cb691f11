#include "server/export_transport.h"
#include "server/guarded_road.h"

namespace kw::server {
namespace {

std::optional<config::Guard> guard_of(exports::Scheme scheme) {
  switch (scheme) {
    case exports::Scheme::tls:
    case exports::Scheme::https:
      return config::Guard::tls;
    case exports::Scheme::tlcp:
      return config::Guard::tlcp;
    case exports::Scheme::http:
      return config::Guard::none;
    case exports::Scheme::file:
      break;
  }
  return std::nullopt;
}

}  // namespace

net::asio::awaitable<Result<std::unique_ptr<net::ByteStream>>> connect_export(const exports::Profile& profile,
                                                                              ExportPorts ports,
                                                                              net::Deadline deadline) {
  const auto guard = guard_of(profile.address.scheme);
  if (!guard) co_return fail(Errc::unsupported, "address");
  co_return co_await open_guarded_road(*guard, net::Target(profile.address.host, profile.address.port),
                                       profile.credentials, ports.random, ports.clock, deadline);
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
