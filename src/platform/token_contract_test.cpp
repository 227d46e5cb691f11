// What every Token promises, asked of SKF libraries (the standard's ULONG and the wide one) and of the recorded one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "crypto/pem.h"
#include "crypto/sm2_digest.h"
#include "platform/recorded/recorded_token.h"
#include "platform/skf/skf_token.h"

namespace kw::platform {
namespace {

constexpr auto kPin = "12345678";

SecretBytes pin_of(std::string_view text) { return SecretBytes::copy_of(bytes_of(text)); }

/// One UKey: its key, its certificate, and a hand that takes it out.
class UkeyOnTable {
 public:
  explicit UkeyOnTable(const std::string& library) {
    if (library.empty()) {
      auto made = std::make_unique<RecordedToken>(key, kPin);
      made->certificate_der = certificate;
      recorded = made.get();
      token = std::move(made);
      return;
    }
    dir = std::filesystem::temp_directory_path() / ("kw-skf-" + std::to_string(::getpid()));
    std::filesystem::create_directories(dir);
    std::filesystem::copy_file(library, file());
    put("key.pem", crypto::pem_wrap(key.pkcs8().reveal(), "PRIVATE KEY"));
    put("certificate.der", text_of(certificate));
    put("pin", kPin);
    auto opened = open_skf_token(file());
    EXPECT_TRUE(opened) << opened.error().text();
    if (opened) token = std::move(*opened);
  }
  ~UkeyOnTable() {
    token.reset();
    if (!dir.empty()) std::filesystem::remove_all(dir);
  }
  UkeyOnTable(const UkeyOnTable&) = delete;
  UkeyOnTable& operator=(const UkeyOnTable&) = delete;
  [[nodiscard]] std::string file() const { return (dir / "libskf.so").string(); }
  void put(const std::string& name, std::string_view content) const {
    std::ofstream(dir / name, std::ios::binary) << content;
  }
  void take_out() const {
    if (recorded != nullptr)
      recorded->gone = true;
    else
      put("gone", "");
  }
  void lose_certificate() const {
    if (recorded != nullptr)
      recorded->certificate_der.reset();
    else
      std::filesystem::remove(dir / "certificate.der");
  }
  crypto::Sm2PrivateKey key = crypto::Sm2PrivateKey::generate().value();
  Bytes certificate = Bytes(700, 7);
  std::filesystem::path dir;
  RecordedToken* recorded = nullptr;
  std::unique_ptr<pki::Token> token;
};

struct TokenContract : ::testing::TestWithParam<std::string> {
  UkeyOnTable ukey{GetParam()};
  pki::Token& token() { return *ukey.token; }
  void SetUp() override { ASSERT_TRUE(ukey.token); }
};

TEST_P(TokenContract, signs_what_its_key_verifies) {
  EXPECT_EQ(token().public_key(), ukey.key.public_key());
  EXPECT_EQ(token().sign(bytes_of("m")).code(), Errc::wrong_state) << "no PIN yet";
  ASSERT_TRUE(token().show_pin(pin_of(kPin)));
  for (int i = 0; i < 40; ++i) {  // enough for numbers with leading zeros
    const Bytes message(static_cast<std::size_t>(i * 100), static_cast<Byte>(i));
    const auto signature = token().sign(message);
    ASSERT_TRUE(signature) << signature.error().text();
    EXPECT_TRUE(ukey.key.public_key().verify(message, *signature));
  }
  const auto named = token().sign(bytes_of("m"), "other@id");
  ASSERT_TRUE(named);
  EXPECT_FALSE(token().public_key().verify(bytes_of("m"), *named));
  EXPECT_TRUE(token().public_key().verify(bytes_of("m"), *named, "other@id"));
}

TEST_P(TokenContract, a_digest_is_signed_as_it_is) {
  ASSERT_TRUE(token().show_pin(pin_of(kPin)));
  const auto digest = crypto::sm2_signing_digest(token().public_key(), bytes_of("m")).value();
  const auto signature = token().sign_digest(digest);
  ASSERT_TRUE(signature);
  EXPECT_TRUE(token().public_key().verify(bytes_of("m"), *signature));
  EXPECT_EQ(token().sign_digest(Bytes(31)).code(), Errc::invalid);
}

TEST_P(TokenContract, wrong_pins_are_counted_and_lock) {
  ASSERT_EQ(token().tries_left().value(), 6u);
  EXPECT_EQ(token().show_pin(pin_of("wrong")).code(), Errc::forbidden);
  EXPECT_EQ(token().tries_left().value(), 5u);
  ASSERT_TRUE(token().show_pin(pin_of(kPin)));
  EXPECT_EQ(token().tries_left().value(), 6u) << "the right one begins anew";
  for (int i = 0; i < 6; ++i) EXPECT_FALSE(token().show_pin(pin_of("wrong")));
  EXPECT_EQ(token().tries_left().value(), 0u);
  EXPECT_EQ(token().show_pin(pin_of(kPin)).code(), Errc::rate_limited) << "even the right one";
}

TEST_P(TokenContract, a_pin_that_cannot_be_one_costs_no_try) {
  for (const auto& pin : {std::string(), std::string(33, '1'), std::string("12\0 34", 5)})
    EXPECT_EQ(token().show_pin(pin_of(pin)).code(), Errc::invalid);
  EXPECT_EQ(token().tries_left().value(), 6u);
}

TEST_P(TokenContract, certificate_is_told_or_missing) {
  EXPECT_EQ(token().certificate().value(), ukey.certificate);
  ukey.lose_certificate();
  EXPECT_EQ(token().certificate().code(), Errc::not_found);
}

TEST_P(TokenContract, taken_out) {
  ASSERT_TRUE(token().show_pin(pin_of(kPin)));
  ukey.take_out();
  EXPECT_EQ(token().sign(bytes_of("m")).code(), Errc::unavailable);
  EXPECT_EQ(token().show_pin(pin_of(kPin)).code(), Errc::unavailable);
  EXPECT_EQ(token().tries_left().code(), Errc::unavailable);
  EXPECT_EQ(token().certificate().code(), Errc::unavailable);
}

INSTANTIATE_TEST_SUITE_P(all, TokenContract, ::testing::Values(KW_TEST_SKF, KW_TEST_SKF_WIDE, ""),
                         [](const auto& info) {
                           if (info.param.empty()) return std::string("recorded");
                           return std::string(info.param == KW_TEST_SKF ? "skf" : "skf_wide");
                         });

TEST(RecordedToken, one_that_signs_something_else_is_found_out) {
  RecordedToken token(crypto::Sm2PrivateKey::generate().value(), kPin);
  ASSERT_TRUE(token.show_pin(pin_of(kPin)));
  token.signs_other = true;
  EXPECT_EQ(token.sign(bytes_of("m")).code(), Errc::bad_signature);
}

TEST(SkfToken, of_several_keys_one_is_named) {
  const UkeyOnTable ukey(KW_TEST_SKF);
  ukey.put("second.pem", crypto::pem_wrap(crypto::Sm2PrivateKey::generate().value().pkcs8().reveal(), "PRIVATE KEY"));
  EXPECT_THAT(list_skf_keys(ukey.file()).value(),
              ::testing::ElementsAre("TEST-UKEY/kioskward/signing", "TEST-UKEY/kioskward/second"));
  EXPECT_EQ(open_skf_token(ukey.file()).code(), Errc::conflict);
  const auto second = open_skf_token(ukey.file(), "TEST-UKEY/kioskward/second");
  ASSERT_TRUE(second);
  EXPECT_NE((*second)->public_key(), ukey.key.public_key());
  EXPECT_EQ(open_skf_token(ukey.file(), "TEST-UKEY/kioskward/none").code(), Errc::not_found);
  ukey.take_out();
  EXPECT_EQ(open_skf_token(ukey.file()).code(), Errc::not_found);
}

TEST(SkfToken, a_file_that_is_no_skf_library) {
  EXPECT_EQ(open_skf_token("/nonexistent/libskf.so").code(), Errc::not_found);
  EXPECT_EQ(open_skf_token("/tmp").code(), Errc::unsupported);
  EXPECT_EQ(open_skf_token("/proc/self/exe").code(), Errc::unsupported);
  EXPECT_EQ(open_skf_token("libc.so.6").code(), Errc::not_found)
      << "a bare name is not looked for along the loader's path";
}

}  // namespace
}  // namespace kw::platform
