#pragma once
// Session is one admitted connection of PlatformLink; its reader and two writers share it.
#include "agent/link/link.h"

namespace kw::agent {

inline constexpr std::size_t kBatch = 256;      // events in one message
inline constexpr std::uint64_t kWindow = 2048;  // events sent and not acknowledged

struct PlatformLink::Session {
  explicit Session(std::unique_ptr<net::TlcpStream> connected)
      : stream(std::move(connected)),
        events(stream.stream().executor()),
        beats(stream.stream().executor()),
        media(stream.stream().executor()),
        gone(stream.stream().executor()) {}
  net::EnvelopeStream stream;
  asio::steady_timer events, beats, media, gone;  // gone: cancelled whenever a writer leaves
  int writers = 0;
  std::chrono::seconds interval{5};
  std::uint64_t sent = 0;  // sequence of the last event sent
  Nonces nonces;           // for the next heartbeat; each answers the newest
  std::optional<v1::Signed> cosignature;  // for the next heartbeat
  bool closed = false, beat_wanted = false;
  bool media_sent = false;  // the piece in hand waits for its report
  // One heartbeat at a time: the proof in its answer leads from the checkpoint that it carried.
  bool beat_unanswered = false;
  std::chrono::steady_clock::time_point beat_sent{};
  /// Writer counts one writer for as long as its coroutine lives.
  struct Writer {
    explicit Writer(Session& of) : session(of) { ++session.writers; }
    ~Writer() {
      --session.writers;
      session.gone.cancel();
    }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    Session& session;
  };
  void end() {
    closed = true;
    events.cancel();
    beats.cancel();
    media.cancel();
    stream.abort();
  }
};

}  // namespace kw::agent
