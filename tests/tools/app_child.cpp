// The kiosk's local API alone in a process, for a look into its memory: app_child KIND [keep].
//
// KIND: the values' memory, "secret" or "locked". A platform of a few lines answers: sessions begin, the vault takes
// what comes. Its port and the token go to standard output; it ends with its standard input. `keep`: calls' stacks are
// not wiped. Built twice: as the agent is, and app_child_plain without its free (apps/kioskward-agent/wiping_free.cpp).
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdio>
#include <string>

#include "agent/app/app_server.h"
#include "base/secret.h"
#include "crypto/random.h"
#include "net/envelope_stream.h"
#include "platform/linux/system_clock.h"

namespace {

using namespace kw;
namespace v1 = agent::v1;

struct NoEvents final : agent::EventSink {
  void record(v1::Event event) override { static_cast<void>(event); }
  void set_clock_state(v1::ClockState state) override { static_cast<void>(state); }
};

/// Answers as the platform does, from what arrives as octets.
class SmallPlatform {
 public:
  explicit SmallPlatform(agent::BusinessRoad& road) : road_(road) {}
  void take(v1::Envelope envelope) {
    envelope.set_version(1);
    envelope.set_sequence(++sequence_);
    const auto octets = net::encode_envelope(envelope);
    if (octets) reader_.feed(*octets);
    const auto heard = reader_.next();
    if (heard && *heard) answer(**heard);
  }

 private:
  void answer(const v1::Envelope& heard) {
    if (heard.has_session_begin()) {
      v1::SessionBegun out;
      out.set_session_id(heard.session_begin().session_id());
      out.set_outcome("begun");
      static_cast<void>(road_.take(out));
    } else if (heard.has_vault_request()) {
      v1::VaultAnswer out;
      out.set_span_id(heard.vault_request().span_id());
      out.set_outcome("answered");
      if (heard.vault_request().has_file_part()) {
        const auto& part = heard.vault_request().file_part();
        out.mutable_file()->set_taken(part.offset() + part.octets().size());
        out.mutable_file()->set_stored(out.file().taken() == part.size());
      } else {
        auto& one = *out.add_cases();
        one.set_case_id(std::string(16, 'c'));
        one.set_version(1);
      }
      static_cast<void>(road_.take(std::move(out)));
    }
  }
  agent::BusinessRoad& road_;
  net::EnvelopeReader reader_;
  std::uint64_t sequence_ = 0;
};

int serve(platform::SecretArena::Kind kind, bool keep) {
  auto arena = platform::SecretArena::make(agent::SessionValues::kArena, kind);
  const auto book = matters::MatterBook::load(KW_SOURCE_DIR "/catalogue");
  if (!arena || !book) return 1;
  agent::SessionValues values(**arena);
  boost::asio::io_context io{1};
  NullLog log;
  NoEvents events;
  platform::SystemClock clock;
  crypto::SystemRandom random;
  agent::BusinessRoad road(io.get_executor());
  SmallPlatform platform(road);
  road.up([&](v1::Envelope envelope) {
    boost::asio::post(io,
                      [&platform, envelope = std::move(envelope)]() mutable { platform.take(std::move(envelope)); });
  });
  agent::AppServerOptions options;
  options.port = 0;
  options.desk.token = to_hex(random.bytes(32));
  auto server =
      agent::AppServer::start(io.get_executor(), options, road, events, {log, clock, random}, {&*book, &values});
  if (!server) return 1;
  std::printf("%u %s\n", static_cast<unsigned>((*server)->port()), options.desk.token.c_str());
  std::fflush(stdout);
  boost::asio::posix::stream_descriptor input(io, ::dup(STDIN_FILENO));
  char octet = 0;
  input.async_read_some(boost::asio::buffer(&octet, 1),
                        [&](const boost::system::error_code&, std::size_t) { io.stop(); });
  while (io.run_one() > 0)
    if (!keep) wipe_stack();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty() || (words[0] != "secret" && words[0] != "locked")) return 2;
  using Kind = platform::SecretArena::Kind;
  return serve(words[0] == "secret" ? Kind::secret : Kind::locked, words.size() > 1 && words[1] == "keep");
}
