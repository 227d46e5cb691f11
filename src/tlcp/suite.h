#pragma once
// Suite names the TLCP cipher suites spoken here, with the sizes that the key schedule needs (GB/T 38636-2020 6.4.5.2.1).
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kw::tlcp {

inline constexpr std::uint16_t kVersion = 0x0101;  // TLCP 1.1, the only one

enum class Suite : std::uint16_t {
  ecc_sm4_cbc_sm3 = 0xE013,
  ecc_sm4_gcm_sm3 = 0xE053,
};

/// In the order in which this end prefers them.
inline constexpr std::array kSuites{Suite::ecc_sm4_gcm_sm3, Suite::ecc_sm4_cbc_sm3};

/// name gives the standard's word, "ECC_SM4_GCM_SM3".
[[nodiscard]] std::string_view name(Suite suite) noexcept;
/// find_suite takes a wire value; nullopt for suites that are not spoken here (ECDHE, IBC, RSA).
[[nodiscard]] std::optional<Suite> find_suite(std::uint16_t wire) noexcept;
/// find_suite takes the standard's word, or its four hex digits.
[[nodiscard]] std::optional<Suite> find_suite(std::string_view word) noexcept;

struct SuiteSizes {
  std::size_t mac_key, cipher_key, fixed_iv;
};
[[nodiscard]] SuiteSizes sizes(Suite suite) noexcept;

}  // namespace kw::tlcp
