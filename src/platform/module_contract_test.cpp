// What every CryptoModule promises, asked of SDF libraries (the standard's numbers and wide ones) and of the recorded
// one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "crypto/pem.h"
#include "crypto/sm2.h"
#include "platform/recorded/recorded_module.h"
#include "platform/sdf/sdf_library.h"
#include "platform/sdf/sdf_module.h"
#include "platform/sdf/sealed_in_sdf.h"

namespace kw::platform {
namespace {

constexpr auto kModulePassword = "12345678";
constexpr std::string_view kContext = "vault root";

SecretBytes a_root(Byte fill = 7) { return SecretBytes(Bytes(32, fill)); }

/// A module in its rack: its keys, its password, and a hand that pulls it out.
class ModuleInRack {
 public:
  explicit ModuleInRack(const std::string& library, const std::string& name = "a") {
    if (library.empty()) {
      auto made = std::make_unique<RecordedModule>(kModulePassword);
      recorded = made.get();
      module = std::move(made);
      return;
    }
    dir = std::filesystem::temp_directory_path() / ("kw-sdf-" + name + std::to_string(::getpid()));
    std::filesystem::remove_all(dir);
    std::filesystem::create_directories(dir);
    std::filesystem::copy_file(library, file());
    for (const auto* half : {"sign-1.pem", "enc-1.pem"})
      put(half, crypto::pem_wrap(crypto::Sm2PrivateKey::generate().value().pkcs8().reveal(), "PRIVATE KEY"));
    put("password", kModulePassword);
    auto opened = open();
    EXPECT_TRUE(opened) << opened.error().text();
    if (opened) module = std::move(*opened);
  }
  ~ModuleInRack() {
    module.reset();
    if (!dir.empty()) std::filesystem::remove_all(dir);
  }
  ModuleInRack(const ModuleInRack&) = delete;
  ModuleInRack& operator=(const ModuleInRack&) = delete;
  [[nodiscard]] std::string file() const { return (dir / "libsdf.so").string(); }
  void put(const std::string& name, std::string_view content) const {
    std::ofstream(dir / name, std::ios::binary) << content;
  }
  [[nodiscard]] Result<std::unique_ptr<pki::CryptoModule>> open(std::string_view password = kModulePassword,
                                                                std::uint32_t key = 1) const {
    return open_sdf_module({file(), key, SecretBytes::copy_of(bytes_of(password))});
  }
  void show(const std::string& password) {
    if (recorded != nullptr)
      recorded->show(password);
    else
      module = open(password).value();
  }
  void pull_out() const {
    if (recorded != nullptr)
      recorded->gone = true;
    else
      put("gone", "");
  }
  void answer(std::string_view function, std::string_view code) const {
    put("answer", std::string(function) + " " + std::string(code));
  }
  std::filesystem::path dir;
  RecordedModule* recorded = nullptr;
  std::unique_ptr<pki::CryptoModule> module;
};

struct ModuleContract : ::testing::TestWithParam<std::string> {
  ModuleInRack rack{GetParam()};
  pki::CryptoModule& module() { return *rack.module; }
  void SetUp() override { ASSERT_TRUE(rack.module); }
};

TEST_P(ModuleContract, gives_back_what_it_sealed) {
  for (int i = 0; i < 40; ++i) {  // enough for numbers with leading zeros
    const auto root = a_root(static_cast<Byte>(i));
    const auto sealed = module().seal(root, kContext);
    ASSERT_TRUE(sealed) << sealed.error().text();
    const auto opened = module().open(*sealed, kContext);
    ASSERT_TRUE(opened) << opened.error().text();
    EXPECT_TRUE(equal(opened->reveal(), root.reveal()));
  }
  EXPECT_THAT(module().name(), ::testing::HasSubstr("key 1"));
}

TEST_P(ModuleContract, a_seal_tells_nothing_and_is_another_each_time) {
  const auto first = module().seal(a_root(), kContext).value();
  const auto second = module().seal(a_root(), kContext).value();
  EXPECT_FALSE(equal(first, second));
  EXPECT_EQ(text_of(first).find(text_of(Bytes(4, 7))), std::string::npos);
}

TEST_P(ModuleContract, takes_32_octets_alone) {
  for (const std::size_t size : {0, 31, 33})
    EXPECT_EQ(module().seal(SecretBytes(Bytes(size)), kContext).code(), Errc::invalid);
  EXPECT_EQ(module().seal(a_root(), std::string(256, 'c')).code(), Errc::invalid);
}

TEST_P(ModuleContract, another_context_opens_nothing) {
  const auto sealed = module().seal(a_root(), kContext).value();
  EXPECT_EQ(module().open(sealed, "vault roo").code(), Errc::decrypt_failed);
}

TEST_P(ModuleContract, a_changed_octet_opens_nothing) {
  const auto sealed = module().seal(a_root(), kContext).value();
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] ^= 0x40;
    EXPECT_FALSE(module().open(changed, kContext)) << i;
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, sealed.size() - 1})
    EXPECT_FALSE(module().open(ByteView(sealed).first(size), kContext)) << size;
}

TEST_P(ModuleContract, what_was_never_sealed) {
  EXPECT_EQ(module().open({}, kContext).code(), Errc::malformed);
  EXPECT_EQ(module().open(bytes_of("KWKEY"), kContext).code(), Errc::malformed);
}

TEST_P(ModuleContract, another_module_opens_nothing) {
  const ModuleInRack other(GetParam(), "b");
  const auto sealed = module().seal(a_root(), kContext).value();
  EXPECT_EQ(other.module->open(sealed, kContext).code(), Errc::bad_key);
}

TEST_P(ModuleContract, another_password_opens_nothing) {
  const auto sealed = module().seal(a_root(), kContext).value();
  rack.show("87654321");
  EXPECT_EQ(module().open(sealed, kContext).code(), Errc::forbidden);
  EXPECT_EQ(module().seal(a_root(), kContext).code(), Errc::forbidden);
  rack.show(kModulePassword);
  EXPECT_TRUE(module().open(sealed, kContext));
}

TEST_P(ModuleContract, pulled_out) {
  const auto sealed = module().seal(a_root(), kContext).value();
  rack.pull_out();
  EXPECT_EQ(module().open(sealed, kContext).code(), Errc::unavailable);
  EXPECT_EQ(module().seal(a_root(), kContext).code(), Errc::unavailable);
}

INSTANTIATE_TEST_SUITE_P(all, ModuleContract, ::testing::Values(KW_TEST_SDF, KW_TEST_SDF_WIDE, ""),
                         [](const auto& info) {
                           if (info.param.empty()) return std::string("recorded");
                           return std::string(info.param == KW_TEST_SDF ? "sdf" : "sdf_wide");
                         });

TEST(SdfModule, what_one_width_sealed_the_other_opens) {
  const ModuleInRack rack(KW_TEST_SDF);
  const auto sealed = rack.module->seal(a_root(), kContext).value();
  std::filesystem::copy_file(KW_TEST_SDF_WIDE, rack.dir / "libwide.so");
  const auto wide =
      open_sdf_module({(rack.dir / "libwide.so").string(), 1, SecretBytes::copy_of(bytes_of(kModulePassword))});
  ASSERT_TRUE(wide);
  const auto opened = (*wide)->open(sealed, kContext);
  ASSERT_TRUE(opened) << opened.error().text();
  EXPECT_TRUE(equal(opened->reveal(), a_root().reveal()));
}

TEST(SdfModule, one_that_is_not_there) {
  const ModuleInRack rack(KW_TEST_SDF);
  EXPECT_EQ(rack.open(kModulePassword, 2).code(), Errc::not_found) << "no key at this index";
  rack.pull_out();
  EXPECT_EQ(rack.open().code(), Errc::unavailable);
  const auto file = [](const std::string& path) { return open_sdf_module({path, 1, {}}); };
  EXPECT_EQ(file("/nonexistent/libsdf.so").code(), Errc::not_found);
  EXPECT_EQ(file("/tmp").code(), Errc::unsupported);
  EXPECT_EQ(file(KW_TEST_SKF).code(), Errc::unsupported) << "a library of another kind";
}

TEST(SdfModule, each_call_that_fails_is_told_by_its_name_and_nothing_is_sealed) {
  const ModuleInRack rack(KW_TEST_SDF);
  const auto sealed = rack.module->seal(a_root(), kContext).value();
  for (const auto* call : {"SDF_GenerateRandom", "SDF_GenerateKeyWithIPK_ECC", "SDF_Encrypt", "SDF_InternalSign_ECC",
                           "SDF_ImportKeyWithISK_ECC", "SDF_Decrypt"}) {
    rack.answer(call, "01000001");
    const auto refused = rack.module->seal(a_root(), kContext);
    ASSERT_FALSE(refused) << call;
    EXPECT_EQ(refused.error().text(), "io: " + std::string(call) + ": SDR_UNKNOWERR");
  }
  rack.answer("SDF_GetPrivateKeyAccessRight", "01020304");
  EXPECT_EQ(rack.module->open(sealed, kContext).error().text(), "forbidden: SDF_GetPrivateKeyAccessRight: 0x01020304")
      << "a maker's own code for a password";
  for (const auto* call :
       {"SDF_OpenSession", "SDF_GetDeviceInfo", "SDF_ExportSignPublicKey_ECC", "SDF_ExportEncPublicKey_ECC"}) {
    rack.answer(call, "01020304");
    EXPECT_EQ(rack.open().error().text(), "io: " + std::string(call) + ": 0x01020304");
  }
  std::filesystem::remove(rack.dir / "answer");
  EXPECT_TRUE(rack.module->open(sealed, kContext)) << "a refusal leaves the module usable";
}

TEST(SdfModule, codes_have_their_names) {
  EXPECT_EQ(sdf_error(0x01000003, "SDF_Encrypt").text(), "unavailable: SDF_Encrypt: SDR_COMMFAIL");
  EXPECT_EQ(sdf_error(0x01000008, "SDF_Encrypt").text(), "not_found: SDF_Encrypt: SDR_KEYNOTEXIST");
  EXPECT_EQ(sdf_error(0x01000018, "SDF_Encrypt").text(), "forbidden: SDF_Encrypt: SDR_PRKRERR");
  EXPECT_EQ(sdf_error(0x0100001e, "SDF_Encrypt").text(), "io: SDF_Encrypt: SDR_OUTARGERR");
  for (const std::uint32_t code : {0x01000000U, 0x0100001fU, 0x7U, 0xffffffffU})
    EXPECT_EQ(sdf_error(code, "SDF_Encrypt").code(), Errc::io) << code;
}

TEST(SealedInSdf, goes_through_octets) {
  SealedInSdf sealed;
  sealed.key.fill(1);
  sealed.cipher.key.fill(2);
  sealed.secret.fill(3);
  sealed.s.fill(4);
  const auto octets = sealed.octets();
  EXPECT_EQ(octets.size(), 262U);
  EXPECT_EQ(parse_sealed_in_sdf(octets).value().octets(), octets);
  auto newer = octets;
  newer[5] = 2;
  EXPECT_EQ(parse_sealed_in_sdf(newer).code(), Errc::unsupported);
  auto longer = octets;
  longer.push_back(0);
  EXPECT_EQ(parse_sealed_in_sdf(longer).code(), Errc::malformed);
  EXPECT_NE(sealed.message("a"), sealed.message("b"));
}

}  // namespace
}  // namespace kw::platform
