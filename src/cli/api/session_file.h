#pragma once
// Session is a login as the shell keeps it between commands: one small file that nobody else may read.
//
//   kioskward-session 1
//   server http://127.0.0.1:8661
//   account secadmin
//   cookie <the server's token>
//   csrf <the server's token>
//
// Whoever can read the file is logged in (ADR 9).
#include <optional>
#include <string>

#include "base/secret.h"
#include "net/tlcp_stream.h"

namespace kw::cli {

/// parse_server_url takes "http://HOST:PORT" where HOST is an address of this machine's loopback, or "localhost" for
/// 127.0.0.1. Errc::unsupported for https:// and for other machines, with what to do instead (ADR 4); Errc::invalid.
Result<net::Target> parse_server_url(std::string_view text);
inline constexpr std::string_view kDefaultServer = "http://127.0.0.1:8661";

struct Session {
  std::string server = std::string(kDefaultServer);
  std::string account;
  SecretBytes cookie;  // the value of kw_session
  std::string csrf;
};

/// parse_session: Errc::unsupported for another version, Errc::malformed; the errors of parse_server_url.
Result<Session> parse_session(std::string_view text);
[[nodiscard]] SecretBytes write_session(const Session& session);

/// A token of the server: 1 to 256 letters, digits, "-" and "_". Nothing else goes into a header.
[[nodiscard]] bool is_token(std::string_view text) noexcept;

/// SessionFile is where one session is kept.
class SessionFile {
 public:
  /// at uses `path`; where it is empty, kioskward/session in $XDG_STATE_HOME, or in ~/.local/state without it.
  /// Errc::not_found where there is neither.
  static Result<SessionFile> at(std::string path);
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// load: Errc::unauthenticated where there is none, Errc::not_permitted where the file is not ours alone, and the
  /// errors of parse_session.
  [[nodiscard]] Result<Session> load() const;
  /// prepare makes the default directory (mode 0700), so that save does not fail after a login was spent on it.
  Result<> prepare() const;
  Result<> save(const Session& session) const;
  Result<> remove() const;

 private:
  SessionFile(std::string path, bool is_default) : path_(std::move(path)), default_(is_default) {}
  std::string path_;
  bool default_;
};

/// load_session is SessionFile::at(path) and load.
Result<Session> load_session(std::string path);

}  // namespace kw::cli
