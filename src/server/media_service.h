#pragma once
// MediaService takes in the pictures and recordings that orders asked for, keeps them sealed, and shows them to those
// who say what for.
//
//   LinkSession ─ take(device, piece) ─> order? ─ snapshot, clip ─> <data>/media/<order>.kwm + row, piece by piece
//                                              │     whole ─> <order>.sealed, the vault's form ─> read(), sealed() ─>
//                                              API └─ live ─> LiveViews (memory only) ─> WebSockets
//
// A piece is taken only for an order of that device and kind that is in its time; anything else is media that nobody
// asked for: recorded as media.unasked, with an alarm. A recording's content is sealed under a key of its own, which is
// sealed in its row; when it has its age, file and key go and the row stays. A whole one is a file of the vault's form
// (recording_file.h) with a statement of the ledger's key; one from before there was that form gets it when it is
// looked at, or by tick() (ADR 124). Every look is recorded with its purpose. Bounds: kMostRecording each, and what the
// options say per device and in all. Thread-safe; several sessions at a time.
#include <filesystem>
#include <mutex>
#include <set>

#include "kioskward/v1/link.pb.h"
#include "kioskward/v1/media.pb.h"
#include "server/link/refusal_throttle.h"
#include "server/live_views.h"
#include "server/media_file.h"
#include "server/media_options.h"
#include "server/recording_file.h"
#include "server/sealer.h"

namespace kw::server {

class MediaService {
 public:
  static constexpr std::uint64_t kMostRecording = 64ULL << 20;  // octets of one recording
  static constexpr Duration kLate = std::chrono::hours(1);      // after an order's end, for what waited for the link
  static constexpr Duration kLiveSlack = std::chrono::seconds(30);
  static constexpr Duration kQuiet = std::chrono::hours(1);  // then a recording does not get whole any more
  static constexpr std::string_view kArrivedEnd = ".kwm", kSealedEnd = ".sealed", kSealingEnd = ".part";
  static constexpr std::size_t kSealAtOnce = 4;
  static constexpr Duration kLiveQuiet = std::chrono::minutes(6);  // and a live view is over

  /// What statements say and who signs them: the platform's name, the ledger's key.
  struct Signing {
    std::string tenant;
    const crypto::Sm2PrivateKey& key;
  };
  MediaService(Changes& changes, Sealer sealer, Signing signing, std::filesystem::path directory, MediaOptions options,
               Log& log);

  /// take stores or shows one piece. The report is for the kiosk; an error is of this machine and ends the link.
  Result<v1::MediaReport> take(const DeviceId& device, const v1::Media& piece);

  Result<std::vector<store::Media>> of_device(const DeviceId& id);
  Result<store::Media> get(const OrderId& id);
  struct Content {
    store::Media media;
    std::unique_ptr<RecordingReader> pieces;
  };
  /// From offset to the end, or for length octets.
  struct Range {
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> length;
    [[nodiscard]] bool whole() const noexcept { return offset == 0 && !length; }
  };
  /// read opens a recording for somebody who says why; recorded before it begins. Errc::wrong_state for what has no
  /// content (any more) or is not whole, Errc::invalid for an offset behind its end; Errc::decrypt_failed for a file
  /// that is damaged (recorded as media.damaged). What is read whole is compared whole first; of a range its first
  /// chunk is, and damage behind that ends the octets early.
  Result<Content> read(const OrderId& id, const std::string& purpose, const Actor& who, const Range& range);
  /// sealed gives a recording's row and where its sealed file lies, for somebody who verifies it; recorded.
  struct SealedFile {
    store::Media media;
    std::filesystem::path path;
  };
  Result<SealedFile> sealed(const OrderId& id, const Actor& who);
  /// statement is v1::Signed of vault::FileStatement as a PEM block; of a recording that was removed too.
  Result<std::string> statement(const OrderId& id);
  /// may_look: Errc::not_found, Errc::wrong_state unless `id` is an order for a live view in its time.
  Result<DeviceId> may_look(const OrderId& id);
  /// look records that a viewer begins; its end is recorded through LiveViews.
  Result<> look(const OrderId& id, const std::string& purpose, const Actor& who);
  /// end ends a live view before its time. Errc::wrong_state where there is none.
  Result<> end(const OrderId& id, const std::string& reason, const Actor& who);
  /// tick removes what has its age, settles what does not get whole, and seals anew a few that are in the form of
  /// before; once in a while.
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
  /// seal_whole makes the vault's form of what has arrived, reads it back, and writes into the row what it is, with a
  /// new key; it gives the root. The row is the caller's to store, and then what arrived to drop.
  Result<std::string> seal_whole(store::Media& row);
  void drop_arrived(const OrderId& id);
  /// in_vault_form gives the row of a whole recording once it has that form. Errc::wrong_state, decrypt_failed.
  Result<store::Media> in_vault_form(const OrderId& id);
  Result<> seal_older();
  Result<> tell_damaged(const store::Media& row);
  /// settle ends what is still arriving: a live view is over, a recording stays incomplete.
  Result<> settle(const OrderId& id);
  Result<> remove(store::Media row);
  [[nodiscard]] std::filesystem::path path_of(const OrderId& id, std::string_view end) const;
  [[nodiscard]] static std::string place_of(const OrderId& id) { return "media:" + id.text(); }
  [[nodiscard]] Result<std::unique_ptr<RecordingReader>> open(const store::Media& row) const;
  void ended(const LookEnd& look);

  Changes& changes_;
  Sealer sealer_;
  Signing signing_;
  std::filesystem::path directory_;
  MediaOptions options_;
  Log& log_;
  RefusalThrottle throttle_;
  LiveViews views_;
  std::mutex sealing_;       // one whole recording changes its form, or goes, at a time
  std::set<OrderId> stuck_;  // until the next start; under sealing_
};

}  // namespace kw::server
