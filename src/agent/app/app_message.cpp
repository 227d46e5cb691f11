#include "agent/app/app_message.h"

#include "agent/app/app_fields.h"
#include "agent/app/app_value_message.h"
#include "realname/id_token.h"
#include "trail/words.h"

namespace kw::agent {
namespace {

namespace json = boost::json;
constexpr std::size_t kMostToken = 128, kMostType = 128;
constexpr std::int64_t kMostAppId = std::int64_t{1} << 53;  // what JavaScript counts exactly
constexpr std::int64_t kLeastTimeout = 100, kMostTimeout = 65'000;

Result<AppMessage> read_step(AppFields& fields, std::int64_t id) {
  AppStep out;
  out.id = id;
  KW_TRY(out.handle, fields.handle());
  KW_TRY(out.step, fields.text("step", 32));
  if (!trail::is_step(out.step)) return fail(Errc::invalid, "step: not one of the list");
  KW_TRY(const auto result, fields.text("result", 8));
  if (result != "ok" && result != "error") return fail(Errc::invalid, "result: ok or error");
  out.good = result == "ok";
  return AppMessage(std::move(out));
}

Result<AppMessage> read_request(AppFields& fields, std::int64_t id) {
  AppRequest out;
  out.id = id;
  KW_TRY(out.handle, fields.handle());
  KW_TRY(out.service, fields.text("service", 32));
  if (!trail::is_plain_word(out.service)) return fail(Errc::invalid, "service");
  KW_TRY(out.method, fields.text("method", 8));
  if (!trail::is_method(out.method)) return fail(Errc::invalid, "method");
  KW_TRY(out.path, fields.text("path", trail::kMostPath));
  if (!out.path.starts_with('/')) return fail(Errc::invalid, "path");
  KW_TRY(out.content_type, fields.text("content_type", kMostType, false));
  KW_TRY(out.timeout_ms, fields.number("timeout_ms", kLeastTimeout, kMostTimeout, out.timeout_ms));
  KW_TRY(out.purpose, fields.text("purpose", 16, false));
  KW_TRY(out.place, fields.text("place", 16, false));
  const bool entry = out.purpose == "entry" && out.place == "entry_screen";
  const bool certificate = out.purpose == "certificate" && out.place == "printer";
  const bool masked = !fields.has("purpose") && !fields.has("place");
  if (!entry && !certificate && !masked) return fail(Errc::invalid, "purpose and place");
  KW_TRY(out.body, fields.text("body", trail::kMostRequestBody, false));
  if (fields.has("body_base64")) {
    if (!out.body.empty()) return fail(Errc::invalid, "body or body_base64");
    KW_TRY(const auto encoded, fields.text("body_base64", trail::kMostRequestBody / 3 * 4 + 4));
    const auto octets = from_base64(encoded);
    if (!octets) return fail(Errc::invalid, "body_base64");
    if (octets->size() > trail::kMostRequestBody) return fail(Errc::too_large, "body_base64");
    out.body = copy_text(*octets);
  }
  return AppMessage(std::move(out));
}

Result<AppMessage> read_message(AppFields& fields, std::string_view type, std::int64_t& id) {
  if (type == "hello") {
    AppHello out;
    KW_TRY(out.token, fields.text("token", kMostToken));
    return AppMessage(std::move(out));
  }
  KW_TRY(id, fields.number("id", 1, kMostAppId, 0));
  if (id == 0) return fail(Errc::invalid, "id: missing");
  if (type == "challenge") return AppMessage(AppChallenge{id});
  if (type == "begin") {
    AppBegin out;
    out.id = id;
    KW_TRY(out.matter, fields.text("matter", 32));
    if (!trail::is_plain_word(out.matter)) return fail(Errc::invalid, "matter");
    if (fields.has("identity_token")) {
      KW_TRY(out.identity_token, fields.text("identity_token", realname::kMostToken));
      if (out.identity_token.empty()) return fail(Errc::invalid, "identity_token");
    }
    KW_TRY(const bool by_code, fields.flag("identity_code"));
    if (by_code && !out.identity_token.empty()) return fail(Errc::invalid, "identity_code: there is a token");
    if (by_code) {
      KW_TRY(out.code_wait_ms, read_wait(fields));
    }
    return AppMessage(std::move(out));
  }
  if (type == "step") return read_step(fields, id);
  if (type == "request") return read_request(fields, id);
  if (type == "resume") {
    KW_TRY(auto handle, fields.handle());
    return AppMessage(AppResume{id, std::move(handle)});
  }
  if (type == "end") {
    KW_TRY(auto handle, fields.handle());
    return AppMessage(AppEnd{id, std::move(handle)});
  }
  return read_value_message(fields, type, id);
}

}  // namespace

Result<AppMessage> parse_app_message(std::string_view text, std::int64_t& id) {
  id = 0;
  if (text.size() > kMostAppMessage) return fail(Errc::too_large, "message");
  json::parse_options options;
  options.max_depth = 4;
  boost::system::error_code ec;
  const auto value = json::parse(text, ec, {}, options);
  if (ec || !value.is_object()) return fail(Errc::malformed, "JSON object expected");
  AppFields fields(value.get_object());
  KW_TRY(const auto type, fields.text("type", 16));
  KW_TRY(auto out, read_message(fields, type, id));
  KW_CHECK(fields.finish());
  return out;
}

}  // namespace kw::agent
