// media get and media look: what a kiosk's camera was asked for, as files of whoever says what for.
#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <iomanip>
#include <ostream>
#include <sstream>

#include "cli/api/exchange.h"
#include "cli/api/text.h"
#include "crypto/sm3.h"
#include "net/websocket_client.h"
#include "platform/linux/os_error.h"
#include "platform/linux/unique_fd.h"

namespace kw::cli {
namespace {

using namespace std::chrono_literals;
using platform::fail_os;

constexpr std::uint64_t kMostRecording = 64ULL << 20;  // the platform's bound
constexpr auto kMediaPatience = 300s;

/// make_file writes a file that was not there, for its owner alone.
Result<> make_file(const std::string& path, ByteView octets) {
  const platform::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) return fail_os("make " + path);
  while (!octets.empty()) {
    const auto wrote = ::write(fd.get(), octets.data(), octets.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return fail_os("write " + path);
    octets = octets.subspan(static_cast<std::size_t>(wrote));
  }
  return {};
}

std::string header(const net::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return {};
}

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

/// What the session's server is asked.
struct Asked {
  std::string url;
  net::Target server;
  net::HttpCall call;
};
Result<Asked> ask(const Invocation& call) {
  KW_TRY(const auto session, load_session(call.options.value("session")));
  KW_TRY(auto server, parse_server_url(session.server));
  KW_TRY(auto request, build_request(call.operation, call.options));
  return Asked{session.server, std::move(server), call_of(std::move(request), session)};
}

}  // namespace

int run_media_get(const Invocation& call) {
  auto& out = call.terminal.out;
  auto& err = call.terminal.err;
  auto asked = ask(call);
  if (!asked) return complain(err, asked.error());
  asked->call.max_answer = kMostRecording;
  auto answer = wait_for(net::http_exchange(asked->server, std::move(asked->call), net::in(kMediaPatience)));
  if (!answer) return complain(err, refusal_of(answer.error()), asked->url);
  if (answer->status != 200) {
    auto refusal = understand(std::move(*answer));
    return complain(err, refusal ? Refusal{"malformed", "no recording", {}} : refusal.error(), asked->url);
  }
  const auto digest = "sm3=" + to_hex(crypto::sm3(bytes_of(answer->body)));
  if (digest != header(*answer, "x-kw-digest"))
    return complain(err, Error(Errc::corrupt, "the recording is not what the platform's digest says"));
  const auto path = call.options.value("out");
  if (const auto made = make_file(path, bytes_of(answer->body)); !made) return complain(err, made.error());
  out << path << "  " << answer->body.size() << " octets  " << printable(header(*answer, "content-type")) << "\n"
      << digest << "\n"
      << printable(header(*answer, "x-kw-watermark")) << "\n";
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
  const auto ending =
      wait_for(look(asked->server, std::move(asked->call), call.options.value("out"), count, frames));
  call.terminal.out << frames << " frames\n";
  if (!ending) return complain(err, refusal_of(ending.error()), asked->url);
  return *ending ? complain(err, **ending, asked->url) : kDone;
}

}  // namespace kw::cli
