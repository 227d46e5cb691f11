#pragma once
// connect_tls opens TLS 1.2 or 1.3 to a server that shows a certificate of a given authority for a given name.
//
// It is for receivers outside the platform that speak TLS (syslog, bridges); kiosks have TLCP. There is no way to go on
// without a good certificate. This file and its .cpp are the only ones that use libssl (ADR 68).
#include "base/secret.h"
#include "net/byte_stream.h"

namespace kw::net {

/// TlsTrust holds PEM texts. It has a constructor because GCC 12 destroys temporaries of an aggregate twice when they
/// stand in a co_await expression.
struct TlsTrust {
  TlsTrust() = default;
  std::string authorities;  // PEM; the system's own store is never asked
  std::string server_name;  // name or address that the certificate must carry; sent as SNI where it is a name
  std::string certificate;  // own chain, PEM; empty: none
  SecretBytes key;          // its key, PEM
};

/// TlsSettings is a TlsTrust that was read once; shared by connections, immutable.
class TlsSettings {
 public:
  /// make: Errc::bad_key or malformed for PEM that OpenSSL does not take.
  static Result<std::shared_ptr<TlsSettings>> make(TlsTrust trust);
  ~TlsSettings();
  TlsSettings(const TlsSettings&) = delete;
  TlsSettings& operator=(const TlsSettings&) = delete;
  class Impl;
  [[nodiscard]] Impl& impl() const noexcept { return *impl_; }

 private:
  explicit TlsSettings(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// connect_tls: errors of connect_tcp; Errc::untrusted for a certificate that is not good or carries another name, and,
/// here or at a later read or write, where the server does not take ours.
asio::awaitable<Result<std::unique_ptr<ByteStream>>> connect_tls(Target target, std::shared_ptr<TlsSettings> settings,
                                                                 Deadline deadline);

}  // namespace kw::net
