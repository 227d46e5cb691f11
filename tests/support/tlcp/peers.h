#pragma once
// What tests of TLCP share: a repeatable random source, a clock that stands, the test PKI, and a wire in memory.
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

#include "tlcp/client.h"
#include "tlcp/server.h"

namespace kw::tlcp::testing {

class CountingRandom final : public Random {
 public:
  explicit CountingRandom(std::uint64_t seed = 1) : state_(seed) {}
  void fill(MutableByteView out) override {
    for (auto& b : out) {
      state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
      b = static_cast<Byte>(state_ >> 56);
    }
  }

 private:
  std::uint64_t state_;
};

class StandingClock final : public Clock {
 public:
  explicit StandingClock(Timestamp t = from_rfc3339("2027-06-01T00:00:00Z").value()) : time(t) {}
  [[nodiscard]] Timestamp now() const override { return time; }
  [[nodiscard]] Duration steady() const override { return {}; }
  Timestamp time;
};

inline std::string vector_path(const std::string& name) {
  return std::string(KW_SOURCE_DIR) + "/tests/vectors/tlcp/" + name;
}
inline std::string read_vector(const std::string& name) {
  std::ifstream file(vector_path(name), std::ios::binary);
  if (!file) throw std::runtime_error("no vector " + name);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}
inline crypto::Certificate pki_certificate(const std::string& name) {
  return crypto::Certificate::parse_pem(read_vector("pki/" + name + ".crt")).value().at(0);
}
inline crypto::Sm2PrivateKey pki_key(const std::string& name) {
  const auto pem = read_vector("pki/" + name + ".key");
  return crypto::Sm2PrivateKey::from_pkcs8(bytes_of(pem)).value();
}
/// pki_identity is "server" or "client" of the recorded conversations.
inline Identity pki_identity(const std::string& who) {
  return {pki_certificate(who + "_sign"), pki_key(who + "_sign"), pki_certificate(who + "_enc"), pki_key(who + "_enc"),
          {pki_certificate("sub")}};
}
inline pki::TrustStore pki_trust() {
  pki::TrustStore out;
  out.anchors = {pki_certificate("root")};
  out.intermediates = {pki_certificate("sub")};
  return out;
}

inline ClientConfig make_client_config(bool with_identity) {
  ClientConfig out;
  out.trust = pki_trust();
  if (with_identity) out.identity = pki_identity("client");
  out.server_name = "localhost";
  out.expected_name = "localhost";
  return out;
}
inline ServerConfig make_server_config() {
  ServerConfig out{pki_identity("server"), {}, ClientAuth::none, false, {kSuites.begin(), kSuites.end()}, {}, {}};
  out.client_trust = pki_trust();
  return out;
}
/// Copies of configurations whose files are read once.
inline ClientConfig client_config(bool with_identity = true) {
  static const auto with = make_client_config(true), without = make_client_config(false);
  return with_identity ? with : without;
}
inline ServerConfig server_config(ClientAuth auth = ClientAuth::required) {
  static const auto config = make_server_config();
  auto out = config;
  out.client_auth = auth;
  return out;
}

/// Two ends and the wire between them.
struct Pair {
  explicit Pair(const ClientConfig& c = client_config(), const ServerConfig& s = server_config())
      : client(std::make_shared<ClientConfig>(c), client_random, clock),
        server(std::make_shared<ServerConfig>(s), server_random, clock) {}

  /// run carries octets both ways until neither end has anything to say, in pieces of `piece` octets (0: all at once).
  void run(std::size_t piece = 0) {
    while (client.has_output() || server.has_output()) {
      carry(client, server, piece);
      carry(server, client, piece);
    }
  }
  static void carry(Connection& from, Connection& to, std::size_t piece = 0) {
    const auto out = from.take_output();
    deliver(to, out, piece);
  }
  static void deliver(Connection& to, ByteView octets, std::size_t piece = 0) {
    while (!octets.empty()) {
      const auto n = piece == 0 ? octets.size() : std::min(piece, octets.size());
      if (!to.receive(octets.first(n))) return;
      octets = octets.subspan(n);
    }
  }
  [[nodiscard]] bool open() const { return client.state() == State::open && server.state() == State::open; }

  CountingRandom client_random{1}, server_random{2};
  StandingClock clock;
  Client client;
  Server server;
};

/// split_records cuts a flight into its records, headers included.
inline std::vector<Bytes> split_records(ByteView flight) {
  std::vector<Bytes> out;
  while (flight.size() >= kRecordHeader) {
    const auto n = kRecordHeader + (static_cast<std::size_t>(flight[3]) << 8 | flight[4]);
    out.push_back(copy(flight.first(std::min(n, flight.size()))));
    flight = flight.subspan(out.back().size());
  }
  return out;
}

/// alert_in returns the description of the clear alert that ends a flight.
inline std::optional<Alert> alert_in(ByteView flight) {
  const auto records = split_records(flight);
  if (records.empty() || records.back().size() != kRecordHeader + 2 || records.back()[0] != 21) return std::nullopt;
  return static_cast<Alert>(records.back()[6]);
}

}  // namespace kw::tlcp::testing
