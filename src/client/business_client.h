#pragma once
// BusinessClient is how a native business program of a kiosk speaks to the agent: one session at a time, blocking.
//
//   KW_TRY(auto kiosk, client::BusinessClient::connect({.token_file = "/run/kioskward-app/token"}));
//   KW_TRY(const auto session, kiosk->begin("residence-permit"));
//   KW_CHECK(kiosk->step("form"));
//   KW_TRY(const auto answer, kiosk->request({.service = "residence", .method = "POST", .path = "/applications", …}));
//   KW_CHECK(kiosk->put("phone", "13800138000"));       held by the kiosk, wiped when the session ends
//   KW_TRY(const auto shown, kiosk->get("phone"));        138****00
//   KW_TRY(const auto filed, kiosk->submit({.reason = {.consent = "C-1"}, .number = "A-1", .status = "filed"}));
//   KW_CHECK(kiosk->put_file(filed.id, "photo", octets, {.consent = "C-1"}, {}));
//   KW_CHECK(kiosk->end());
//
// Errors: what the agent or the platform refuses is Errc::forbidden with the word in the detail ("cut_off", "no_link",
// "path_forbidden", …: src/trail/words.cpp); Errc::closed where the session has ended by itself, with the reason;
// Errc::timeout; those of the connection as net::WebSocketClient has them. Any status of a back end is an answer. One
// thread at a time. Messages: src/agent/app/app_message.h.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"

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
  std::string purpose{}, place{};  // for whole values: "entry" at "entry_screen", "certificate" at "printer"
};
struct BusinessAnswer {
  std::int64_t status = 0;
  std::string content_type, body;
};

/// ShownValue is a value as it may be shown: masked, unless `whole`.
struct ShownValue {
  std::string text;
  bool whole = false;
};
/// VaultReason goes with everything that is asked of the vault.
struct VaultReason {
  std::string consent;            // reference of the person's consent
  std::string purpose = "entry";  // or "certificate", "listing"
};
struct CaseSubmission {
  VaultReason reason;
  std::string number, status;
  bool for_another = false;
  std::vector<std::string> fields{};  // empty: every value that is stored
  std::string id{};                   // of a case that is written anew, with its version
  std::int64_t version = 0;
};
struct StoredCase {
  std::string id;
  std::int64_t version = 0;
  std::string number, status, name;  // name: masked
  bool trunk = false;                // who asks acts for another: there are no values
  std::map<std::string, ShownValue> values;
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
  /// begin_by_code: a telephone shows the authority's token to the kiosk's scanner, within 1 to 60 s.
  virtual Result<BusinessSession> begin_by_code(const std::string& matter, std::int64_t wait_ms) = 0;
  /// step says that a step of the screen is done: one of the words of the list.
  virtual Result<> step(const std::string& name, bool good = true) = 0;
  virtual Result<BusinessAnswer> request(const BusinessRequest& request) = 0;
  /// put has the kiosk hold one datum of the matter. This process's own copy is the caller's to wipe.
  virtual Result<> put(const std::string& field, const std::string& value) = 0;
  /// read waits for an identity card ("card") or a code ("code"), 1 to 60 s, and has the kiosk hold what it says:
  /// `into` names the datum that each fact becomes ("name" -> "holder_name"; of a code "text"). Errc::timeout where
  /// none came.
  virtual Result<> read(const std::string& source, const std::map<std::string, std::string>& into,
                        std::int64_t wait_ms) = 0;
  virtual Result<ShownValue> get(const std::string& field) = 0;
  /// reveal gives the whole value: purpose "entry" at place "entry_screen", or "certificate" at "printer"; recorded.
  virtual Result<std::string> reveal(const std::string& field, const std::string& purpose,
                                     const std::string& place) = 0;
  virtual Result<> drop(const std::string& field) = 0;
  /// submit gives the case with its ID and version.
  virtual Result<StoredCase> submit(const CaseSubmission& submission) = 0;
  virtual Result<StoredCase> stored(const std::string& id, const VaultReason& reason) = 0;
  virtual Result<std::vector<StoredCase>> find(const std::string& field, const std::string& value,
                                               const VaultReason& reason) = 0;
  virtual Result<StoredCase> reveal_case(const std::string& id, const std::vector<std::string>& fields,
                                         const std::string& place, const VaultReason& reason) = 0;
  virtual Result<> remove_case(const std::string& id, std::int64_t version, const VaultReason& reason) = 0;
  /// put_file stores a file in a field of a stored case that the catalogue calls one: 1 octet to 64 MiB, sent in parts.
  /// `taken` hears how many octets are there after each; a refusal gives the file up. Files are not given back.
  using FileProgress = std::function<void(std::uint64_t taken)>;
  virtual Result<> put_file(const std::string& id, const std::string& field, ByteView octets, const VaultReason& reason,
                            const FileProgress& taken) = 0;
  virtual Result<> end() = 0;
};

}  // namespace kw::client
