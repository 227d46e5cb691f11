#pragma once
// Tally counts what the whole fleet does; the program reports it, the bench reads it. Everything on one thread.
#include <cstdint>
#include <string>
#include <vector>

namespace kw::fleet {

struct Tally {
  std::uint64_t kiosks = 0, enrolled = 0, online = 0;       // of now
  std::uint64_t handshakes = 0, admitted = 0, refused = 0;  // refused: enrolments, connections without admission
  std::uint64_t lost = 0;                                   // connections that ended by themselves
  std::uint64_t heartbeats = 0, answered = 0;
  std::uint64_t events = 0, acknowledged = 0, dropped = 0;
  std::uint64_t policies = 0, orders = 0, cosigned = 0, ledger_refused = 0;
  std::uint64_t in_policy = 0;  // kiosks that have reported the newest revision that any has
  std::uint64_t revision = 0;
};

/// text gives one line of JSON with the seconds since the start and the process's resident memory in KiB.
[[nodiscard]] std::string text(const Tally& tally, double seconds, std::uint64_t resident_kib);

}  // namespace kw::fleet
