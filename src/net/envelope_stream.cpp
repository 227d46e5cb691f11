#include "net/envelope_stream.h"

#include "base/reader.h"
#include "base/secret.h"
#include "base/writer.h"
#include "schema/codec.h"

namespace kw::net {
namespace {

constexpr std::uint32_t kLinkVersion = 1;
constexpr std::size_t kKeptRoom = 64U << 10;

}  // namespace

Result<std::optional<v1::Envelope>> EnvelopeReader::next() {
  if (buffer_.size() < 4) return std::optional<v1::Envelope>();
  Reader r(buffer_);
  KW_TRY(const auto length, r.u32());
  if (length > most_) return fail(Errc::too_large, "envelope");
  if (r.left() < length) return std::optional<v1::Envelope>();
  KW_TRY(const auto body, r.take(length));
  KW_TRY(auto envelope, schema::parse<v1::Envelope>(body, kMaxEnvelope));
  if (envelope.version() != kLinkVersion) return fail(Errc::unsupported, "envelope version");
  if (envelope.sequence() != expected_) return fail(Errc::conflict, "envelope sequence");
  ++expected_;
  const auto used = r.position();
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(used), buffer_.end(), buffer_.begin());
  wipe(MutableByteView(buffer_).last(used));  // the room stays, what was in it does not
  buffer_.resize(buffer_.size() - used);
  if (buffer_.capacity() > kKeptRoom && buffer_.size() <= kKeptRoom) buffer_.shrink_to_fit();
  return std::optional(std::move(envelope));
}

Result<Bytes> encode_envelope(const v1::Envelope& envelope) {
  if (envelope.ByteSizeLong() > kMaxEnvelope) return fail(Errc::too_large, "envelope");
  Writer out;
  out.vec32(schema::serialise(envelope));
  return std::move(out).take();
}

EnvelopeStream::EnvelopeStream(std::unique_ptr<TlcpStream> stream) : stream_(std::move(stream)) {}

asio::awaitable<Result<v1::Envelope>> EnvelopeStream::read(Deadline deadline) {
  while (true) {
    KW_CO_TRY(auto envelope, reader_.next());
    if (envelope) co_return std::move(*envelope);
    KW_CO_TRY(const auto octets, co_await stream_->read_some(deadline));
    reader_.feed(octets);
  }
}

void EnvelopeStream::wake() {
  for (auto& waiter : waiters_) waiter.cancel();
}

asio::awaitable<bool> EnvelopeStream::wait_for_progress(Deadline deadline) {
  const auto self = waiters_.emplace(waiters_.end(), stream_->executor(), deadline);
  const auto [ec] = co_await self->async_wait(kTuple);
  waiters_.erase(self);
  co_return ec == asio::error::operation_aborted;
}

asio::awaitable<Result<>> EnvelopeStream::write_pending(Deadline deadline) {
  writing_ = true;
  const auto out = std::exchange(pending_, {});
  auto written = co_await stream_->write(out, deadline);
  writing_ = false;
  dead_ = dead_ || !written;
  written_ += out.size();
  wake();
  co_return written;
}

asio::awaitable<Result<std::uint64_t>> EnvelopeStream::write(v1::Envelope envelope, Deadline deadline) {
  // Version and sequence take at most 13 octets more; the bound is checked again on the encoded form below.
  const std::size_t size = envelope.ByteSizeLong() + 32;
  while (!dead_ && queued_ - written_ > 0 && queued_ - written_ + size > kMaxQueued)
    if (!co_await wait_for_progress(deadline)) co_return fail(Errc::timeout, "no room to write");
  if (dead_) co_return fail(Errc::closed, "the link has failed");

  envelope.set_version(kLinkVersion);
  envelope.set_sequence(next_sequence_);
  KW_CO_TRY(const auto octets, encode_envelope(envelope));
  ++next_sequence_;
  append(pending_, octets);
  queued_ += octets.size();
  const auto end = queued_;
  while (written_ < end) {
    if (dead_) co_return fail(Errc::closed, "the link has failed");
    if (!writing_) {
      KW_CO_CHECK(co_await write_pending(deadline));
    } else if (!co_await wait_for_progress(deadline)) {
      // The envelope has its number and may be half out: without it the sequence has a hole.
      dead_ = true;
      stream_->abort();
      wake();
      co_return fail(Errc::timeout, "write");
    }
  }
  if (dead_) co_return fail(Errc::closed, "the link has failed");
  co_return envelope.sequence();
}

}  // namespace kw::net
