#include "cli/witness/refusal_desk.h"

#include <ostream>

#include "base/plain_name.h"
#include "schema/codec.h"

namespace kw::cli {
namespace {

constexpr std::size_t kMostSaid = 32U << 10;

}  // namespace

Result<std::unique_ptr<RefusalDesk>> RefusalDesk::open(boost::asio::any_io_executor executor,
                                                       const cli::HostPort& address, WitnessState& state,
                                                       const crypto::Sm2PublicKey& ledger_key, std::ostream& out,
                                                       Ports ports) {
  std::unique_ptr<RefusalDesk> desk(new RefusalDesk(state, ledger_key, out, ports));
  net::Router router;
  router.add("POST", "/refusal", [self = desk.get()](const net::Request& request) {
    const auto found = self->hear(bytes_of(request.body));
    if (!found)
      return net::error_response(net::status_of(found.code()), name(found.code()), found.error().detail(),
                                 request.trace);
    return net::json_response(200, R"({"proves":")" + std::string(witness::name(*found)) + "\"}");
  });
  net::HttpOptions options;
  options.address = address.host;
  options.port = address.port;
  options.max_body = kMostSaid;
  options.max_connections = 64;
  KW_TRY(desk->server_, net::HttpServer::start(std::move(executor), options, std::move(router),
                                               {desk->log_, ports.clock, ports.random}));
  return desk;
}

Result<witness::Finding> RefusalDesk::hear(ByteView octets) {
  KW_TRY(const auto object, schema::parse<kioskward::v1::Signed>(octets, kMostSaid));
  KW_TRY(const auto refusal, witness::read_refusal(object));
  // A witness's name becomes that of a file here.
  if (!has_plain_letters(refusal.witness)) return fail(Errc::malformed, "name of a witness");
  const auto finding = witness::weigh_refusal(refusal, ledger_key_);
  const auto key = refusal.witness + " " + std::string(witness::name(finding));
  if (heard_.contains(key)) return finding;
  if (heard_.size() >= kMost) return fail(Errc::rate_limited, "refusals");
  // What convicts is never replaced by a word alone: it has a file of its own.
  KW_CHECK(state_.keep_refusal(refusal.witness + "-" + std::string(witness::name(finding)), object));
  heard_.insert(key);
  out_ << to_rfc3339(ports_.clock.now()) << " HEARD: " << refusal.witness << " refuses the ledger: " << refusal.reason
       << "; proves: " << witness::name(finding) << std::endl;
  return finding;
}

}  // namespace kw::cli
