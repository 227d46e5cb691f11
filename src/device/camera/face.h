#pragma once
// FaceWatch tells whether who stands before the kiosk can be seen from the front (clause 5.1-c): yes or no and how
// often, never who it is.
//
//   state   | a face         | somebody near, looked, no face      | nobody near for kLeft, or nothing moved for kStill
//   unknown | -> seen        | -> waiting                          | -> nobody
//   nobody  | -> seen        | -> waiting                          |
//   waiting | -> seen        | `after` such seconds: -> missing    | -> nobody
//   seen    | counts anew    | `after` such seconds: -> missing    | -> nobody
//   missing | -> seen, ended |                                     | -> nobody, ended
//   blind() (no picture, a fault of the camera, a view that is not learnt) leads from each to unknown; missing ends.
// A missing face is told at most every kAgain, with the number of people that showed none since: a camera that hangs
// wrongly is one alarm, not one for each customer. PURE.
#include <optional>
#include <string_view>

#include "base/time.h"
#include "device/camera/measure.h"

namespace kw::device {

/// unlike tells how much of what lies before the kiosk differs between two views, in thousandths: cells of the middle,
/// with the light's change at the rim taken off.
[[nodiscard]] unsigned unlike(const CameraView& before, const CameraView& now);
inline constexpr unsigned kMovedShare = 20;  // of unlike(), between two looks: something moves
inline constexpr unsigned kNearShare = 300;  // of unlike(), against the background: somebody stands near, not far behind

/// FaceLook says when it is worth looking for faces: once a second, where something moved since the last look.
class FaceLook {
 public:
  static constexpr Duration kEvery = std::chrono::seconds(1);
  [[nodiscard]] bool due(const CameraView& view, Duration now);

 private:
  std::optional<CameraView> before_;
  Duration looked_{0};
};

/// FaceSight is one judged picture.
struct FaceSight {
  bool near = false;
  std::optional<unsigned> faces;  // where it was looked for them, which says that something moved
};

class FaceWatch {
 public:
  static constexpr Duration kLeft = std::chrono::seconds(3);
  static constexpr Duration kStill = std::chrono::seconds(60);
  static constexpr Duration kAgain = std::chrono::minutes(10);
  static constexpr Duration kLeastGap = std::chrono::milliseconds(800);  // between two looks that count
  static constexpr unsigned kLeastLooks = 5;  // who is there for less is no user

  struct Told {
    bool begins = true;
    std::string_view how;  // ended: "seen", "left", "blind"
    Duration stood{0};     // begins: without a face; ended: since it was told
    unsigned count = 1;    // begins: people without a face since the last time, this one among them
  };

  explicit FaceWatch(unsigned after_seconds = 30) : after_(after_seconds) {}
  std::optional<Told> sight(const FaceSight& seen, Duration now);
  std::optional<Told> blind(Duration now);

  /// word: "unknown", "none", "present", "missing".
  [[nodiscard]] std::string_view word() const noexcept;
  /// users counts who was there for a while, with_face those of them that were seen from the front.
  [[nodiscard]] std::uint64_t users() const noexcept { return users_; }
  [[nodiscard]] std::uint64_t with_face() const noexcept { return with_face_; }

 private:
  enum class State { unknown, nobody, waiting, seen, missing };
  std::optional<Told> become(State state, std::string_view how, Duration now);

  unsigned after_;
  State state_ = State::unknown;
  Duration near_{0}, moved_{0}, looked_{0};
  unsigned looks_ = 0, without_ = 0;  // of this user; since his face was seen
  bool face_ = false, short_of_one_ = false;  // this user was seen; was missing once
  std::optional<Duration> told_;          // stands since
  std::optional<Duration> last_told_;
  unsigned untold_ = 0;
  std::uint64_t users_ = 0, with_face_ = 0;
};

}  // namespace kw::device
