#pragma once
// Session is one admitted connection of a simulated kiosk; its reader and whoever writes share it.
#include "bench/fleet/kiosk.h"

namespace kw::fleet {

struct Kiosk::Session {
  Session(std::unique_ptr<net::TlcpStream> connected, Tally& of) : stream(std::move(connected)), tally(of) {}
  ~Session() {
    if (counted) --tally.online;
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  net::EnvelopeStream stream;
  Tally& tally;
  std::chrono::milliseconds interval{5000};  // as the platform said
  std::uint64_t sent = 0;                    // sequence of the last event sent
  std::string nonce;                         // for the next heartbeat
  std::optional<v1::Signed> cosignature;     // for the next heartbeat
  std::chrono::steady_clock::time_point next_beat, beat_sent;
  bool unanswered = false;  // one heartbeat at a time: its answer's proof leads from the checkpoint that it carried
  bool counted = false, closed = false, facts_told = false;

  void end() {
    closed = true;
    stream.abort();
  }
};

}  // namespace kw::fleet
