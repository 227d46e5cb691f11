#pragma once
// Deviations compares each file that is looked at with what it should be, and tells what is new about it.
//
// What stands is told once; a file that changes on is told again, at most once in ten seconds and with the number of
// changes. PURE; one thread at a time.
#include <memory>
#include <optional>

#include "device/integrity/globs.h"
#include "device/integrity/manifest.h"
#include "device/repeats.h"

namespace kw::device {

enum class Deviation { changed, attributes, added, removed, replaced };
[[nodiscard]] std::string_view name(Deviation deviation) noexcept;

struct Deviated {
  std::string path;
  std::optional<Deviation> what;  // nothing: the file is as approved again
  std::optional<FileState> before, now;
  std::uint64_t count = 1;
};

class Deviations {
 public:
  static constexpr Duration kGap = std::chrono::seconds(10);
  static constexpr std::size_t kMostStanding = 100'000;
  void use(std::shared_ptr<const Manifest> baseline, std::shared_ptr<const PathGlobs> globs);
  /// seen judges one path as it is now (nothing: it is not there). Paths that neither the baseline nor the globs name
  /// tell nothing.
  std::optional<Deviated> seen(std::string_view path, const std::optional<FileState>& now, Duration at);
  /// due gives the paths whose last change was held back long enough; look at them again.
  [[nodiscard]] std::vector<std::string> due(Duration at);
  /// standing is the number of files that are not as approved.
  [[nodiscard]] std::size_t standing() const noexcept { return standing_.size(); }
  [[nodiscard]] std::vector<std::string> standing_paths() const;
  [[nodiscard]] const Manifest* baseline() const noexcept { return baseline_.get(); }

 private:
  std::shared_ptr<const Manifest> baseline_;
  std::shared_ptr<const PathGlobs> globs_;
  std::map<std::string, std::optional<FileState>, std::less<>> standing_;  // as told last
  std::map<std::string, Duration, std::less<>> held_;                      // since when
  Repeats repeats_{kGap};
};

/// deviation_of: nothing where both are equal.
[[nodiscard]] std::optional<Deviation> deviation_of(const std::optional<FileState>& before,
                                                    const std::optional<FileState>& now);

}  // namespace kw::device
