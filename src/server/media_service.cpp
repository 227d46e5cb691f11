#include "server/media_service.h"

#include <charconv>

#include "base/text.h"
#include "crypto/sm4.h"
#include "schema/codec.h"
#include "server/secret_file.h"

namespace kw::server {
namespace {

constexpr std::size_t kMostType = 64;
constexpr std::size_t kMostSignedMedia = 64U << 10;
constexpr unsigned kSizesEvery = 16;  // pieces
constexpr Duration kNoteEvery = std::chrono::seconds(5);

v1::MediaReport report_on(const v1::Media& piece, std::string outcome, std::string reason = {}) {
  v1::MediaReport out;
  out.set_order_id(piece.order_id());
  out.set_sequence(piece.sequence());
  out.set_outcome(std::move(outcome));
  out.set_reason(std::move(reason));
  return out;
}

bool known_kind(std::string_view kind) { return kind == "snapshot" || kind == "clip" || kind == "live"; }

/// asker_of tells who asked: where two persons did, the kiosk answers the second one's order, and the first one asked.
/// The row of orders has no field for it.
Result<std::string> asker_of(store::Repositories& r, const store::Order& order) {
  const auto request = r.requests().of_order(order.device, order.id);
  if (request) return request->asked_by;
  if (request.code() != Errc::not_found) return request.error();
  const auto object = schema::parse<v1::Signed>(order.signed_octets, kMostSignedMedia);
  if (!object) return std::string();
  const auto inner = schema::parse<v1::Order>(bytes_of(object->payload()), kMostSignedMedia);
  return inner ? inner->person() : std::string();
}

Duration seconds_of(const store::Order& order) {
  const auto found = order.args.find("seconds");
  std::int64_t out = 0;
  if (found != order.args.end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), out);
  return std::chrono::seconds(std::clamp<std::int64_t>(out, 0, 300));
}

}  // namespace

/// What a piece belongs to: an order, and the row of its recording where pieces have come.
struct MediaService::Asked {
  std::optional<store::Order> order;
  std::optional<store::Media> row;
  std::string refusal;  // a code; empty: it was asked for
  bool unasked = false;
};

MediaService::MediaService(Changes& changes, Sealer sealer, Signing signing, std::filesystem::path directory,
                           MediaOptions options, Log& log)
    : changes_(changes),
      sealer_(std::move(sealer)),
      signing_(std::move(signing)),
      directory_(std::move(directory)),
      options_(options),
      log_(log),
      throttle_(changes.clock()),
      views_(changes.clock(), [this](const LookEnd& look) { ended(look); }) {}

std::filesystem::path MediaService::path_of(const OrderId& id, std::string_view end) const {
  return directory_ / (id.text() + std::string(end));
}

Result<MediaService::Asked> MediaService::find(const DeviceId& device, const v1::Media& piece) {
  Asked out;
  const auto id = OrderId::from_bytes(bytes_of(piece.order_id()));
  const auto now = changes_.clock().now();
  const auto no = [&](std::string_view code) {
    out.refusal = code;
    out.unasked = true;
    return out;
  };
  if (!id || piece.section() != "camera" || !known_kind(piece.kind())) return no("kind");
  KW_CHECK(changes_.store().read([&](store::Repositories& r) -> Result<> {
    auto order = r.orders().get(*id);
    if (!order && order.code() != Errc::not_found) return order.error();
    if (order) out.order = std::move(*order);
    auto row = r.media().get(*id);
    if (!row && row.code() != Errc::not_found) return row.error();
    if (row) out.row = std::move(*row);
    return {};
  }));
  if (!out.order || out.order->device != device) return no("no_order");
  if (out.order->section != "camera" || out.order->action != piece.kind()) return no("kind");
  if (out.order->state == store::OrderState::refused) return no("refused_order");
  // One that has come whole, or was ended, is no alarm when a piece follows: the kiosk had not heard yet.
  if (out.row && out.row->state != store::MediaState::arriving) {
    out.refusal = "over";
    return out;
  }
  const bool live = piece.kind() == "live";
  if (now > out.order->expires + kLate) return no("too_late");
  if (live && out.row && now > out.row->began + seconds_of(*out.order) + kLiveSlack) return no("too_late");
  return out;
}

Result<v1::MediaReport> MediaService::refuse(const DeviceId& device, const v1::Media& piece, const std::string& code,
                                             bool unasked) {
  log_.warning("media.refused", {{"device", device.text()}, {"reason", code}});
  if (unasked && throttle_.lets(device.text(), "media.unasked")) {
    KW_CHECK(changes_.run([&](Change& change) {
      return change.record(happened(device, "media.unasked", "refused",
                                    {{"order", to_hex(bytes_of(piece.order_id()))},
                                     {"kind", clean_text(piece.kind(), kMostType)},
                                     {"reason", code}}));
    }));
  }
  return report_on(piece, "refused", code);
}

Result<v1::MediaReport> MediaService::take(const DeviceId& device, const v1::Media& piece) {
  KW_TRY(auto asked, find(device, piece));
  if (!asked.refusal.empty()) return refuse(device, piece, asked.refusal, asked.unasked);
  if (!asked.row) {
    store::Media row;
    row.id = asked.order->id;
    row.device = device;
    row.kind = piece.kind();
    row.content_type = clean_text(piece.content_type(), kMostType);
    row.purpose = asked.order->reason;
    row.taken = Timestamp{piece.taken_ns()};
    row.began = row.heard = changes_.clock().now();
    if (piece.kind() != "live") {
      const SecretBytes key(changes_.random().bytes(crypto::kSm4Key));
      KW_TRY(row.key, sealer_.seal(place_of(row.id), key.reveal(), changes_.random()));
    }
    KW_CHECK(changes_.run([&](Change& change) -> Result<> {
      KW_TRY(row.asked_by, asker_of(change.repositories(), *asked.order));
      KW_CHECK(change.repositories().media().insert(row));
      if (row.kind != "live") return {};
      return change.record(happened(device, "media.live.started", "observed", {{"order", row.id.text()}}));
    }));
    asked.row = std::move(row);
  }
  return piece.kind() == "live" ? take_live(device, piece, std::move(asked))
                                : take_stored(device, piece, std::move(asked));
}

Result<v1::MediaReport> MediaService::take_live(const DeviceId& device, const v1::Media& piece, Asked asked) {
  auto& row = *asked.row;
  const auto& data = piece.data();
  const bool jpeg = data.size() > 3 && data.compare(0, 3, "\xff\xd8\xff") == 0;
  if (!data.empty() && !jpeg) return refuse(device, piece, "no_jpeg", true);
  if (!data.empty()) views_.frame(row.id, std::make_shared<const std::string>(data));
  // Frames are counted in the row now and then only: each is a commit, and none of them is kept.
  const auto now = changes_.clock().now();
  if (piece.last()) {
    KW_CHECK(settle(row.id));
  } else if (now - row.heard >= kNoteEvery) {
    KW_CHECK(changes_.store().write([&](store::Repositories& r) -> Result<> {
      KW_TRY(auto fresh, r.media().get(row.id));
      if (fresh.state != store::MediaState::arriving) return {};  // ended meanwhile
      fresh.heard = now;
      fresh.pieces = views_.frames(row.id);
      return r.media().update(fresh);
    }));
  }
  return report_on(piece, "taken");
}

Result<v1::MediaReport> MediaService::take_stored(const DeviceId& device, const v1::Media& piece, Asked asked) {
  auto& row = *asked.row;
  if (piece.sequence() < row.pieces) return report_on(piece, "taken");  // sent again: it is here
  if (piece.sequence() > row.pieces) return refuse(device, piece, "gap", true);
  const auto fail_with = [&](const std::string& code) -> Result<v1::MediaReport> {
    row.state = store::MediaState::incomplete;
    KW_CHECK(changes_.run([&](Change& change) -> Result<> {
      KW_CHECK(change.repositories().media().update(row));
      return change.record(happened(device, "media.store.failed", "failed",
                                    {{"order", row.id.text()}, {"kind", row.kind}, {"reason", code}}));
    }));
    return refuse(device, piece, code, false);
  };
  if (row.octets + piece.data().size() > kMostRecording) return fail_with("too_large");
  if (piece.last() && row.octets + piece.data().size() == 0) return fail_with("nothing");
  if (piece.sequence() % kSizesEvery == 0) {
    KW_TRY(const auto sizes, changes_.store().read([&](auto& r) { return r.media().sizes(device); }));
    if (sizes.of_device + kMostMediaPiece > options_.most_device_octets) return fail_with("device_full");
    if (sizes.in_all + kMostMediaPiece > options_.most_octets) return fail_with("full");
  }
  const auto stored = store_piece(row, piece);
  if (!stored && stored.code() == Errc::no_space) return fail_with("no_space");
  if (!stored) return stored.error();
  std::string root;
  if (piece.last()) {
    auto sealed = seal_whole(row);
    if (!sealed && sealed.code() == Errc::no_space) return fail_with("no_space");
    if (!sealed && sealed.code() == Errc::decrypt_failed) return fail_with("read_back");
    if (!sealed) return sealed.error();
    root = std::move(*sealed);
    row.state = store::MediaState::complete;
  }
  KW_CHECK(changes_.run([&](Change& change) -> Result<> {
    KW_CHECK(change.repositories().media().update(row));
    if (!piece.last()) return {};
    change.device_changed(device);
    return change.record(happened(device, "media.stored", "success",
                                  {{"order", row.id.text()},
                                   {"kind", row.kind},
                                   {"octets", std::to_string(row.octets)},
                                   {"digest", to_hex(row.digest)},
                                   {"root", root}}));
  }));
  if (piece.last()) drop_arrived(row.id);
  return report_on(piece, "taken");
}

Result<> MediaService::store_piece(store::Media& row, const v1::Media& piece) {
  KW_CHECK(make_private_directory(directory_));
  KW_TRY(const auto key, sealer_.open(place_of(row.id), row.key));
  KW_TRY(row.stored, append_media(path_of(row.id, kArrivedEnd), row.stored,
                                  {row.id, row.pieces, piece.last(), bytes_of(piece.data())}, key, changes_.random()));
  ++row.pieces;
  row.octets += piece.data().size();
  row.heard = changes_.clock().now();
  return {};
}

Result<std::vector<store::Media>> MediaService::of_device(const DeviceId& id) {
  return changes_.store().read([&](store::Repositories& r) -> Result<std::vector<store::Media>> {
    KW_CHECK(r.devices().get(id));
    return r.media().of_device(id);
  });
}

Result<store::Media> MediaService::get(const OrderId& id) {
  return changes_.store().read([&](auto& r) { return r.media().get(id); });
}

Result<DeviceId> MediaService::may_look(const OrderId& id) {
  return changes_.store().read([&](store::Repositories& r) -> Result<DeviceId> {
    KW_TRY(const auto order, r.orders().get(id));
    if (order.section != "camera" || order.action != "live") return fail(Errc::not_found, "no live view");
    if (order.state == store::OrderState::refused) return fail(Errc::wrong_state, "refused");
    const auto now = changes_.clock().now();
    auto row = r.media().get(id);
    if (!row && row.code() != Errc::not_found) return row.error();
    if (row && row->state != store::MediaState::arriving) return fail(Errc::wrong_state, "ended");
    const auto end = row ? row->began + seconds_of(order) + kLiveSlack : order.expires;
    if (now > end) return fail(Errc::wrong_state, "ended");
    return order.device;
  });
}

bool MediaService::live_now(const OrderId& id) { return may_look(id).has_value(); }

Result<> MediaService::look(const OrderId& id, const std::string& purpose, const Actor& who) {
  KW_TRY(const auto device, may_look(id));
  return changes_.run([&](Change& change) {
    auto happening = happened(device, "media.watch.started", "success", {{"order", id.text()}, {"purpose", purpose}});
    happening.actor = who;
    return change.record(happening);
  });
}

void MediaService::ended(const LookEnd& look) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(look.lasted).count();
  const auto told = changes_.run([&](Change& change) -> Result<> {
    KW_TRY(const auto order, change.repositories().orders().get(look.order));
    auto happening = happened(order.device, "media.watch.ended", "success",
                              {{"order", look.order.text()},
                               {"purpose", look.purpose},
                               {"frames", std::to_string(look.frames)},
                               {"seconds", std::to_string(seconds)}});
    happening.actor = look.who.actor(look.trace);
    return change.record(happening);
  });
  if (!told) log_.error("media.watch", {{"error", told.error().text()}});
}

Result<> MediaService::settle(const OrderId& id) {
  const auto frames = views_.frames(id);
  KW_CHECK(changes_.run([&](Change& change) -> Result<> {
    KW_TRY(auto row, change.repositories().media().get(id));
    if (row.state != store::MediaState::arriving) return {};
    const bool live = row.kind == "live";
    row.state = live ? store::MediaState::ended : store::MediaState::incomplete;
    if (live) row.pieces = std::max(row.pieces, frames);
    KW_CHECK(change.repositories().media().update(row));
    change.device_changed(row.device);
    if (live)
      return change.record(
          happened(row.device, "media.live.ended", "observed",
                   {{"order", row.id.text()}, {"frames", std::to_string(row.pieces)}, {"reason", "over"}}));
    return change.record(happened(row.device, "media.store.failed", "failed",
                                  {{"order", row.id.text()}, {"kind", row.kind}, {"reason", "incomplete"}}));
  }));
  views_.close(id);
  return {};
}

void MediaService::sweep(const std::function<bool(ByteView)>& alive) {
  views_.sweep(alive, [this](const OrderId& id) { return live_now(id); });
}

Result<> MediaService::end(const OrderId& id, const std::string& reason, const Actor& who) {
  KW_CHECK(changes_.run([&](Change& change) -> Result<> {
    auto& r = change.repositories();
    KW_TRY(const auto order, r.orders().get(id));
    if (order.section != "camera" || order.action != "live") return fail(Errc::not_found, "no live view");
    auto row = r.media().get(id);
    if (!row && row.code() != Errc::not_found) return row.error();
    const bool fresh = !row.has_value();
    if (!fresh && row->state != store::MediaState::arriving) return fail(Errc::wrong_state, "ended");
    store::Media ended;
    if (!fresh) ended = std::move(*row);
    if (fresh) {  // before the first frame: none shall be shown
      ended.id = id;
      ended.device = order.device;
      ended.kind = "live";
      KW_TRY(ended.asked_by, asker_of(r, order));
      ended.purpose = order.reason;
      ended.taken = ended.began = ended.heard = changes_.clock().now();
    }
    ended.state = store::MediaState::ended;
    ended.pieces = std::max(ended.pieces, views_.frames(id));
    KW_CHECK(fresh ? r.media().insert(ended) : r.media().update(ended));
    change.device_changed(order.device);
    auto happening = happened(order.device, "media.live.ended", "success",
                              {{"order", id.text()}, {"frames", std::to_string(ended.pieces)}, {"reason", reason}});
    happening.actor = who;
    return change.record(happening);
  }));
  views_.close(id);
  return {};
}

Result<> MediaService::remove(store::Media row) {
  const std::lock_guard lock(sealing_);
  // The key first: a crash between leaves octets that nobody can read, and the next look takes them away.
  row.key.clear();
  KW_CHECK(changes_.store().write([&](store::Repositories& r) { return r.media().update(row); }));
  for (const auto end : {kSealedEnd, kSealingEnd, kArrivedEnd}) KW_CHECK(remove_file(path_of(row.id, end)));
  row.stored = 0;
  row.state = store::MediaState::removed;
  return changes_.run([&](Change& change) -> Result<> {
    KW_CHECK(change.repositories().media().update(row));
    return change.record(
        happened(row.device, "media.removed", "success",
                 {{"order", row.id.text()}, {"kind", row.kind}, {"days", std::to_string(options_.retention_days)}}));
  });
}

Result<> MediaService::tick() {
  const auto now = changes_.clock().now();
  const auto days = std::chrono::hours(24) * static_cast<std::int64_t>(options_.retention_days);
  KW_TRY(const auto old, changes_.store().read([&](auto& r) { return r.media().expired(now - days); }));
  for (const auto& row : old) KW_CHECK(remove(row));
  KW_TRY(const auto quiet, changes_.store().read([&](auto& r) { return r.media().stale(now - kLiveQuiet); }));
  for (const auto& row : quiet)
    if (row.kind == "live" || row.heard <= now - kQuiet) KW_CHECK(settle(row.id));
  return seal_older();
}

}  // namespace kw::server
