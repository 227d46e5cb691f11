#pragma once
// ExportTransport carries a batch to one receiver and brings back what it says; one small class a kind of profile.
//
//   KW_TRY(auto transport, make_transport(profile, {clock, random}));
//   auto delivered = co_await transport->deliver(batch);
//
// A transport keeps no state of a batch: what was sent, confirmed or is to be sent again is exports::Stream's. Files
// with certificates and secrets are read anew at each connection, so that a renewed certificate needs no restart.
// One strand.
#include "base/random.h"
#include "export/message.h"
#include "net/byte_stream.h"

namespace kw::server {

/// What came of sending: the receiver's answer, or none yet where it comes by another way.
struct Delivered {
  std::optional<exports::Answer> answer;
};
/// An answer that lay there: which batch it is about, and what it says.
struct LateAnswer {
  std::string batch;
  Bytes octets;
};

class ExportTransport {
 public:
  virtual ~ExportTransport() = default;
  /// deliver: an error means that nothing is known: the same batch is sent again.
  virtual net::asio::awaitable<Result<Delivered>> deliver(const exports::Batch& batch) = 0;
  /// collect gives one answer that lies there, the same until it is put away.
  virtual Result<std::optional<LateAnswer>> collect() { return std::optional<LateAnswer>(); }
  /// put_away: `read` is false for one that meant nothing.
  virtual Result<> put_away(const std::string& /*batch*/, bool /*read*/) { return {}; }
};

struct ExportPorts {
  const Clock& clock;
  Random& random;
};
/// connect_export opens the connection that a profile asks for, its certificate checked for the host's name.
net::asio::awaitable<Result<std::unique_ptr<net::ByteStream>>> connect_export(const exports::Profile& profile,
                                                                              ExportPorts ports,
                                                                              net::Deadline deadline);

std::unique_ptr<ExportTransport> make_syslog_transport(const exports::Profile& profile, ExportPorts ports);
std::unique_ptr<ExportTransport> make_web_transport(const exports::Profile& profile, ExportPorts ports);
std::unique_ptr<ExportTransport> make_gate_transport(const exports::Profile& profile, ExportPorts ports);
/// make_transport chooses by the profile's kind. `profile` and the ports outlive it.
std::unique_ptr<ExportTransport> make_transport(const exports::Profile& profile, ExportPorts ports);

}  // namespace kw::server
