#pragma once
// RuleStream is the port for an operator's own rules: it sees the same pieces as the scanner and says what it found.
//
// patterns::PatternStream is the one that ships. One stream for one scan; not thread-safe.
#include "base/bytes.h"
#include "landing/hit.h"

namespace kw::landing {

class RuleStream {
 public:
  virtual ~RuleStream() = default;
  /// put: hits go behind those that are there; one that goes on in the next piece is told once, when it has ended.
  virtual Result<> put(ByteView piece, std::vector<Hit>& hits) = 0;
  virtual Result<> finish(std::vector<Hit>& hits) = 0;
};

}  // namespace kw::landing
