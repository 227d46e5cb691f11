#pragma once
// LedgerRoom watches the room on the ledger's file system, and keeps a reserve there for critical entries (ADR 70).
//
// The reserve is a preallocated file of the ledger's directory. When the file system is full it is given free: entries,
// the files that follow from them, checkpoints and the database beside the ledger share what it held, and only urgent
// entries are taken until there is room again. Then the reserve is made anew. Thread-safe.
#include <mutex>

#include "store/ledger/file_ops.h"

namespace kw::store {

/// How much room is left: ample; 80 % of the file system used; 95 %; the last of it, or a write found none.
enum class RoomLevel { ample, low, scarce, full };
[[nodiscard]] std::string_view name(RoomLevel level) noexcept;

inline constexpr unsigned kLowPercent = 80, kScarcePercent = 95;

struct RoomState {
  RoomLevel level = RoomLevel::ample;
  std::uint64_t total = 0;    // octets of the file system
  std::uint64_t free = 0;     // of them, without the reserve
  std::uint64_t reserve = 0;  // octets held now; 0 while the reserve is given free
  unsigned used_percent = 0;  // the reserve counts as used
};

class LedgerRoom {
 public:
  /// A reserve of 0 octets is none; it takes an eighth of the file system at most. Nothing is read or written before
  /// look().
  LedgerRoom(std::filesystem::path dir, FileOps& ops, std::uint64_t reserve);

  /// look measures, makes the reserve where it is missing and there is room, gives it free where there is none, and
  /// says how things are. Errors are those of the file system's statistics.
  Result<RoomState> look();
  /// state is what the last look() or ran_out() found.
  [[nodiscard]] RoomState state() const;
  [[nodiscard]] bool full() const { return state().level == RoomLevel::full; }
  /// ran_out is told by whoever met Errc::no_space: the reserve is given free. True where that made room, so that
  /// trying once more makes sense.
  bool ran_out();

 private:
  Result<> hold();
  [[nodiscard]] bool stands() const;
  bool give_free();

  const std::filesystem::path dir_;
  FileOps& ops_;
  const std::uint64_t asked_;  // how large the reserve is to be, where the file system has the room
  mutable std::mutex mutex_;
  std::uint64_t reserve_ = 0;
  RoomState state_;
  bool held_ = false;
};

}  // namespace kw::store
