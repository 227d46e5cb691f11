#include "client/business_client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <fstream>

#include "base/bytes.h"
#include "net/websocket_client.h"

namespace kw::client {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
constexpr std::chrono::seconds kConnectPatience{10};
constexpr std::size_t kMostToken = 256;
constexpr std::size_t kPartOfFile = 192UL << 10;  // trail::kMostFilePart

Result<std::string> token_of(const BusinessClientOptions& options) {
  if (!options.token.empty()) return options.token;
  std::ifstream file(options.token_file);
  std::string out(kMostToken, '\0');
  file.read(out.data(), static_cast<std::streamsize>(out.size()));
  out.resize(static_cast<std::size_t>(file.gcount()));
  if (out.empty()) return fail(Errc::not_found, options.token_file);
  return out;
}

std::string word_of(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number_of(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

bool flag_of(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

StoredCase case_of(const json::object& from) {
  StoredCase out{word_of(from, "case"),
                 number_of(from, "version"),
                 word_of(from, "number"),
                 word_of(from, "status"),
                 word_of(from, "name"),
                 flag_of(from, "trunk"),
                 {}};
  const auto* values = from.if_contains("values");
  if (values == nullptr || !values->is_array()) return out;
  for (const auto& one : values->get_array())
    if (const auto* value = one.if_object(); value != nullptr)
      out.values[word_of(*value, "field")] = {word_of(*value, "text"), flag_of(*value, "whole")};
  return out;
}

class SocketClient final : public BusinessClient {
 public:
  Result<> open(const BusinessClientOptions& options) {
    KW_TRY(const auto token, token_of(options));
    net::Target target(options.host, options.port);
    auto opening = run(connect_to(std::move(target)));
    if (!opening) return opening.error();
    if (!opening->socket) return fail(Errc::forbidden, "status " + std::to_string(opening->answer.status));
    socket_ = std::move(opening->socket);
    KW_CHECK(run(send_text(json::serialize(json::object{{"type", "hello"}, {"token", token}}))));
    KW_TRY(const auto ready, read());
    if (word_of(ready, "type") != "ready") return fail(Errc::forbidden, word_of(ready, "code"));
    return {};
  }
  Result<std::string> challenge() override {
    KW_TRY(const auto answer, ask({{"type", "challenge"}}));
    return word_of(answer, "nonce");
  }
  Result<BusinessSession> begin(const std::string& matter, const std::string& identity_token) override {
    json::object message{{"type", "begin"}, {"matter", matter}};
    if (!identity_token.empty()) message["identity_token"] = identity_token;
    return begun(std::move(message));
  }
  Result<BusinessSession> begin_by_code(const std::string& matter, std::int64_t wait_ms) override {
    return begun({{"type", "begin"}, {"matter", matter}, {"identity_code", true}, {"wait_ms", wait_ms}});
  }
  Result<> step(const std::string& name, bool good) override {
    KW_CHECK(ask({{"type", "step"}, {"handle", handle_}, {"step", name}, {"result", good ? "ok" : "error"}}));
    return {};
  }
  Result<BusinessAnswer> request(const BusinessRequest& request) override {
    json::object message{{"type", "request"},
                         {"handle", handle_},
                         {"service", request.service},
                         {"method", request.method},
                         {"path", request.path},
                         {"timeout_ms", request.timeout_ms},
                         {"body_base64", to_base64(bytes_of(request.body))}};
    if (!request.content_type.empty()) message["content_type"] = request.content_type;
    if (!request.purpose.empty()) message["purpose"] = request.purpose;
    if (!request.place.empty()) message["place"] = request.place;
    KW_TRY(const auto answer, ask(std::move(message)));
    BusinessAnswer out{number_of(answer, "status"), word_of(answer, "content_type"), word_of(answer, "body")};
    if (answer.contains("body_base64")) {
      KW_TRY(const auto octets, from_base64(word_of(answer, "body_base64")));
      out.body = copy_text(octets);
    }
    return out;
  }
  Result<> put(const std::string& field, const std::string& value) override {
    KW_CHECK(say("put", {{"field", field}, {"value", value}}));
    return {};
  }
  Result<> read(const std::string& source, const std::map<std::string, std::string>& into,
                std::int64_t wait_ms) override {
    KW_CHECK(say("read", {{"source", source}, {"into", json::value_from(into)}, {"wait_ms", wait_ms}}));
    return {};
  }
  Result<ShownValue> get(const std::string& field) override {
    KW_TRY(const auto answer, say("get", {{"field", field}}));
    return ShownValue{word_of(answer, "text"), flag_of(answer, "whole")};
  }
  Result<std::string> reveal(const std::string& field, const std::string& purpose, const std::string& place) override {
    KW_TRY(const auto answer, say("reveal", {{"field", field}, {"purpose", purpose}, {"place", place}}));
    return word_of(answer, "text");
  }
  Result<> drop(const std::string& field) override {
    KW_CHECK(say("drop", {{"field", field}}));
    return {};
  }
  Result<StoredCase> submit(const CaseSubmission& submission) override {
    auto message = because(
        submission.reason,
        {{"number", submission.number}, {"status", submission.status}, {"for_another", submission.for_another}});
    if (!submission.fields.empty()) message["fields"] = json::value_from(submission.fields);
    if (!submission.id.empty()) message["case"] = submission.id, message["version"] = submission.version;
    KW_TRY(const auto answer, say("submit", std::move(message)));
    return case_of(answer);
  }
  Result<StoredCase> stored(const std::string& id, const VaultReason& reason) override {
    KW_TRY(const auto answer, say("case", because(reason, {{"case", id}})));
    return case_of(answer);
  }
  Result<std::vector<StoredCase>> find(const std::string& field, const std::string& value,
                                       const VaultReason& reason) override {
    KW_TRY(const auto answer, say("find", because(reason, {{"field", field}, {"value", value}})));
    const auto* cases = answer.if_contains("cases");
    if (cases == nullptr || !cases->is_array()) return fail(Errc::malformed, "cases");
    std::vector<StoredCase> out;
    for (const auto& one : cases->get_array())
      if (const auto* found = one.if_object(); found != nullptr) out.push_back(case_of(*found));
    return out;
  }
  Result<StoredCase> reveal_case(const std::string& id, const std::vector<std::string>& fields,
                                 const std::string& place, const VaultReason& reason) override {
    KW_TRY(const auto answer,
           say("reveal_case", because(reason, {{"case", id}, {"place", place}, {"fields", json::value_from(fields)}})));
    return case_of(answer);
  }
  Result<> remove_case(const std::string& id, std::int64_t version, const VaultReason& reason) override {
    KW_CHECK(say("remove_case", because(reason, {{"case", id}, {"version", version}})));
    return {};
  }
  Result<> put_file(const std::string& id, const std::string& field, ByteView octets, const VaultReason& reason,
                    const FileProgress& taken) override {
    if (octets.empty()) return fail(Errc::invalid, "an empty file");
    for (std::size_t at = 0; at < octets.size();) {
      const auto part = octets.subspan(at, std::min(kPartOfFile, octets.size() - at));
      KW_TRY(const auto answer, say("put_file", because(reason, {{"case", id},
                                                                 {"field", field},
                                                                 {"size", octets.size()},
                                                                 {"offset", at},
                                                                 {"data_base64", to_base64(part)}})));
      at += part.size();
      const bool stored = flag_of(answer, "stored");
      if (number_of(answer, "taken") != static_cast<std::int64_t>(at) || stored != (at == octets.size()))
        return fail(Errc::malformed, "part of a file");
      if (taken) taken(at);
    }
    return {};
  }
  Result<> end() override {
    KW_CHECK(ask({{"type", "end"}, {"handle", handle_}}));
    handle_.clear();
    return {};
  }

 private:
  static asio::awaitable<Result<net::WebSocketClient::Opening>> connect_to(net::Target target) {
    net::HttpCall call("GET", "/session");
    co_return co_await net::WebSocketClient::open(std::move(target), std::move(call), net::in(kConnectPatience));
  }
  asio::awaitable<Result<>> send_text(std::string text) { co_return co_await socket_->send(std::move(text)); }
  asio::awaitable<Result<std::string>> read_text() { co_return co_await socket_->read(); }

  Result<BusinessSession> begun(json::object message) {
    ended_.clear();
    KW_TRY(const auto answer, ask(std::move(message)));
    handle_ = word_of(answer, "handle");
    return BusinessSession{word_of(answer, "session"), word_of(answer, "traceparent"), word_of(answer, "temporary")};
  }
  /// run waits here for what a coroutine gives.
  template <class T>
  Result<T> run(asio::awaitable<Result<T>> work) {
    std::optional<Result<T>> out;
    asio::co_spawn(io_, std::move(work), [&out](const std::exception_ptr& thrown, Result<T> result) {
      if (!thrown) out.emplace(std::move(result));
    });
    io_.restart();
    while (!out && io_.run_one() > 0) {
    }
    if (!out) return fail(Errc::internal, "no result");
    return std::move(*out);
  }
  Result<json::object> read() {
    KW_TRY(const auto text, run(read_text()));
    boost::system::error_code ec;
    auto value = json::parse(text, ec);
    if (ec || !value.is_object()) return fail(Errc::malformed, "message of the agent");
    return value.get_object();
  }
  static json::object because(const VaultReason& reason, json::object message) {
    message["purpose"] = reason.purpose;
    message["consent"] = reason.consent;
    return message;
  }
  Result<json::object> say(std::string_view type, json::object message) {
    message["type"] = type;
    message["handle"] = handle_;
    return ask(std::move(message));
  }
  Result<json::object> ask(json::object message) {
    const auto id = ++last_;
    message["id"] = id;
    KW_CHECK(run(send_text(json::serialize(message))));
    while (true) {
      KW_TRY(auto heard, read());
      if (word_of(heard, "type") == "ended") {
        ended_ = word_of(heard, "reason");
        continue;
      }
      if (number_of(heard, "id") != id) continue;
      if (word_of(heard, "type") != "error") return heard;
      const auto code = word_of(heard, "code");
      if (code == "no_session" && !ended_.empty()) return fail(Errc::closed, ended_);
      return fail(code == "timeout" ? Errc::timeout : Errc::forbidden, code);
    }
  }

  asio::io_context io_{1};
  std::unique_ptr<net::WebSocketClient> socket_;
  std::string handle_, ended_;
  std::int64_t last_ = 0;
};

}  // namespace

Result<std::unique_ptr<BusinessClient>> BusinessClient::connect(const BusinessClientOptions& options) {
  auto out = std::make_unique<SocketClient>();
  KW_CHECK(out->open(options));
  return std::unique_ptr<BusinessClient>(std::move(out));
}

}  // namespace kw::client
