#pragma once
// Sm3Kernel is one compiled form of the many-message SM3; sm3_many takes the widest that runs here. Internal to
// src/crypto: tests and the fuzz target hold every form against the plain function.
//
// PURE and thread-safe.
#include <vector>

#include "crypto/sm3.h"

namespace kw::crypto {

inline constexpr std::size_t kMaxSm3Lanes = 16;

struct Sm3Kernel {
  std::string_view name;
  std::size_t lanes = 0;  // at most kMaxSm3Lanes
  /// One block of 64 octets a lane; `state` holds eight rows of `lanes` words.
  void (*compress)(std::uint32_t* state, const Byte* const* blocks) = nullptr;
};

/// sm3_kernels are those that this processor runs, the widest first; the portable one is always among them.
[[nodiscard]] std::vector<Sm3Kernel> sm3_kernels();
/// sm3_many_with is sm3_many by that kernel, however few the messages.
void sm3_many_with(const Sm3Kernel& kernel, ByteView prefix, std::span<const ByteView> messages, std::span<Digest> out);

// Processor family x86-64 only.
void sm3_compress_avx2(std::uint32_t* state, const Byte* const* blocks);
void sm3_compress_avx512(std::uint32_t* state, const Byte* const* blocks);

}  // namespace kw::crypto
