#pragma once
// Transcript reads one recorded conversation; Observer follows it with the engine's parts and no engine.
#include <gtest/gtest.h>

#include <map>

#include "tests/support/tlcp/peers.h"

namespace kw::tlcp::testing {

struct Transcript {
  struct Piece {
    Side from;
    Bytes octets;
  };
  std::vector<Piece> pieces;
  std::map<std::string, std::string> masters;  // hex client random -> hex master secret

  static Transcript load(const std::string& name) {
    Transcript out;
    std::istringstream lines(read_vector("transcripts/" + name + ".transcript"));
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string word, a, b, c;
      words >> word >> a >> b >> c;
      if (word == "keylog" && a == "CLIENT_RANDOM") out.masters[b] = c;
      if (word == "client" || word == "server")
        out.pieces.push_back({word == "client" ? Side::client : Side::server, from_hex(a).value()});
    }
    return out;
  }
  [[nodiscard]] Bytes of(Side side) const {
    Bytes out;
    for (const auto& p : pieces)
      if (p.from == side) append(out, p.octets);
    return out;
  }
};

/// What an observer with the server's encryption key learns.
struct Observed {
  std::vector<std::uint16_t> offered;
  std::uint16_t suite = 0;
  bool server_signature = false, client_signature = false, client_signed_hash = false;
  std::optional<pki::PeerCertificates> server, client;
  std::vector<HandshakeType> server_messages, client_messages;
  bool client_finished = false, server_finished = false;
  std::string request, reply;
  int empty_records = 0, close_notifies = 0;
  std::string master_hex, client_random_hex;
};

class Observer {
 public:
  Observed run(const Transcript& transcript) {
    for (const auto& piece : transcript.pieces) {
      auto& end = ends_[piece.from];
      end.records.feed(piece.octets);
      while (true) {
        const auto record = end.records.next();
        if (!record) throw std::runtime_error("record: " + std::string(name(record.error())));
        if (!*record) break;
        on_record(piece.from, end, **record);
      }
      EXPECT_TRUE(end.records.empty());
    }
    return std::move(seen_);
  }

 private:
  struct End {
    RecordReader records;
    HandshakeReader messages;
    std::unique_ptr<RecordProtection> protection;
    bool changed = false;
  };

  void on_record(Side from, End& end, const Record& record) {
    Bytes plaintext = copy(record.fragment);
    if (end.changed) {
      if (!end.protection) return;  // an ECDHE conversation: what follows stays closed
      auto opened = end.protection->open(record.type, record.fragment);
      ASSERT_TRUE(opened) << "record does not open";
      plaintext = std::move(*opened);
    }
    switch (record.type) {
      case ContentType::change_cipher_spec: end.changed = true; return;
      case ContentType::alert:
        if (plaintext == Bytes{1, 0}) ++seen_.close_notifies;
        return;
      case ContentType::application_data:
        if (plaintext.empty()) ++seen_.empty_records;
        (from == Side::client ? seen_.request : seen_.reply) += text_of(plaintext);
        return;
      case ContentType::handshake: break;
    }
    end.messages.feed(plaintext);
    while (true) {
      auto message = end.messages.next();
      ASSERT_TRUE(message);
      if (!*message) break;
      on_message(from, **message);
      append(handshake_, (*message)->octets);
    }
    EXPECT_TRUE(end.messages.empty());
  }

  void on_message(Side from, const HandshakeMessage& message) {
    (from == Side::client ? seen_.client_messages : seen_.server_messages).push_back(message.type);
    const StandingClock clock;
    const bool ecc = find_suite(seen_.suite).has_value();
    switch (message.type) {
      case HandshakeType::client_hello: {
        const auto hello = parse_client_hello(message.body()).value();
        EXPECT_EQ(serialise(hello), copy(message.body()));
        client_random_ = hello.random;
        seen_.client_random_hex = to_hex(hello.random);
        seen_.offered = hello.suites;
        return;
      }
      case HandshakeType::server_hello: {
        const auto hello = parse_server_hello(message.body()).value();
        server_random_ = hello.random;
        seen_.suite = hello.suite;
        return;
      }
      case HandshakeType::certificate: {
        const auto list = parse_certificate_list(message.body()).value();
        EXPECT_EQ(serialise_certificate_list(list), copy(message.body()));
        auto verdict = pki::verify_peer(list, pki_trust(), clock.now(), from == Side::server);
        ASSERT_TRUE(verdict) << pki::name(verdict.error());
        (from == Side::server ? seen_.server : seen_.client) = std::move(*verdict);
        return;
      }
      case HandshakeType::server_key_exchange: {
        if (!ecc) return;
        const auto signature = parse_opaque16(message.body()).value();
        const auto content = server_key_exchange_content(client_random_, server_random_, seen_.server->encryption->der());
        seen_.server_signature = seen_.server->signing.public_key().verify(content, signature).has_value();
        return;
      }
      case HandshakeType::certificate_request: {
        const auto request = parse_certificate_request(message.body()).value();
        EXPECT_EQ(serialise(request), copy(message.body()));
        return;
      }
      case HandshakeType::client_key_exchange:
        if (ecc) derive(parse_opaque16(message.body()).value());
        return;
      case HandshakeType::certificate_verify: {
        const auto signature = parse_opaque16(message.body()).value();
        const auto key = seen_.client->signing.public_key();
        seen_.client_signed_hash = key.verify(crypto::sm3(handshake_), signature).has_value();
        seen_.client_signature = seen_.client_signed_hash || key.verify(handshake_, signature).has_value();
        return;
      }
      case HandshakeType::finished: {
        const auto wanted = verify_data(master_, from, crypto::sm3(handshake_));
        (from == Side::client ? seen_.client_finished : seen_.server_finished) = equal(wanted, message.body());
        return;
      }
      default: return;
    }
  }

  void derive(ByteView ciphertext) {
    const auto pre_master = pki_key("server_enc").decrypt(ciphertext);
    ASSERT_TRUE(pre_master);
    ASSERT_EQ(pre_master->size(), kPreMasterSize);
    master_ = master_secret(*pre_master, client_random_, server_random_);
    seen_.master_hex = to_hex(master_.reveal());
    const auto suite = find_suite(seen_.suite).value();
    auto block = key_block(suite, master_, client_random_, server_random_);
    ends_[Side::client].protection = make_protection(suite, std::move(block.client), random_).value();
    ends_[Side::server].protection = make_protection(suite, std::move(block.server), random_).value();
  }

  std::map<Side, End> ends_;
  CountingRandom random_;
  Hello32 client_random_{}, server_random_{};
  SecretBytes master_;
  Bytes handshake_;
  Observed seen_;
};

}  // namespace kw::tlcp::testing
