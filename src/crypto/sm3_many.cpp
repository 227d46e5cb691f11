#include <algorithm>

#include "crypto/sm3_kernels.h"
#include "crypto/sm3_lanes.h"

namespace kw::crypto {
namespace {

constexpr std::size_t kBlock = 64;
constexpr std::size_t kPadding = 9;  // the octet 0x80 and the length, at least
constexpr Byte kIdle[kBlock] = {};

/// Prefix, message and padding, cut into blocks.
class Blocks {
 public:
  Blocks() = default;
  Blocks(ByteView prefix, ByteView message)
      : prefix_(prefix),
        message_(message),
        length_(prefix.size() + message.size()),
        end_((length_ + kPadding + kBlock - 1) / kBlock * kBlock) {}

  /// next gives a block out of the message itself, or made in `own`.
  const Byte* next(std::array<Byte, kBlock>& own) {
    const std::size_t from = at_;
    at_ += kBlock;
    if (from >= prefix_.size() && at_ <= length_) return message_.data() + (from - prefix_.size());
    std::size_t have = 0;
    const auto take = [&](ByteView part) {
      const std::size_t n = std::min(kBlock - have, part.size());
      std::copy_n(part.begin(), n, own.begin() + static_cast<std::ptrdiff_t>(have));
      have += n;
    };
    if (from < prefix_.size()) take(prefix_.subspan(from));
    if (have < kBlock && from + have < length_) take(message_.subspan(from + have - prefix_.size()));
    std::fill(own.begin() + static_cast<std::ptrdiff_t>(have), own.end(), Byte{0});
    if (have < kBlock && from + have == length_) own[have] = 0x80;
    if (ended())
      for (std::size_t i = 0; i < 8; ++i)
        own[kBlock - 1 - i] = static_cast<Byte>(std::uint64_t{length_} * 8 >> (8 * i));
    return own.data();
  }
  [[nodiscard]] bool ended() const { return at_ == end_; }

 private:
  ByteView prefix_, message_;
  std::size_t length_ = 0, end_ = 0, at_ = 0;
};

void sm3_compress_portable(std::uint32_t* state, const Byte* const* blocks) { Sm3Lanes<4>::compress(state, blocks); }

constexpr Sm3Kernel kPortable{"portable", 4, &sm3_compress_portable};
#if defined(__x86_64__)  // the processor family decides which instructions exist; cpuid decides at run time
constexpr Sm3Kernel kAvx2{"avx2", 8, &sm3_compress_avx2};
constexpr Sm3Kernel kAvx512{"avx512", 16, &sm3_compress_avx512};
bool has_avx2() noexcept { return __builtin_cpu_supports("avx2") != 0; }
bool has_avx512() noexcept { return __builtin_cpu_supports("avx512f") != 0; }
#else
constexpr Sm3Kernel kAvx2 = kPortable, kAvx512 = kPortable;
bool has_avx2() noexcept { return false; }
bool has_avx512() noexcept { return false; }
#endif

}  // namespace

std::vector<Sm3Kernel> sm3_kernels() {
  std::vector<Sm3Kernel> out;
  if (has_avx512()) out.push_back(kAvx512);
  if (has_avx2()) out.push_back(kAvx2);
  out.push_back(kPortable);
  return out;
}

// A lane that has done its message takes the next one; lanes without a message hash zeros that nobody reads.
void sm3_many_with(const Sm3Kernel& kernel, ByteView prefix, std::span<const ByteView> messages,
                   std::span<Digest> out) {
  struct Lane {
    Blocks blocks;
    std::size_t message = 0;
    bool busy = false;
    std::array<Byte, kBlock> own;
  };
  std::array<Lane, kMaxSm3Lanes> lanes;
  std::array<const Byte*, kMaxSm3Lanes> at;
  std::array<std::uint32_t, 8 * kMaxSm3Lanes> state{};
  std::size_t begun = 0, busy = 0;
  const auto begin = [&](std::size_t i) {
    lanes[i].busy = begun < messages.size();
    at[i] = kIdle;
    if (!lanes[i].busy) return;
    lanes[i].blocks = Blocks(prefix, messages[begun]);
    lanes[i].message = begun++;
    for (std::size_t word = 0; word < 8; ++word) state[word * kernel.lanes + i] = kSm3Start.word[word];
    ++busy;
  };
  for (std::size_t i = 0; i < kernel.lanes; ++i) begin(i);
  while (busy > 0) {
    for (std::size_t i = 0; i < kernel.lanes; ++i)
      if (lanes[i].busy) at[i] = lanes[i].blocks.next(lanes[i].own);
    kernel.compress(state.data(), at.data());
    for (std::size_t i = 0; i < kernel.lanes; ++i) {
      if (!lanes[i].busy || !lanes[i].blocks.ended()) continue;
      Digest& digest = out[lanes[i].message];
      for (std::size_t word = 0; word < 8; ++word) {
        const std::uint32_t value = state[word * kernel.lanes + i];
        for (std::size_t octet = 0; octet < 4; ++octet)
          digest[4 * word + octet] = static_cast<Byte>(value >> (24 - 8 * octet));
      }
      --busy;
      begin(i);
    }
  }
}

void sm3_many(ByteView prefix, std::span<const ByteView> messages, std::span<Digest> out) {
  if (messages.size() == 1) {  // lanes would stand empty
    out[0] = sm3_concat({prefix, messages[0]});
    return;
  }
  sm3_many_with(has_avx512() ? kAvx512 : has_avx2() ? kAvx2 : kPortable, prefix, messages, out);
}

}  // namespace kw::crypto
