// Compiled for AVX2: see CMakeLists.txt. Called only where the processor has it; includes nothing but the kernel.
#include "crypto/sm3_lanes.h"

namespace kw::crypto {

void sm3_compress_avx2(std::uint32_t* state, const std::uint8_t* const* blocks);  // declared in sm3_kernels.h
void sm3_compress_avx2(std::uint32_t* state, const std::uint8_t* const* blocks) {
  Sm3Lanes<8>::compress(state, blocks);
}

}  // namespace kw::crypto
