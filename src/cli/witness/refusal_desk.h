#pragma once
// RefusalDesk hears kiosks that refuse the platform's ledger, weighs what they prove, keeps it and says it.
//
//   POST /refusal   octets of v1::Signed{kind "witness-refusal"}, at most 32 KiB   200 {"proves": "forked"}
//
// A kiosk's key is not known here, and need not be: what convicts the ledger are the ledger's own signatures. A word
// that proves nothing is kept and said as such, for a person to look at; at most kMost are kept. Runs on the executor.
#include <boost/asio/any_io_executor.hpp>
#include <iosfwd>
#include <set>

#include "base/random.h"
#include "base/time.h"
#include "cli/options.h"
#include "cli/witness/witness_state.h"
#include "crypto/random.h"
#include "net/http_server.h"
#include "platform/linux/system_clock.h"

namespace kw::cli {

class RefusalDesk {
 public:
  static constexpr std::size_t kMost = 10'000;  // witnesses
  struct Ports {
    const Clock& clock;
    Random& random;
  };
  /// Everything handed in must outlive the desk.
  static Result<std::unique_ptr<RefusalDesk>> open(boost::asio::any_io_executor executor, const cli::HostPort& address,
                                                   WitnessState& state, const crypto::Sm2PublicKey& ledger_key,
                                                   std::ostream& out, Ports ports);
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  /// hear takes one refusal: malformed, unsupported, too_large; rate_limited above kMost witnesses.
  Result<witness::Finding> hear(ByteView octets);

 private:
  RefusalDesk(WitnessState& state, const crypto::Sm2PublicKey& ledger_key, std::ostream& out, Ports ports)
      : state_(state), ledger_key_(ledger_key), out_(out), ports_(ports) {}
  WitnessState& state_;
  const crypto::Sm2PublicKey& ledger_key_;
  std::ostream& out_;
  Ports ports_;
  NullLog log_;
  std::set<std::string> heard_;
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace kw::cli
