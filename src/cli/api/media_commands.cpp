// media get and media look: what a kiosk's camera was asked for, as files of whoever says what for.
#include <charconv>
#include <filesystem>
#include <iomanip>
#include <ostream>
#include <sstream>

#include "cli/api/download.h"
#include "cli/api/text.h"
#include "net/websocket_client.h"

namespace kw::cli {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kMostRecording = 64ULL << 20;  // the platform's bound

/// look writes frame after frame; a refusal of the server, or nothing where the view has ended.
boost::asio::awaitable<Result<std::optional<Refusal>>> look(net::Target server, net::HttpCall call, std::string out,
                                                            std::uint64_t count, std::uint64_t& frames) {
  KW_CO_TRY(auto opening, co_await net::WebSocketClient::open(std::move(server), std::move(call), net::in(10s)));
  if (!opening.socket) {
    auto answer = understand(std::move(opening.answer));
    std::optional<Refusal> refused =
        answer ? Refusal{"malformed", "the server opens no live view", {}} : std::move(answer.error());
    co_return refused;
  }
  while (count == 0 || frames < count) {
    const auto frame = co_await opening.socket->read();
    if (!frame && frame.code() == Errc::closed && frames > 0) break;  // its time is over
    if (!frame) co_return frame.error();
    std::ostringstream name;
    name << std::setw(6) << std::setfill('0') << ++frames << ".jpg";
    KW_CO_CHECK(make_file((std::filesystem::path(out) / name.str()).string(), bytes_of(*frame)));
  }
  co_return std::optional<Refusal>();
}

}  // namespace

int run_media_get(const Invocation& call) {
  const bool part = call.options.has("offset") || call.options.has("length");  // the digest is that of the whole
  const auto saved = download(call, kMostRecording, !part);
  if (!saved) return saved.error();
  call.terminal.out << printable(header(*saved, "x-kw-watermark")) << "\n";
  return kDone;
}

int run_media_look(const Invocation& call) {
  auto& err = call.terminal.err;
  auto asked = ask(call);
  if (!asked) return complain(err, asked.error());
  const auto digits = call.options.value("count");
  std::uint64_t count = 0, frames = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), count);
  err << "kioskward: looking; the kiosk's screen says so, and so does the audit. Ctrl-C ends" << std::endl;
  const auto ending = wait_for(look(asked->server, std::move(asked->call), call.options.value("out"), count, frames));
  call.terminal.out << frames << " frames\n";
  if (!ending) return complain(err, refusal_of(ending.error()), asked->url);
  return *ending ? complain(err, **ending, asked->url) : kDone;
}

}  // namespace kw::cli
