#pragma once
// Spool keeps events on disk, encrypted and chained, until the platform has committed them.
//
//   KW_TRY(auto spool, Spool::open(files, std::move(key), random, {}));
//   KW_TRY(auto sequences, spool->append(events));     // durable when it returns: one fdatasync for all of them
//   KW_TRY(auto batch, spool->read_from(1, 256));      // consecutive sequences
//   KW_CHECK(spool->acknowledge(through));
//
// Sequences begin at 1, rise by one and never repeat, restarts included. Format, crash rules and room rules:
// docs/design/spool.md. Thread-safe; append blocks for the disk.
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "agent/spool/file_port.h"
#include "agent/spool/segment.h"
#include "kioskward/v1/common.pb.h"

namespace kw::agent {

namespace v1 = ::kioskward::v1;

struct SpoolOptions {
  std::uint64_t max_octets = 64ULL << 20;      // of all segments
  std::uint64_t reserved_octets = 8ULL << 20;  // of these, for SERIOUS and CRITICAL (half of it for WARNING too)
  std::uint64_t segment_octets = 1ULL << 20;
};

/// What open() found damaged, and mended by cutting.
struct SpoolDamage {
  std::uint64_t kept = 0, dropped = 0;  // events; dropped counts what is known to be missing, at least 1
  bool tampered = false;                // false: a torn end, as a crash leaves it
};

class Spool {
 public:
  /// open makes or recovers the spool. `files` and `random` must outlive it. Errors are those of the files; damage is
  /// not an error (damage()), nor is an unreadable file: it is set aside as damage.
  static Result<std::unique_ptr<Spool>> open(FilePort& files, SecretBytes key, Random& random, SpoolOptions options);

  /// append stores the events together, sets their sequence, and returns the sequences; 0 stands for an event that was
  /// dropped because the ordinary room is full (INFO, NOTICE, then WARNING; counted, see take_dropped). Errors
  /// (no_space, io, too_large): none of the events is stored, and the next append tries anew. At most 256 events.
  Result<std::vector<std::uint64_t>> append(std::span<v1::Event> events);

  /// read_from returns the first waiting events with sequence >= `sequence`, consecutive, at most `most` and at most
  /// 512 KiB. Errc::corrupt where the file is no longer what was written.
  Result<std::vector<v1::Event>> read_from(std::uint64_t sequence, std::size_t most);

  /// acknowledge forgets everything up to and including `through`, in whole segments.
  Result<> acknowledge(std::uint64_t through);

  /// meet takes what the platform says it has committed. Where that is more than was ever handed out (an old copy of
  /// the state directory was put back), waiting events get new sequences above it.
  Result<> meet(std::uint64_t committed);

  /// missing tells how many of the spool's files somebody else has removed or moved away.
  Result<std::uint64_t> missing();

  /// take_dropped returns the events dropped since the last call, once there is room for a marker; else 0.
  std::uint64_t take_dropped();

  [[nodiscard]] const std::optional<SpoolDamage>& damage() const noexcept { return damage_; }
  [[nodiscard]] std::uint64_t acknowledged() const;
  [[nodiscard]] std::uint64_t next_sequence() const;  // that the next event gets
  [[nodiscard]] std::uint64_t waiting() const;        // events not acknowledged
  [[nodiscard]] std::uint64_t octets() const;

 private:
  struct Segment {
    std::string name;
    SegmentHeader header;
    std::vector<RecordPlace> records;
    Link last{};
    std::uint64_t size = 0;
    [[nodiscard]] std::uint64_t end() const { return header.first_sequence + records.size(); }
  };
  Spool(FilePort& files, SecretBytes key, Random& random, SpoolOptions options)
      : files_(files), key_(std::move(key)), random_(random), options_(options) {}

  Result<> recover();
  Result<> load_mark();
  Result<> store_mark();
  Result<> recover_segment(const std::string& name, bool newest);
  Result<> start_segment();
  Result<> repair_tail();
  Result<std::vector<std::uint64_t>> append_locked(std::span<v1::Event> events);
  Result<std::vector<v1::Event>> read_locked(std::uint64_t sequence, std::size_t most);
  Result<> acknowledge_locked(std::uint64_t through);
  void note_damage(std::uint64_t dropped, bool tampered);
  [[nodiscard]] std::uint64_t room_for(v1::Severity severity) const;
  [[nodiscard]] std::uint64_t total() const;

  FilePort& files_;
  SecretBytes key_;
  Random& random_;
  SpoolOptions options_;
  mutable std::mutex mutex_;
  std::deque<Segment> segments_;      // oldest first; the last is being written
  std::optional<SegmentKey> active_;  // key of the last segment
  std::uint64_t next_ = 1, acknowledged_ = 0;
  std::uint64_t reserved_ = 0;  // sequences below it may have been handed out, by the mark on disk
  std::uint64_t dropped_ = 0;
  std::uint64_t mended_ = 0;  // breaks of the chain below this sequence were reported before
  bool dirty_tail_ = false;   // a failed append left octets behind the last record
  std::optional<SpoolDamage> damage_;
};

}  // namespace kw::agent
