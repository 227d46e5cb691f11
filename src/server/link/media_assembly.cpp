#include "server/link/media_assembly.h"

namespace kw::server {
namespace {

constexpr std::size_t kMostWord = 128;

bool same_piece(const v1::Media& a, const v1::Media& b) {
  return a.order_id() == b.order_id() && a.sequence() == b.sequence() && a.kind() == b.kind() && a.last() == b.last();
}

}  // namespace

Result<std::optional<v1::Media>> MediaAssembly::add(const v1::MediaPart& part) {
  const auto& in = part.piece();
  if (in.data().size() > kMostPart || part.size() > kMostPiece) return fail(Errc::too_large, "media");
  if (in.order_id().size() != 16) return fail(Errc::malformed, "order of media");
  if (in.kind().size() > kMostWord || in.section().size() > kMostWord || in.content_type().size() > kMostWord)
    return fail(Errc::too_large, "words of media");
  if (part.offset() == 0) {
    piece_ = in;
    size_ = part.size();
  } else {
    if (!piece_ || !same_piece(*piece_, in) || part.size() != size_ || part.offset() != piece_->data().size())
      return fail(Errc::malformed, "part of media");
    piece_->mutable_data()->append(in.data());
  }
  if (piece_->data().size() > size_) return fail(Errc::malformed, "part of media");
  if (piece_->data().size() < size_) {
    if (in.data().empty()) return fail(Errc::malformed, "empty part of media");
    return std::optional<v1::Media>();
  }
  auto out = std::move(piece_);
  piece_.reset();
  return out;
}

}  // namespace kw::server
