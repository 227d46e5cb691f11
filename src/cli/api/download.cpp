#include "cli/api/download.h"

#include <fcntl.h>
#include <unistd.h>

#include <ostream>

#include "cli/api/text.h"
#include "crypto/sm3.h"
#include "platform/linux/os_error.h"
#include "platform/linux/unique_fd.h"

namespace kw::cli {
namespace {

constexpr auto kDownloadPatience = std::chrono::seconds(300);

}  // namespace

Result<Asked> ask(const Invocation& call) {
  KW_TRY(const auto session, load_session(call.options.value("session")));
  KW_TRY(auto server, parse_server_url(session.server));
  KW_TRY(auto request, build_request(call.operation, call.options));
  return Asked{session.server, std::move(server), call_of(std::move(request), session)};
}

Result<> make_file(const std::string& path, ByteView octets) {
  const platform::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) return platform::fail_os("make " + path);
  while (!octets.empty()) {
    const auto wrote = ::write(fd.get(), octets.data(), octets.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return platform::fail_os("write " + path);
    octets = octets.subspan(static_cast<std::size_t>(wrote));
  }
  if (::fsync(fd.get()) != 0) return platform::fail_os("sync " + path);
  return {};
}

std::string header(const net::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return {};
}

tl::expected<net::Response, int> download(const Invocation& call, std::uint64_t most, bool digested) {
  auto& err = call.terminal.err;
  const auto stop = [](int code) { return tl::unexpected<int>(code); };
  auto asked = ask(call);
  if (!asked) return stop(complain(err, asked.error()));
  asked->call.max_answer = most;
  auto answer = wait_for(net::http_exchange(asked->server, std::move(asked->call), net::in(kDownloadPatience)));
  if (!answer) return stop(complain(err, refusal_of(answer.error()), asked->url));
  if (answer->status != 200) {
    auto refusal = understand(std::move(*answer));
    return stop(complain(err, refusal ? Refusal{"malformed", "no file", {}} : refusal.error(), asked->url));
  }
  const auto digest = "sm3=" + to_hex(crypto::sm3(bytes_of(answer->body)));
  if (digested && digest != header(*answer, "x-kw-digest"))
    return stop(complain(err, Error(Errc::corrupt, "the file is not what the platform's digest says")));
  const auto path = call.options.value("out");
  if (const auto made = make_file(path, bytes_of(answer->body)); !made) return stop(complain(err, made.error()));
  call.terminal.out << path << "  " << answer->body.size() << " octets  " << printable(header(*answer, "content-type"))
                    << "\n"
                    << digest << "\n";
  return std::move(*answer);
}

}  // namespace kw::cli
