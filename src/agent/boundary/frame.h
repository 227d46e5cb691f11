#pragma once
// FrameReader, encode_frame and the two parsers are the form of what the agent's two processes say to each other.
//
// A frame is a u32 length (big-endian, at most kMostFrame) and one message of boundary.proto. Sizes are bounded before
// memory is taken, and each body is checked once here, so that neither side validates again. An error is final: the
// peer is broken or somebody else, and gets no second chance on this channel. PURE.
#include <optional>

#include "base/bytes.h"
#include "kioskward/v1/boundary.pb.h"

namespace kw::agent {

namespace v1 = ::kioskward::v1;

inline constexpr std::size_t kMostFrame = 2U << 20;
inline constexpr int kMostEventsInFrame = 256;
inline constexpr std::size_t kMostMediaInFrame = 256U << 10;

class FrameReader {
 public:
  void feed(ByteView octets) { append(buffer_, octets); }
  /// next returns one message's octets, nothing where more is needed; Errc::too_large.
  Result<std::optional<Bytes>> next();

 private:
  Bytes buffer_;
  std::size_t taken_ = 0;  // of the buffer
};

/// encode_frame sets the version; Errc::too_large.
Result<Bytes> encode_frame(v1::LinkMessage message);
Result<Bytes> encode_frame(v1::GuardMessage message);

/// parse_*: Errc::too_large, malformed, unsupported (version). What is signed in them is not verified here.
Result<v1::LinkMessage> parse_link_message(ByteView octets);
Result<v1::GuardMessage> parse_guard_message(ByteView octets);

}  // namespace kw::agent
