#include "device/drill/needles.h"

#include <algorithm>

namespace kw::device {
namespace {

/// Needles are at least eight octets long, so the first and the third are there in each form.
constexpr std::size_t kSecondOfPair = 2;

}  // namespace

Bytes masked(ByteView octets, const NeedleMask& mask) {
  Bytes out(octets.begin(), octets.end());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<Byte>(out[i] ^ mask[i % mask.size()]);
  return out;
}

Byte Needles::at(const Needle& needle, std::size_t place) const {
  auto from = place;
  if (needle.form != Form::plain) {
    if (place % 2 == 1) return 0;
    from = place / 2;
  }
  return static_cast<Byte>(needle.octets[from] ^ mask_[from % mask_.size()]);
}

Result<> Needles::add(int kind, Bytes masked_canary) {
  if (masked_canary.size() < kShortestNeedle || masked_canary.size() > kLongestNeedle)
    return fail(Errc::invalid, "a canary of " + std::to_string(masked_canary.size()) + " octets");
  if (needles_.size() + 2 > kMostNeedles) return fail(Errc::too_large, "canaries");
  bool ascii = true;
  for (std::size_t i = 0; i < masked_canary.size(); ++i)
    ascii = ascii && static_cast<Byte>(masked_canary[i] ^ mask_[i % mask_.size()]) < 0x80;
  for (const auto form : {Form::plain, Form::wide}) {
    if (form != Form::plain && !ascii) continue;
    needles_.push_back({kind, form, masked_canary});
    const auto& one = needles_.back();
    longest_ = std::max(longest_, one.length());
    const auto pair = static_cast<unsigned>((at(one, 0) ^ mask_[0]) << 8 | (at(one, kSecondOfPair) ^ mask_[1]));
    pairs_[pair / 64] |= std::uint64_t{1} << (pair % 64);
  }
  return {};
}

bool Needles::is_here(const Needle& needle, const Byte* here) const {
  for (std::size_t i = 0; i < needle.length(); ++i)
    if (here[i] != at(needle, i)) return false;
  return true;
}

void NeedleScan::look(ByteView here, std::size_t begins, std::uint64_t offset) {
  const auto first_mask = needles_.mask_[0], second_mask = needles_.mask_[1];
  // The shortest needle bounds what may begin here.
  if (here.size() < kShortestNeedle) return;
  const auto last = std::min(begins, here.size() - kShortestNeedle + 1);
  for (std::size_t i = 0; i < last; ++i) {
    const auto pair = static_cast<unsigned>((here[i] ^ first_mask) << 8 | (here[i + kSecondOfPair] ^ second_mask));
    if ((needles_.pairs_[pair / 64] >> (pair % 64) & 1) == 0) continue;
    for (const auto& needle : needles_.needles_)
      if (needle.length() <= here.size() - i && needles_.is_here(needle, here.data() + i))
        sink_({needle.kind, offset + i, needle.form != Needles::Form::plain});
  }
}

void NeedleScan::feed(ByteView piece) {
  octets_ += piece.size();
  if (needles_.longest_ == 0) return;
  const auto overlap = needles_.longest_ - 1;
  if (piece.size() < overlap) {
    const auto begin = at_ - tail_.size();
    at_ += piece.size();
    tail_.insert(tail_.end(), piece.begin(), piece.end());
    if (tail_.size() <= overlap) {
      // Short needles may stand in it whole; they are looked for when it leaves, or at the gap.
      return;
    }
    const auto out = tail_.size() - overlap;
    look(tail_, out, begin);
    tail_.erase(tail_.begin(), tail_.begin() + static_cast<std::ptrdiff_t>(out));
    return;
  }
  if (!tail_.empty()) {
    const auto begin = at_ - tail_.size(), begins = static_cast<std::uint64_t>(tail_.size());
    tail_.insert(tail_.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(overlap));
    look(tail_, begins, begin);
  }
  look(piece, piece.size() - overlap, at_);
  tail_.assign(piece.end() - static_cast<std::ptrdiff_t>(overlap), piece.end());
  at_ += piece.size();
}

void NeedleScan::gap(std::uint64_t offset) {
  look(tail_, tail_.size(), at_ - tail_.size());
  tail_.clear();
  at_ = offset;
}

}  // namespace kw::device
