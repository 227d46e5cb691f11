#pragma once
// WitnessPlatform is the platform as a named witness sees it: a head to verify, and a place for what the witness says.
#include <boost/asio/awaitable.hpp>

#include "kioskward/v1/common.pb.h"
#include "ledger/proof.h"
#include "net/http_client.h"

namespace kw::cli {

struct OfferedHead {
  kioskward::v1::Signed checkpoint;
  Result<ledger::Proof> consistency;
};

/// parse_offered reads the answer of GET /witness/head: Errc::malformed, Errc::too_large. What is no proof stands in
/// `consistency`, for the witness to refuse. PURE.
Result<OfferedHead> parse_offered(std::string_view json);

class WitnessPlatform {
 public:
  explicit WitnessPlatform(net::Target server) : server_(std::move(server)) {}
  boost::asio::awaitable<Result<OfferedHead>> head(std::uint64_t seen);
  boost::asio::awaitable<Result<>> say(kioskward::v1::Signed word);

 private:
  net::Target server_;
};

}  // namespace kw::cli
