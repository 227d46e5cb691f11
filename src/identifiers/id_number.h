#pragma once
// is_id_number says whether 18 characters are an identity number that can have been given to somebody.
//
//   first digit 1 to 8   citizens: region, date of birth, order, check (GB 11643-1999); residents of Hong Kong, Macau
//                        and Taiwan have the regions 810000, 820000 and 830000
//   first digit 9        foreigners with permanent residence, since 2023: 9, province, country, date of birth, order,
//                        check
//
// A region is plausible where its province exists (GB/T 2260-2007): numbers outlive the counties that gave them, so
// today's list would refuse good ones. The date is one of the calendar, from 1850 to 2199. PURE; any thread.
#include <string_view>

namespace kw::identifiers {

/// The last character may be a small x.
[[nodiscard]] bool is_id_number(std::string_view text) noexcept;
/// is_province takes the first two digits of a region.
[[nodiscard]] bool is_province(std::string_view two_digits) noexcept;
/// is_region_number takes six digits.
[[nodiscard]] bool is_region_number(std::string_view six_digits) noexcept;
/// is_birth_date takes YYYYMMDD.
[[nodiscard]] bool is_birth_date(std::string_view eight_digits) noexcept;

}  // namespace kw::identifiers
