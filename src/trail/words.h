#pragma once
// is_matter, is_step and is_reason say which words a business session may be described with; trace_parent writes the
// header that carries its trace on.
//
// Steps and reasons are enumerated, so that no page can write a person's name into the record by them. PURE; any
// thread.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace kw::trail {

inline constexpr std::size_t kTraceOctets = 16, kSpanOctets = 8, kSessionOctets = 16;
inline constexpr std::size_t kMostRequestBody = 64U << 10;  // octets
inline constexpr std::size_t kMostAnswerBody = 256U << 10;
inline constexpr std::size_t kMostPath = 2048;            // with its query
inline constexpr std::size_t kMostUnderWay = 8;           // requests of one kiosk
inline constexpr std::size_t kMostFilePart = 192U << 10;  // octets of a file for the vault, in one message
inline constexpr std::uint64_t kMostFile = 64ULL << 20;

/// is_plain_word: 1 to 32 of a-z, 0-9 and '-': codes of matters, names of services.
[[nodiscard]] bool is_plain_word(std::string_view word) noexcept;
/// is_step: "welcome", "identify", … (kSteps of words.cpp): what a page may say that it shows.
[[nodiscard]] bool is_step(std::string_view word) noexcept;
/// is_reason: why a session or a request was refused or failed, or a session ended.
[[nodiscard]] bool is_reason(std::string_view word) noexcept;
/// is_method: GET, POST, PUT, PATCH, DELETE.
[[nodiscard]] bool is_method(std::string_view word) noexcept;
/// trace_parent is the traceparent header's value, sampled (W3C Trace Context, section 3.2). 16 and 8 octets.
[[nodiscard]] std::string trace_parent(ByteView trace, ByteView span);

}  // namespace kw::trail
