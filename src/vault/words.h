#pragma once
// DataClass, Grade and KeyUse are the words of the vault: what data are, how much they matter, what a key may do.
//
// Classes are those of DB4403/T 503.7 clause 7.1; grades those of the data classification (1 public to 4 highest).
// Numbers stand in stored forms and never change meaning. PURE.
#include <cstdint>
#include <optional>
#include <string_view>

namespace kw::vault {

enum class DataClass : std::uint8_t { authentication = 1, business, audit, configuration, video, personal };
enum class Grade : std::uint8_t { one = 1, two, three, four };
enum class KeyUse : std::uint8_t { wrapping = 1, column, record, file, session, blind_index, row_mac };

/// name gives the word that the catalogue and operators use; class_of is its reverse.
[[nodiscard]] std::string_view name(DataClass data_class) noexcept;
[[nodiscard]] std::string_view name(KeyUse use) noexcept;
[[nodiscard]] std::optional<DataClass> class_of(std::string_view word) noexcept;

/// lands is false for a class whose data are never written anywhere, whatever a field says (clause 7.4.1).
[[nodiscard]] constexpr bool lands(DataClass data_class) noexcept { return data_class != DataClass::authentication; }

[[nodiscard]] constexpr bool is_class(std::uint8_t v) noexcept { return v >= 1 && v <= 6; }
[[nodiscard]] constexpr bool is_grade(std::int64_t v) noexcept { return v >= 1 && v <= 4; }

}  // namespace kw::vault
