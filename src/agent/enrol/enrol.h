#pragma once
// enrol asks the platform to take this kiosk: request with a one-time token, wait for approval, check, store.
//
//   EnrolOptions options{.server = {"platform", 8660}, .ca_pem = pem, .token = "..."};
//   auto done = co_await enrol(state, options, ports);
//
// Exit codes of the command (exit_code): 0 enrolled or, without waiting, asked; 2 wrong use; 3 already enrolled;
// 4 token refused; 5 rejected; 6 still pending; 7 the platform is not reachable; 8 the platform is not the pinned one;
// 9 its answer does not hold; 10 this machine or its state directory; 1 anything else.
#include <boost/asio/awaitable.hpp>
#include <ostream>

#include "agent/config.h"
#include "agent/identity/device_key.h"
#include "agent/identity/identity.h"
#include "agent/identity/seals.h"
#include "base/log.h"
#include "crypto/sm3.h"
#include "net/envelope_stream.h"

namespace kw::agent {

namespace asio = boost::asio;

enum class EnrolOutcome { enrolled, pending };

struct EnrolOptions {
  HostPort server;
  std::string ca_pem;                     // pinned; the copy in the state directory is used to resume
  std::string token;                      // not needed to resume
  std::optional<crypto::Digest> persons;  // SM3 of the rule of persons that the platform has to show; kept to resume
  bool resume = false;
  std::chrono::seconds wait{0};  // for approval
  std::chrono::milliseconds poll_every{1000};
  std::string interface;
  std::string root = "/";  // where the hardware sources are
  TpmSettings tpm{TpmSettings::Use::off, {}, {}};
};
struct EnrolPorts {
  const Clock& clock;
  Random& random;
  Log& log;
  std::ostream& out;  // what the person at the keyboard reads
  device::TpmPort* tpm = nullptr;
};

/// enrol: errors as a code: already_exists, unauthenticated (token), forbidden (rejected), timeout (pending after a
/// wait), unavailable (not reachable), untrusted (not the pinned platform), and those of check_approval and the state
/// files.
asio::awaitable<Result<EnrolOutcome>> enrol(const StateDirectory& state, EnrolOptions options, EnrolPorts ports);
[[nodiscard]] int exit_code(const Result<EnrolOutcome>& outcome) noexcept;

/// mac_and_address_of reads an interface's MAC and first IPv4 (else IPv6) address from an rtnetlink snapshot.
struct InterfaceFacts {
  std::string mac, address;
};
Result<InterfaceFacts> interface_facts(const std::string& interface);

}  // namespace kw::agent
