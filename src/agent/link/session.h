#pragma once
// Session is one admitted connection of PlatformLink; its reader and two writers share it.
#include "agent/link/link.h"

namespace kw::agent {

inline constexpr std::size_t kBatch = 256;        // events in one message
inline constexpr std::uint64_t kWindow = 2048;    // events sent and not acknowledged

struct PlatformLink::Session {
  explicit Session(std::unique_ptr<net::TlcpStream> connected)
      : stream(std::move(connected)), events(stream.stream().executor()), beats(stream.stream().executor()) {}
  net::EnvelopeStream stream;
  asio::steady_timer events, beats;
  std::chrono::seconds interval{5};
  std::uint64_t sent = 0;  // sequence of the last event sent
  bool closed = false, beat_wanted = false;
  void end() {
    closed = true;
    events.cancel();
    beats.cancel();
    stream.abort();
  }
};

}  // namespace kw::agent
