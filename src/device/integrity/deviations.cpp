#include "device/integrity/deviations.h"

namespace kw::device {
namespace {
constexpr std::uint32_t kKind = 0170000;  // S_IFMT, stat(2)
}

std::string_view name(Deviation deviation) noexcept {
  switch (deviation) {
    case Deviation::changed:
      return "changed";
    case Deviation::attributes:
      return "attributes";
    case Deviation::added:
      return "added";
    case Deviation::removed:
      return "removed";
    case Deviation::replaced:
      return "replaced";
  }
  return "changed";
}

std::optional<Deviation> deviation_of(const std::optional<FileState>& before, const std::optional<FileState>& now) {
  if (before == now) return std::nullopt;
  if (!before) return Deviation::added;
  if (!now) return Deviation::removed;
  if ((before->mode & kKind) != (now->mode & kKind)) return Deviation::replaced;
  return before->digest != now->digest ? Deviation::changed : Deviation::attributes;
}

void Deviations::use(std::shared_ptr<const Manifest> baseline, std::shared_ptr<const PathGlobs> globs) {
  baseline_ = std::move(baseline);
  globs_ = std::move(globs);
  standing_.clear();
  repeats_.clear();
  held_.clear();
}

std::optional<Deviated> Deviations::seen(std::string_view path, const std::optional<FileState>& now, Duration at) {
  if (!baseline_) return std::nullopt;
  const auto known = baseline_->files.find(path);
  const auto before = known == baseline_->files.end() ? std::nullopt : std::optional(known->second);
  if (!globs_ || !globs_->match(path)) return std::nullopt;
  const auto what = deviation_of(before, now);
  const auto standing = standing_.find(path);
  Deviated out{std::string(path), what, before, now, 1};
  if (!what) {
    if (standing == standing_.end()) return std::nullopt;
    standing_.erase(standing);
    return out;
  }
  if (standing != standing_.end() && standing->second == now) return std::nullopt;
  const auto count = repeats_.tell(out.path, at);
  if (standing == standing_.end() && standing_.size() < kMostStanding)
    standing_.emplace(out.path, now);
  else if (standing != standing_.end() && count)
    standing->second = now;
  if (!count) {
    if (held_.size() < kMostStanding) held_.try_emplace(out.path, at);
    return std::nullopt;
  }
  held_.erase(out.path);
  out.count = *count;
  return out;
}

std::vector<std::string> Deviations::standing_paths() const {
  std::vector<std::string> out;
  for (const auto& [path, state] : standing_) out.push_back(path);
  return out;
}

std::vector<std::string> Deviations::due(Duration at) {
  std::vector<std::string> out;
  std::erase_if(held_, [&](const auto& one) {
    if (at - one.second < kGap) return false;
    out.push_back(one.first);
    return true;
  });
  return out;
}

}  // namespace kw::device
