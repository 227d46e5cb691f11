#pragma once
// TlsSink is a TLS receiver on loopback that reads everything and answers close_notify with close_notify, as a syslog
// server does (RFC 5425 section 4.4). Its certificate is made by the openssl command. For benches only.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <thread>

#include "ledger_tools.h"

namespace kw::bench {

class TlsSink {
 public:
  explicit TlsSink(const std::filesystem::path& directory) : directory_(directory) {
    const auto make =
        "cd '" + directory.string() +
        "' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        "-subj /CN=log.test -addext subjectAltName=DNS:log.test -keyout sink.key -out sink.pem 2>/dev/null";
    if (std::system(make.c_str()) != 0) die(Error(Errc::internal, "openssl"));
    if (SSL_CTX_use_certificate_file(context_.get(), (directory / "sink.pem").c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(context_.get(), (directory / "sink.key").c_str(), SSL_FILETYPE_PEM) != 1)
      die(Error(Errc::internal, "certificate of the receiver"));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
      die(Error(Errc::io, "loopback"));
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  TlsSink(const TlsSink&) = delete;
  TlsSink& operator=(const TlsSink&) = delete;
  ~TlsSink() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string certificate() const { return (directory_ / "sink.pem").string(); }
  [[nodiscard]] std::uint64_t octets() const { return octets_; }

 private:
  void serve() {
    for (int peer; (peer = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(peer)) {
      const std::unique_ptr<SSL, decltype(&SSL_free)> stream(SSL_new(context_.get()), SSL_free);
      SSL_set_fd(stream.get(), peer);
      if (SSL_accept(stream.get()) != 1) continue;
      char block[16384];
      for (int got; (got = SSL_read(stream.get(), block, sizeof block)) > 0;) octets_ += static_cast<unsigned>(got);
      SSL_shutdown(stream.get());
    }
  }
  std::filesystem::path directory_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port_ = 0;
  std::atomic<std::uint64_t> octets_ = 0;
  std::thread thread_;
};

}  // namespace kw::bench
