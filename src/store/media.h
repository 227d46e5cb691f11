#pragma once
// MediaShelf is the repository of recordings that orders asked for: what they are, not what they show.
//
// The content of snapshots and clips is a file beside the database, under a key that is sealed here: without its row a
// file says nothing. A live view has a row and no content.
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"

namespace kw::store {

/// arriving: pieces come. complete: all there, digest known. incomplete: no more came. ended: a live view that is over.
/// removed: the content is gone, by its age.
enum class MediaState { arriving, complete, incomplete, ended, removed };
[[nodiscard]] std::string_view name(MediaState state) noexcept;

struct Media {
  OrderId id;  // of the order that asked for it
  DeviceId device;
  std::string kind;          // "snapshot", "live", "clip"
  std::string content_type;  // as the kiosk says
  MediaState state = MediaState::arriving;
  std::string asked_by, purpose;  // account that asked, reason of the order
  Timestamp taken;                // of the first piece, by the kiosk's clock
  Timestamp began, heard;         // first and newest piece, by this platform's
  std::uint64_t pieces = 0;       // taken; of a live view the frames
  std::uint64_t octets = 0;       // of the content
  std::uint64_t stored = 0;       // of the file
  Bytes digest;                   // SM3 of the content; empty until it is complete
  Bytes key;                      // sealed; empty for a live view, and where the content was removed
  Bytes statement;                // v1::Signed of vault::FileStatement; empty: not in the vault's form (yet)
};
struct MediaSizes {
  std::uint64_t of_device = 0, in_all = 0;  // octets stored
};

class MediaShelf {
 public:
  virtual ~MediaShelf() = default;
  virtual Result<> insert(const Media& media) = 0;  // Errc::already_exists
  virtual Result<Media> get(const OrderId& id) = 0;
  virtual Result<std::vector<Media>> of_device(const DeviceId& id) = 0;  // newest first, at most 200
  /// update writes state, heard, pieces, octets, stored, digest, key and statement; Errc::not_found.
  virtual Result<> update(const Media& media) = 0;
  virtual Result<MediaSizes> sizes(const DeviceId& id) = 0;
  /// stale gives those that are arriving and of which nothing was heard since; at most 100.
  virtual Result<std::vector<Media>> stale(Timestamp quiet_since) = 0;
  /// unsealed gives whole ones with content and without a statement; at most 100.
  virtual Result<std::vector<Media>> unsealed() = 0;
  /// expired gives those with content that began before; at most 100.
  virtual Result<std::vector<Media>> expired(Timestamp began_before) = 0;
};

}  // namespace kw::store
