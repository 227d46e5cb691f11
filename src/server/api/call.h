#pragma once
// Api turns operations of schemas/openapi.yaml into routes: session, permission, CSRF and errors are handled here once.
//
//   api.add("POST", "/sites", "createSite", [&](const Call& call) -> Result<Answer> {
//     KW_TRY(auto body, call.body<SiteNew>());
//     ...
//     return created(view(site));
//   });
//
// Order of refusals: 401 without session; 403 where the role may not, where the scope is smaller than the city and the
// operation reaches all of it (both recorded as admin.refused), where the password is too old ("password_expired"),
// where the role has to use another second factor ("factor_required"),
// where password and code have to be shown again ("confirm_identity"); 404 for an object out of scope; 403 for a write
// without the session's X-Kw-Csrf (recorded); 503 for a change that the ledger cannot record; 415 for a body that is
// not JSON. What takes a second person is then held as a request (202, RequestInfo). Only then the handler runs. Its
// error becomes {code, detail, trace} with the status of net::status_of. A machine shows "Authorization: Bearer" in
// place of cookie and X-Kw-Csrf.
#include <functional>

#include "kioskward/v1/device.pb.h"
#include "net/router.h"
#include "server/api_token_service.h"
#include "server/auth_service.h"
#include "server/json.h"
#include "server/permissions.h"
#include "server/request_service.h"

namespace kw::server {

struct Call {
  const net::Request& request;
  Principal who;         // nobody for anonymous operations
  std::string second{};  // account of the person who approved it, where it was held for one
  [[nodiscard]] Actor actor() const { return who.actor(request.trace); }
  template <class T>
  Result<T> body() const {
    return read_json<T>(request.body);
  }
  /// id reads a path parameter; Errc::not_found for one that is no ID.
  template <class AnyId>
  Result<AnyId> id(const std::string& name = "id") const {
    auto out = AnyId::parse(request.params.at(name));
    if (!out) return fail(Errc::not_found, name);
    return *out;
  }
  /// number reads a decimal path parameter; Errc::not_found.
  Result<std::uint64_t> number(const std::string& name) const;
  /// query reads an optional query parameter of at most `most` octets; Errc::invalid above. limit: 1 to 500, 50
  /// without.
  Result<std::string> query(const std::string& name, std::size_t most) const;
  Result<std::uint64_t> query_number(const std::string& name, std::uint64_t otherwise, std::uint64_t least,
                                     std::uint64_t most) const;
  Result<std::size_t> limit() const;
  /// only refuses query parameters that the operation does not have.
  Result<> only(std::initializer_list<std::string_view> names) const;
};

struct Answer {
  int status = 200;
  std::string json{};
  std::vector<std::pair<std::string, std::string>> headers{};
  std::shared_ptr<net::BodySource> stream{};  // in place of JSON
  std::string content_type{};                 // of the stream
};
template <class T>
[[nodiscard]] Answer ok(const T& value, int status = 200) {
  return {.status = status, .json = write_json(value)};
}

using Operation = std::function<Result<Answer>(const Call&)>;
/// Check judges a call before it is held for a second person, and says in words what is wanted: before and after.
using Check = std::function<Result<std::map<std::string, std::string>>(const Call&)>;

class Api {
 public:
  static constexpr std::string_view kPrefix = "/api/v1";
  struct Services {
    AuthService& auth;
    ApiTokenService& tokens;
    RequestService& requests;
    SettingsService& settings;
    Changes& changes;
    Log& log;
  };
  /// `certificate_header` is where a proxy tells the fingerprint of the client's certificate; empty: nobody tells it.
  Api(net::Router& router, Services services, std::string certificate_header = {});
  /// add: the operation must be in the permission table. `check` is for those that may be held for a second person.
  void add(const std::string& method, const std::string& path, std::string operation, Operation run, Check check = {});
  /// set_change_gate: what it refuses is no administrator's change; sessions, and what makes room, go on.
  void set_change_gate(std::function<Result<>()> gate) { change_gate_ = std::move(gate); }
  /// admit finds out who asks, and whether he may, here and now: for the WebSocket's gate too.
  tl::expected<Principal, net::Response> admit(const net::Request& request, std::string_view operation);
  [[nodiscard]] net::Response refuse(const Error& error, const net::Request& request) const;
  /// perform does what a request that another person has approved asks for, in the name of who asked.
  Result<> perform(const store::Request& request, const std::string& trace);

 private:
  struct Route {
    std::string method;
    Operation run;
    Check check;
  };
  net::Response answer(const net::Request& request, const std::string& operation, const Route& route);
  [[nodiscard]] net::Response deny(const net::Request& request, const Principal& who, std::string_view operation,
                                   std::string_view reason, std::string_view detail);
  Result<Principal> authenticate(const net::Request& request);
  Result<> check_scope(const Principal& who, const net::Request& request, std::string_view operation);
  /// hold keeps a call for a second person; nothing where one person is enough or the second one has agreed already.
  Result<std::optional<Answer>> hold(const Call& call, const std::string& operation, const Route& route);
  /// placed_device is the device that a held call is about; nil for none.
  Result<DeviceId> placed_device(ScopeRule rule, const std::string& subject);
  Result<> record_refusal(const net::Request& request, const Principal& who, std::string_view operation,
                          std::string_view reason);
  net::Router& router_;
  Services s_;
  std::string certificate_header_;
  std::map<std::string, Route> routes_;  // by operation
  std::function<Result<>()> change_gate_;
};

/// reason_of reads the body of an operation that asks a reason and nothing else.
Result<std::string> reason_of(const Call& call);

struct ActionNew;
/// order_of makes the order that the body of an action asks for.
[[nodiscard]] v1::Order order_of(const ActionNew& body);

/// check_text: Errc::invalid with the JSON pointer unless the text has `least` to `most` characters (UTF-8) and no
/// control characters; nor, but where it is there to say who somebody is, a number that does, or a secrecy marking
/// (landing::Scanner).
Result<> check_text(std::string_view pointer, std::string_view text, std::size_t least, std::size_t most);

}  // namespace kw::server
