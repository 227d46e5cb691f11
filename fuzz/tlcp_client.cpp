// links: tlcp pki
// A client fed with whatever a server may send: it never opens, and never stays silent about a failure.
#include <cstdlib>

#include "tests/support/tlcp/peers.h"

using namespace kw::tlcp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto config = std::make_shared<const ClientConfig>(testing::client_config());
  testing::CountingRandom random;
  const testing::StandingClock clock;
  Client client(config, random, clock);
  static_cast<void>(client.take_output());
  const auto fed = client.receive({data, size});
  if (client.state() == State::open) std::abort();
  if (fed.has_value() == (client.state() == State::failed)) std::abort();
  if (!fed && !client.has_output() && client.failure()->failure != Failure::peer_alert) std::abort();
  return 0;
}
