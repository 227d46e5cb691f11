#pragma once
// DigestCache remembers what a file's content hashed to, for as long as the file has not changed.
//
// Two generations: when the younger one is full the older one goes, so that what is asked for stays. PURE; one thread.
#include <optional>
#include <unordered_map>

#include "crypto/sm3.h"
#include "device/file_identity.h"

namespace kw::device {

class DigestCache {
 public:
  explicit DigestCache(std::size_t most = 65536) : half_(most / 2 + 1) {}

  [[nodiscard]] std::optional<crypto::Digest> find(const FileIdentity& file) {
    if (const auto at = young_.find({file.device, file.inode}); at != young_.end())
      return at->second.file == file ? std::optional(at->second.digest) : std::nullopt;
    const auto at = old_.find({file.device, file.inode});
    if (at == old_.end() || at->second.file != file) return std::nullopt;
    const auto found = at->second;
    keep(found.file, found.digest);
    return found.digest;
  }
  void keep(const FileIdentity& file, const crypto::Digest& digest) {
    if (young_.size() >= half_ && !young_.contains({file.device, file.inode})) old_ = std::exchange(young_, {});
    young_.insert_or_assign(Place{file.device, file.inode}, Entry{file, digest});
  }
  /// forget drops what is known of a file, whatever state it was in.
  void forget(const FileIdentity& file) {
    young_.erase({file.device, file.inode});
    old_.erase({file.device, file.inode});
  }
  void clear() {
    young_.clear();
    old_.clear();
  }
  [[nodiscard]] std::size_t size() const noexcept { return young_.size() + old_.size(); }

 private:
  struct Place {
    std::uint64_t device, inode;
    friend bool operator==(const Place&, const Place&) = default;
  };
  struct Hash {
    std::size_t operator()(const Place& p) const noexcept {
      return static_cast<std::size_t>((p.inode ^ p.device << 32) * 0x9e3779b97f4a7c15U);
    }
  };
  struct Entry {
    FileIdentity file;
    crypto::Digest digest;
  };
  std::size_t half_;
  std::unordered_map<Place, Entry, Hash> young_, old_;
};

}  // namespace kw::device
