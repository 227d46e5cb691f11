#include <array>

#include "store/sqlite/repositories.h"

namespace kw::store {
namespace {

constexpr std::array<std::string_view, 5> kMediaStates{"arriving", "complete", "incomplete", "ended", "removed"};

Media read_media(Row& row) {
  Media out;
  out.id = row.id<OrderId>();
  out.device = row.id<DeviceId>();
  out.kind = row.text();
  out.content_type = row.text();
  const auto state = row.count();
  if (state >= kMediaStates.size()) row.corrupt();
  out.state = static_cast<MediaState>(state);
  out.asked_by = row.text();
  out.purpose = row.text();
  out.taken = row.time();
  out.began = row.time();
  out.heard = row.time();
  out.pieces = row.count();
  out.octets = row.count();
  out.stored = row.count();
  out.digest = row.blob();
  out.key = row.blob();
  out.statement = row.blob();
  return out;
}
const std::string kSelectMedia =
    "SELECT id, device, kind, content_type, state, asked_by, purpose, taken, began, heard, pieces, octets, stored, "
    "digest, key, statement FROM media ";

}  // namespace

std::string_view name(MediaState state) noexcept { return kMediaStates.at(static_cast<std::size_t>(state)); }

Result<> SqliteMediaShelf::insert(const Media& m) {
  KW_CHECK(db_.exec("INSERT INTO media VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    {m.id, m.device, m.kind, m.content_type, static_cast<int>(m.state), m.asked_by, m.purpose, m.taken,
                     m.began, m.heard, m.pieces, m.octets, m.stored, m.digest, m.key, m.statement}));
  return {};
}
Result<Media> SqliteMediaShelf::get(const OrderId& id) {
  return db_.one<Media>(kSelectMedia + "WHERE id = ?", {id}, read_media);
}
Result<std::vector<Media>> SqliteMediaShelf::of_device(const DeviceId& id) {
  return db_.all<Media>(kSelectMedia + "WHERE device = ? ORDER BY id DESC LIMIT 200", {id}, read_media);
}
Result<> SqliteMediaShelf::update(const Media& m) {
  return at_least_one(
      db_.exec(
          "UPDATE media SET state = ?, heard = ?, pieces = ?, octets = ?, stored = ?, digest = ?, key = ?, "
          "statement = ? WHERE id = ?",
          {static_cast<int>(m.state), m.heard, m.pieces, m.octets, m.stored, m.digest, m.key, m.statement, m.id}),
      Errc::not_found);
}
Result<MediaSizes> SqliteMediaShelf::sizes(const DeviceId& id) {
  MediaSizes out;
  KW_TRY(out.of_device, db_.count("SELECT coalesce(sum(stored), 0) FROM media WHERE device = ?", {id}));
  KW_TRY(out.in_all, db_.count("SELECT coalesce(sum(stored), 0) FROM media"));
  return out;
}
Result<std::vector<Media>> SqliteMediaShelf::stale(Timestamp quiet_since) {
  return db_.all<Media>(kSelectMedia + "WHERE state = 0 AND heard <= ? ORDER BY heard LIMIT 100", {quiet_since}, read_media);
}
Result<std::vector<Media>> SqliteMediaShelf::unsealed() {
  return db_.all<Media>(kSelectMedia + "WHERE state = 1 AND stored > 0 AND length(statement) = 0 ORDER BY id LIMIT 100",
                        {}, read_media);
}
Result<std::vector<Media>> SqliteMediaShelf::expired(Timestamp began_before) {
  return db_.all<Media>(kSelectMedia + "WHERE stored > 0 AND began < ? ORDER BY began LIMIT 100", {began_before},
                        read_media);
}

}  // namespace kw::store
