#pragma once
// EnvelopeStream carries v1::Envelope over a TlcpStream: 32-bit length, then protobuf, at most 1 MiB (link.proto).
//
// It numbers what it writes and checks what it reads: version 1, sequence rising by one from 1. Any number of
// coroutines of the stream's strand may write. What waits for the socket is bounded by kMaxQueued octets; a writer above
// that waits for room until its deadline. One reader at a time.
//
//   net::EnvelopeStream link(std::move(stream));
//   v1::Envelope beat;
//   beat.mutable_heartbeat()->set_policy_revision(7);
//   auto sequence = co_await link.write(std::move(beat), net::in(5s));
//   auto reply = co_await link.read(net::in(30s));   // reply->correlation() == *sequence
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <algorithm>
#include <cstdint>
#include <list>
#include <memory>

#include "kioskward/v1/link.pb.h"
#include "net/tlcp_stream.h"

namespace kw::net {

namespace v1 = ::kioskward::v1;

inline constexpr std::size_t kMaxEnvelope = 1U << 20;
inline constexpr std::size_t kMaxQueued = 4U << 20;

/// EnvelopeReader cuts octets into envelopes and checks size, version and sequence. PURE.
class EnvelopeReader {
 public:
  void feed(ByteView octets) { append(buffer_, octets); }
  /// limit bounds the envelopes that come from now on; kMaxEnvelope at first, and at most.
  void limit(std::size_t octets) noexcept { most_ = std::min(octets, kMaxEnvelope); }
  /// memory is what the reader holds; a large envelope's room is given back with it.
  [[nodiscard]] std::size_t memory() const noexcept { return buffer_.capacity(); }
  /// next returns an envelope, nullopt where more is needed; Errc::too_large, malformed, unsupported (version) or
  /// conflict (sequence). An error is final.
  Result<std::optional<v1::Envelope>> next();

 private:
  Bytes buffer_;
  std::size_t most_ = kMaxEnvelope;
  std::uint64_t expected_ = 1;
};
/// encode_envelope gives the octets of one envelope, length first; Errc::too_large.
Result<Bytes> encode_envelope(const v1::Envelope& envelope);

class EnvelopeStream {
 public:
  explicit EnvelopeStream(std::unique_ptr<TlcpStream> stream);

  /// limit bounds what the peer may send in one envelope from now on: less than kMaxEnvelope for one that has not proven
  /// who it is.
  void limit(std::size_t octets) noexcept { reader_.limit(octets); }
  /// read returns the next envelope. Errc::timeout leaves the stream usable: nothing is lost by it.
  asio::awaitable<Result<v1::Envelope>> read(Deadline deadline);
  /// write sets version and sequence, and returns the sequence when the envelope is with the kernel. Errors are final,
  /// except too_large, and a timeout that passed while waiting for room.
  asio::awaitable<Result<std::uint64_t>> write(v1::Envelope envelope, Deadline deadline);
  asio::awaitable<Result<>> shutdown(Deadline deadline) { return stream_->shutdown(deadline); }
  void abort() noexcept { stream_->abort(); }

  [[nodiscard]] TlcpStream& stream() noexcept { return *stream_; }
  [[nodiscard]] const TlcpStream& stream() const noexcept { return *stream_; }

 private:
  /// wait_for_progress returns when another writer is done, or with false at the deadline.
  asio::awaitable<bool> wait_for_progress(Deadline deadline);
  asio::awaitable<Result<>> write_pending(Deadline deadline);
  void wake();

  std::unique_ptr<TlcpStream> stream_;
  EnvelopeReader reader_;
  std::list<asio::steady_timer> waiters_;
  Bytes pending_;                      // encoded, not yet given to the stream
  std::uint64_t queued_ = 0, written_ = 0;  // octets since the beginning
  std::uint64_t next_sequence_ = 1;
  bool writing_ = false, dead_ = false;
};

}  // namespace kw::net
