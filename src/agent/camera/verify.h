#pragma once
// verify_recordings checks recordings without a key: each for itself, neighbours against each other, the last against a
// root that the platform's ledger holds.
//
//   kioskward-agent camera-verify [--root HEX] FILE...
#include <ostream>
#include <span>
#include <string>

namespace kw::agent {

/// verify_recordings prints one line a file; 0: all as they were recorded; 1: not so; 2: usage, or a file cannot be read.
int verify_recordings(std::span<const std::string> words, std::ostream& out, std::ostream& err);

}  // namespace kw::agent
