#include "server/api/call.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "crypto/sm3.h"
#include "landing/guard.h"
#include "server/api/bodies.h"
#include "server/permissions.h"
#include "server/views.h"

namespace kw::server {
namespace {

Result<std::uint64_t> decimal(std::string_view text, Errc otherwise, const std::string& name) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() || out > INT64_MAX) {
    return fail(otherwise, name + ": number expected");
  }
  return out;
}

/// count_characters gives the number of code points, or nothing for text that is not UTF-8 or has control characters.
std::optional<std::size_t> count_characters(std::string_view text) {
  std::size_t out = 0;
  for (; !text.empty(); ++out) {
    const auto lead = static_cast<unsigned char>(text.front());
    const auto length = utf8_length(text);
    if (lead < 0x20 || lead == 0x7f || length == 0) return std::nullopt;
    text.remove_prefix(length);
  }
  return out;
}

/// tells_who: members of bodies that are there to say who somebody is.
bool tells_who(std::string_view pointer) {
  constexpr std::array<std::string_view, 4> kTelling{"/custodian_phone", "/phone", "/number", "/person"};
  return std::ranges::find(kTelling, pointer) != kTelling.end();
}

/// check_words refuses what would stay in tables and in the ledger for good (ADR 73).
Result<> check_words(std::string_view pointer, std::string_view text) {
  landing::Scanner scan;
  scan.put(bytes_of(text));
  KW_TRY(const auto report, scan.finish());
  if (report.clean()) return {};
  return fail(
      Errc::invalid,
      std::string(pointer) + ": numbers of identity cards, telephones and bank cards stay out, and secrecy markings");
}

/// The kinds of object that {id} of a path names.
std::optional<store::Placed> placed_of(ScopeRule rule) {
  switch (rule) {
    case ScopeRule::device:
      return store::Placed::device;
    case ScopeRule::baseline:
      return store::Placed::baseline;
    case ScopeRule::media:
      return store::Placed::media;
    case ScopeRule::enrolment:
      return store::Placed::enrolment;
    case ScopeRule::alarm:
      return store::Placed::alarm;
    case ScopeRule::request:
      return store::Placed::request;
    case ScopeRule::site:
      return store::Placed::site;
    default:
      return std::nullopt;
  }
}

/// action_of is "section.action" of a body that asks an action of a kiosk; empty for any other.
std::string action_of(const std::string& body) {
  const auto value = detail::parse_text(body);
  if (!value || !value->is_object()) return {};
  const auto* section = value->get_object().if_contains("section");
  const auto* action = value->get_object().if_contains("action");
  if (section == nullptr || action == nullptr || !section->is_string() || !action->is_string()) return {};
  return std::string(section->get_string()) + "." + std::string(action->get_string());
}

/// words_of are the plain members of a body, for the person who approves it.
Result<std::map<std::string, std::string>> words_of(const std::string& body) {
  constexpr std::size_t kMostWords = 16, kMostWord = 512;
  KW_TRY(const auto value, detail::parse_text(body));
  std::map<std::string, std::string> out;
  if (!value.is_object()) return out;
  for (const auto& item : value.get_object()) {
    if (item.value().is_object() || out.size() >= kMostWords) continue;
    auto text =
        item.value().is_string() ? std::string(item.value().get_string()) : boost::json::serialize(item.value());
    out.emplace(clean_text(item.key(), 64), clean_text(text, kMostWord));
  }
  return out;
}

/// Ending a session changes nothing that is guarded; a confirmed export is what makes room in the ledger.
bool goes_on_without_ledger(std::string_view operation) {
  return operation == "logout" || operation == "confirmLedgerExport";
}

}  // namespace

Result<DeviceId> Api::placed_device(ScopeRule rule, const std::string& subject) {
  if (rule == ScopeRule::device) return DeviceId::parse(subject);
  if (rule == ScopeRule::baseline) {
    KW_TRY(const auto id, BaselineId::parse(subject));
    KW_TRY(const auto baseline, s_.changes.store().read([&](auto& r) { return r.baselines().get(id); }));
    return baseline.device;
  }
  if (rule == ScopeRule::media) {
    KW_TRY(const auto id, OrderId::parse(subject));
    KW_TRY(const auto media, s_.changes.store().read([&](auto& r) { return r.media().get(id); }));
    return media.device;
  }
  return DeviceId();
}

Result<std::string> reason_of(const Call& call) {
  KW_TRY(auto body, call.body<Reason>());
  KW_CHECK(check_text("/reason", body.reason, 1, 200));
  return std::move(body.reason);
}

v1::Order order_of(const ActionNew& body) {
  v1::Order out;
  out.set_section(body.section);
  out.set_action(body.action);
  for (const auto& [key, value] : body.args) (*out.mutable_args())[key] = value;
  return out;
}

Result<> check_text(std::string_view pointer, std::string_view text, std::size_t least, std::size_t most) {
  if (!tells_who(pointer)) KW_CHECK(check_words(pointer, text));
  const auto size = count_characters(text);
  if (!size) return fail(Errc::invalid, std::string(pointer) + ": text without control characters expected");
  if (*size >= least && *size <= most) return {};
  return fail(Errc::invalid,
              std::string(pointer) + ": " + std::to_string(least) + " to " + std::to_string(most) + " characters");
}

Result<std::uint64_t> Call::number(const std::string& name) const {
  return decimal(request.params.at(name), Errc::not_found, name);
}
Result<std::string> Call::query(const std::string& name, std::size_t most) const {
  const auto found = request.query.find(name);
  if (found == request.query.end()) return std::string();
  if (found->second.size() > most) return fail(Errc::invalid, name + ": too long");
  return found->second;
}
Result<std::uint64_t> Call::query_number(const std::string& name, std::uint64_t otherwise, std::uint64_t least,
                                         std::uint64_t most) const {
  const auto found = request.query.find(name);
  if (found == request.query.end()) return otherwise;
  KW_TRY(const auto value, decimal(found->second, Errc::invalid, name));
  if (value < least || value > most) return fail(Errc::invalid, name + ": out of range");
  return value;
}
Result<std::size_t> Call::limit() const {
  KW_TRY(const auto value, query_number("limit", 50, 1, 500));
  return static_cast<std::size_t>(value);
}
Result<> Call::only(std::initializer_list<std::string_view> names) const {
  for (const auto& [name, value] : request.query) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return fail(Errc::invalid, clean_text(name, 64) + ": unknown query parameter");
    }
  }
  return {};
}

Api::Api(net::Router& router, Services services, std::string certificate_header)
    : router_(router), s_(services), certificate_header_(std::move(certificate_header)) {
  s_.requests.set_perform(
      [this](const store::Request& request, const std::string& trace) { return perform(request, trace); });
}

void Api::add(const std::string& method, const std::string& path, std::string operation, Operation run, Check check) {
  const auto& route =
      routes_.insert_or_assign(operation, Route{method, std::move(run), std::move(check)}).first->second;
  router_.add(method, std::string(kPrefix) + path,
              [this, operation = std::move(operation), &route](const net::Request& request) {
                return answer(request, operation, route);
              });
}

net::Response Api::refuse(const Error& error, const net::Request& request) const {
  const int status = net::status_of(error.code());
  // What broke inside is for the log; the caller gets the trace to ask about it.
  const bool inside = status == 500;
  if (inside || status == 503) {
    s_.log.error("api.failed", {{"path", request.path}, {"error", error.text()}, {"trace", request.trace}});
  }
  return net::error_response(status, name(error.code()), inside ? std::string_view() : std::string_view(error.detail()),
                             request.trace);
}

Result<> Api::record_refusal(const net::Request& request, const Principal& who, std::string_view operation,
                             std::string_view reason) {
  s_.log.warning("api.refused",
                 {{"operation", operation}, {"reason", reason}, {"account", who.account}, {"trace", request.trace}});
  return s_.changes.run([&](Change& change) {
    return change.record({.type = "admin.refused",
                          .result = "refused",
                          .actor = who.actor(request.trace),
                          .params = {{"operation", std::string(operation)}, {"reason", std::string(reason)}}});
  });
}

net::Response Api::deny(const net::Request& request, const Principal& who, std::string_view operation,
                        std::string_view reason, std::string_view detail) {
  if (auto recorded = record_refusal(request, who, operation, reason); !recorded)
    return refuse(recorded.error(), request);
  return net::error_response(403, name(Errc::forbidden), detail, request.trace);
}

Result<Principal> Api::authenticate(const net::Request& request) {
  constexpr std::string_view kBearer = "Bearer ";
  const auto shown = request.header("authorization").value_or("");
  if (!shown.starts_with(kBearer)) return s_.auth.authenticate(request.cookie("kw_session").value_or(""));
  const auto certificate =
      certificate_header_.empty() ? std::string() : request.header(certificate_header_).value_or("");
  return s_.tokens.authenticate(std::string_view(shown).substr(kBearer.size()), certificate);
}

Result<> Api::check_scope(const Principal& who, const net::Request& request, std::string_view operation) {
  const auto* permission = find_permission(operation);
  const bool region = permission != nullptr && permission->scope == ScopeRule::region;
  const auto placed = permission == nullptr ? std::nullopt : placed_of(permission->scope);
  if ((!placed && !region) || who.scope.whole()) return {};
  const auto id = parse_raw_id(request.params.at("id"));
  if (!id) return fail(Errc::not_found, "id");
  return s_.changes.store().read([&](store::Repositories& r) -> Result<> {
    KW_TRY(const bool held,
           region ? r.regions().holds(who.scope, store::RegionId(*id)) : r.regions().holds(who.scope, *placed, *id));
    if (held) return {};
    if (!region && *placed == store::Placed::request) {  // one's own, wherever it reaches
      KW_TRY(const auto own, r.requests().get(RequestId(*id)));
      if (own.asked_person == who.person) return {};
    }
    return fail(Errc::not_found, "id");
  });
}

tl::expected<Principal, net::Response> Api::admit(const net::Request& request, std::string_view operation) {
  const auto refused = [&](net::Response response) { return tl::unexpected<net::Response>(std::move(response)); };
  const auto* permission = find_permission(operation);
  auto who = authenticate(request);
  if (!who) return refused(refuse(who.error(), request));
  if (permission == nullptr || !who->may(operation)) return refused(deny(request, *who, operation, "role", "role"));
  if (permission->scope == ScopeRule::city && !who->scope.whole())
    return refused(deny(request, *who, operation, "scope", "scope"));
  if (who->password_expired && !permission->while_expired)
    return refused(net::error_response(403, "password_expired", "", request.trace));
  if (who->factor_missing && !permission->while_enrolling)
    return refused(net::error_response(403, "factor_required", "", request.trace));
  if (permission->reauth) {
    if (who->machine()) return refused(deny(request, *who, operation, "machine", "a person has to"));
    const auto settings = s_.settings.get();
    if (!settings) return refused(refuse(settings.error(), request));
    if (who->confirmed + settings->confirm() <= s_.changes.clock().now())
      return refused(net::error_response(403, "confirm_identity", "", request.trace));
  }
  if (auto placed = check_scope(*who, request, operation); !placed) return refused(refuse(placed.error(), request));
  return std::move(*who);
}

Result<std::optional<Answer>> Api::hold(const Call& call, const std::string& operation, const Route& route) {
  const auto* permission = find_permission(operation);
  if (permission->second == Second::never) return std::optional<Answer>();
  KW_TRY(const auto settings, s_.settings.get());
  const auto action = action_of(call.request.body);
  const auto id = call.request.params.find("id");
  const auto subject = id == call.request.params.end() ? std::string() : id->second;
  const auto placed = placed_device(permission->scope, subject);
  if (const auto dot = action.find('.'); dot != std::string::npos && placed) {
    // Two persons already, by policy: askAction waits for the second one by itself, orderAction refuses.
    KW_TRY(const bool by_policy,
           s_.requests.needs_two(action.substr(0, dot), action.substr(dot + 1), call.who, *placed));
    if (by_policy) return std::optional<Answer>();
  }
  const bool named = !action.empty() && settings.lists("orderAction:" + action);
  if (permission->second == Second::listed && !settings.lists(operation) && !named) return std::optional<Answer>();
  // A machine has no second person; it could be who asked under another name.
  if (call.who.machine()) return fail(Errc::forbidden, "a person has to");
  // A held call is its body: what stands in the query would be lost.
  if (!permission->by_asker && !call.request.query.empty())
    return fail(Errc::invalid, "query: none where it takes two persons");
  // An action asked for is one ordered: both ways lead here, and what is approved is the order.
  Asked asked{action.empty() ? operation : "orderAction", subject, call.request.body, {}, {}};
  if (permission->by_asker) {
    KW_TRY(const bool granted, s_.requests.take_grant(call.who, asked.operation, asked.subject, call.request.trace));
    if (granted) return std::optional<Answer>();
  }
  if (route.check) {
    KW_TRY(asked.words, route.check(call));
  } else {
    asked.words = call.request.query;
    if (!call.request.body.empty()) {
      KW_TRY(asked.words, words_of(call.request.body));
    }
    for (const auto& [word, text] : asked.words)
      if (!tells_who("/" + word)) KW_CHECK(check_words("/" + word, text));
  }
  for (const auto* field : {"reason", "note", "purpose"}) {
    if (auto node = asked.words.extract(field)) asked.reason = clean_text(node.mapped(), 800);
  }
  if (!placed) return placed.error();
  if (settings.revision == 0 && permission->second == Second::listed) {
    const auto about = asked.words.find("person");
    KW_TRY(const bool other,
           s_.requests.decidable(call.who, about == asked.words.end() ? std::string() : about->second, *placed));
    if (!other) {
      KW_CHECK(s_.changes.run(
          [&](Change& change) { return record_alone(change, asked.operation, asked.subject, call.actor()); }));
      return std::optional<Answer>();
    }
  }
  KW_TRY(const auto request, s_.requests.hold(asked, *placed, call.who, call.request.trace));
  return std::optional<Answer>(ok(view(request, s_.changes.clock().now()), 202));
}

Result<> Api::perform(const store::Request& request, const std::string& trace) {
  const auto route = routes_.find(request.operation);
  const auto* permission = find_permission(request.operation);
  if (route == routes_.end() || permission == nullptr) return fail(Errc::unsupported, request.operation);
  KW_TRY(const auto who, s_.auth.act_for(request.asked_user));
  if (!who.may(request.operation) || (permission->scope == ScopeRule::city && !who.scope.whole()))
    return fail(Errc::forbidden, "who asked may not any more");
  net::Request call;
  call.method = route->second.method;
  call.path = std::string(kPrefix) + "/requests/" + request.id.text();
  if (!request.subject.empty()) call.params["id"] = request.subject;
  call.body = request.body;
  call.trace = trace;
  KW_CHECK(check_scope(who, call, request.operation));
  KW_TRY(const auto answer, route->second.run(Call{call, who, request.decided_by}));
  if (answer.status >= 400) return fail(Errc::invalid, clean_text(answer.json, 256));
  return {};
}

net::Response Api::answer(const net::Request& request, const std::string& operation, const Route& route) {
  const auto* permission = find_permission(operation);
  const bool writing = request.method != "GET" && request.method != "HEAD";
  const bool anonymous = permission != nullptr && permission->anonymous;
  Principal who;
  if (!anonymous) {
    auto admitted = admit(request, operation);
    if (!admitted) return std::move(admitted).error();
    who = std::move(*admitted);
    const auto token = request.header("x-kw-csrf").value_or("");
    if (writing && !who.machine() && !crypto::equal_secret(bytes_of(token), bytes_of(who.csrf)))
      return deny(request, who, operation, "csrf", "X-Kw-Csrf");
    if (writing && change_gate_ && !goes_on_without_ledger(operation)) {
      if (auto good = change_gate_(); !good) return refuse(good.error(), request);
    }
  }
  if (writing && !request.body.empty() &&
      !request.header("content-type").value_or("").starts_with("application/json")) {
    return net::error_response(415, "unsupported", "application/json expected", request.trace);
  }
  const Call call{request, std::move(who)};
  auto held = anonymous ? Result<std::optional<Answer>>(std::nullopt) : hold(call, operation, route);
  if (!held) return refuse(held.error(), request);
  auto result = *held ? Result<Answer>(std::move(**held)) : route.run(call);
  if (!result) return refuse(result.error(), request);
  auto out = net::json_response(result->status, std::move(result->json));
  if (result->stream) {
    out.content_type = std::move(result->content_type);
    out.source = std::move(result->stream);
  }
  out.headers = std::move(result->headers);
  return out;
}

}  // namespace kw::server
