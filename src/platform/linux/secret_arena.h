#pragma once
// SecretArena is a small piece of memory for values that nobody else may see: no other process, no core dump, no swap,
// no child; wiped piece by piece as it is released, and whole at its end.
//
//   KW_TRY(const auto arena, SecretArena::make(128 << 10));
//   KW_TRY(const auto piece, arena->take(18));       wiped by arena->release(piece), by wipe(), or with the arena
//
//   secret   memfd_secret(2): out of the kernel's own map, out of reach of root's /proc/PID/mem too (Linux 5.14)
//   locked   private pages: mlock2, MADV_DONTDUMP, MADV_DONTFORK
//
// One mapping of fixed size between two pages that cannot be touched. A process that is killed leaves nothing: the
// kernel clears pages before it hands them on. Not thread-safe. Clause 7.4.1; why: ADR 112.
#include <map>
#include <memory>

#include "base/bytes.h"

namespace kw::platform {

class SecretArena {
 public:
  enum class Kind : std::uint8_t { secret, locked };
  /// make takes the best kind that this kernel has; `octets` is rounded up to pages. Both count against
  /// RLIMIT_MEMLOCK where the process may not lock memory freely. Errc::unsupported, not_permitted, io.
  static Result<std::unique_ptr<SecretArena>> make(std::size_t octets);
  static Result<std::unique_ptr<SecretArena>> make(std::size_t octets, Kind kind);
  ~SecretArena();
  SecretArena(const SecretArena&) = delete;
  SecretArena& operator=(const SecretArena&) = delete;

  /// take gives zeroed octets; Errc::too_large where no gap holds them. Zero octets are no piece: Errc::invalid.
  Result<MutableByteView> take(std::size_t octets);
  /// release wipes a piece and makes its room free.
  void release(MutableByteView piece) noexcept;
  /// wipe wipes everything; no piece is valid after it.
  void wipe() noexcept;

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t pieces() const noexcept { return used_.size(); }

 private:
  SecretArena(Kind kind, Byte* whole, std::size_t page, std::size_t size)
      : kind_(kind), whole_(whole), page_(page), size_(size) {}
  [[nodiscard]] Byte* begin() const noexcept { return whole_ + page_; }

  const Kind kind_;
  Byte* const whole_;  // with the pages around
  const std::size_t page_, size_;
  std::map<std::size_t, std::size_t> used_;  // length by offset, both in multiples of kGrain
};

[[nodiscard]] std::string_view name(SecretArena::Kind kind) noexcept;

}  // namespace kw::platform
