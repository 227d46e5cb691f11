#pragma once
// Stream decides for one target what is sent next, what an answer means, when it is asked again: store and forward.
//
// One batch of entries, [cursor, open_end) of the ledger, is under way at a time. Its bounds are stored before it is
// first sent, and it is sent again unchanged until an answer for it comes; only then the cursor moves. So a record
// never goes missing and always carries the same number; an answer that comes twice or late is known by its batch.
//
// | state       | begin   | skip | taken    | answer | other       | failed      | due     | pause   | resume  | narrow
// |
// |-------------|---------|------|----------|--------|-------------|-------------|---------|---------|---------|---------|
// | idle        | sending | idle | -        | -      | idle        | -           | -       | paused  | -       | - | |
// sending     | -       | -    | awaiting | idle   | sending     | backing_off | -       | holding | -       | sending
// | | awaiting    | -       | -    | -        | idle   | awaiting    | backing_off | sending | holding | -       |
// sending | | backing_off | -       | -    | -        | idle   | backing_off | -           | sending | holding | - |
// sending | | paused      | -       | -    | -        | -      | paused      | -           | -       | -       | idle
// | -       | | holding     | -       | -    | holding  | paused | holding     | holding     | -       | -       |
// sending | holding |
//
// begin: entries are there. skip: the filter wants none of them. taken: the receiver has the batch, its answer comes
// later. answer: for the batch under way. other: for any other batch, or none is under way. due: it is time to send
// again. holding: paused with a batch under way. narrow: the receiver refused the batch, its first part is tried alone
// (breakup.h). "-" is refused: Errc::wrong_state, nothing changes.
//
// PURE: time and randomness are arguments. Not thread-safe.
#include <array>
#include <optional>

#include "base/random.h"
#include "base/time.h"

namespace kw::exports {

enum class StreamState : std::uint8_t { idle, sending, awaiting, backing_off, paused, holding };
enum class StreamEvent : std::uint8_t { begin, skip, taken, answer, other, failed, due, pause, resume, narrow };
inline constexpr std::size_t kStreamStates = 6, kStreamEvents = 10;
[[nodiscard]] std::string_view name(StreamState state) noexcept;
/// stream_table is the table above; nothing for a refused pair.
[[nodiscard]] std::optional<StreamState> stream_table(StreamState state, StreamEvent event) noexcept;

struct Patience {
  Duration first = std::chrono::seconds(1);      // wait after the first failure; doubled by each further one
  Duration most = std::chrono::seconds(300);     // wait at most
  Duration answer = std::chrono::seconds(3600);  // for an answer that comes later; then it is sent again
  Duration stalled = std::chrono::seconds(300);  // without progress since the first failure: an alarm
  std::uint64_t aside = 10;  // records put aside in a row at most (breakup.h); 0: a refused batch holds the target
};

/// Progress is what the store keeps of a stream.
struct Progress {
  std::uint64_t cursor = 0;    // first entry that is not yet confirmed
  std::uint64_t open_end = 0;  // end of the batch under way; 0 where there is none
  bool paused = false;
  bool stalled = false;
  friend bool operator==(const Progress&, const Progress&) = default;
};

class Stream {
 public:
  /// A batch that was under way when the platform stopped is due at once.
  Stream(Patience patience, Progress progress, Duration now);

  [[nodiscard]] StreamState state() const noexcept { return state_; }
  [[nodiscard]] const Progress& progress() const noexcept { return progress_; }
  [[nodiscard]] bool open() const noexcept { return progress_.open_end != 0; }
  [[nodiscard]] unsigned attempts() const noexcept { return attempts_; }   // failures of the batch under way
  [[nodiscard]] std::uint64_t strays() const noexcept { return strays_; }  // answers that came twice or late

  /// begin opens the batch [cursor, end); Errc::invalid where that is empty. Store progress() before sending.
  Result<> begin(std::uint64_t end);
  /// skip moves the cursor over entries that the filter does not want.
  Result<> skip(std::uint64_t end);
  Result<> taken(Duration now);
  /// answer confirms the batch [from, end): true where it was the one under way, false for a stray one.
  Result<bool> answer(std::uint64_t from, std::uint64_t end);
  /// narrow makes the batch under way end earlier; Errc::invalid unless something is left of it, and left out.
  Result<> narrow(std::uint64_t end);
  Result<> failed(Duration now, Random& random);
  /// set_patience takes other waits from the next failure on.
  void set_patience(const Patience& patience) noexcept { patience_ = patience; }
  /// due: true where the batch is to be sent again now; false where it is too early.
  Result<bool> due(Duration now);
  Result<> pause();
  Result<> resume();

  /// next_due is when due() will say true; nothing where nothing is waited for.
  [[nodiscard]] std::optional<Duration> next_due() const noexcept { return due_; }
  /// stalled_now is true once in each stall: the alarm is to be raised. Progress says stalled from then on.
  [[nodiscard]] bool stalled_now(Duration now);
  /// recovered_now is true once after the first progress that follows a stall.
  [[nodiscard]] bool recovered_now();

 private:
  Result<> move(StreamEvent event);
  Patience patience_;
  Progress progress_;
  StreamState state_ = StreamState::idle;
  unsigned attempts_ = 0;
  std::uint64_t strays_ = 0;
  std::optional<Duration> due_, failing_since_;
  bool recovered_ = false;
};

}  // namespace kw::exports
