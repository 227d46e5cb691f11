#pragma once
// Peer is a blocking TLCP client over a plain loopback socket, for tests: it says what it is told to, and keeps what it
// hears octet by octet. Every wait ends after 10 s.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "crypto/random.h"
#include "net/envelope_stream.h"
#include "server/testing/kiosk.h"
#include "tlcp/client.h"

namespace kw::server::testing {

class Peer {
 public:
  Peer(std::uint16_t port, const Clock& clock, std::optional<tlcp::Identity> identity,
       const std::string& from = "127.0.0.1")
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), engine_(config(std::move(identity)), random_, clock) {
    wait_at_most(std::chrono::seconds(10));
    connected_ = end(&::bind, from, 0) && end(&::connect, "127.0.0.1", port);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() { hang_up(); }

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] const tlcp::Connection& engine() const { return engine_; }
  /// heard is every octet that came, as it came.
  [[nodiscard]] const Bytes& heard() const { return heard_; }
  void hang_up() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  /// wait_at_most bounds each wait from now on.
  void wait_at_most(std::chrono::microseconds most) const {
    const timeval limit{most.count() / 1'000'000, most.count() % 1'000'000};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  /// read_little makes the window through which the platform can write small.
  void read_little() const {
    const int octets = 4096;
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
  }
  /// drip says octet after octet, each after a wait for an answer; true where the platform ends it before the last.
  bool drip(ByteView octets, std::chrono::milliseconds pause) {
    wait_at_most(pause);
    for (const auto& octet : octets) {
      say(ByteView(&octet, 1));
      if (!more() && over_) return true;
    }
    return false;
  }
  /// greeting is the ClientHello, which waits to be said.
  Bytes greeting() { return engine_.take_output(); }
  /// protect seals application octets without saying them.
  Bytes protect(ByteView octets) {
    good(engine_.send(octets));
    return engine_.take_output();
  }
  bool handshake() {
    do {
      flush();
    } while (engine_.state() == tlcp::State::handshaking && more());
    flush();
    return engine_.state() == tlcp::State::open;
  }
  /// say writes wire octets as they are.
  void say(ByteView octets) const {
    while (!octets.empty()) {
      const auto sent = ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      octets = octets.subspan(static_cast<std::size_t>(sent));
    }
  }
  /// write_octets protects application octets, whatever they are.
  void write_octets(ByteView octets) {
    good(engine_.send(octets));
    flush();
  }
  /// write numbers the envelope; set version or sequence yourself to lie.
  std::uint64_t write(v1::Envelope envelope) {
    ++sent_;
    if (envelope.version() == 0) envelope.set_version(1);
    if (envelope.sequence() == 0) envelope.set_sequence(sent_);
    write_octets(take(net::encode_envelope(envelope)));
    return sent_;
  }
  /// read gives the next envelope; nullopt where the platform ended the connection first.
  std::optional<v1::Envelope> read() {
    while (true) {
      envelopes_.feed(engine_.take_received());
      auto next = take(envelopes_.next());
      if (next || !more()) return next;
    }
  }
  /// ended waits for the end; false where an envelope comes before it.
  bool ended() { return !read().has_value() && over_; }

  /// welcomed reads the Welcome and gives its challenge.
  std::string welcomed() {
    const auto envelope = read();
    EXPECT_TRUE(envelope && envelope->has_welcome());
    return envelope ? envelope->welcome().challenge() : std::string();
  }
  /// admission completes a report for this connection and sends it.
  void admission(v1::AdmissionReport report, const std::string& challenge) {
    report.set_challenge(challenge);
    report.set_channel_binding(copy_text(engine_.channel_binding()));
    v1::Envelope out;
    *out.mutable_admission() = signed_report(report);
    write(std::move(out));
  }
  /// admit goes the whole road to Admitted.
  std::optional<v1::Admitted> admit(const v1::AdmissionReport& report) {
    if (!handshake()) return std::nullopt;
    admission(report, welcomed());
    const auto answer = read();
    if (!answer || !answer->has_admitted()) return std::nullopt;
    return answer->admitted();
  }

 private:
  static std::shared_ptr<const tlcp::ClientConfig> config(std::optional<tlcp::Identity> identity) {
    auto out = std::make_shared<tlcp::ClientConfig>();
    out->trust.anchors = {test_keys().authority().certificate()};
    out->identity = std::move(identity);
    return out;
  }
  template <class Call>
  [[nodiscard]] bool end(Call call, const std::string& address, std::uint16_t port) const {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    ::inet_pton(AF_INET, address.c_str(), &at.sin_addr);
    return call(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
  }
  void flush() { say(engine_.take_output()); }
  /// more takes what comes next, good or bad; false at the end, or after 10 s without a word.
  bool more() {
    std::array<Byte, 20000> block{};
    const auto got = ::recv(fd_, block.data(), block.size(), 0);
    over_ = got == 0 || (got < 0 && errno == ECONNRESET);
    if (got <= 0) return false;
    const auto octets = ByteView(block).first(static_cast<std::size_t>(got));
    append(heard_, octets);
    if (!engine_.receive(octets)) {
      EXPECT_TRUE(engine_.failure().has_value());  // engine() tells why
    }
    flush();  // an answer to close_notify
    return true;
  }

  int fd_;
  bool connected_ = false, over_ = false;
  crypto::SystemRandom random_;
  tlcp::Client engine_;
  net::EnvelopeReader envelopes_;
  std::uint64_t sent_ = 0;
  Bytes heard_;
};

}  // namespace kw::server::testing
