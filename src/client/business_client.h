#pragma once
// BusinessClient is how a native business program of a kiosk speaks to the agent: one session at a time, blocking.
//
//   KW_TRY(auto kiosk, client::BusinessClient::connect({.token_file = "/run/kioskward-app/token"}));
//   KW_TRY(const auto session, kiosk->begin("residence-permit"));
//   KW_CHECK(kiosk->step("form"));
//   KW_TRY(const auto answer, kiosk->request({.service = "residence", .method = "POST", .path = "/applications", …}));
//   KW_CHECK(kiosk->end());
//
// Errors: what the agent or the platform refuses is Errc::forbidden with the word in the detail ("cut_off", "no_link",
// "path_forbidden", …: src/trail/words.cpp); Errc::closed where the session has ended by itself, with the reason;
// Errc::timeout; those of the connection as net::WebSocketClient has them. Any status of a back end is an answer. One
// thread at a time. Messages: src/agent/app/app_message.h.
#include <memory>
#include <string>

#include "base/result.h"

namespace kw::client {

struct BusinessClientOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8671;
  std::string token;       // or, where empty, what stands in
  std::string token_file;  // written anew at each start of the agent
};

struct BusinessSession {
  std::string id;            // a pseudonym, new for each session
  std::string trace_parent;  // W3C Trace Context
  std::string temporary{};   // the session's own directory, gone with it; empty: there is none
};
struct BusinessRequest {
  std::string service, method, path;
  std::string content_type{}, body{};  // body: any octets, at most 64 KiB
  std::int64_t timeout_ms = 30'000;
};
struct BusinessAnswer {
  std::int64_t status = 0;
  std::string content_type, body;
};

class BusinessClient {
 public:
  static Result<std::unique_ptr<BusinessClient>> connect(const BusinessClientOptions& options);
  virtual ~BusinessClient() = default;
  /// challenge gives the nonce that an identity authority has to put into its token, for one beginning within five
  /// minutes.
  virtual Result<std::string> challenge() = 0;
  /// begin, with the authority's token (OpenID Connect) where the matter is for identified persons alone: "forbidden"
  /// with identity_required, identity_refused or identity_unavailable.
  virtual Result<BusinessSession> begin(const std::string& matter, const std::string& identity_token = {}) = 0;
  /// step says that a step of the screen is done: one of the words of the list.
  virtual Result<> step(const std::string& name, bool good = true) = 0;
  virtual Result<BusinessAnswer> request(const BusinessRequest& request) = 0;
  virtual Result<> end() = 0;
};

}  // namespace kw::client
