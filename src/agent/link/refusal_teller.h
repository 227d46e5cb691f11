#pragma once
// RefusalTeller brings this kiosk's refusal of the ledger to witnesses elsewhere, for the platform may be who lies.
//
// POST /refusal to each address (src/cli/witness/refusal_desk.h), again every kAgain until each has answered; a new
// refusal takes the place of the one before. Nothing secret is sent, and the words are signed, so the road is plain HTTP;
// the kernel lets it out only where network policy names the address. Everything runs on the executor given.
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <vector>

#include "base/log.h"
#include "kioskward/v1/common.pb.h"
#include "net/tlcp_stream.h"

namespace kw::agent {

class RefusalTeller {
 public:
  static constexpr std::chrono::seconds kAgain{10};
  /// `log` must outlive the executor's work.
  RefusalTeller(boost::asio::any_io_executor executor, std::vector<net::Target> witnesses, Log& log);
  ~RefusalTeller();
  RefusalTeller(const RefusalTeller&) = delete;
  RefusalTeller& operator=(const RefusalTeller&) = delete;
  void tell(const kioskward::v1::Signed& refusal);
  /// forget stops telling: the ledger follows again.
  void forget();

 private:
  struct Work;
  std::shared_ptr<Work> work_;
};

}  // namespace kw::agent
