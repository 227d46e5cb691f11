// An SKF library (GM/T 0016-2012) over files, for tests: never shipped, protects nothing.
//
// The token is the directory that this library's file lies in, so that a test copies it to where its token is:
//   key.pem          SM2 private key, PKCS#8       second.pem  one more key, in a container of its own
//   certificate.der  its certificate, if any       pin         the PIN
//   tries            how many wrong PINs are left  gone        where it exists, the token was taken out
// It stands on OpenSSL alone, and not on the code that it tests. KW_SKF_ULONG is the type of its ULONG: the standard's,
// or the wide one of some vendors.
#include <dlfcn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#ifndef KW_SKF_ULONG
#define KW_SKF_ULONG std::uint32_t
#endif
using ULONG = KW_SKF_ULONG;  // the standard's names stand as they are, to be read beside it
using BYTE = unsigned char;

namespace {

constexpr ULONG kOk = 0, kFail = 0x0A000001, kInvalidHandle = 0x0A000005, kInvalidParam = 0x0A000006,
                kInDataLen = 0x0A000010, kCertNotFound = 0x0A00001C, kBufferTooSmall = 0x0A000020,
                kRemoved = 0x0A000023, kPinIncorrect = 0x0A000024, kPinLocked = 0x0A000025, kNotLoggedIn = 0x0A00002D,
                kNoApplication = 0x0A00002E;
constexpr unsigned kMostTries = 6;
constexpr const char* kDevice = "TEST-UKEY";
constexpr const char* kApplication = "kioskward";

#pragma pack(push, 1)
struct PublicKeyBlob {  // ECCPUBLICKEYBLOB
  ULONG bits;
  BYTE x[64], y[64];
};
struct SignatureBlob {  // ECCSIGNATUREBLOB
  BYTE r[64], s[64];
};
#pragma pack(pop)

using PkeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

struct Device {};
struct Application {
  bool shown = false;
};
struct Container {
  Application* application;
  PkeyPtr key;
  bool first;
};

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
unsigned tries() { return exists("tries") ? static_cast<unsigned>(std::stoul(content("tries"))) : kMostTries; }
void set_tries(unsigned left) { std::ofstream(home() + "tries") << left; }
bool gone() { return exists("gone"); }

PkeyPtr load(const std::string& name) {
  std::FILE* file = std::fopen((home() + name).c_str(), "r");
  if (file == nullptr) return {nullptr, EVP_PKEY_free};
  PkeyPtr out(PEM_read_PrivateKey(file, nullptr, nullptr, nullptr), EVP_PKEY_free);
  std::fclose(file);
  return out;
}

ULONG give(const void* from, std::size_t size, void* to, ULONG* room) {
  if (room == nullptr) return kInvalidParam;
  const auto had = *room;
  *room = static_cast<ULONG>(size);
  if (to == nullptr) return kOk;
  if (had < size) return kBufferTooSmall;
  std::memcpy(to, from, size);
  return kOk;
}
ULONG give_names(const std::vector<std::string>& names, char* to, ULONG* room) {
  std::string list;
  for (const auto& name : names) list += name + '\0';
  list += '\0';
  return give(list.data(), list.size(), to, room);
}

}  // namespace

extern "C" {

ULONG SKF_EnumDev(int, char* names, ULONG* size) {
  return give_names(gone() ? std::vector<std::string>() : std::vector<std::string>{kDevice}, names, size);
}
ULONG SKF_ConnectDev(const char* name, void** device) {
  if (gone() || std::strcmp(name, kDevice) != 0) return kRemoved;
  *device = new Device;
  return kOk;
}
ULONG SKF_DisConnectDev(void* device) {
  delete static_cast<Device*>(device);
  return kOk;
}
ULONG SKF_EnumApplication(void*, char* names, ULONG* size) { return give_names({"other", kApplication}, names, size); }
ULONG SKF_OpenApplication(void* device, const char* name, void** application) {
  if (device == nullptr) return kInvalidHandle;
  if (std::strcmp(name, kApplication) != 0) return kNoApplication;
  *application = new Application;
  return kOk;
}
ULONG SKF_CloseApplication(void* application) {
  delete static_cast<Application*>(application);
  return kOk;
}
ULONG SKF_GetPINInfo(void* application, ULONG, ULONG* most, ULONG* left, int* fresh) {
  if (application == nullptr) return kInvalidHandle;
  if (gone()) return kRemoved;
  *most = kMostTries;
  *left = tries();
  *fresh = 0;
  return kOk;
}
ULONG SKF_VerifyPIN(void* application, ULONG, const char* pin, ULONG* left) {
  if (application == nullptr) return kInvalidHandle;
  if (gone()) return kRemoved;
  if (tries() == 0) return kPinLocked;
  if (content("pin") != pin) {
    set_tries(tries() - 1);
    *left = tries();
    return tries() == 0 ? kPinLocked : kPinIncorrect;
  }
  set_tries(kMostTries);
  static_cast<Application*>(application)->shown = true;
  return kOk;
}
ULONG SKF_EnumContainer(void*, char* names, ULONG* size) {
  std::vector<std::string> all{"empty"};
  if (exists("key.pem")) all.emplace_back("signing");
  if (exists("second.pem")) all.emplace_back("second");
  return give_names(all, names, size);
}
ULONG SKF_OpenContainer(void* application, const char* name, void** container) {
  if (application == nullptr) return kInvalidHandle;
  const bool first = std::strcmp(name, "signing") == 0;
  const bool empty = std::strcmp(name, "empty") == 0;
  auto key = empty ? PkeyPtr(nullptr, EVP_PKEY_free) : load(first ? "key.pem" : "second.pem");
  if (!empty && !key) return kFail;
  *container = new Container{static_cast<Application*>(application), std::move(key), first};
  return kOk;
}
ULONG SKF_CloseContainer(void* container) {
  delete static_cast<Container*>(container);
  return kOk;
}
ULONG SKF_ExportPublicKey(void* container, int sign, BYTE* blob, ULONG* size) {
  const auto* in = static_cast<Container*>(container);
  if (in == nullptr || !in->key || sign != 1) return kFail;
  std::array<BYTE, 65> point{};
  std::size_t got = 0;
  if (EVP_PKEY_get_octet_string_param(in->key.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &got) != 1 ||
      got != point.size())
    return kFail;
  PublicKeyBlob out{};
  out.bits = 256;
  std::copy_n(point.begin() + 1, 32, out.x + 32);
  std::copy_n(point.begin() + 33, 32, out.y + 32);
  return give(&out, sizeof out, blob, size);
}
ULONG SKF_ExportCertificate(void* container, int sign, BYTE* certificate, ULONG* size) {
  const auto* in = static_cast<Container*>(container);
  if (in == nullptr || sign != 1) return kInvalidHandle;
  if (gone()) return kRemoved;
  if (!in->first || !exists("certificate.der")) return kCertNotFound;
  const auto der = content("certificate.der");
  return give(der.data(), der.size(), certificate, size);
}
ULONG SKF_ECCSignData(void* container, const BYTE* data, ULONG length, SignatureBlob* signature) {
  const auto* in = static_cast<Container*>(container);
  if (in == nullptr || !in->key) return kInvalidHandle;
  if (gone()) return kRemoved;
  if (!in->application->shown) return kNotLoggedIn;
  if (length != 32) return kInDataLen;
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> ctx(
      EVP_PKEY_CTX_new_from_pkey(nullptr, in->key.get(), nullptr), EVP_PKEY_CTX_free);
  std::array<BYTE, 128> der{};
  std::size_t size = der.size();
  if (!ctx || EVP_PKEY_sign_init(ctx.get()) != 1 || EVP_PKEY_sign(ctx.get(), der.data(), &size, data, length) != 1)
    return kFail;
  const BYTE* at = der.data();
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> parsed(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)), ECDSA_SIG_free);
  if (!parsed) return kFail;
  std::memset(signature, 0, sizeof *signature);
  BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), signature->r + 32, 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), signature->s + 32, 32);
  return kOk;
}

}  // extern "C"
