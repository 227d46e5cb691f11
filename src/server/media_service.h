#pragma once
// MediaService takes in the pictures and recordings that orders asked for, keeps them sealed, and shows them to those
// who say what for.
//
//   LinkSession ─ take(device, piece) ─> order? ─ snapshot, clip ─> <data>/media/<order>.kwm + row ─> read() ─> API
//                                              └─ live ─> LiveViews (memory only) ─> WebSockets
//
// A piece is taken only for an order of that device and kind that is in its time; anything else is media that nobody
// asked for: recorded as media.unasked, with an alarm. A recording's content is sealed under a key of its own, which is
// sealed in its row; when it has its age, file and key go and the row stays. Every look is recorded with its purpose.
// Bounds: kMostRecording each, and what the options say per device and in all. Thread-safe; several sessions at a time.
#include <filesystem>

#include "kioskward/v1/link.pb.h"
#include "kioskward/v1/media.pb.h"
#include "server/link/refusal_throttle.h"
#include "server/live_views.h"
#include "server/media_file.h"
#include "server/media_options.h"
#include "server/sealer.h"

namespace kw::server {

class MediaService {
 public:
  static constexpr std::uint64_t kMostRecording = 64ULL << 20;  // octets of one recording
  static constexpr Duration kLate = std::chrono::hours(1);      // after an order's end, for what waited for the link
  static constexpr Duration kLiveSlack = std::chrono::seconds(30);
  static constexpr Duration kQuiet = std::chrono::hours(1);        // then a recording does not get whole any more
  static constexpr Duration kLiveQuiet = std::chrono::minutes(6);  // and a live view is over

  MediaService(Changes& changes, Sealer sealer, std::filesystem::path directory, MediaOptions options, Log& log);

  /// take stores or shows one piece. The report is for the kiosk; an error is of this machine and ends the link.
  Result<v1::MediaReport> take(const DeviceId& device, const v1::Media& piece);

  Result<std::vector<store::Media>> of_device(const DeviceId& id);
  Result<store::Media> get(const OrderId& id);
  struct Content {
    store::Media media;
    std::unique_ptr<MediaReader> pieces;
  };
  /// read opens a recording for somebody who says why; recorded before it begins. Errc::wrong_state for what has no
  /// content (any more) or is not whole; Errc::decrypt_failed for a file that is damaged (recorded as media.damaged).
  Result<Content> read(const OrderId& id, const std::string& purpose, const Actor& who);
  /// may_look: Errc::not_found, Errc::wrong_state unless `id` is an order for a live view in its time.
  Result<DeviceId> may_look(const OrderId& id);
  /// look records that a viewer begins; its end is recorded through LiveViews.
  Result<> look(const OrderId& id, const std::string& purpose, const Actor& who);
  /// end ends a live view before its time. Errc::wrong_state where there is none.
  Result<> end(const OrderId& id, const std::string& reason, const Actor& who);
  /// tick removes what has its age and settles what does not get whole; once in a while.
  Result<> tick();
  /// sweep sends away viewers whose session is over, and all of views that are.
  void sweep(const std::function<bool(ByteView token_hash)>& alive);
  [[nodiscard]] bool live_now(const OrderId& id);
  [[nodiscard]] std::uint64_t retention_days() const noexcept { return options_.retention_days; }
  [[nodiscard]] LiveViews& views() noexcept { return views_; }

 private:
  struct Asked;
  Result<Asked> find(const DeviceId& device, const v1::Media& piece);
  Result<v1::MediaReport> refuse(const DeviceId& device, const v1::Media& piece, const std::string& code, bool unasked);
  Result<v1::MediaReport> take_live(const DeviceId& device, const v1::Media& piece, Asked asked);
  Result<v1::MediaReport> take_stored(const DeviceId& device, const v1::Media& piece, Asked asked);
  Result<> store_piece(store::Media& row, const v1::Media& piece);
  Result<Bytes> digest_of(const store::Media& row);
  /// settle ends what is still arriving: a live view is over, a recording stays incomplete.
  Result<> settle(const OrderId& id);
  Result<> remove(store::Media row);
  [[nodiscard]] std::filesystem::path path_of(const OrderId& id) const;
  [[nodiscard]] static std::string place_of(const OrderId& id) { return "media:" + id.text(); }
  [[nodiscard]] Result<std::unique_ptr<MediaReader>> open(const store::Media& row) const;
  void ended(const LookEnd& look);

  Changes& changes_;
  Sealer sealer_;
  std::filesystem::path directory_;
  MediaOptions options_;
  Log& log_;
  RefusalThrottle throttle_;
  LiveViews views_;
};

}  // namespace kw::server
