#pragma once
// Challenges gives what a second factor has to sign, and knows again what it gave.
//
//   const auto given = challenges.give("login passkey", account);   // to the browser: challenge and attempt
//   KW_TRY(const auto challenge, challenges.take(attempt, "login passkey", account));   // once, within kLife
//
// Nothing is kept for somebody who only asks: `attempt` is challenge and last moment, sealed for one purpose and one
// account or session. What is remembered is that a challenge was answered, until it expires by itself. Thread-safe.
#include "server/change.h"
#include "server/sealer.h"

namespace kw::server {

struct GivenChallenge {
  std::string attempt;  // hex; goes back with the answer
  Bytes challenge;      // 32 octets
  Timestamp expires;
};

class Challenges {
 public:
  static constexpr Duration kLife = std::chrono::minutes(3);
  Challenges(Changes& changes, const Sealer& sealer) : changes_(changes), sealer_(sealer) {}
  Result<GivenChallenge> give(std::string_view purpose, std::string_view whose);
  /// take: Errc::unauthenticated for one that was not given for this, has expired, or was taken before.
  Result<Bytes> take(std::string_view attempt, std::string_view purpose, std::string_view whose);

 private:
  Changes& changes_;
  const Sealer& sealer_;
};

}  // namespace kw::server
