#pragma once
// ScriptedPeer takes one connection on a loopback port, reads a request's header and answers with given octets: for
// tests of clients.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

namespace kw::net::testing {

class ScriptedPeer {
 public:
  /// Whether the connection stays open after the answer, until the client goes.
  static constexpr bool kStay = true;
  explicit ScriptedPeer(std::string answer, bool stay = false)
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(listener_, 1) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
      return;  // port 0: the client's connection fails, and with it the test
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this, answer = std::move(answer), stay] { serve(answer, stay); });
  }
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;
  ~ScriptedPeer() {
    ::shutdown(listener_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    ::close(listener_);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void serve(const std::string& answer, bool stay) const {
    const int peer = ::accept(listener_, nullptr, nullptr);
    if (peer < 0) return;
    std::string seen;
    char block[4096];
    while (seen.find("\r\n\r\n") == std::string::npos) {
      const auto got = ::recv(peer, block, sizeof block, 0);
      if (got <= 0) break;
      seen.append(block, static_cast<std::size_t>(got));
    }
    if (!answer.empty()) ::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
    while (stay && ::recv(peer, block, sizeof block, 0) > 0) {
    }
    ::close(peer);
  }

  int listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace kw::net::testing
