#pragma once
// parse_shell_command and parse_shell_news are the form of what the guard and kioskward-shell say to each other.
//
// One packet is one message of shell_boundary.proto. Sizes are bounded before memory is taken, and each body is checked
// once here. An error is final: the other side is broken, or somebody else. PURE and thread-safe.
#include "base/bytes.h"
#include "kioskward/v1/shell_boundary.pb.h"

namespace kw::device {

inline constexpr std::size_t kMostShellPacket = 96U << 10;

/// Errc::malformed, too_large, unsupported (another version).
Result<::kioskward::v1::ShellCommand> parse_shell_command(ByteView octets);
Result<::kioskward::v1::ShellNews> parse_shell_news(ByteView octets);
/// encode_shell sets the version.
Bytes encode_shell(::kioskward::v1::ShellCommand message);
Bytes encode_shell(::kioskward::v1::ShellNews message);

}  // namespace kw::device
