#pragma once
// Client is the client's end of a TLCP connection; its ClientHello waits in take_output() from the beginning.
#include "tlcp/connection.h"

namespace kw::tlcp {

class Client final : public Connection {
 public:
  /// `random` and `clock` must outlive the connection.
  Client(std::shared_ptr<const ClientConfig> config, Random& random, const Clock& clock);

 private:
  Step handle(const HandshakeMessage& message) override;
  Step on_server_hello(const HandshakeMessage& message);
  Step on_certificate(const HandshakeMessage& message);
  Step on_server_key_exchange(const HandshakeMessage& message);
  Step on_certificate_request(const HandshakeMessage& message);
  Step on_server_hello_done(const HandshakeMessage& message);
  Step on_finished(const HandshakeMessage& message);
  Step send_client_hello();
  Step send_certificate();
  Step send_certificate_verify();
  [[nodiscard]] bool name_matches() const;

  std::shared_ptr<const ClientConfig> config_;
  bool certificate_requested_ = false;
};

}  // namespace kw::tlcp
