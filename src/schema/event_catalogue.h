#pragma once
// find_event_type looks up a code of the event catalogue (schemas/events/): clause, severity, alarm, parameters.
//
// The table is fixed at build time; every function is thread-safe.
#include <span>
#include <string_view>

#include "base/result.h"
#include "kioskward/v1/common.pb.h"

namespace kw::schema {

namespace v1 = ::kioskward::v1;

struct EventType {
  std::string_view type;
  std::string_view clause;  // of DB4403/T 503.7-2024, comma-separated
  v1::Severity severity;
  bool alarm;                   // opens an alarm when it reaches the server
  std::string_view params;      // comma-separated names
  std::string_view personal{};  // those of them that say who a natural person is: the ledger holds ciphertext (ADR 72)
  [[nodiscard]] bool is_personal(std::string_view param) const noexcept;
};

[[nodiscard]] std::span<const EventType> event_types() noexcept;  // sorted by type
[[nodiscard]] const EventType* find_event_type(std::string_view type) noexcept;

/// is_free_text tells whether a parameter holds words of people or programs, in which there may be anything
/// (schemas/free_text.json): identifiers of people are taken out of it (ADR 73).
[[nodiscard]] bool is_free_text(std::string_view param) noexcept;

/// check_event refuses an event whose type, parameters or sizes the catalogue does not allow.
Result<> check_event(const v1::Event& event);

}  // namespace kw::schema
