#pragma once
// masked and hide_identifiers keep personal values out of what is shown and written without need.
//
// masked is for a value that is known to be personal: who knows the person recognises him, nobody else does.
// hide_identifiers is for free text, in which somebody may have put one: it takes out identity card numbers (GB
// 11643-1999, by date and check digit), mobile telephone numbers and bank cards (by Luhn's rule, ISO/IEC 7812-1), as
// identifiers::judge_run tells them. Names of people have no form that a rule could find. PURE; any thread. Why:
// ADR 73.
#include <string>
#include <string_view>

namespace kw::privacy {

/// masked gives "张**" of a name and "138****78" of a telephone number (seven digits and more); empty stays empty.
[[nodiscard]] std::string masked(std::string_view text);
/// hide_identifiers puts [id-number], [phone] and [bank-card] in their places and leaves everything else.
[[nodiscard]] std::string hide_identifiers(std::string_view text);

}  // namespace kw::privacy
