#include "cli/api/session_file.h"

#include <boost/asio/ip/address.hpp>
#include <cstdlib>
#include <filesystem>

#include "cli/options.h"
#include "platform/linux/durable_file.h"

namespace kw::cli {
namespace {

constexpr std::string_view kHead = "kioskward-session ", kVersion = "1";
constexpr std::size_t kMostSessionFile = 4096, kMostToken = 256, kMostAccount = 256;

/// field takes the next line off `text`, which must begin with `name` and a blank.
Result<std::string_view> field(std::string_view& text, std::string_view name) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return fail(Errc::malformed, "session file: a line is missing");
  auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  if (!line.starts_with(name) || line.substr(name.size(), 1) != " ")
    return fail(Errc::malformed, "session file: no line " + std::string(name));
  return line.substr(name.size() + 1);
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

bool is_token(std::string_view text) noexcept {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return !text.empty() && text.size() <= kMostToken && text.find_first_not_of(kPlain) == std::string_view::npos;
}

Result<net::Target> parse_server_url(std::string_view text) {
  if (text.starts_with("https://"))
    return fail(Errc::unsupported,
                "https:// is for browsers, through the operator's proxy; on the platform's machine, or through "
                "ssh -L 8661:127.0.0.1:8661 HOST, use " +
                    std::string(kDefaultServer));
  if (!text.starts_with("http://"))
    return fail(Errc::invalid, "the server's address is like " + std::string(kDefaultServer));
  text.remove_prefix(7);
  if (text.ends_with('/')) text.remove_suffix(1);
  KW_TRY(auto place, parse_host_port(text));
  if (place.port == 0) return fail(Errc::invalid, "port 0");
  if (place.host == "localhost") place.host = "127.0.0.1";
  boost::system::error_code no_address;
  const auto address = boost::asio::ip::make_address(place.host, no_address);
  if (no_address || !address.is_loopback())
    return fail(Errc::unsupported,
                "without TLS a password does not leave this machine; forward a port: "
                "ssh -L 8661:127.0.0.1:8661 HOST, and use " +
                    std::string(kDefaultServer));
  return net::Target(address.to_string(), place.port);
}

Result<Session> parse_session(std::string_view text) {
  if (text.size() > kMostSessionFile) return fail(Errc::too_large, "session file");
  if (!text.starts_with(kHead)) return fail(Errc::malformed, "no session file");
  KW_TRY(const auto version, field(text, kHead.substr(0, kHead.size() - 1)));
  if (version != kVersion) return fail(Errc::unsupported, "session file of another version; log in again");
  Session out;
  KW_TRY(out.server, field(text, "server"));
  KW_CHECK(parse_server_url(out.server));
  KW_TRY(out.account, field(text, "account"));
  KW_TRY(const auto cookie, field(text, "cookie"));
  KW_TRY(out.csrf, field(text, "csrf"));
  if (out.account.empty() || out.account.size() > kMostAccount || !is_token(cookie) || !is_token(out.csrf))
    return fail(Errc::malformed, "session file");
  if (!text.empty()) return fail(Errc::trailing_data, "session file");
  out.cookie = SecretBytes::copy_of(bytes_of(cookie));
  return out;
}

SecretBytes write_session(const Session& session) {
  Bytes out;
  out.reserve(kMostSessionFile);  // it holds the cookie: no copy of it stays where the buffer grew
  for (const auto& part : {kHead, kVersion, std::string_view("\nserver "), std::string_view(session.server),
                           std::string_view("\naccount "), std::string_view(session.account),
                           std::string_view("\ncookie "), text_of(session.cookie.reveal()), std::string_view("\ncsrf "),
                           std::string_view(session.csrf), std::string_view("\n")})
    append(out, bytes_of(part));
  return SecretBytes(std::move(out));
}

Result<SessionFile> SessionFile::at(std::string path) {
  if (!path.empty()) return SessionFile(std::move(path), false);
  // The XDG base directory specification: a relative path is to be ignored.
  if (const auto state = environment("XDG_STATE_HOME"); state.starts_with('/'))
    return SessionFile(state + "/kioskward/session", true);
  if (const auto home = environment("HOME"); home.starts_with('/'))
    return SessionFile(home + "/.local/state/kioskward/session", true);
  return fail(Errc::not_found, "no home directory to keep the session in; say --session FILE");
}

Result<Session> SessionFile::load() const {
  auto octets = platform::read_private_file(path_, kMostSessionFile);
  if (!octets && octets.code() == Errc::not_found)
    return fail(Errc::unauthenticated, "no session in " + path_ + "; log in: kioskward login --account NAME");
  if (!octets) return octets.error();
  const SecretBytes text(std::move(*octets));
  auto out = parse_session(text_of(text.reveal()));
  if (!out) return out.error().within(path_);
  return out;
}

Result<Session> load_session(std::string path) {
  KW_TRY(const auto file, SessionFile::at(std::move(path)));
  return file.load();
}

Result<> SessionFile::prepare() const {
  if (!default_) return {};
  return platform::make_private_dir(std::filesystem::path(path_).parent_path().string());
}

Result<> SessionFile::save(const Session& session) const {
  return platform::write_file_durably(path_, write_session(session).reveal(), 0600);
}

Result<> SessionFile::remove() const {
  auto done = platform::remove_file_durably(path_);
  return !done && done.code() == Errc::not_found ? Result<>() : done;
}

}  // namespace kw::cli
