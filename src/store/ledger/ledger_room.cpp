#include "store/ledger/ledger_room.h"

#include <algorithm>

namespace kw::store {
namespace {

/// What stays free for files that end in the middle of a block, and for the database's pages: below it nothing but
/// urgent entries begins.
std::uint64_t last_room(std::uint64_t total) { return std::min<std::uint64_t>(total / 64, 4ULL << 20); }

RoomLevel level_of(unsigned used_percent) {
  if (used_percent >= kScarcePercent) return RoomLevel::scarce;
  return used_percent >= kLowPercent ? RoomLevel::low : RoomLevel::ample;
}

}  // namespace

std::string_view name(RoomLevel level) noexcept {
  switch (level) {
    case RoomLevel::ample:
      return "ample";
    case RoomLevel::low:
      return "low";
    case RoomLevel::scarce:
      return "scarce";
    case RoomLevel::full:
      return "full";
  }
  return "unknown";
}

LedgerRoom::LedgerRoom(std::filesystem::path dir, FileOps& ops, std::uint64_t reserve)
    : dir_(std::move(dir)), ops_(ops), asked_(reserve) {}

// What a reserve's file holds is never read: its blocks are what counts.
Result<> LedgerRoom::hold() {
  KW_TRY(const auto file, ops_.open_for_writing(dir_ / "reserve"));
  KW_CHECK(ops_.allocate(file, reserve_));
  KW_CHECK(ops_.sync_data(file));
  held_ = true;
  return {};
}

bool LedgerRoom::stands() const {
  std::error_code ignored;  // a directory that cannot be read holds no reserve that could be used
  return std::filesystem::exists(dir_ / "reserve", ignored);
}

bool LedgerRoom::give_free() {
  held_ = false;
  // A reserve that was made in part only, or by the process before this one, is there too.
  return ops_.remove(dir_ / "reserve").has_value() && ops_.sync_directory(dir_).has_value();
}

Result<RoomState> LedgerRoom::look() {
  const std::lock_guard lock(mutex_);
  KW_TRY(auto space, ops_.space(dir_));
  const auto least = last_room(space.total);
  reserve_ = std::min(asked_, space.total / 8);
  if (reserve_ > 0 && !held_) {
    // The file system's own statistics do not tell whether an earlier reserve stands: making it whole does.
    if (stands() || space.free >= reserve_ + 2 * least) {
      if (!hold()) give_free();
      KW_TRY(space, ops_.space(dir_));
    }
  }
  if (held_ && space.free < least) {
    give_free();
    state_.level = RoomLevel::full;
  }
  state_.total = space.total;
  state_.free = held_ || reserve_ == 0 ? space.free : space.free - std::min(space.free, reserve_);
  state_.reserve = held_ ? reserve_ : 0;
  const auto used = space.total - std::min(space.total, state_.free);
  state_.used_percent = space.total == 0 ? 100 : static_cast<unsigned>(used / ((space.total + 99) / 100));
  state_.used_percent = std::min(state_.used_percent, 100U);
  const bool room = (held_ || reserve_ == 0) && state_.free >= least;
  state_.level = room ? level_of(state_.used_percent) : RoomLevel::full;
  return state_;
}

RoomState LedgerRoom::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

bool LedgerRoom::ran_out() {
  const std::lock_guard lock(mutex_);
  state_.level = RoomLevel::full;
  state_.reserve = 0;
  return (held_ || stands()) && give_free();
}

}  // namespace kw::store
