#pragma once
// MediaAssembly puts the parts of one piece of media together, as they come over one link.
//
// Sizes are checked before memory is taken: a piece has at most 256 KiB, a part at most 32 KiB. A part at offset 0
// begins anew, whatever stood there. PURE; one connection's strand.
#include <optional>

#include "base/result.h"
#include "kioskward/v1/link.pb.h"

namespace kw::server {

namespace v1 = ::kioskward::v1;

class MediaAssembly {
 public:
  static constexpr std::size_t kMostPart = 32U << 10;
  static constexpr std::size_t kMostPiece = 256U << 10;
  /// add gives the piece when its last part is there. Errc::malformed for what is not the next part, Errc::too_large.
  Result<std::optional<v1::Media>> add(const v1::MediaPart& part);
  /// memory is what waits for its last part.
  [[nodiscard]] std::size_t memory() const noexcept { return piece_ ? piece_->data().capacity() : 0; }

 private:
  std::optional<v1::Media> piece_;
  std::size_t size_ = 0;
};

}  // namespace kw::server
