#pragma once
// Sieve is one compiled form of the first look at octets: for each 64 of them, which are digits, and where the
// character 密 of a secrecy marking may end. Internal to src/landing: tests and the fuzz target hold every form against
// the others.
//
// 密 is the last character of every level (绝密, 机密, 秘密, in traditional letters too): in UTF-8 (..AF 86), GBK (C3
// DC) and UTF-16 (C6 5B, 5B C6). PURE and thread-safe.
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace kw::landing {

inline constexpr std::size_t kSieveBlock = 64;

struct Sieve {
  std::string_view name;
  /// `data` holds `blocks` blocks, and one octet before them that is read, too. Bit i of a word belongs to octet i.
  void (*look)(const Byte* data, std::size_t blocks, std::uint64_t* digits, std::uint64_t* marks) = nullptr;
};

/// sieves are those that this processor runs, the widest first; the portable one is always among them.
[[nodiscard]] std::vector<Sieve> sieves();
[[nodiscard]] const Sieve& best_sieve();

// Processor family x86-64 only.
void sieve_avx2(const Byte* data, std::size_t blocks, std::uint64_t* digits, std::uint64_t* marks);
void sieve_avx512(const Byte* data, std::size_t blocks, std::uint64_t* digits, std::uint64_t* marks);

}  // namespace kw::landing
