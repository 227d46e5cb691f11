#pragma once
// ScriptedClient does a client's handshake by hand, so that tests can do it wrongly or as other implementations do.
#include <functional>

#include "base/writer.h"
#include "tests/support/tlcp/peers.h"

namespace kw::tlcp::testing {

class ScriptedClient {
 public:
  Suite suite = Suite::ecc_sm4_gcm_sm3;
  std::vector<Bytes> certificates;                  // shown when asked
  bool sign_octets = false;                         // CertificateVerify over the handshake itself
  bool skip_verify = false;                         // leave CertificateVerify out
  std::optional<crypto::Sm2PrivateKey> verify_key;  // signs CertificateVerify; the client's key without it
  std::function<void(ClientHello&)> change_hello = [](ClientHello&) {};
  std::function<void(Bytes&)> change_pre_master = [](Bytes&) {};
  std::function<void(Bytes&)> change_ciphertext = [](Bytes&) {};
  std::function<void(Bytes&)> change_finished = [](Bytes&) {};

  /// hello returns the first record.
  Bytes hello() {
    ClientHello out;
    random_.fill(client_random_);
    out.random = client_random_;
    out.suites = {static_cast<std::uint16_t>(suite)};
    change_hello(out);
    return message(HandshakeType::client_hello, serialise(out));
  }

  /// answer takes the server's flight up to ServerHelloDone and returns the client's second one.
  Bytes answer(ByteView flight) {
    bool asked = false;
    std::optional<crypto::Certificate> encryption;
    for (const auto& record : split_records(flight)) {
      const ByteView octets = ByteView(record).subspan(kRecordHeader);
      const auto body = octets.subspan(4);
      append(transcript_, octets);
      switch (static_cast<HandshakeType>(octets[0])) {
        case HandshakeType::server_hello: server_random_ = parse_server_hello(body).value().random; break;
        case HandshakeType::certificate:
          encryption = crypto::Certificate::parse(parse_certificate_list(body).value().at(1)).value();
          break;
        case HandshakeType::certificate_request: asked = true; break;
        default: break;
      }
    }
    Bytes out;
    if (asked) append(out, message(HandshakeType::certificate, serialise_certificate_list(certificates)));
    Bytes pre_master = random_.bytes(kPreMasterSize);
    pre_master[0] = pre_master[1] = 1;
    change_pre_master(pre_master);
    auto ciphertext = encryption->public_key().encrypt(pre_master).value();
    change_ciphertext(ciphertext);
    append(out, message(HandshakeType::client_key_exchange, serialise_opaque16(ciphertext)));
    if (asked && !certificates.empty() && !skip_verify) {
      const auto key = verify_key ? *verify_key : pki_key("client_sign");
      const auto signature = sign_octets ? key.sign(transcript_) : key.sign(crypto::sm3(transcript_));
      append(out, message(HandshakeType::certificate_verify, serialise_opaque16(signature.value())));
    }
    const auto master = master_secret(SecretBytes(std::move(pre_master)), client_random_, server_random_);
    auto keys = key_block(suite, master, client_random_, server_random_);
    writing = make_protection(suite, std::move(keys.client), random_).value();
    reading = make_protection(suite, std::move(keys.server), random_).value();
    append(out, encode_record(ContentType::change_cipher_spec, Bytes{1}));
    auto finished = verify_data(master, Side::client, crypto::sm3(transcript_));
    change_finished(finished);
    append(out, sealed(ContentType::handshake, encode_handshake(HandshakeType::finished, finished)));
    return out;
  }
  Bytes sealed(ContentType type, ByteView plaintext) { return encode_record(type, writing->seal(type, plaintext).value()); }

  std::unique_ptr<RecordProtection> writing, reading;

 private:
  Bytes message(HandshakeType type, ByteView body) {
    const auto octets = encode_handshake(type, body);
    append(transcript_, octets);
    return encode_record(ContentType::handshake, octets);
  }

  CountingRandom random_{77};
  Hello32 client_random_{}, server_random_{};
  Bytes transcript_;
};

}  // namespace kw::tlcp::testing
