#include "server/api/call.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "crypto/sm3.h"
#include "server/api/bodies.h"
#include "server/permissions.h"

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

/// Ending a session changes nothing that is guarded; a confirmed export is what makes room in the ledger.
bool goes_on_without_ledger(std::string_view operation) {
  return operation == "logout" || operation == "confirmLedgerExport";
}

}  // namespace

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

void Api::add(const std::string& method, const std::string& path, std::string operation, Operation run) {
  router_.add(method, std::string(kPrefix) + path,
              [this, operation = std::move(operation), run = std::move(run)](const net::Request& request) {
                return answer(request, operation, run);
              });
}

net::Response Api::refuse(const Error& error, const net::Request& request) const {
  const int status = net::status_of(error.code());
  // What broke inside is for the log; the caller gets the trace to ask about it.
  const bool inside = status == 500;
  if (inside || status == 503) {
    log_.error("api.failed", {{"path", request.path}, {"error", error.text()}, {"trace", request.trace}});
  }
  return net::error_response(status, name(error.code()), inside ? std::string_view() : std::string_view(error.detail()),
                             request.trace);
}

Result<> Api::record_refusal(const net::Request& request, const Principal& who, std::string_view operation,
                             std::string_view reason) {
  log_.warning("api.refused",
               {{"operation", operation}, {"reason", reason}, {"account", who.account}, {"trace", request.trace}});
  return changes_.run([&](Change& change) {
    return change.record({.type = "admin.refused",
                          .result = "refused",
                          .actor = who.actor(request.trace),
                          .params = {{"operation", std::string(operation)}, {"reason", std::string(reason)}}});
  });
}

Result<Principal> Api::admit(const net::Request& request, std::string_view operation) {
  KW_TRY(auto who, auth_.authenticate(request.cookie("kw_session").value_or("")));
  if (may(who.role, operation)) return who;
  KW_CHECK(record_refusal(request, who, operation, "role"));
  return fail(Errc::forbidden, "role");
}

Result<> Api::check_write(const net::Request& request, const Principal& who, const std::string& operation) {
  const auto token = request.header("x-kw-csrf").value_or("");
  if (crypto::equal_secret(bytes_of(token), bytes_of(who.csrf))) return {};
  KW_CHECK(record_refusal(request, who, operation, "csrf"));
  return fail(Errc::forbidden, "X-Kw-Csrf");
}

net::Response Api::answer(const net::Request& request, const std::string& operation, const Operation& run) {
  const auto* permission = find_permission(operation);
  const bool writing = request.method != "GET" && request.method != "HEAD";
  Principal who;
  if (permission == nullptr || !permission->anonymous) {
    auto admitted = admit(request, operation);
    if (!admitted) return refuse(admitted.error(), request);
    who = std::move(*admitted);
    if (writing) {
      if (auto good = check_write(request, who, operation); !good) return refuse(good.error(), request);
      if (change_gate_ && !goes_on_without_ledger(operation)) {
        if (auto good = change_gate_(); !good) return refuse(good.error(), request);
      }
    }
  }
  if (writing && !request.body.empty() &&
      !request.header("content-type").value_or("").starts_with("application/json")) {
    return net::error_response(415, "unsupported", "application/json expected", request.trace);
  }
  auto result = run(Call{request, std::move(who)});
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
