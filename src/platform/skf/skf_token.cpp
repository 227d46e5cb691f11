#include "platform/skf/skf_token.h"

#include <algorithm>
#include <functional>

#include "crypto/der.h"
#include "platform/skf/skf_library.h"

namespace kw::platform {
namespace {

using crypto::Sm2PublicKey;

constexpr std::size_t kMostNames = 16 * 1024;
constexpr std::size_t kMostCertificate = 64 * 1024;
constexpr std::size_t kMostKeyBlob = 4096;
constexpr std::size_t kNumberSize = 32;        // of an SM2 coordinate, in fields of 64
constexpr unsigned long kUserPin = 1;          // USER_TYPE
constexpr std::uint32_t kMostPinTries = 1000;  // a library that tells more tells nonsense

/// The codes of GM/T 0016 appendix A that mean something to a person; anything else is io.
Error skf_error(std::uint32_t code, std::string_view call) {
  struct Known {
    std::uint32_t code;
    Errc errc;
    std::string_view words;
  };
  constexpr std::array<Known, 13> kKnown{{{0x0A000003, Errc::unsupported, "not supported"},
                                          {0x0A00000F, Errc::unavailable, "timeout"},
                                          {0x0A00001B, Errc::not_found, "no key"},
                                          {0x0A00001C, Errc::not_found, "no certificate"},
                                          {0x0A000023, Errc::unavailable, "the token was taken out"},
                                          {0x0A000024, Errc::forbidden, "wrong PIN"},
                                          {0x0A000025, Errc::rate_limited, "PIN locked"},
                                          {0x0A000026, Errc::forbidden, "PIN invalid"},
                                          {0x0A000027, Errc::forbidden, "PIN of a wrong length"},
                                          {0x0A000029, Errc::wrong_state, "the token has no PIN yet"},
                                          {0x0A00002D, Errc::wrong_state, "no PIN was shown"},
                                          {0x0A00002E, Errc::not_found, "no such application"},
                                          {0x0B000035, Errc::not_found, "no such container"}}};
  const auto* const row = std::ranges::find(kKnown, code, &Known::code);
  if (row != kKnown.end()) return Error(row->errc, std::string(row->words));
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (int shift = 28; shift >= 0; shift -= 4) hex += kDigits[code >> shift & 0xf];
  return Error(Errc::io, std::string(call) + ": 0x" + hex);
}

Result<> check_skf(std::uint32_t code, std::string_view call) {
  if (code == 0) return {};
  return skf_error(code, call);
}
#define KW_SKF(library, function, ...) check_skf((library).function(__VA_ARGS__), #function)

/// Closes what a library has opened.
class SkfOpened {
 public:
  using Close = std::uint32_t (*)(SkfHandle);
  SkfOpened() = default;
  SkfOpened(SkfHandle handle, Close close) : handle_(handle), close_(close) {}
  SkfOpened(SkfOpened&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)), close_(other.close_) {}
  SkfOpened& operator=(SkfOpened&& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(close_, other.close_);
    return *this;
  }
  SkfOpened(const SkfOpened&) = delete;
  SkfOpened& operator=(const SkfOpened&) = delete;
  ~SkfOpened() {
    if (handle_ != nullptr) close_(handle_);
  }
  [[nodiscard]] SkfHandle get() const noexcept { return handle_; }

 private:
  SkfHandle handle_ = nullptr;
  Close close_ = nullptr;
};

/// sized asks twice, first for the size, as every list and blob of SKF is read.
Result<Bytes> sized(std::string_view call, std::size_t most,
                    const std::function<std::uint32_t(std::uint8_t*, SkfNumber*)>& ask) {
  SkfNumber size;
  KW_CHECK(check_skf(ask(nullptr, &size), call));
  if (size.low > most || size.high != 0) return fail(Errc::too_large, std::string(call));
  Bytes out(size.low);
  if (out.empty()) return out;
  KW_CHECK(check_skf(ask(out.data(), &size), call));
  if (size.low > out.size()) return fail(Errc::io, std::string(call) + ": a size that grew");
  out.resize(size.low);
  return out;
}

/// Names follow one another, each with a NUL; an empty one ends the list.
std::vector<std::string> names_in(ByteView list) {
  std::vector<std::string> out;
  std::string name;
  for (const auto octet : list) {
    if (octet != 0) {
      name += static_cast<char>(octet);
      continue;
    }
    if (name.empty()) break;
    out.push_back(std::exchange(name, {}));
  }
  return out;
}

char* text(std::uint8_t* octets) { return reinterpret_cast<char*>(octets); }  // SKF's names are char, Bytes are not

Result<Sm2PublicKey> key_of(ByteView blob) {
  // BitLen, X[64], Y[64]; BitLen has the size of the library's ULONG.
  constexpr std::size_t kField = 64;
  if (blob.size() != 4 + 2 * kField && blob.size() != 8 + 2 * kField) return fail(Errc::unsupported, "no SM2 key");
  const auto numbers = blob.last(2 * kField);
  if (blob[0] != 0 || blob[1] != 1) return fail(Errc::unsupported, "not a key of 256 bits");  // BitLen, little-endian
  Bytes point{0x04};
  append(point, numbers.subspan(kField - kNumberSize, kNumberSize));
  append(point, numbers.last(kNumberSize));
  return Sm2PublicKey::from_point(point);
}

/// A container that is open, with the way to it.
struct SkfKey {
  std::string name;
  SkfOpened device, application, container;  // closed from the container up
  Sm2PublicKey key;
};

/// Where a container is.
struct SkfPlace {
  std::string device, application, container;
  [[nodiscard]] std::string name() const { return device + "/" + application + "/" + container; }
};

Result<std::vector<std::string>> names_of(std::string_view call,
                                          const std::function<std::uint32_t(char*, SkfNumber*)>& ask) {
  KW_TRY(const auto list,
         sized(call, kMostNames, [&](std::uint8_t* out, SkfNumber* size) { return ask(text(out), size); }));
  return names_in(list);
}

/// places walks what is there and holds nothing open. An application that does not open is passed over: it is another
/// program's, not the one that is looked for.
Result<std::vector<SkfPlace>> places(const SkfLibrary& skf) {
  std::vector<SkfPlace> out;
  KW_TRY(const auto devices,
         names_of("SKF_EnumDev", [&](char* to, SkfNumber* size) { return skf.SKF_EnumDev(1, to, size); }));
  for (const auto& device_name : devices) {
    SkfHandle d = nullptr;
    KW_CHECK(KW_SKF(skf, SKF_ConnectDev, device_name.c_str(), &d));
    const SkfOpened device(d, skf.SKF_DisConnectDev);
    KW_TRY(const auto applications, names_of("SKF_EnumApplication", [&](char* to, SkfNumber* size) {
             return skf.SKF_EnumApplication(d, to, size);
           }));
    for (const auto& application_name : applications) {
      SkfHandle a = nullptr;
      if (skf.SKF_OpenApplication(d, application_name.c_str(), &a) != 0) continue;
      const SkfOpened application(a, skf.SKF_CloseApplication);
      KW_TRY(const auto containers, names_of("SKF_EnumContainer", [&](char* to, SkfNumber* size) {
               return skf.SKF_EnumContainer(a, to, size);
             }));
      for (const auto& container : containers) out.push_back({device_name, application_name, container});
    }
  }
  return out;
}

Result<SkfKey> open_key(const SkfLibrary& skf, const SkfPlace& place) {
  SkfHandle d = nullptr, a = nullptr, c = nullptr;
  KW_CHECK(KW_SKF(skf, SKF_ConnectDev, place.device.c_str(), &d));
  SkfOpened device(d, skf.SKF_DisConnectDev);
  KW_CHECK(KW_SKF(skf, SKF_OpenApplication, d, place.application.c_str(), &a));
  SkfOpened application(a, skf.SKF_CloseApplication);
  KW_CHECK(KW_SKF(skf, SKF_OpenContainer, a, place.container.c_str(), &c));
  SkfOpened container(c, skf.SKF_CloseContainer);
  KW_TRY(const auto blob, sized("SKF_ExportPublicKey", kMostKeyBlob, [&](std::uint8_t* out, SkfNumber* size) {
           return skf.SKF_ExportPublicKey(c, 1, out, size);
         }));
  KW_TRY(auto key, key_of(blob));
  return SkfKey{place.name(), std::move(device), std::move(application), std::move(container), std::move(key)};
}

/// keys opens the SM2 signing keys that `which` names. A container without one (RSA, empty) is passed over.
Result<std::vector<SkfKey>> keys(const SkfLibrary& skf, const std::string& which) {
  std::vector<SkfKey> out;
  KW_TRY(const auto all, places(skf));
  for (const auto& place : all) {
    if (!which.empty() && place.name() != which) continue;
    if (auto key = open_key(skf, place)) out.push_back(std::move(*key));
  }
  return out;
}

class SkfToken final : public pki::Token {
 public:
  SkfToken(SkfLibrary library, SkfKey key) : skf_(std::move(library)), key_(std::move(key)) {}
  [[nodiscard]] const Sm2PublicKey& public_key() const override { return key_.key; }

  Result<Bytes> certificate() override {
    KW_TRY(auto out, sized("SKF_ExportCertificate", kMostCertificate, [&](auto* to, auto* size) {
             return skf_.SKF_ExportCertificate(key_.container.get(), 1, to, size);
           }));
    if (out.empty()) return fail(Errc::not_found, "no certificate");
    return out;
  }

  Result<unsigned> tries_left() override {
    SkfNumber most, left, fresh;
    KW_CHECK(KW_SKF(skf_, SKF_GetPINInfo, key_.application.get(), kUserPin, &most, &left, &fresh));
    if (left.low > kMostPinTries) return fail(Errc::io, "SKF_GetPINInfo");
    return left.low;
  }

  Result<> show_pin(const SecretBytes& pin) override {
    KW_CHECK(pki::check_pin(pin));
    SecretBytes ended(pin.size() + 1);  // SKF takes a text that ends with NUL
    std::ranges::copy(pin.reveal(), ended.reveal_mutable().begin());
    SkfNumber left;
    return KW_SKF(skf_, SKF_VerifyPIN, key_.application.get(), kUserPin, text(ended.reveal_mutable().data()), &left);
  }

  Result<Bytes> sign_digest(ByteView digest32) override {
    if (digest32.size() != kNumberSize) return fail(Errc::invalid, "a digest has 32 octets");
    SkfEccSignature out{};
    KW_CHECK(KW_SKF(skf_, SKF_ECCSignData, key_.container.get(), digest32.data(), digest32.size(), &out));
    const auto magnitude = [](const std::array<std::uint8_t, 64>& field) {
      auto number = ByteView(field).last(kNumberSize);
      while (number.size() > 1 && number.front() == 0) number = number.subspan(1);
      return number;
    };
    return crypto::der(crypto::tag::kSequence,
                       {crypto::der_unsigned(magnitude(out.r)), crypto::der_unsigned(magnitude(out.s))});
  }

 private:
  SkfLibrary skf_;  // outlives what it has opened
  SkfKey key_;
};

}  // namespace

Result<std::vector<std::string>> list_skf_keys(const std::string& library) {
  KW_TRY(const auto skf, SkfLibrary::open(library));
  KW_TRY(const auto found, keys(skf, {}));
  std::vector<std::string> out;
  for (const auto& key : found) out.push_back(key.name);
  return out;
}

Result<std::unique_ptr<pki::Token>> open_skf_token(const std::string& library, const std::string& which) {
  KW_TRY(auto skf, SkfLibrary::open(library));
  KW_TRY(auto found, keys(skf, which));
  if (found.empty()) return fail(Errc::not_found, "no SM2 signing key on a token");
  if (found.size() > 1) {
    std::string names;
    for (const auto& key : found) names += " " + key.name;
    return fail(Errc::conflict, "several keys, name one:" + names);
  }
  return std::make_unique<SkfToken>(std::move(skf), std::move(found.front()));
}

}  // namespace kw::platform
