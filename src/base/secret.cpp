#include "base/secret.h"

#include <cstring>

namespace kw {

void wipe(MutableByteView memory) noexcept {
  if (memory.empty()) return;
  std::memset(memory.data(), 0, memory.size());
  __asm__ __volatile__("" : : "r"(memory.data()) : "memory");
}

}  // namespace kw
