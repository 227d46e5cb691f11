#include "tlcp/key_schedule.h"

namespace kw::tlcp {
namespace {

Bytes joined(ByteView a, ByteView b) {
  Bytes out = copy(a);
  append(out, b);
  return out;
}

}  // namespace

SecretBytes master_secret(const SecretBytes& pre_master, const Hello32& client_random, const Hello32& server_random) {
  return crypto::tls_prf_sm3(pre_master.reveal(), "master secret", joined(client_random, server_random), kMasterSize);
}

KeyBlock key_block(Suite suite, const SecretBytes& master, const Hello32& client_random, const Hello32& server_random) {
  const auto size = sizes(suite);
  const auto block = crypto::tls_prf_sm3(master.reveal(), "key expansion", joined(server_random, client_random),
                                         2 * (size.mac_key + size.cipher_key + size.fixed_iv));
  auto left = block.reveal();
  const auto cut = [&left](std::size_t n) {
    auto piece = SecretBytes::copy_of(left.first(n));
    left = left.subspan(n);
    return piece;
  };
  KeyBlock out;
  out.client.mac_key = cut(size.mac_key);
  out.server.mac_key = cut(size.mac_key);
  out.client.cipher_key = cut(size.cipher_key);
  out.server.cipher_key = cut(size.cipher_key);
  out.client.fixed_iv = cut(size.fixed_iv);
  out.server.fixed_iv = cut(size.fixed_iv);
  return out;
}

Bytes verify_data(const SecretBytes& master, Side side, const crypto::Digest& handshake) {
  const auto label = side == Side::client ? "client finished" : "server finished";
  return copy(crypto::tls_prf_sm3(master.reveal(), label, handshake, kFinishedSize).reveal());
}

std::string key_log_line(const Hello32& client_random, const SecretBytes& master) {
  return "CLIENT_RANDOM " + to_hex(client_random) + " " + to_hex(master.reveal());
}

}  // namespace kw::tlcp
