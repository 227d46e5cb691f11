#pragma once
// enrol takes one simulated kiosk through the real enrolment: request with its one-time token, polls until an
// administrator has approved, check of what comes.
//
// The key is made here and lives in memory alone. Errors: unauthenticated (token), forbidden (rejected), those of
// agent::check_approval; a platform that is not reachable is asked again until `stop` says that nobody wants it any
// more.
#include <functional>

#include "agent/identity/identity.h"
#include "bench/fleet/tally.h"
#include "net/envelope_stream.h"

namespace kw::fleet {

namespace asio = boost::asio;
namespace v1 = ::kioskward::v1;

/// Hardware that a kiosk of this name claims to have; `another_disk`: with one part changed.
[[nodiscard]] v1::HardwareDigest made_hardware(const std::string& address, bool another_disk = false);

struct EnrolWish {
  net::Target server;
  std::vector<crypto::Certificate> ca;
  std::string token, address, mac, hostname;
};
struct EnrolPorts {
  Random& random;
  const Clock& clock;
  Tally& tally;
  std::function<bool()> stopping;
};
struct Enrolled {
  agent::Identity identity;
  std::optional<v1::Signed> policy;  // the first bundle
};
asio::awaitable<Result<Enrolled>> enrol(EnrolWish wish, EnrolPorts ports);

}  // namespace kw::fleet
