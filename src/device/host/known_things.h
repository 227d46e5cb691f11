#pragma once
// KnownThings remembers which set-ID files, kernel modules and places of persistence were there at the first look, and
// what was told of since, so that what came while nobody watched is found at the next start, once.
//
//   known.learn_modules(names);  for (name : known.new_modules(names, permitted)) tell
//
// A list of policy stands in place of what was learnt. PURE; one thread.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "crypto/sm3.h"
#include "device/integrity/manifest.h"
#include "kioskward/v1/host.pb.h"

namespace kw::device {

class KnownThings {
 public:
  static constexpr std::size_t kMostPlaces = 8192, kMostSetId = 4096, kMostModules = 1024, kMostState = 2U << 20;

  /// parse: Errc::unsupported, Errc::malformed; serialise gives the same form.
  static Result<KnownThings> parse(ByteView stored);
  [[nodiscard]] Bytes serialise() const;

  std::set<std::string> set_id, modules;
  std::map<std::string, crypto::Digest> places;
  bool set_id_learnt = false, modules_learnt = false, places_learnt = false;
  std::uint64_t failures_inode = 0, failures_read = 0;

  /// place_changed compares and remembers: "added", "changed", "removed", or nothing where it is as it was.
  std::string place_changed(const std::string& path, const std::optional<crypto::Digest>& now);
};

/// digest_of_place sums up what counts: content, kind, permissions and owner.
[[nodiscard]] crypto::Digest digest_of_place(const FileState& state);
/// persistence_places are Debian 12's: what runs by itself, who may log on, what is loaded into every program. Globs.
[[nodiscard]] const std::vector<std::string>& persistence_places();

}  // namespace kw::device
