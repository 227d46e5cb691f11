#pragma once
// HttpClient is a small blocking HTTP/1.1 client over plain sockets, for tests only.
//
// It can also send octets as they are, to be rude on purpose. Loopback only; every read has a 10 s limit.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <charconv>
#include <map>
#include <string>
#include <string_view>

namespace kw::net::testing {

struct Reply {
  int status = 0;                              // 0: the peer closed without an answer
  std::map<std::string, std::string> headers;  // names in lower case; of repeated ones the last
  std::string body;
};

class Connection {
 public:
  explicit Connection(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval limit{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    good_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { ::close(fd_); }

  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] int fd() const { return fd_; }
  void send(std::string_view octets) const {
    while (!octets.empty()) {
      const auto sent = ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      octets.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// more reads what comes next; false at the end or after 10 s.
  bool more() {
    char block[65536];
    const auto got = ::recv(fd_, block, sizeof block, 0);
    if (got <= 0) return false;
    pending_.append(block, static_cast<std::size_t>(got));
    return true;
  }
  /// take reads exactly n octets; fewer at the end.
  std::string take(std::size_t n) {
    while (pending_.size() < n && more()) {
    }
    auto out = pending_.substr(0, n);
    pending_.erase(0, out.size());
    return out;
  }
  Reply receive(bool head = false) {
    Reply out;
    std::size_t end = 0;
    while ((end = pending_.find("\r\n\r\n")) == std::string::npos) {
      if (!more()) return out;
    }
    std::string_view lines(pending_.data(), end + 2);
    const auto first = lines.substr(0, lines.find("\r\n"));
    std::from_chars(first.data() + 9, first.data() + 12, out.status);
    lines.remove_prefix(first.size() + 2);
    while (!lines.empty()) {
      const auto line = lines.substr(0, lines.find("\r\n"));
      lines.remove_prefix(line.size() + 2);
      std::string key(line.substr(0, line.find(':')));
      for (char& c : key) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
      const auto value = line.substr(std::min(line.size(), key.size() + 1));
      out.headers[key] = std::string(value.substr(std::min(value.find_first_not_of(' '), value.size())));
    }
    pending_.erase(0, end + 4);
    std::size_t length = 0;
    const auto text = out.headers["content-length"];
    std::from_chars(text.data(), text.data() + text.size(), length);
    if (!head && out.status != 101) out.body = take(length);
    return out;
  }

 private:
  int fd_;
  bool good_ = false;
  std::string pending_;
};

/// request sends one request over a connection of its own.
inline Reply request(std::uint16_t port, std::string_view method, std::string_view target, std::string_view body = {},
                     const std::map<std::string, std::string>& headers = {}) {
  Connection connection(port);
  std::string text = std::string(method) + " " + std::string(target) +
                     " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\nConnection: close\r\n";
  for (const auto& [key, value] : headers) text += key + ": " + value + "\r\n";
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  connection.send(text + "\r\n" + std::string(body));
  return connection.receive(method == "HEAD");
}

}  // namespace kw::net::testing
