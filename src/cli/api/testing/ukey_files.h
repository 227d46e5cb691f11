#pragma once
// UkeyFiles is a UKey for tests: a directory with the test library in it is the token.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "crypto/pem.h"
#include "crypto/x509.h"

namespace kw::cli::testing {

class UkeyFiles {
 public:
  static constexpr auto kPin = "Pin-1234";
  explicit UkeyFiles(const std::string& directory) : dir_(directory) {
    std::filesystem::create_directories(dir_);
    std::filesystem::copy_file(KW_TEST_SKF, library());
    put("key.pem", crypto::pem_wrap(key.pkcs8().reveal(), "PRIVATE KEY"));
    put("certificate.der", text_of(certificate.der()));
    put("pin", kPin);
  }
  [[nodiscard]] std::string library() const { return (dir_ / "libskf.so").string(); }
  void put(const std::string& name, std::string_view content) const {
    std::ofstream(dir_ / name, std::ios::binary) << content;
  }
  crypto::Sm2PrivateKey key = crypto::Sm2PrivateKey::generate().value();
  crypto::Certificate certificate = [this] {
    crypto::CertificateTemplate what;
    what.subject = what.issuer = {"CN", "", "", "blue", ""};
    what.serial = Bytes{1};
    what.not_before = Timestamp::from_seconds(1'700'000'000);
    what.not_after = Timestamp::from_seconds(1'900'000'000);
    return crypto::build_certificate(what, key.public_key(), key).value();
  }();

 private:
  std::filesystem::path dir_;
};

}  // namespace kw::cli::testing
