#include "cli/api/exchange.h"

#include <algorithm>
#include <array>

#include "cli/api/render.h"
#include "cli/api/text.h"

namespace kw::cli {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto kPatience = 30s;
constexpr std::string_view kCookie = "kw_session";

std::string cookie_of(const net::Response& response) {
  for (const auto& [name, value] : response.headers) {
    if (name != "set-cookie" || !value.starts_with(kCookie) || value.substr(kCookie.size(), 1) != "=") continue;
    const auto text = value.substr(kCookie.size() + 1);
    const auto token = text.substr(0, text.find(';'));
    if (is_token(token)) return token;
  }
  return {};
}

Refusal not_ours(int status) {
  return {"malformed",
          "the answer (status " + std::to_string(status) + ") is not the platform's: is this its console's address?",
          {}};
}

Refusal refusal_in(int status, const json::value& value, std::string body) {
  if (!value.is_object()) return not_ours(status);
  const auto& object = value.get_object();
  if (auto code = text_member(object, "code"); !code.empty())
    return {std::move(code), text_member(object, "detail"), text_member(object, "trace"), std::move(body)};
  const auto* problems = object.if_contains("problems");  // of a policy
  if (problems == nullptr || !problems->is_array()) return not_ours(status);
  std::string all;
  for (const auto& one : problems->get_array()) all += (all.empty() ? "" : " | ") + cell(one);
  return {"invalid", all, {}, std::move(body)};
}

struct Advice {
  std::string_view code, text;
};
constexpr std::array kAdvice{
    Advice{"forbidden", "your role may not do this (--help names the role), or log in again"},
    Advice{"factor_required",
           "register what your role has to use: kioskward factors add-ukey, or a passkey in a browser"},
    Advice{"not_found", "look the ID up in the list"},
    Advice{"conflict", "it changed meanwhile: read it again, then repeat"},
    Advice{"wrong_state", "look at its state first"},
    Advice{"already_exists", "take another name"},
    Advice{"invalid", "correct what is named here and repeat"},
    Advice{"rate_limited", "wait: a minute for too many attempts, ten for a locked account"},
};

}  // namespace

tl::expected<Answer, Refusal> understand(net::Response response) {
  if (response.status < 200 || response.status >= 600) return tl::unexpected(not_ours(response.status));
  Answer out;
  out.cookie = cookie_of(response);
  const bool good = response.status < 300;
  if (response.status == 204) return out;
  auto value = parse_json(response.body);
  if (!value) return tl::unexpected(not_ours(response.status));
  if (!good) return tl::unexpected(refusal_in(response.status, *value, std::move(response.body)));
  if (!value->is_object()) return tl::unexpected(not_ours(response.status));
  out.json = std::move(*value);
  out.body = std::move(response.body);
  return out;
}

Refusal refusal_of(const Error& error) { return {std::string(name(error.code())), error.detail(), {}}; }

std::string advice(std::string_view code, const std::string& server, bool entering) {
  if (code == "unauthenticated" && entering) return "check account, password and code (a code is good for one login)";
  if (code == "unauthenticated") return "log in: kioskward login --server " + server + " --account NAME";
  if (code == "closed") return "does the platform run, and does the session live (kioskward session)?";
  if (code == "unavailable" || code == "timeout" || code == "truncated")
    return "is the platform running at " + server + "?";
  const auto found = std::ranges::find(kAdvice, code, &Advice::code);
  return found == kAdvice.end() ? std::string() : std::string(found->text);
}

int complain(std::ostream& err, const Refusal& refusal, const std::string& server, bool entering) {
  err << "kioskward: " << printable(refusal.code);
  if (!refusal.detail.empty()) err << ": " << printable(refusal.detail);
  if (const auto what = advice(refusal.code, server, entering); !what.empty())
    err << "; " << printable(what);
  else if (!refusal.trace.empty())
    err << "; the platform's log says more under trace " << printable(refusal.trace);
  err << "\n";
  return kFailed;
}

int complain(std::ostream& err, const Error& error) {
  err << "kioskward: " << printable(error.text()) << "\n";
  return error.code() == Errc::invalid ? kUsage : kFailed;
}

net::HttpCall call_of(ApiRequest request, const Session& session) {
  net::HttpCall out(std::move(request.method), std::move(request.target));
  out.body = std::move(request.body);
  if (!session.cookie.empty())
    out.headers.emplace_back("Cookie", std::string(kCookie) + "=" + copy_text(session.cookie.reveal()));
  if (!session.csrf.empty() && out.method != "GET") out.headers.emplace_back("X-Kw-Csrf", session.csrf);
  return out;
}

tl::expected<Answer, Refusal> exchange(ApiRequest request, const Session& session) {
  auto server = parse_server_url(session.server);
  if (!server) return tl::unexpected(refusal_of(server.error()));
  auto response =
      wait_for(net::http_exchange(std::move(*server), call_of(std::move(request), session), net::in(kPatience)));
  if (!response) return tl::unexpected(refusal_of(response.error()));
  return understand(std::move(*response));
}

}  // namespace kw::cli
