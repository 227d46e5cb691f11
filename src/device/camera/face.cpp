#include "device/camera/face.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace kw::device {
namespace {

constexpr int kFaceAside = 12;      // columns at either edge that are the rim
constexpr int kFaceTone = 12;       // brightness that a cell has to change by

constexpr bool is_before_the_kiosk(int x) { return x >= kFaceAside && x < kViewWidth - kFaceAside; }

}  // namespace

unsigned unlike(const CameraView& before, const CameraView& now) {
  std::array<int, std::size_t{2} * kFaceAside * kViewHeight> rim{};
  std::size_t n = 0;
  const auto change = [&](int x, int y) {
    const auto at = static_cast<std::size_t>(y * kViewWidth + x);
    return int{now[at]} - int{before[at]};
  };
  for (int y = 0; y < kViewHeight; ++y)
    for (int x = 0; x < kViewWidth; ++x)
      if (!is_before_the_kiosk(x)) rim[n++] = change(x, y);
  // The median: who reaches into the rim is no change of the light.
  std::ranges::nth_element(rim, rim.begin() + rim.size() / 2);
  const int light = rim[rim.size() / 2];
  unsigned cells = 0, differ = 0;
  for (int y = 0; y < kViewHeight; ++y)
    for (int x = kFaceAside; x < kViewWidth - kFaceAside; ++x, ++cells)
      differ += std::abs(change(x, y) - light) > kFaceTone ? 1 : 0;
  return differ * 1000 / cells;
}

bool FaceLook::due(const CameraView& view, Duration now) {
  if (before_ && now - looked_ < kEvery) return false;
  const bool moved = before_ && unlike(*before_, view) >= kMovedShare;
  before_ = view;
  looked_ = now;
  return moved;
}

std::string_view FaceWatch::word() const noexcept {
  switch (state_) {
    case State::unknown: return "unknown";
    case State::nobody:
    case State::waiting: return "none";
    case State::seen: return "present";
    case State::missing: return "missing";
  }
  return "unknown";
}

std::optional<FaceWatch::Told> FaceWatch::become(State state, std::string_view how, Duration now) {
  const auto before = std::exchange(state_, state);
  if (state == State::unknown || state == State::nobody) {
    if (looks_ >= kLeastLooks || face_) {
      ++users_;
      with_face_ += face_ ? 1 : 0;
    }
    looks_ = without_ = 0;
    face_ = short_of_one_ = false;
  }
  if (state == State::missing) {
    untold_ += std::exchange(short_of_one_, true) ? 0 : 1;
    if (last_told_ && now - *last_told_ < kAgain) return std::nullopt;
    last_told_ = told_ = now;
    return Told{true, {}, std::chrono::seconds(without_), std::exchange(untold_, 0)};
  }
  if (before != State::missing || !told_) return std::nullopt;
  return Told{false, how, now - *std::exchange(told_, std::nullopt), 1};
}

std::optional<FaceWatch::Told> FaceWatch::blind(Duration now) {
  if (state_ == State::unknown) return std::nullopt;
  return become(State::unknown, "blind", now);
}

std::optional<FaceWatch::Told> FaceWatch::sight(const FaceSight& seen, Duration now) {
  const bool face = seen.faces && *seen.faces > 0;
  const bool looked = seen.faces && (looks_ == 0 || now - looked_ >= kLeastGap);
  if (seen.near || face) near_ = now;
  if (seen.faces) moved_ = now;
  const bool somebody = state_ != State::unknown && state_ != State::nobody;
  if (face) {
    looks_ += looked ? 1 : 0;
    looked_ = now;
    without_ = 0;
    face_ = true;
    return state_ == State::seen ? std::nullopt : become(State::seen, "seen", now);
  }
  if (somebody && (now - near_ >= kLeft || now - moved_ >= kStill)) return become(State::nobody, "left", now);
  if (!seen.near || !looked) {
    if (state_ == State::unknown) state_ = State::nobody;
    return std::nullopt;
  }
  ++looks_;
  looked_ = now;
  if (!somebody) state_ = State::waiting;
  if (state_ == State::missing || ++without_ < after_) return std::nullopt;
  return become(State::missing, {}, now);
}

}  // namespace kw::device
