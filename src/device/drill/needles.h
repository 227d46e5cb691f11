#pragma once
// Needles are the canaries of a purge drill, and NeedleScan looks for all of them at once in a stream of octets. PURE.
//
//   Needles needles(mask);                          // 64 random octets
//   needles.add(kind, masked(canary, mask));        // as it is, and as UTF-16 where it is ASCII
//   NeedleScan scan(needles, [&](const NeedleFound& found) { ... });
//   scan.feed(piece); scan.feed(next);  scan.gap(offset);   // what follows begins somewhere else
//
// The process that searches memory must not find its own copy: needles are kept XORed with the mask and compared on
// the fly, and no whole canary ever stands in this process's memory but in what is fed. A canary is found wherever it
// lies, also over the ends of pieces; one that overlaps itself is found each time. UTF-16 is found in both orders by
// what they share, the octets with a zero between each two, and its offset is that of the first of them. Not
// thread-safe.
#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/bytes.h"

namespace kw::device {

inline constexpr std::size_t kNeedleMask = 64;
inline constexpr std::size_t kShortestNeedle = 8, kLongestNeedle = 64, kMostNeedles = 64;
using NeedleMask = std::array<Byte, kNeedleMask>;

/// masked is its own inverse.
[[nodiscard]] Bytes masked(ByteView octets, const NeedleMask& mask);

class Needles {
 public:
  explicit Needles(const NeedleMask& mask) : mask_(mask) {}
  /// add takes a masked canary; `kind` is the caller's word for it. Errc::invalid for one that is too short or too
  /// long, Errc::too_large where there are too many.
  Result<> add(int kind, Bytes masked_canary);
  [[nodiscard]] std::size_t size() const noexcept { return needles_.size(); }

 private:
  friend class NeedleScan;
  enum class Form { plain, wide };
  struct Needle {
    int kind = 0;
    Form form = Form::plain;
    Bytes octets;  // masked, of the canary itself; a wide form has a zero between each two
    [[nodiscard]] std::size_t length() const { return form == Form::plain ? octets.size() : 2 * octets.size() - 1; }
  };
  [[nodiscard]] Byte at(const Needle& needle, std::size_t place) const;
  [[nodiscard]] bool is_here(const Needle& needle, const Byte* here) const;

  NeedleMask mask_;
  std::vector<Needle> needles_;
  std::size_t longest_ = 0;
  // Which pairs of first and third octet begin a needle, under the mask.
  std::array<std::uint64_t, 1024> pairs_{};
};

struct NeedleFound {
  int kind = 0;
  std::uint64_t offset = 0;
  bool wide = false;
};

class NeedleScan {
 public:
  using Sink = std::function<void(const NeedleFound&)>;
  NeedleScan(const Needles& needles, Sink sink) : needles_(needles), sink_(std::move(sink)) {}
  void feed(ByteView piece);
  /// gap: what is fed next stands at `offset` and does not follow what came before.
  void gap(std::uint64_t offset);
  [[nodiscard]] std::uint64_t octets() const noexcept { return octets_; }

 private:
  /// Finds needles that begin in [0, begins) of what stands here.
  void look(ByteView here, std::size_t begins, std::uint64_t offset);
  const Needles& needles_;
  Sink sink_;
  Bytes tail_;            // the end of what was fed, too short for the longest needle
  std::uint64_t at_ = 0;  // offset of what comes next
  std::uint64_t octets_ = 0;
};

}  // namespace kw::device
