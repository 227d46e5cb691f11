#include "server/broker_service.h"

#include <algorithm>

#include "kioskward/v1/device.pb.h"
#include "net/http_over.h"
#include "net/url.h"
#include "server/guarded_road.h"
#include "trail/words.h"

namespace kw::server {
namespace {

constexpr std::size_t kMostContentType = 128;

bool is_content_type(std::string_view text) {
  return text.size() <= kMostContentType && std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::string status_class(std::uint32_t status) {
  return status >= 100 && status < 600 ? std::to_string(status / 100) + "xx" : std::string();
}

std::string result_of(const ServiceReply& reply) {
  if (reply.outcome == "answered") return reply.status < 400 ? "success" : reply.status < 500 ? "refused" : "failed";
  return reply.outcome.starts_with("backend_") ? "failed" : "refused";
}

std::string reason_of(const Error& error) {
  switch (error.code()) {
    case Errc::timeout:
      return "backend_timeout";
    case Errc::untrusted:
      return "backend_untrusted";
    case Errc::too_large:
      return "backend_too_large";
    case Errc::malformed:
    case Errc::truncated:
      return "backend_malformed";
    default:
      return "backend_unreachable";
  }
}

/// target_of writes what was matched anew: the base, each segment, each allowed parameter.
std::string target_of(const trail::Connector& connector, const net::RequestTarget& asked) {
  std::string out = connector.base;
  std::string_view rest = asked.path;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const auto end = std::min(rest.find('/'), rest.size());
    out += "/" + net::percent_encode(rest.substr(0, end));
    rest.remove_prefix(end);
  }
  char mark = '?';
  for (const auto& [key, value] : asked.query) {
    out += mark + net::percent_encode(key) + "=" + net::percent_encode(value);
    mark = '&';
  }
  return out;
}

}  // namespace

/// What judge found: a session, and either what may be asked of whom, or why nothing may.
struct BrokerService::Judged {
  std::optional<store::BusinessSession> session;  // absent: none of this kiosk's
  const trail::Connector* connector = nullptr;
  const trail::Operation* operation = nullptr;
  std::string target;
  Bytes span;           // the platform's own
  std::string refusal;  // empty: it may be asked
};

/// What a kiosk gets, and what is recorded of it beside.
struct BrokerService::Answered {
  Answered() = default;
  ServiceReply reply;
  std::size_t octets = 0;          // that came from the back end
  std::set<std::string> revealed;  // fields that stayed whole
};

Result<BrokerService::Judged> BrokerService::judge(const DeviceId& device, const ServiceCall& call) {
  Judged out;
  out.span = changes_.random().bytes(trail::kSpanOctets);
  const auto refuse = [&](std::string_view why) {
    out.refusal = why;
    return out;
  };
  store::Device kiosk;
  KW_CHECK(changes_.store().read([&](store::Repositories& r) -> Result<> {
    KW_TRY(kiosk, r.devices().get(device));
    auto session = r.business().get(call.session);
    if (!session && session.code() != Errc::not_found) return session.error();
    if (session && session->device == device && !session->ended) out.session = std::move(*session);
    return {};
  }));
  if (!out.session) return refuse("no_session");
  if (kiosk.state == v1::CUT) return refuse("cut_off");
  out.connector = connectors_.find(call.service);
  if (out.connector == nullptr) return refuse("service_unknown");
  const auto* matter = out.connector->matter(out.session->matter);
  if (matter == nullptr || !trail::serves(*matter, kiosk.site.text())) return refuse("service_forbidden");
  if (matter->real_name && out.session->identity.empty()) return refuse("identity_required");
  if (!out.connector->allows_method(call.method)) return refuse("method_forbidden");
  if (call.path.size() > trail::kMostPath) return refuse("path_forbidden");
  const auto asked = net::parse_target(call.path);
  if (!asked) return refuse("path_forbidden");
  const auto* operation = out.connector->find(call.method, asked->path);
  if (operation == nullptr) return refuse("path_forbidden");
  const bool listed = std::ranges::all_of(asked->query, [&](const auto& one) {
    return std::ranges::find(operation->query, one.first) != operation->query.end();
  });
  if (!listed) return refuse("path_forbidden");
  out.operation = operation;
  if (call.body.size() > out.connector->most_request || !is_content_type(call.content_type)) return refuse("too_large");
  out.target = target_of(*out.connector, *asked);
  return out;
}

Result<> BrokerService::note_sent(const Judged& judged, const ServiceCall& call) {
  if (gate_) KW_CHECK(gate_());
  return changes_.run([&](Change& change) {
    return change.repositories().business().sent({judged.span, call.span, judged.session->id, judged.connector->name,
                                                  judged.operation->method, judged.operation->path, call.body.size(),
                                                  changes_.clock().now()});
  });
}

Result<> BrokerService::record(const Judged& judged, const ServiceCall& call, const Answered& answered, Duration took) {
  const auto& reply = answered.reply;
  return changes_.run([&](Change& change) -> Result<> {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
    std::map<std::string, std::string> params{{"span", to_hex(judged.span)},
                                              {"parent", to_hex(call.span)},
                                              {"duration_us", std::to_string(us)},
                                              {"octets_out", std::to_string(call.body.size())},
                                              {"octets_in", std::to_string(answered.octets)}};
    // What stands in no connector is what somebody wrote: it is no name, and may be anything.
    if (judged.connector != nullptr) params["service"] = judged.connector->name;
    if (trail::is_method(call.method)) params["method"] = call.method;
    if (judged.operation != nullptr) params["path"] = judged.operation->path;
    if (const auto status = status_class(reply.status); !status.empty()) params["status"] = status;
    if (reply.outcome != "answered") params["reason"] = reply.outcome;
    const auto result = result_of(reply);
    auto& repository = change.repositories().business();
    KW_CHECK(change.record(happened_in(*judged.session, "service.request", result, std::move(params))));
    if (!answered.revealed.empty() && call.wish) {
      std::string fields;
      for (const auto& field : answered.revealed) fields += (fields.empty() ? "" : " ") + field;
      KW_CHECK(change.record(happened_in(*judged.session, "service.revealed", "success",
                                         {{"span", to_hex(judged.span)},
                                          {"service", judged.connector->name},
                                          {"fields", fields},
                                          {"purpose", std::string(masking::name(call.wish->purpose))},
                                          {"place", std::string(masking::name(call.wish->place))}})));
    }
    KW_CHECK(repository.note(judged.session->id, {0, 1, result == "success" ? 0U : 1U}, changes_.clock().now()));
    change.device_changed(judged.session->device);
    return judged.refusal.empty() ? repository.answered(judged.span) : Result<>();
  });
}

net::asio::awaitable<Result<net::Response>> BrokerService::exchange(const Judged& judged, const ServiceCall& call) {
  const auto& connector = *judged.connector;
  const auto deadline = net::in(std::chrono::duration_cast<std::chrono::milliseconds>(connector.timeout));
  net::HttpCall question(call.method, judged.target);
  question.headers = {{"traceparent", trail::trace_parent(judged.session->trace.bytes(), judged.span)},
                      {"X-Kw-Terminal", judged.session->device.text()},
                      {"X-Kw-Session", judged.session->id.text()}};
  if (!judged.session->identity.empty()) question.headers.emplace_back("X-Kw-Identity", judged.session->identity);
  if (!call.content_type.empty()) question.headers.emplace_back("Content-Type", call.content_type);
  question.body = call.body;
  question.max_answer = connector.most_answer;
  net::Target target(connector.host, connector.port);
  auto host = net::authority(target);
  KW_CO_TRY(const auto stream, co_await open_guarded_road(connector.guard, std::move(target), connector.trust,
                                                          changes_.random(), changes_.clock(), deadline));
  co_return co_await net::http_over(*stream, std::move(host), std::move(question), deadline);
}

void BrokerService::take(const Judged& judged, const ServiceCall& call, net::Response answer, Answered& out) {
  auto& reply = out.reply;
  out.octets = answer.body.size();
  const auto& map = judged.operation->answer;
  if (!map.fields.empty()) {
    auto masked = Result<std::string>(fail(Errc::malformed, "no catalogue"));
    if (book_ != nullptr) {
      AnswerMasker masker(*book_, judged.session->matter, call.wish);
      masked = masker.mask(answer.body, map);
      out.revealed = masker.revealed();
    }
    if (!masked) {
      reply.outcome = reason_of(masked.error());
      out.revealed.clear();
      log_.warning("broker.unmasked", {{"service", judged.connector->name}, {"error", masked.error().text()}});
      return;
    }
    answer.body = std::move(*masked);
  }
  reply.status = static_cast<std::uint32_t>(answer.status);
  for (const auto& [key, value] : answer.headers)
    if (key == "content-type" && is_content_type(value)) reply.content_type = value;
  reply.body = std::move(answer.body);
}

net::asio::awaitable<ServiceReply> BrokerService::ask(DeviceId device, ServiceCall call) {
  Answered answered;
  auto& reply = answered.reply;
  const auto began = changes_.clock().steady();
  const auto judged = judge(device, call);
  if (!judged) {
    log_.error("broker.judge", {{"error", judged.error().text()}});
    reply.outcome = "unrecorded";
    co_return std::move(reply);
  }
  reply.outcome = judged->refusal.empty() ? "answered" : judged->refusal;
  if (!judged->session) co_return std::move(reply);  // nothing that it could be recorded under: the kiosk records it
  if (judged->refusal.empty()) {
    if (const auto noted = note_sent(*judged, call); !noted) {
      log_.error("broker.unrecorded", {{"error", noted.error().text()}});
      reply.outcome = "unrecorded";
      co_return std::move(reply);
    }
    auto answer = co_await exchange(*judged, call);
    if (answer) {
      take(*judged, call, std::move(*answer), answered);
    } else {
      reply.outcome = reason_of(answer.error());
      log_.warning("broker.failed",
                   {{"service", judged->connector->name}, {"error", std::string(name(answer.code()))}});
    }
  }
  if (const auto noted = record(*judged, call, answered, changes_.clock().steady() - began); !noted) {
    log_.error("broker.unrecorded", {{"error", noted.error().text()}});
    reply = {};
    reply.outcome = "unrecorded";
  }
  co_return std::move(reply);
}

}  // namespace kw::server
