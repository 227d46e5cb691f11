#pragma once
// KeyFiles keeps the newest signed content of each file of key configuration, and takes no older one (clause 9.7-d).
//
//   offered version | content  | taken
//   higher          | any      | yes; the content before is remembered as older
//   equal           | the same | yes, owner and permissions may change
//   equal           | another  | no: conflict
//   lower           | any      | no: older version; the one that is kept stays in force
//
// A file that policy no longer names is kept, out of force: it comes back with a higher version only. PURE; one thread.
#include <map>
#include <optional>
#include <set>

#include "device/integrity/manifest.h"

namespace kw::device {

struct KeyFileContent {
  std::uint64_t version = 0;
  Bytes content;
  std::uint32_t mode = 0644, uid = 0, gid = 0;  // permissions
};

class KeyFiles {
 public:
  static constexpr std::size_t kMostOctets = 8U << 20;
  static constexpr int kMostOlder = 16;

  static Result<KeyFiles> parse(ByteView stored);
  [[nodiscard]] Bytes serialise() const;

  /// offer: Errc::conflict, Errc::wrong_state (older version); the file is in force with what is kept in every case.
  Result<> offer(const std::string& path, KeyFileContent offered);
  /// begin takes every file out of force, before those of a policy are offered.
  void begin() { in_force_.clear(); }

  [[nodiscard]] const std::set<std::string, std::less<>>& in_force() const noexcept { return in_force_; }
  [[nodiscard]] const KeyFileContent* find(std::string_view path) const;
  /// wanted is the state that the file must have on disk.
  [[nodiscard]] std::optional<FileState> wanted(std::string_view path) const;
  /// was_signed is true for the digest of an earlier content: somebody put an old signed version back.
  [[nodiscard]] bool was_signed(std::string_view path, const crypto::Digest& digest) const;

 private:
  struct Kept {
    KeyFileContent now;
    std::vector<crypto::Digest> older;
  };
  std::map<std::string, Kept, std::less<>> kept_;
  std::set<std::string, std::less<>> in_force_;
};

}  // namespace kw::device
