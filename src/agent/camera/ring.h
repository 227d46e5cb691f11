#pragma once
// CameraRing keeps a camera's recordings on disk, sealed and chained, and lets the oldest go.
//
//   KW_TRY(auto ring, CameraRing::open(directory, secret, clock, random));
//   ring->limit(limits);
//   ring->begin(stream_header); ring->video(cluster, octets); ring->picture(jpeg); ring->flush();
//   for (auto& sealed : ring->take_sealed()) ...;       // roots, to be told
//
// A file is one recording (recording.h) of at most kLongest or kLargest, begun where a picture needs no other; what was
// recorded is on disk after kFlush. What a power cut left is finished at open(). Recordings go when they are older than
// `keep`, and the oldest first where all together are above `most_octets`; those around an alarm stay for `hold`, and
// go for room only when no other is left. One thread; blocks on the disk.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/camera/recording.h"
#include "ledger/frontier.h"
#include "platform/linux/unique_fd.h"

namespace kw::agent {

class CameraRing {
 public:
  static constexpr Duration kLongest = std::chrono::seconds(60), kFlush = std::chrono::seconds(2);
  static constexpr std::size_t kLargest = 4U << 20;
  struct Limits {
    std::uint64_t most_octets = 0;
    Duration keep{0}, hold{0};
  };
  struct Span {
    Timestamp from, until;
  };
  struct Sealed {
    std::uint64_t number = 0;
    ledger::Hash root{};
    Timestamp from, until;
    std::uint64_t octets = 0;
    bool held = false;
  };
  struct Totals {
    std::uint64_t recordings = 0, octets = 0;
    Timestamp oldest;
    Duration recorded{0};  // time that the recordings cover together
  };
  struct Damaged {
    std::string file, reason;
  };

  static Result<std::unique_ptr<CameraRing>> open(std::string directory, SecretBytes secret, const Clock& clock,
                                                  Random& random);
  ~CameraRing();

  void limit(const Limits& limits) { limits_ = limits; }
  /// hold tells all times that stand around alarms.
  void hold(std::vector<Span> spans);
  /// begin starts a stream: what follows cannot be read without its header.
  Result<> begin(ByteView stream_header);
  Result<> video(bool cluster, ByteView octets);
  Result<> picture(ByteView jpeg);
  /// flush writes what waited long enough, ends a recording that is long enough, and lets old ones go.
  Result<> flush();
  /// end finishes the open recording.
  Result<> end();

  std::vector<Sealed> take_sealed() { return std::exchange(sealed_, {}); }
  std::vector<Damaged> take_damaged() { return std::exchange(damaged_, {}); }
  [[nodiscard]] Totals totals() const;

  /// find gives the recordings that have something of a time.
  [[nodiscard]] std::vector<std::uint64_t> find(const Span& span) const;
  struct Content {
    Bytes stream_header, video;
    Timestamp from;
  };
  /// read opens one recording: not_found, corrupt (which is also told by take_damaged).
  Result<Content> read(std::uint64_t number);
  /// check looks at one more recording from time to time, whole, without being asked for it.
  void check_next();

 private:
  struct Kept {
    Timestamp from, until;
    std::uint64_t octets = 0;
    ledger::Hash root{};
  };
  CameraRing(std::string directory, SecretBytes secret, const Clock& clock, Random& random)
      : directory_(std::move(directory)), secret_(std::move(secret)), clock_(clock), random_(random) {}
  [[nodiscard]] std::string path(std::uint64_t number) const;
  Result<> load();
  Result<> take_up(std::uint64_t number);
  Result<> start_file();
  Result<> write_record(Recorded kind, ByteView plain);
  Result<> write(ByteView octets);
  Result<> write_pending();
  Result<> make_room();
  Result<> remove(std::uint64_t number);
  void keep(std::uint64_t number, const Kept& one);
  [[nodiscard]] bool held(const Kept& one) const;
  void damaged(std::uint64_t number, std::string reason);

  std::string directory_;
  SecretBytes secret_;
  const Clock& clock_;
  Random& random_;
  Limits limits_;
  std::vector<Span> spans_;
  std::map<std::uint64_t, Kept> kept_;  // finished ones
  std::uint64_t octets_ = 0, next_ = 1, checked_ = 0;
  Duration recorded_{0};
  ledger::Hash last_root_{};
  std::vector<Sealed> sealed_;
  std::vector<Damaged> damaged_;

  Bytes stream_header_;
  // the open one
  platform::UniqueFd file_;
  std::optional<RecordingKey> key_;
  RecordingHeader header_;
  ledger::Frontier tree_;
  std::uint32_t records_ = 0;
  std::uint64_t size_ = 0;
  Duration began_{0}, waits_since_{0};
  Bytes pending_;  // video that is not a record yet
};

}  // namespace kw::agent
