#pragma once
// Server is the server's end of a TLCP connection; it waits for a ClientHello.
#include "tlcp/connection.h"

namespace kw::tlcp {

class Server final : public Connection {
 public:
  /// `random` and `clock` must outlive the connection. An identity without encryption certificate and key fails every
  /// handshake with Failure::crypto_failed.
  Server(std::shared_ptr<const ServerConfig> config, Random& random, const Clock& clock);

  /// server_name is what the client asked for in the server_name extension; empty where it did not.
  [[nodiscard]] const std::string& server_name() const noexcept { return server_name_; }

 private:
  Step handle(const HandshakeMessage& message) override;
  Step on_client_hello(const HandshakeMessage& message);
  Step on_certificate(const HandshakeMessage& message);
  Step on_client_key_exchange(const HandshakeMessage& message);
  Step on_certificate_verify(const HandshakeMessage& message);
  Step on_finished(const HandshakeMessage& message);
  Step send_flight();

  std::shared_ptr<const ServerConfig> config_;
  std::string server_name_;
};

}  // namespace kw::tlcp
