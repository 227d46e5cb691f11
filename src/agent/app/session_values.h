#pragma once
// SessionValues are what one business session holds of its person: text by the datum's name, in secret memory alone.
//
//   SessionValues values(*arena);
//   KW_CHECK(values.put("phone", "13800138000"));
//   values.get("phone")                              the value; until it is put anew, dropped or wiped
//   values.wipe();                                   when the session ends, however it does
//
// Names and sizes are in ordinary memory. Not thread-safe. Clause 7.4.1; why: ADR 112.
#include <optional>

#include "platform/linux/secret_arena.h"

namespace kw::agent {

class SessionValues {
 public:
  static constexpr std::size_t kMost = 256, kMostOctets = 24U << 10;  // values of a session, and their sum
  static constexpr std::size_t kArena = 128U << 10;                   // that always has a gap for them

  explicit SessionValues(platform::SecretArena& arena) : arena_(arena) {}
  ~SessionValues() { wipe(); }
  SessionValues(const SessionValues&) = delete;
  SessionValues& operator=(const SessionValues&) = delete;

  /// put replaces what was there. Errc::invalid for an empty value, too_large above a bound: then nothing has changed.
  Result<> put(std::string_view field, std::string_view value);
  [[nodiscard]] std::optional<std::string_view> get(std::string_view field) const;
  /// drop wipes one; false where there is none.
  bool drop(std::string_view field);
  void wipe() noexcept;
  [[nodiscard]] std::vector<std::string> fields() const;  // in order
  [[nodiscard]] std::size_t octets() const noexcept { return octets_; }
  [[nodiscard]] platform::SecretArena::Kind memory() const noexcept { return arena_.kind(); }

 private:
  platform::SecretArena& arena_;
  std::map<std::string, MutableByteView, std::less<>> held_;
  std::size_t octets_ = 0;
};

}  // namespace kw::agent
