#include "export/stream.h"

#include <algorithm>

namespace kw::exports {
namespace {

constexpr std::array<std::string_view, kStreamStates> kStateNames{"idle",        "sending", "awaiting",
                                                                  "backing_off", "paused",  "holding"};
using Cell = std::optional<StreamState>;
using Cells = std::array<std::array<Cell, kStreamEvents>, kStreamStates>;

constexpr Cell kNone = std::nullopt, kIdle = StreamState::idle, kSending = StreamState::sending,
               kAwaiting = StreamState::awaiting, kBackingOff = StreamState::backing_off, kPaused = StreamState::paused,
               kHolding = StreamState::holding;

// clang-format off: a table is read by columns
constexpr Cells kCells{{
    //  begin     skip   taken      answer   other        failed       due       pause     resume    narrow
    {{kSending, kIdle, kNone,     kNone,   kIdle,       kNone,       kNone,    kPaused,  kNone,    kNone}},     // idle
    {{kNone,    kNone, kAwaiting, kIdle,   kSending,    kBackingOff, kNone,    kHolding, kNone,    kSending}},  // sending
    {{kNone,    kNone, kNone,     kIdle,   kAwaiting,   kBackingOff, kSending, kHolding, kNone,    kSending}},  // awaiting
    {{kNone,    kNone, kNone,     kIdle,   kBackingOff, kNone,       kSending, kHolding, kNone,    kSending}},  // backing_off
    {{kNone,    kNone, kNone,     kNone,   kPaused,     kNone,       kNone,    kNone,    kIdle,    kNone}},     // paused
    {{kNone,    kNone, kHolding,  kPaused, kHolding,    kHolding,    kNone,    kNone,    kSending, kHolding}},  // holding
}};
// clang-format on

/// jittered takes between half of the delay and all of it, so that many senders do not come back together.
Duration jittered(Duration delay, Random& random) {
  std::array<Byte, 4> octets{};
  random.fill(octets);
  const std::uint64_t drawn =
      std::uint64_t{octets[0]} << 24 | std::uint64_t{octets[1]} << 16 | std::uint64_t{octets[2]} << 8 | octets[3];
  const auto half = delay / 2;
  return half + Duration(static_cast<std::int64_t>(static_cast<double>(half.count()) * static_cast<double>(drawn) /
                                                   4294967295.0));
}

}  // namespace

std::string_view name(StreamState state) noexcept { return kStateNames.at(static_cast<std::size_t>(state)); }

std::optional<StreamState> stream_table(StreamState state, StreamEvent event) noexcept {
  return kCells.at(static_cast<std::size_t>(state)).at(static_cast<std::size_t>(event));
}

Stream::Stream(Patience patience, Progress progress, Duration now) : patience_(patience), progress_(progress) {
  if (progress_.open_end <= progress_.cursor) progress_.open_end = 0;
  if (progress_.paused) {
    state_ = open() ? StreamState::holding : StreamState::paused;
  } else if (open()) {
    state_ = StreamState::backing_off;
    due_ = now;
  }
}

Result<> Stream::move(StreamEvent event) {
  const auto next = stream_table(state_, event);
  if (!next) return fail(Errc::wrong_state, "export stream is " + std::string(name(state_)));
  state_ = *next;
  return {};
}

Result<> Stream::begin(std::uint64_t end) {
  if (end <= progress_.cursor) return fail(Errc::invalid, "empty batch");
  KW_CHECK(move(StreamEvent::begin));
  progress_.open_end = end;
  attempts_ = 0;
  due_.reset();
  return {};
}

Result<> Stream::skip(std::uint64_t end) {
  if (end <= progress_.cursor) return fail(Errc::invalid, "empty batch");
  KW_CHECK(move(StreamEvent::skip));
  progress_.cursor = end;
  return {};
}

Result<> Stream::taken(Duration now) {
  KW_CHECK(move(StreamEvent::taken));
  if (state_ == StreamState::awaiting) due_ = now + patience_.answer;
  return {};
}

Result<bool> Stream::answer(std::uint64_t from, std::uint64_t end) {
  const bool ours = open() && from == progress_.cursor && end == progress_.open_end;
  KW_CHECK(move(ours ? StreamEvent::answer : StreamEvent::other));
  if (!ours) {
    ++strays_;
    return false;
  }
  progress_.cursor = progress_.open_end;
  progress_.open_end = 0;
  attempts_ = 0;
  due_.reset();
  failing_since_.reset();
  recovered_ = std::exchange(progress_.stalled, false);
  return true;
}

Result<> Stream::narrow(std::uint64_t end) {
  if (open() && (end <= progress_.cursor || end >= progress_.open_end)) return fail(Errc::invalid, "part of a batch");
  KW_CHECK(move(StreamEvent::narrow));
  progress_.open_end = end;
  due_.reset();
  return {};
}

Result<> Stream::failed(Duration now, Random& random) {
  KW_CHECK(move(StreamEvent::failed));
  ++attempts_;
  if (!failing_since_) failing_since_ = now;
  auto delay = patience_.first;
  for (unsigned i = 1; i < attempts_ && delay < patience_.most; ++i) delay *= 2;
  due_ = now + jittered(std::min(delay, patience_.most), random);
  return {};
}

Result<bool> Stream::due(Duration now) {
  if (!stream_table(state_, StreamEvent::due)) return fail(Errc::wrong_state, "nothing is waited for");
  if (!due_ || now < *due_) return false;
  if (state_ == StreamState::awaiting && !failing_since_) failing_since_ = now;
  KW_CHECK(move(StreamEvent::due));
  due_.reset();
  return true;
}

Result<> Stream::pause() {
  KW_CHECK(move(StreamEvent::pause));
  progress_.paused = true;
  due_.reset();
  return {};
}

Result<> Stream::resume() {
  KW_CHECK(move(StreamEvent::resume));
  progress_.paused = false;
  failing_since_.reset();  // what failed before the pause says nothing about now
  due_.reset();
  return {};
}

bool Stream::stalled_now(Duration now) {
  if (progress_.stalled || progress_.paused || !failing_since_ || now - *failing_since_ < patience_.stalled)
    return false;
  progress_.stalled = true;
  return true;
}

bool Stream::recovered_now() { return std::exchange(recovered_, false); }

}  // namespace kw::exports
