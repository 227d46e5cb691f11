// links: crypto
// Prints what one core does of SM3, SM4-GCM and SM2 in a second of processor time, for the machine may be shared.
// `--smoke` runs each once to show that it works.
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string>

#include "crypto/random.h"
#include "crypto/sm2.h"
#include "crypto/sm3.h"
#include "crypto/sm4.h"

namespace {

using kw::Bytes;

bool smoke = false;
bool failed = false;

// Repeats `work`, which returns whether it succeeded, for half a second.
template <class Work>
void measure(const char* name, std::size_t octets, Work work) {
  const std::clock_t start = std::clock();
  std::size_t times = 0;
  double seconds = 0;
  do {
    if (!work()) failed = true;
    ++times;
    if (times % 16 == 0 || smoke) seconds = static_cast<double>(std::clock() - start + 1) / CLOCKS_PER_SEC;
  } while (!smoke && seconds < 0.5);
  const double rate = static_cast<double>(times) / seconds;
  std::printf("%-28s %12.0f /s", name, rate);
  if (octets > 0) std::printf(" %10.1f MB/s", rate * static_cast<double>(octets) / 1e6);
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  using namespace kw::crypto;
  smoke = argc > 1 && std::strcmp(argv[1], "--smoke") == 0;
  SystemRandom random;
  for (const std::size_t n : {65U, 256U, 16384U}) {
    const Bytes data = random.bytes(n);
    measure(("sm3 " + std::to_string(n)).c_str(), n, [&] { return sm3(data).size() == 32; });
  }
  for (const std::size_t n : {64U, 256U}) {  // a node of the ledger's tree and an entry, behind their prefix
    const Bytes data = random.bytes(64 * n);
    std::vector<kw::ByteView> messages;
    for (std::size_t i = 0; i < 64; ++i) messages.push_back(kw::ByteView(data).subspan(i * n, n));
    std::vector<Digest> digests(messages.size());
    const kw::Byte prefix[1] = {1};
    measure(("sm3_many 64 of 1 + " + std::to_string(n)).c_str(), data.size(), [&] {
      sm3_many(prefix, messages, digests);
      return true;
    });
  }
  const auto gcm = Sm4Gcm::make(random.bytes(kSm4Key));
  if (!gcm) return 1;
  for (const std::size_t n : {64U, 1024U, 16384U}) {
    const Bytes data = random.bytes(n);
    const Bytes nonce = random.bytes(kGcmNonce);
    measure(("sm4-gcm seal " + std::to_string(n)).c_str(), n, [&] { return gcm->seal(nonce, {}, data).has_value(); });
  }
  const auto key = Sm2PrivateKey::generate();
  if (!key) return 1;
  const Bytes message = random.bytes(200);
  const auto signature = key->sign(message);
  const auto sealed = key->public_key().encrypt(random.bytes(48));
  if (!signature || !sealed) return 1;
  const auto public_key = key->public_key();
  measure("sm2 sign", 0, [&] { return key->sign(message).has_value(); });
  measure("sm2 verify", 0, [&] { return public_key.verify(message, *signature).has_value(); });
  measure("sm2 encrypt 200", 0, [&] { return public_key.encrypt(message).has_value(); });
  measure("sm2 decrypt 48", 0, [&] { return key->decrypt(*sealed).has_value(); });
  measure("sm2 generate", 0, [] { return Sm2PrivateKey::generate().has_value(); });
  return failed ? 1 : 0;
}
