#include "base/secret.h"

#include <array>
#include <cstring>

namespace kw {

void wipe(MutableByteView memory) noexcept {
  if (memory.empty()) return;
  std::memset(memory.data(), 0, memory.size());
  __asm__ __volatile__("" : : "r"(memory.data()) : "memory");
}

[[gnu::noinline]] void wipe_stack() noexcept {
  constexpr std::size_t kDepth = 64 << 10;
  std::array<Byte, kDepth> below;  // NOLINT(cppcoreguidelines-pro-type-member-init): wiped at once
  wipe(below);
}

}  // namespace kw
