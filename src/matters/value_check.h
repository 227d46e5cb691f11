#pragma once
// check_value says whether a text may be the value of a datum: its form, not whether it is true.
//
//   number 1 to 18 digits, a sign before them    year 1900 to 2199    date YYYY-MM-DD    flag true, false
//   sex 男, 女, 未说明                            choice one of its choices
//   all other texts: UTF-8 without control characters but line ends, at most kMostValueText octets; secret and
//   biometric values too, since whoever stores none keeps them in a session
//
// Errc::invalid with a word for people; never the value. PURE; any thread.
#include "vault/catalogue.h"

namespace kw::matters {

inline constexpr std::size_t kMostValueText = 8 * 1024;

Result<> check_value(const vault::DataField& field, std::string_view value);

}  // namespace kw::matters
