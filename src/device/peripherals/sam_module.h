#pragma once
// sam_command and sam_answer speak to the ID-card reader's security module (SAM); sam_request and parse_sam_reply are
// one command of it: tell your number.
//
//   AA AA AA 96 69 | length, 2 octets | command, parameter | XOR of length and body          request: 12 FF
//   AA AA AA 96 69 | length, 2 octets | status, 3 octets (00 00 90) | 16 octets | XOR
// The number is written as readers print it: "05.03-20180101-0001234567-0123456789" of five little-endian integers of
// 2, 2, 4, 4 and 4 octets. PURE. Source: the makers' serial protocol of GA 450 modules as open drivers implement it.
#include <string>

#include "base/bytes.h"

namespace kw::device {

inline constexpr std::size_t kMostSamBody = 8192;
[[nodiscard]] Bytes sam_command(Byte command, Byte parameter);
/// What an answer says: its last octet of status, and what follows, which lives as long as `in` does.
struct SamAnswer {
  Byte status = 0;
  ByteView data;
};
/// sam_answer: truncated (read on), malformed, too_large, trailing_data.
[[nodiscard]] Result<SamAnswer> sam_answer(ByteView in);
[[nodiscard]] Bytes sam_request();
/// parse_sam_reply: truncated (read on), malformed, too_large, trailing_data, unavailable (the module's status says
/// no).
[[nodiscard]] Result<std::string> parse_sam_reply(ByteView in);
inline constexpr std::size_t kSamReply = 5 + 2 + 3 + 16 + 1;

}  // namespace kw::device
