// links: tlcp pki
// A server that asks for certificates, fed with whatever a client may send: it never opens, and never stays silent
// about a failure.
#include <cstdlib>

#include "tests/support/tlcp/peers.h"

using namespace kw::tlcp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto config = std::make_shared<const ServerConfig>(testing::server_config(ClientAuth::requested));
  testing::CountingRandom random;
  const testing::StandingClock clock;
  Server server(config, random, clock);
  const auto fed = server.receive({data, size});
  if (server.state() == State::open) std::abort();
  if (fed.has_value() == (server.state() == State::failed)) std::abort();
  if (!fed && !server.has_output() && server.failure()->failure != Failure::peer_alert) std::abort();
  return 0;
}
