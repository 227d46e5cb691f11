// An SDF library (GM/T 0018) over files, for tests: never shipped, protects nothing.
//
// The module is the directory that this library's file lies in, so that a test copies it to where its module is:
//   sign-1.pem enc-1.pem  the two halves of the SM2 pair at index 1, PKCS#8     password  of the private keys
//   gone                  where it exists, the module was pulled out            serial    its serial number, if any
//   answer                "FUNCTION CODE": that function answers with this code (hexadecimal)
// It stands on OpenSSL alone, and not on the code that it tests. KW_SDF_NUMBER is the type of its numbers: the
// standard's, or the wide one of some makers. Handles that nobody opened, or that were closed, are refused, and so is
// the use of a private key by a session that has not shown the password.
#include <dlfcn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#ifndef KW_SDF_NUMBER
#define KW_SDF_NUMBER unsigned int
#endif
using NUMBER = KW_SDF_NUMBER;  // the standard's names stand as they are, to be read beside it
using BYTE = unsigned char;

namespace {

constexpr int kOk = 0, kNotSupported = 0x01000002, kOpenDevice = 0x01000005, kCommFail = 0x01000003,
              kPrivateKeyDenied = 0x01000007, kKeyNotExist = 0x01000008, kAlgorithm = 0x01000009, kPublic = 0x0100000B,
              kPrivate = 0x0100000C, kSign = 0x0100000D, kSymmetric = 0x0100000F, kStep = 0x01000010,
              kEncData = 0x01000016, kRandom = 0x01000017, kRight = 0x01000018, kInArg = 0x0100001D;
constexpr NUMBER kSm4Ecb = 0x401, kSm4Cbc = 0x402;
constexpr std::size_t kNumber = 32;

struct DeviceInfo {  // DEVICEINFO
  BYTE issuer[40], device[16], serial[16];
  NUMBER version, standard, asymmetric[2], symmetric, hash, room;
};
struct PublicKey {  // ECCrefPublicKey
  NUMBER bits;
  BYTE x[64], y[64];
};
struct Cipher {  // ECCCipher
  BYTE x[64], y[64], m[32];
  NUMBER l;
  BYTE c[1];
};
struct Signature {  // ECCSignature
  BYTE r[64], s[64];
};

using PkeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using ContextPtr = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using SessionKey = std::array<BYTE, 16>;

struct Session {
  std::set<NUMBER> rights;
  std::map<void*, std::unique_ptr<SessionKey>> keys;
};
struct Device {
  std::map<void*, std::unique_ptr<Session>> sessions;
};
std::map<void*, std::unique_ptr<Device>>& devices() {
  static std::map<void*, std::unique_ptr<Device>> all;
  return all;
}
Session* session_of(void* handle) {
  for (auto& [at, device] : devices())
    if (const auto found = device->sessions.find(handle); found != device->sessions.end()) return found->second.get();
  return nullptr;
}

std::string home() {
  Dl_info self{};
  if (::dladdr(reinterpret_cast<void*>(&home), &self) == 0) return "/nonexistent";
  const std::string file = self.dli_fname;
  return file.substr(0, file.rfind('/') + 1);
}
bool exists(const std::string& name) { return std::ifstream(home() + name).good(); }
std::string content(const std::string& name) {
  std::ifstream in(home() + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What stands in the way of every call: no module, a handle that is none, an answer that a test wants.
int before(const char* function) {
  if (exists("gone")) return kCommFail;
  std::ifstream wanted(home() + "answer");
  std::string name, code;
  if (wanted >> name >> code && name == function) return static_cast<int>(std::stoul(code, nullptr, 16));
  return kOk;
}
int before(const char* function, void* session) {
  const int code = before(function);
  if (code != kOk) return code;
  return session_of(session) == nullptr ? kStep : kOk;
}
#define KW_BEFORE(...) \
  if (const int refused = before(__func__ __VA_OPT__(, ) __VA_ARGS__); refused != kOk) return refused

PkeyPtr load(const char* half, NUMBER index) {
  PkeyPtr none(nullptr, EVP_PKEY_free);
  std::FILE* file = std::fopen((home() + half + "-" + std::to_string(index) + ".pem").c_str(), "r");
  if (file == nullptr) return none;
  PkeyPtr out(PEM_read_PrivateKey(file, nullptr, nullptr, nullptr), EVP_PKEY_free);
  std::fclose(file);
  return out;
}
ContextPtr context_of(EVP_PKEY* key) { return {EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr), EVP_PKEY_CTX_free}; }

int export_public(const char* half, NUMBER index, PublicKey* out) {
  const auto key = load(half, index);
  if (!key) return kKeyNotExist;
  std::array<BYTE, 65> point{};
  std::size_t got = 0;
  if (EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &got) != 1)
    return kPublic;
  *out = {};
  out->bits = 256;
  std::copy_n(point.begin() + 1, kNumber, out->x + kNumber);
  std::copy_n(point.begin() + 1 + kNumber, kNumber, out->y + kNumber);
  return kOk;
}

// A minimal reader and writer of the DER form of SM2 ciphertexts (GM/T 0009): SEQUENCE{x, y, hash, ciphertext}.
struct Der {
  const BYTE* at;
  const BYTE* end;
  bool take(BYTE tag, std::vector<BYTE>& to) {
    if (end - at < 2 || at[0] != tag || at[1] >= 0x80 || end - at - 2 < at[1]) return false;
    to.assign(at + 2, at + 2 + at[1]);
    at += 2 + at[1];
    return true;
  }
};
bool right_aligned(const std::vector<BYTE>& number, BYTE* field64) {
  auto from = number.begin();
  while (from != number.end() && *from == 0) ++from;
  const auto size = static_cast<std::size_t>(number.end() - from);
  if (size > kNumber) return false;
  std::copy(from, number.end(), field64 + 64 - size);
  return true;
}
void put(std::vector<BYTE>& out, BYTE tag, std::vector<BYTE> value) {
  if (tag == 0x02) {
    while (value.size() > 1 && value.front() == 0) value.erase(value.begin());
    if (value.front() >= 0x80) value.insert(value.begin(), 0);
  }
  out.push_back(tag);
  out.push_back(static_cast<BYTE>(value.size()));
  out.insert(out.end(), value.begin(), value.end());
}

int crypt(void* session, void* key, NUMBER algorithm, BYTE* iv, const BYTE* data, NUMBER size, BYTE* out,
          NUMBER* out_size, bool encrypting) {
  const auto& keys = session_of(session)->keys;
  const auto found = keys.find(key);
  if (found == keys.end()) return kKeyNotExist;
  if (algorithm != kSm4Ecb && algorithm != kSm4Cbc) return kAlgorithm;
  if (size == 0 || size % 16 != 0) return kInArg;  // the interface does not pad
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> ctx(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  const auto* cipher = algorithm == kSm4Ecb ? EVP_sm4_ecb() : EVP_sm4_cbc();
  const std::vector<BYTE> in(data, data + size);
  int done = 0, rest = 0;
  if (EVP_CipherInit_ex(ctx.get(), cipher, nullptr, found->second->data(), iv, encrypting ? 1 : 0) != 1 ||
      EVP_CIPHER_CTX_set_padding(ctx.get(), 0) != 1 ||
      EVP_CipherUpdate(ctx.get(), out, &done, in.data(), static_cast<int>(size)) != 1 ||
      EVP_CipherFinal_ex(ctx.get(), out + done, &rest) != 1)
    return kSymmetric;
  *out_size = static_cast<NUMBER>(done + rest);
  if (algorithm == kSm4Cbc) std::memcpy(iv, (encrypting ? out : in.data()) + size - 16, 16);  // as some modules do
  return kOk;
}

}  // namespace

extern "C" {

int SDF_OpenDevice(void** device) {
  if (exists("gone")) return kOpenDevice;
  KW_BEFORE();
  auto made = std::make_unique<Device>();
  *device = made.get();
  devices()[*device] = std::move(made);
  return kOk;
}
int SDF_CloseDevice(void* device) { return devices().erase(device) == 1 ? kOk : kStep; }
int SDF_OpenSession(void* device, void** session) {
  KW_BEFORE();
  const auto found = devices().find(device);
  if (found == devices().end()) return kStep;
  auto made = std::make_unique<Session>();
  *session = made.get();
  found->second->sessions[*session] = std::move(made);
  return kOk;
}
int SDF_CloseSession(void* session) {
  for (auto& [at, device] : devices())
    if (device->sessions.erase(session) == 1) return kOk;
  return kStep;
}
int SDF_GetDeviceInfo(void* session, DeviceInfo* info) {
  KW_BEFORE(session);
  *info = {};
  const auto serial = exists("serial") ? content("serial") : std::string("0000000000000001");
  std::memcpy(info->issuer, "Kioskward tests", 15);
  std::memcpy(info->device, "TEST-SDF", 8);
  std::memcpy(info->serial, serial.data(), std::min(serial.size(), sizeof info->serial));
  return kOk;
}
int SDF_GenerateRandom(void* session, NUMBER size, BYTE* random) {
  KW_BEFORE(session);
  return RAND_bytes(random, static_cast<int>(size)) == 1 ? kOk : kRandom;
}
int SDF_GetPrivateKeyAccessRight(void* session, NUMBER key, BYTE* password, NUMBER size) {
  KW_BEFORE(session);
  if (!load("sign", key)) return kKeyNotExist;
  if (size < 8) return kInArg;
  if (content("password") != std::string(reinterpret_cast<char*>(password), size)) return kRight;
  session_of(session)->rights.insert(key);
  return kOk;
}
int SDF_ReleasePrivateKeyAccessRight(void* session, NUMBER key) {
  KW_BEFORE(session);
  return session_of(session)->rights.erase(key) == 1 ? kOk : kStep;
}
int SDF_ExportSignPublicKey_ECC(void* session, NUMBER key, PublicKey* out) {
  KW_BEFORE(session);
  return export_public("sign", key, out);
}
int SDF_ExportEncPublicKey_ECC(void* session, NUMBER key, PublicKey* out) {
  KW_BEFORE(session);
  return export_public("enc", key, out);
}
int SDF_GenerateKeyWithIPK_ECC(void* session, NUMBER key, NUMBER bits, Cipher* cipher, void** made) {
  KW_BEFORE(session);
  if (bits != 128) return kNotSupported;
  const auto pkey = load("enc", key);
  if (!pkey) return kKeyNotExist;
  auto fresh = std::make_unique<SessionKey>();
  if (RAND_bytes(fresh->data(), static_cast<int>(fresh->size())) != 1) return kRandom;
  const auto ctx = context_of(pkey.get());
  std::array<BYTE, 256> der{};
  std::size_t size = der.size();
  if (!ctx || EVP_PKEY_encrypt_init(ctx.get()) != 1 ||
      EVP_PKEY_encrypt(ctx.get(), der.data(), &size, fresh->data(), fresh->size()) != 1)
    return kPublic;
  std::vector<BYTE> inner, x, y, m, c;
  std::size_t head = der[1] < 0x80 ? 2 : 3;  // fewer than 256 octets
  Der in{der.data() + head, der.data() + size};
  if (!in.take(0x02, x) || !in.take(0x02, y) || !in.take(0x04, m) || !in.take(0x04, c) || m.size() != kNumber)
    return kPublic;
  std::memset(cipher, 0, 160);
  if (!right_aligned(x, cipher->x) || !right_aligned(y, cipher->y)) return kPublic;
  std::copy(m.begin(), m.end(), cipher->m);
  cipher->l = static_cast<NUMBER>(c.size());
  std::memcpy(reinterpret_cast<BYTE*>(&cipher->l) + sizeof cipher->l, c.data(), c.size());
  *made = fresh.get();
  session_of(session)->keys[*made] = std::move(fresh);
  return kOk;
}
int SDF_ImportKeyWithISK_ECC(void* session, NUMBER key, Cipher* cipher, void** made) {
  KW_BEFORE(session);
  if (!session_of(session)->rights.contains(key)) return kPrivateKeyDenied;
  const auto pkey = load("enc", key);
  if (!pkey) return kKeyNotExist;
  if (cipher->l != 16) return kEncData;
  const auto* c = reinterpret_cast<const BYTE*>(&cipher->l) + sizeof cipher->l;
  std::vector<BYTE> inner, der;
  put(inner, 0x02, {cipher->x + kNumber, cipher->x + 64});
  put(inner, 0x02, {cipher->y + kNumber, cipher->y + 64});
  put(inner, 0x04, {cipher->m, cipher->m + kNumber});
  put(inner, 0x04, {c, c + 16});
  put(der, 0x30, std::move(inner));  // fewer than 128 octets: 4 heads, 33 + 33 + 32 + 16
  auto fresh = std::make_unique<SessionKey>();
  const auto ctx = context_of(pkey.get());
  std::array<BYTE, 64> out{};
  std::size_t size = out.size();
  if (!ctx || EVP_PKEY_decrypt_init(ctx.get()) != 1 ||
      EVP_PKEY_decrypt(ctx.get(), out.data(), &size, der.data(), der.size()) != 1 || size != fresh->size())
    return kPrivate;
  std::copy_n(out.begin(), fresh->size(), fresh->begin());
  *made = fresh.get();
  session_of(session)->keys[*made] = std::move(fresh);
  return kOk;
}
int SDF_DestroyKey(void* session, void* key) {
  KW_BEFORE(session);
  return session_of(session)->keys.erase(key) == 1 ? kOk : kKeyNotExist;
}
int SDF_InternalSign_ECC(void* session, NUMBER key, BYTE* data, NUMBER size, Signature* signature) {
  KW_BEFORE(session);
  if (!session_of(session)->rights.contains(key)) return kPrivateKeyDenied;
  const auto pkey = load("sign", key);
  if (!pkey) return kKeyNotExist;
  if (size != kNumber) return kInArg;
  const auto ctx = context_of(pkey.get());
  std::array<BYTE, 128> der{};
  std::size_t room = der.size();
  if (!ctx || EVP_PKEY_sign_init(ctx.get()) != 1 || EVP_PKEY_sign(ctx.get(), der.data(), &room, data, size) != 1)
    return kSign;
  const BYTE* at = der.data();
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> parsed(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(room)), ECDSA_SIG_free);
  if (!parsed) return kSign;
  *signature = {};
  BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), signature->r + kNumber, kNumber);
  BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), signature->s + kNumber, kNumber);
  return kOk;
}
int SDF_Encrypt(void* session, void* key, NUMBER algorithm, BYTE* iv, BYTE* data, NUMBER size, BYTE* out,
                NUMBER* out_size) {
  KW_BEFORE(session);
  return crypt(session, key, algorithm, iv, data, size, out, out_size, true);
}
int SDF_Decrypt(void* session, void* key, NUMBER algorithm, BYTE* iv, BYTE* data, NUMBER size, BYTE* out,
                NUMBER* out_size) {
  KW_BEFORE(session);
  return crypt(session, key, algorithm, iv, data, size, out, out_size, false);
}

}  // extern "C"
