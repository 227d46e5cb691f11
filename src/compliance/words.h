#pragma once
// Status, Modality, Severity and the other enumerated words of a requirement, with their names in rule files; Words is
// a text in both languages.
//
// PURE; any thread.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kw::compliance {

struct Words {
  std::string zh, en;
};

/// What is known of a requirement. Exactly one holds; unknown never counts as met (ADR 130).
enum class Status : std::uint8_t {
  met_measured,    // every check is a measurement, and holds
  met_attested,    // every check holds, and at least one rests on a record that somebody signed; good until a day
  partly,          // something is proven, something is missing; the reasons say what
  not_met,         // a deciding check does not hold
  not_applicable,  // two persons said why, where the rule allows it
  unknown,         // never measured, or measured too long ago
};
inline constexpr std::size_t kStatuses = 6;

enum class Modality : std::uint8_t { shall, shall_not, should, informative };
/// What it costs where a requirement is not met; `none` for informative ones, which no score counts.
enum class Severity : std::uint8_t { none, minor, ordinary, serious, critical };
/// Whose facts and records are looked at.
enum class Scope : std::uint8_t { device, site, platform };
/// Where the means stand that the requirement is about.
enum class Kind : std::uint8_t { device, server, data, network, hardware, site, organisation, none };

[[nodiscard]] std::string_view name(Status of) noexcept;
[[nodiscard]] std::string_view name(Modality of) noexcept;
[[nodiscard]] std::string_view name(Severity of) noexcept;
[[nodiscard]] std::string_view name(Scope of) noexcept;
[[nodiscard]] std::string_view name(Kind of) noexcept;
/// The value that has this name.
[[nodiscard]] std::optional<Status> parse_status(std::string_view word) noexcept;
[[nodiscard]] std::optional<Modality> parse_modality(std::string_view word) noexcept;
[[nodiscard]] std::optional<Severity> parse_severity(std::string_view word) noexcept;
[[nodiscard]] std::optional<Scope> parse_scope(std::string_view word) noexcept;
[[nodiscard]] std::optional<Kind> parse_kind(std::string_view word) noexcept;

/// urgency orders statuses by what has to be mended first: smaller is worse, both kinds of met are alike.
[[nodiscard]] int urgency(Status of) noexcept;
[[nodiscard]] constexpr bool is_met(Status of) noexcept {
  return of == Status::met_measured || of == Status::met_attested;
}

}  // namespace kw::compliance
