#pragma once
// CameraWatch tells whether a camera still sees what it is to see (clause 5.1-c): started, not lost, covered, frozen or
// turned away. Each fault is told once when it begins and once when it ends.
//
//   state   | frame()                     | tick()
//   idle    | ignored                     | nothing
//   waiting | -> seeing, no_picture ends  | kFirst without a frame: no_picture
//   seeing  | judged, see below           | kLost without a frame: -> lost, told
//   lost    | -> seeing, lost ends        | nothing
//
//   fault   | what a frame shows                                       | told after | ends after
//   covered | dark; uniform; blurred (detail gone in nearly all fields)| kBegin     | kEnd
//   frozen  | pictures that were there before ("frozen", "replayed")   | kStale     | kEnd
//   moved   | view shifted, or found nowhere while the scene is still  | kMoved     | kEnd
// What shows one fault is not judged for those below it, and teaches nothing. The background is learnt from the first
// frames and follows the light; who walks by or stands before the camera covers the middle, and the rim decides. PURE.
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/time.h"
#include "device/camera/measure.h"

namespace kw::device {

enum class CameraFault { no_picture, lost, covered, frozen, moved };
[[nodiscard]] std::string_view name(CameraFault fault) noexcept;

struct CameraTold {
  CameraFault fault = CameraFault::lost;
  bool begins = true;
  std::string how;    // "dark", "uniform", "blurred", "frozen", "replayed", "shifted", "turned"; a trouble's code
  Duration stood{0};  // ended: how long it was there
};

class CameraWatch {
 public:
  static constexpr Duration kFirst = std::chrono::seconds(30);
  static constexpr Duration kLost = std::chrono::seconds(4);
  static constexpr Duration kBegin = std::chrono::seconds(5);
  static constexpr Duration kStale = std::chrono::seconds(6);
  static constexpr Duration kMoved = std::chrono::seconds(7);
  static constexpr Duration kEnd = std::chrono::seconds(3);
  static constexpr Duration kBlink = std::chrono::seconds(1);  // so short an interruption counts as none
  static constexpr int kDark = 18, kDarkSpread = 10, kUniformSpread = 5;
  static constexpr int kJudged = 12;            // a field with less detail says nothing
  static constexpr double kBlurred = 0.45;      // of the detail that the light lets expect
  static constexpr double kSame = 0.6, kFound = 0.75;  // correlation with the background
  static constexpr int kShift = 2;              // of 64 columns: about 3 percent of the view
  static constexpr std::size_t kLearn = 20;     // frames
  static constexpr std::size_t kRemembered = 8192;  // digests, half an hour
  using Told = std::vector<CameraTold>;

  /// begin expects the first frame within kFirst. Standing faults stay, and end when they do.
  void begin(Duration now);
  /// pause stops judging (the camera was stopped by order); faults that stand end.
  Told pause(Duration now);
  Told frame(const FrameSeen& seen, Duration now);
  /// trouble takes what the source says of itself: "lost" is told at once, with the reason.
  Told trouble(const std::string& why, Duration now);
  Told tick(Duration now);

  [[nodiscard]] std::vector<std::string> standing() const;  // names of the faults that are told
  [[nodiscard]] bool seeing() const noexcept { return state_ == State::seeing; }
  /// took is the time from begin() to the first frame, once.
  [[nodiscard]] std::optional<Duration> first_frame() const noexcept { return first_; }

  /// view gives the learnt background for a later run; nothing before it is learnt. learn() takes one back (what is no
  /// view is left), relearn() forgets it.
  [[nodiscard]] Bytes view() const;
  /// ground is the learnt background as the light is now; nothing before it is learnt.
  [[nodiscard]] std::optional<CameraView> ground() const;
  void learn(ByteView view);
  void relearn();
  /// forget drops the pictures that were seen, for a source that is no sensor and begins the same way each time.
  void forget();

 private:
  enum class State { idle, waiting, seeing, lost };
  struct Standing {
    std::optional<Duration> bad, good;  // since when
    std::optional<Duration> told;       // since when it stands, told
    std::string how;
  };
  using View = std::array<double, kViewWidth * kViewHeight>;
  void settle(CameraFault fault, const std::string& how, Duration hold, Duration now, Told& out);
  void say(CameraFault fault, const std::string& how, Duration since, Told& out);
  void end(CameraFault fault, Duration now, Told& out);
  [[nodiscard]] std::string judge_cover(const FrameSeen& seen) const;
  [[nodiscard]] std::string judge_stale(const FrameSeen& seen, Duration now);
  [[nodiscard]] std::string judge_view(const FrameSeen& seen);
  void teach(const FrameSeen& seen);
  void follow(const FrameSeen& seen, bool well);

  State state_ = State::idle;
  Duration since_{0}, last_{0}, looked_{0};
  std::optional<Duration> first_;
  std::string why_;  // the last trouble
  std::map<CameraFault, Standing> faults_;
  // frozen
  std::unordered_set<std::uint64_t> known_;
  std::deque<std::uint64_t> order_;
  std::deque<std::tuple<Duration, bool, bool>> fresh_;  // when, seen before, as the one before
  std::uint64_t before_ = 0;
  // moved, blurred
  std::size_t learnt_ = 0;
  View ground_{};
  std::array<double, kFields> detail_{};
  double spread_ = 0;
  std::optional<View> earlier_;
  std::string view_how_;
};

}  // namespace kw::device
