#pragma once
// AppConfig is the section [app] of agent.toml: the local API for the kiosk's business programs, and its token.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/host_port.h"

namespace kw::agent {

struct AppConfig {
  std::optional<HostPort> listen;    // nothing: no API
  std::vector<std::string> origins;  // of web pages
  std::string token_file = "/run/kioskward-app/token";
  std::string user;  // whose file the token becomes; empty: as the agent
  std::uint32_t idle_seconds = 120;
  std::string catalogue;                 // directory of the data catalogue; empty: no values of sessions, no vault
  std::string card_reader, code_reader;  // devices that the link's user may open; empty: there is none
};

/// is_web_origin: scheme, host and, where it is not the scheme's own, port, as a browser sends it. PURE.
[[nodiscard]] bool is_web_origin(std::string_view text);
/// write_app_token replaces the token's file: 0400, the configured user's, in a directory that is made where it is not
/// there (0755). Errc::not_found for an unknown user.
Result<> write_app_token(const AppConfig& config, const std::string& token);

}  // namespace kw::agent
