#include "agent/notice/notice_page.h"

#include <boost/json.hpp>

#include "agent/local_request.h"
#include "agent/notice/assets.h"
#include "agent/notice/reasons.h"

namespace kw::agent {
namespace {

constexpr std::string_view kContentPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

net::Response asset(std::string_view type, std::string_view body) {
  net::Response out;
  out.content_type = std::string(type);
  out.body = std::string(body);
  return out;
}

}  // namespace

NoticePage::NoticePage(boost::asio::any_io_executor executor, NoticeOptions options, const Clock& clock, Hooks hooks)
    : options_(std::move(options)), clock_(clock), hooks_(std::move(hooks)), patience_(std::move(executor)) {}

Result<std::unique_ptr<NoticePage>> NoticePage::start(boost::asio::any_io_executor executor, NoticeOptions options,
                                                      net::HttpPorts ports, Hooks hooks) {
  std::unique_ptr<NoticePage> page(new NoticePage(executor, std::move(options), ports.clock, std::move(hooks)));
  net::Router router;
  router.add("GET", "/", [](const net::Request&) { return asset("text/html; charset=utf-8", kNoticeHtml); });
  router.add("GET", "/notice.css", [](const net::Request&) { return asset("text/css; charset=utf-8", kNoticeCss); });
  router.add("GET", "/notice.js",
             [](const net::Request&) { return asset("text/javascript; charset=utf-8", kNoticeJs); });
  router.add("GET", "/state", [self = page.get()](const net::Request& request) {
    if (!names_this_host(request)) return net::error_response(403, "forbidden", "not this host", request.trace);
    return net::json_response(200, state_json(self->state_, self->options_.custodian_phone, !self->open_case_));
  });
  router.add("POST", "/shown", [self = page.get()](const net::Request& request) { return self->on_shown(request); });
  router.add("POST", "/session/end",
             [self = page.get()](const net::Request& request) { return self->on_session_end(request); });
  net::HttpOptions http;
  http.address = page->options_.address;
  http.port = page->options_.port;
  http.content_security_policy = std::string(kContentPolicy);
  http.max_body = 1024;
  http.max_connections = 16;
  KW_TRY(page->server_, net::HttpServer::start(std::move(executor), http, std::move(router), ports));
  return page;
}

std::uint16_t NoticePage::port() const noexcept { return server_->port(); }

std::string NoticePage::state_json(const NoticeState& state, const std::string& phone, bool shown) {
  boost::json::object out;
  out["state"] = state.cut ? "cut" : state.watching ? "watching" : "normal";
  if (state.watched) out["watched"] = true;
  if (state.ledger_refused) out["ledger_refused"] = true;
  if (state.cut) {
    out["case"] = state.case_id;
    out["cause"] = state.cause;
    const auto reason = reason_of(state.cause);
    out["reason_zh"] = reason.zh;
    out["reason_en"] = reason.en;
    out["since"] = to_rfc3339(state.since);
    out["phone"] = phone;
    out["shown"] = shown;
  }
  return boost::json::serialize(out);
}

net::Response NoticePage::on_shown(const net::Request& request) {
  if (!names_this_host(request)) return net::error_response(403, "forbidden", "not this host", request.trace);
  boost::system::error_code ec;
  const auto body = boost::json::parse(request.body, ec);
  const auto* object = ec ? nullptr : body.if_object();
  const auto* shown = object == nullptr ? nullptr : object->if_contains("case");
  const auto* display = shown == nullptr ? nullptr : object->if_contains("display");
  if (shown == nullptr || !shown->is_string() || object->size() != (display == nullptr ? 1 : 2) ||
      (display != nullptr && *display != "window"))
    return net::error_response(400, "malformed", "expected {\"case\": text} and no display but \"window\"",
                               request.trace);
  if (!state_.cut || shown->get_string() != state_.case_id)
    return net::error_response(409, "wrong_state", "no such case is shown", request.trace);
  settle(display == nullptr ? "browser" : "window");
  return net::json_response(200, "{}");
}

net::Response NoticePage::on_session_end(const net::Request& request) {
  if (!names_this_host(request)) return net::error_response(403, "forbidden", "not this host", request.trace);
  const auto now = clock_.steady();
  if (session_ended_ && now - *session_ended_ < kBetweenSessions)
    return net::error_response(429, "busy", "a session has just ended", request.trace);
  session_ended_ = now;
  hooks_.session_ended();
  return net::json_response(202, "{}");
}

void NoticePage::settle(std::string_view display) {
  if (!open_case_) return;
  patience_.cancel();
  const auto told = *open_case_;
  if (display != "none") open_case_.reset();
  hooks_.shown(told, display);
}

void NoticePage::show(NoticeState state) {
  const bool fresh = state.cut && (!state_.cut || state_.case_id != state.case_id);
  state_ = std::move(state);
  if (!state_.cut) {
    open_case_.reset();
    patience_.cancel();
    return;
  }
  if (!fresh) return;
  open_case_ = state_.case_id;
  patience_.expires_after(options_.patience);
  patience_.async_wait([this, waited = state_.case_id](const boost::system::error_code& ec) {
    if (!ec && open_case_ == waited) settle("none");
  });
}

}  // namespace kw::agent
