#include "device/camera/watch.h"

#include <algorithm>
#include <utility>

#include "device/camera/correlate.h"

namespace kw::device {
namespace {

constexpr Duration kLook = std::chrono::seconds(1);  // between two looks at the whole view
constexpr double kTextured = 4;                      // a field with less spread says nothing about the view
constexpr int kMostAside = 8, kMostUp = 6;           // columns and rows that a shift is searched over
constexpr int kLeastTextured = 4, kLeastVotes = 3;
constexpr double kSlow = 1.0 / 120, kSlower = 1.0 / 900;  // how fast the background follows, a second
constexpr double kSwallowed = 24;  // detail that sinks below the noise's threshold as the light goes
constexpr double kStaleShare = 0.9, kStill = 0.8;

/// Who stands before the camera hides the middle of the lower rows; the others are the rim.
constexpr bool is_rim(int field) {
  const int column = field % kFieldColumns, row = field / kFieldColumns;
  return row == 0 || column == 0 || column == kFieldColumns - 1;
}

template <class View>
std::array<double, kViewWidth * kViewHeight> widened(const View& view) {
  std::array<double, kViewWidth * kViewHeight> out{};
  std::ranges::copy(view, out.begin());
  return out;
}

struct Shift {
  int x = 0, y = 0;
  double value = 0;
};
/// Where a field of the background is found best.
Shift find_shift(std::span<const double> ground, std::span<const double> now, int field) {
  Shift best;
  for (int dy = -kMostUp; dy <= kMostUp; ++dy)
    for (int dx = -kMostAside; dx <= kMostAside; ++dx) {
      const auto c = correlate(ground, now, field, dx, dy);
      if (c.cells >= kFieldWidth * kFieldHeight / 2 && c.spread >= kTextured && c.value > best.value)
        best = {dx, dy, c.value};
    }
  return best;
}

}  // namespace

std::string_view name(CameraFault fault) noexcept {
  switch (fault) {
    case CameraFault::no_picture: return "no_picture";
    case CameraFault::lost: return "lost";
    case CameraFault::covered: return "covered";
    case CameraFault::frozen: return "frozen";
    case CameraFault::moved: return "moved";
  }
  return "lost";
}

void CameraWatch::begin(Duration now) {
  state_ = State::waiting;
  since_ = now;
  first_.reset();
  why_.clear();
  forget();
  earlier_.reset();
}

void CameraWatch::forget() {
  known_.clear();
  order_.clear();
  fresh_.clear();
}

CameraWatch::Told CameraWatch::pause(Duration now) {
  Told out;
  state_ = State::idle;
  for (const auto fault : {CameraFault::no_picture, CameraFault::lost, CameraFault::covered, CameraFault::frozen,
                           CameraFault::moved})
    end(fault, now, out);
  faults_.clear();
  return out;
}

void CameraWatch::say(CameraFault fault, const std::string& how, Duration since, Told& out) {
  auto& standing = faults_[fault];
  if (standing.told) return;
  standing.told = since;
  standing.how = how;
  out.push_back({fault, true, how, Duration{0}});
}

void CameraWatch::end(CameraFault fault, Duration now, Told& out) {
  const auto at = faults_.find(fault);
  if (at == faults_.end()) return;
  if (at->second.told) out.push_back({fault, false, at->second.how, now - *at->second.told});
  faults_.erase(at);
}

/// Told after `hold` of it, ended after kEnd without it; blinks count neither way.
void CameraWatch::settle(CameraFault fault, const std::string& how, Duration hold, Duration now, Told& out) {
  if (how.empty() && !faults_.contains(fault)) return;
  auto& standing = faults_[fault];
  if (how.empty()) {
    if (!standing.good) standing.good = now;
    if (now - *standing.good >= (standing.told ? kEnd : kBlink)) end(fault, now, out);
    return;
  }
  standing.good.reset();
  if (!standing.bad) standing.bad = now;
  if (now - *standing.bad >= hold) say(fault, how, *standing.bad, out);
}

CameraWatch::Told CameraWatch::tick(Duration now) {
  Told out;
  if (state_ == State::waiting && now - since_ >= kFirst && !faults_[CameraFault::lost].told)
    say(CameraFault::no_picture, why_.empty() ? "silent" : why_, since_, out);
  // A source that is started again after its loss is still lost: nothing new is told.
  if (state_ == State::seeing && now - last_ >= kLost) {
    state_ = State::lost;
    say(CameraFault::lost, why_.empty() ? "silent" : why_, last_, out);
  }
  return out;
}

CameraWatch::Told CameraWatch::trouble(const std::string& why, Duration now) {
  Told out;
  why_ = why;
  if (state_ != State::seeing) return out;
  state_ = State::lost;
  say(CameraFault::lost, why, now, out);
  return out;
}

std::vector<std::string> CameraWatch::standing() const {
  std::vector<std::string> out;
  for (const auto& [fault, standing] : faults_)
    if (standing.told) out.emplace_back(name(fault));
  return out;
}

CameraWatch::Told CameraWatch::frame(const FrameSeen& seen, Duration now) {
  Told out;
  if (state_ == State::idle) return out;
  if (!first_) first_ = now - since_;
  state_ = State::seeing;
  last_ = now;
  why_.clear();
  end(CameraFault::no_picture, now, out);
  end(CameraFault::lost, now, out);

  const auto cover = judge_cover(seen);
  settle(CameraFault::covered, cover, kBegin, now, out);
  // A covered sensor may well give equal pictures.
  const auto stale = cover.empty() ? judge_stale(seen, now) : std::string();
  if (cover.empty()) settle(CameraFault::frozen, stale, Duration{0}, now, out);
  if (!cover.empty() || !stale.empty()) return out;
  if (learnt_ < kLearn) {
    teach(seen);
    return out;
  }
  if (now - looked_ < kLook) return out;
  looked_ = now;
  view_how_ = judge_view(seen);
  settle(CameraFault::moved, view_how_, kMoved, now, out);
  follow(seen, view_how_.empty());
  return out;
}

std::string CameraWatch::judge_cover(const FrameSeen& seen) const {
  const auto view = widened(seen.view);
  double mean = 0;
  for (const double v : view) mean += v;
  mean /= static_cast<double>(view.size());
  const auto wide = spread(view);
  if (mean < kDark && wide < kDarkSpread) return "dark";
  if (wide < kUniformSpread) return "uniform";
  if (learnt_ < kLearn) return {};
  // Less light means less contrast, and that is no blur.
  const double light = std::min(1.0, wide / std::max(1.0, spread_));
  int judged = 0, gone = 0;
  for (std::size_t f = 0; f < seen.detail.size(); ++f) {
    const double expected = detail_[f] * light - kSwallowed * (1 - light);
    if (expected < kJudged) continue;
    ++judged;
    gone += seen.detail[f] < kBlurred * expected ? 1 : 0;
  }
  return judged >= kLeastTextured && gone * 10 >= judged * 8 ? "blurred" : "";
}

std::string CameraWatch::judge_stale(const FrameSeen& seen, Duration now) {
  const bool same = !order_.empty() && seen.digest == before_;
  const bool known = !known_.insert(seen.digest).second;
  before_ = seen.digest;
  if (!known) {
    order_.push_back(seen.digest);
    if (order_.size() > kRemembered) {
      known_.erase(order_.front());
      order_.pop_front();
    }
  }
  fresh_.emplace_back(now, known, same);
  while (now - std::get<0>(fresh_.front()) > kStale + kBlink) fresh_.pop_front();
  if (now - std::get<0>(fresh_.front()) < kStale) return {};
  const auto stale = std::ranges::count_if(fresh_, [](const auto& f) { return std::get<1>(f); });
  const auto equal = std::ranges::count_if(fresh_, [](const auto& f) { return std::get<2>(f); });
  if (static_cast<double>(stale) < kStaleShare * static_cast<double>(fresh_.size())) return {};
  return 2 * equal > stale ? "frozen" : "replayed";
}

std::string CameraWatch::judge_view(const FrameSeen& seen) {
  const auto now = widened(seen.view);
  const auto earlier = std::exchange(earlier_, now);
  int textured = 0, same = 0, rim = 0, rim_same = 0, still = 0;
  std::vector<int> strange;
  for (int f = 0; f < kFields; ++f) {
    const auto c = correlate(ground_, now, f, 0, 0);
    if (earlier && correlate(*earlier, now, f, 0, 0).value >= kStill) ++still;
    if (c.spread < kTextured) continue;
    const bool alike = c.value >= kSame;
    ++textured;
    same += alike ? 1 : 0;
    rim += is_rim(f) ? 1 : 0;
    rim_same += is_rim(f) && alike ? 1 : 0;
    if (!alike) strange.push_back(f);
  }
  if (textured < kLeastTextured || 2 * same >= textured || (rim > 0 && 2 * rim_same >= rim)) return {};
  std::map<std::pair<int, int>, int> votes;
  for (const int f : strange) {
    const auto at = find_shift(ground_, now, f);
    if (at.value < kFound || (std::abs(at.x) < kShift && std::abs(at.y) < kShift)) continue;
    for (int dy = -1; dy <= 1; ++dy)
      for (int dx = -1; dx <= 1; ++dx) ++votes[{at.x + dx, at.y + dy}];
  }
  int most = 0;
  for (const auto& [shift, count] : votes) most = std::max(most, count);
  if (most >= kLeastVotes && 5 * most >= 2 * textured) return "shifted";
  const bool nowhere = 4 * same <= textured && 4 * rim_same <= rim;
  return nowhere && 5 * still >= 3 * kFields ? "turned" : "";
}

// ---- learning ---------------------------------------------------------------------------------------------------

void CameraWatch::teach(const FrameSeen& seen) {
  const auto view = widened(seen.view);
  const double part = 1.0 / static_cast<double>(++learnt_);
  for (std::size_t i = 0; i < view.size(); ++i) ground_[i] += (view[i] - ground_[i]) * part;
  for (std::size_t f = 0; f < detail_.size(); ++f) detail_[f] += (seen.detail[f] - detail_[f]) * part;
  spread_ = spread(ground_);
}

void CameraWatch::follow(const FrameSeen& seen, bool well) {
  if (!well || faults_.contains(CameraFault::moved)) return;
  const auto now = widened(seen.view);
  for (int f = 0; f < kFields; ++f) {
    const bool alike = correlate(ground_, now, f, 0, 0).value >= kSame;
    const double part = alike ? kSlow : kSlower;
    const int x0 = f % kFieldColumns * kFieldWidth, y0 = f / kFieldColumns * kFieldHeight;
    for (int y = y0; y < y0 + kFieldHeight; ++y)
      for (int x = x0; x < x0 + kFieldWidth; ++x) {
        auto& cell = ground_[static_cast<std::size_t>(y * kViewWidth + x)];
        cell += (now[static_cast<std::size_t>(y * kViewWidth + x)] - cell) * part;
      }
    auto& detail = detail_[static_cast<std::size_t>(f)];
    if (alike) detail += (seen.detail[static_cast<std::size_t>(f)] - detail) * part;
  }
  spread_ = spread(ground_);
}

Bytes CameraWatch::view() const {
  if (learnt_ < kLearn) return {};
  Bytes out;
  for (const double v : ground_) out.push_back(static_cast<Byte>(std::clamp(v + 0.5, 0.0, 255.0)));
  for (const double v : detail_) out.push_back(static_cast<Byte>(std::clamp(v + 0.5, 0.0, 255.0)));
  return out;
}

std::optional<CameraView> CameraWatch::ground() const {
  if (learnt_ < kLearn) return std::nullopt;
  CameraView out;
  std::ranges::transform(ground_, out.begin(), [](double v) { return static_cast<Byte>(std::clamp(v + 0.5, 0.0, 255.0)); });
  return out;
}

void CameraWatch::learn(ByteView view) {
  if (view.size() != ground_.size() + detail_.size()) return;
  std::ranges::copy(view.first(ground_.size()), ground_.begin());
  std::ranges::copy(view.subspan(ground_.size()), detail_.begin());
  spread_ = spread(ground_);
  learnt_ = kLearn;
}

void CameraWatch::relearn() {
  learnt_ = 0;
  ground_ = {};
  detail_ = {};
}

}  // namespace kw::device
