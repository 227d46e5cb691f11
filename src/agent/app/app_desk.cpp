#include "agent/app/app_desk.h"

#include <boost/json.hpp>

#include "agent/app/reading_word.h"
#include "base/utf8.h"
#include "crypto/sm3.h"
#include "realname/id_token.h"
#include "trail/words.h"

namespace kw::agent {
namespace {

namespace json = boost::json;
constexpr std::size_t kHandleOctets = 16;

std::string simple(std::string_view type, std::int64_t id) {
  json::object out;
  out["type"] = type;
  out["id"] = id;
  return json::serialize(out);
}

std::string answer_text(std::int64_t id, const ServiceResult& result) {
  json::object out;
  out["type"] = "answer";
  out["id"] = id;
  out["status"] = result.status;
  out["content_type"] = clean_text(result.content_type, result.content_type.size());
  if (is_utf8(result.body)) {
    out["body"] = result.body;
  } else {
    out["body_base64"] = to_base64(bytes_of(result.body));
  }
  return json::serialize(out);
}

std::string session_text(std::string_view type, std::int64_t id, const std::string& handle, ByteView session,
                         ByteView trace, ByteView span, const std::string& directory) {
  json::object out;
  out["type"] = type;
  out["id"] = id;
  out["handle"] = handle;
  out["session"] = to_hex(session);
  out["traceparent"] = trail::trace_parent(trace, span);
  if (!directory.empty()) out["temporary"] = directory;
  return json::serialize(out);
}

std::string ended_text(std::string_view reason) {
  json::object out;
  out["type"] = "ended";
  out["reason"] = reason;
  return json::serialize(out);
}

std::string status_word(std::uint32_t status) {
  return status >= 100 && status < 600 ? std::to_string(status / 100) + "xx" : std::string();
}

const char* result_word(const ServiceResult& result) {
  if (result.outcome == "answered") return result.status < 400 ? "success" : result.status < 500 ? "refused" : "failed";
  const bool failed = result.outcome.starts_with("backend_") || result.outcome == "timeout" ||
                      result.outcome == "link_lost" || result.outcome == "interrupted";
  return failed ? "failed" : "refused";
}

}  // namespace

AppDesk::~AppDesk() {
  *alive_ = false;
  values_.wipe();
}

AppDesk::PeerId AppDesk::open(Peer peer) {
  const auto id = next_++;
  callers_[id] = {std::move(peer), ports_.clock.steady(), false, {}, 0, {}, {}};
  return id;
}

void AppDesk::closed(PeerId peer) {
  callers_.erase(peer);
  if (!session_ || session_->peer != peer) return;
  file_over("failed", "page_gone");  // the next page does not have it
  session_->peer = 0;
  session_->alone = ports_.clock.steady();
  stop_reading();  // what is read now has nobody to be told
}

void AppDesk::send(PeerId to, std::string text) {
  const auto at = callers_.find(to);
  if (at != callers_.end()) at->second.peer.send(std::move(text));
}

void AppDesk::refuse(PeerId to, std::int64_t id, std::string_view code, std::string_view detail) {
  json::object out;
  out["type"] = "error";
  if (id != 0) out["id"] = id;
  out["code"] = code;
  if (!detail.empty()) out["detail"] = detail;
  send(to, json::serialize(out));
}

void AppDesk::drop(PeerId peer) {
  const auto at = callers_.find(peer);
  if (at == callers_.end()) return;
  const auto close = at->second.peer.close;
  closed(peer);
  close();
}

bool AppDesk::too_many(Caller& caller) const {
  const auto now = ports_.clock.steady();
  if (now - caller.second >= std::chrono::seconds(1)) caller.second = now, caller.messages = 0;
  return ++caller.messages > kMostPerSecond;
}

void AppDesk::text(PeerId from, std::string_view text) {
  const auto caller = callers_.find(from);
  if (caller == callers_.end()) return;
  if (too_many(caller->second)) {
    refuse(from, 0, "busy", "too many messages");
    return drop(from);
  }
  std::int64_t id = 0;
  const auto message = parse_app_message(text, id);
  const bool greeting = message && std::holds_alternative<AppHello>(*message);
  if (greeting == caller->second.greeted) {  // a second greeting, or anything else first
    refuse(from, id, "forbidden", "a token, once, before anything else");
    return drop(from);
  }
  if (!message) {
    const bool large = message.code() == Errc::too_large;
    return refuse(from, id, large ? "too_large" : "malformed", message.error().detail());
  }
  std::visit([&](const auto& one) { take(from, one); }, *message);
}

void AppDesk::take(PeerId from, const AppHello& message) {
  if (!crypto::equal_secret(bytes_of(message.token), bytes_of(options_.token))) {
    refuse(from, 0, "forbidden", "token");
    return drop(from);
  }
  callers_[from].greeted = true;
  send(from, R"({"type":"ready","version":1})");
}

void AppDesk::take(PeerId from, const AppChallenge& message) {
  auto& caller = callers_[from];
  caller.salt = ports_.random.bytes(realname::kSalt);
  caller.salted = ports_.clock.steady();
  json::object out;
  out["type"] = "challenge";
  out["id"] = message.id;
  out["nonce"] = realname::session_nonce(options_.device, caller.salt);
  send(from, json::serialize(out));
}

void AppDesk::take(PeerId from, const AppBegin& message) {
  const auto now = ports_.clock.steady();
  if (session_) return refuse(from, message.id, "busy", "there is a session");
  if (refused_ && now - *refused_ < kAfterRefusal) return refuse(from, message.id, "busy", "refused just now");
  if (cut_) return refuse(from, message.id, "cut_off");
  Session session;
  session.id = ports_.random.bytes(trail::kSessionOctets);
  session.trace = ports_.random.bytes(trail::kTraceOctets);
  session.span = ports_.random.bytes(trail::kSpanOctets);
  session.step_span = ports_.random.bytes(trail::kSpanOctets);
  session.handle = to_hex(ports_.random.bytes(kHandleOctets));
  session.matter = message.matter;
  session.peer = from;
  session.began = session.heard = session.step_began = now;
  const auto& caller = callers_[from];
  const bool identified = !message.identity_token.empty() || message.code_wait_ms > 0;
  if (identified && (caller.salt.empty() || now - caller.salted > options_.challenge))
    return refuse(from, message.id, "identity_refused", "no challenge");
  session_ = std::move(session);
  if (message.code_wait_ms == 0) return begin_with(from, message.id, message.identity_token);
  // A telephone shows the authority's token.
  read(from, message.id, {ReadSource::code, {"text"}, std::chrono::milliseconds(message.code_wait_ms)},
       [this, from, id = message.id](Result<std::vector<SecretBytes>> texts) {
         if (texts && session_->over == nullptr && session_->peer == from)
           return begin_with(from, id, copy_text(texts->front().reveal()));
         session_.reset();
         refuse(from, id, texts ? "no_session" : reading_word(texts.code()));
       });
}

void AppDesk::begin_with(PeerId from, std::int64_t id, const std::string& identity_token) {
  v1::SessionBegin begin;
  begin.set_session_id(copy_text(session_->id));
  begin.set_trace_id(copy_text(session_->trace));
  begin.set_span_id(copy_text(session_->span));
  begin.set_matter(session_->matter);
  if (!identity_token.empty()) {
    begin.set_identity_token(identity_token);
    begin.set_identity_salt(copy_text(std::exchange(callers_[from].salt, Bytes())));
  }
  if (ports_.place == nullptr) return ask_for_session(from, id, begin);
  ports_.place->begin([this, alive = alive_, from, id, begin](const std::string& directory) {
    if (!*alive || !session_ || copy_text(session_->id) != begin.session_id()) return;
    session_->directory = directory;
    ask_for_session(from, id, begin);
  });
}

void AppDesk::ask_for_session(PeerId from, std::int64_t id, const v1::SessionBegin& begin) {
  ports_.road.begin(begin, [this, alive = alive_, from, id](const std::string& outcome) {
    if (*alive) begun(from, id, outcome);
  });
}

void AppDesk::begun(PeerId from, std::int64_t id, const std::string& outcome) {
  if (!session_ || !session_->opening) return;
  if (outcome != "begun") {
    refused_ = ports_.clock.steady();
    session_.reset();
    if (ports_.place != nullptr) ports_.place->end(false);
    return refuse(from, id, outcome);
  }
  session_->opening = false;
  // Steps are counted from here: until now there was nothing to do in.
  session_->began = session_->heard = session_->step_began = ports_.clock.steady();
  if (session_->over != nullptr) return end(session_->over);
  send(from,
       session_text("begun", id, session_->handle, session_->id, session_->trace, session_->span, session_->directory));
}

AppDesk::Session* AppDesk::mine(PeerId from, std::int64_t id, const std::string& handle) {
  if (!session_ || session_->opening || session_->handle != handle) {
    refuse(from, id, "no_session");
    return nullptr;
  }
  if (session_->peer != from) {
    refuse(from, id, "busy", "another connection has the session");
    return nullptr;
  }
  session_->heard = ports_.clock.steady();
  return &*session_;
}

void AppDesk::take(PeerId from, const AppResume& message) {
  const bool known = session_ && !session_->opening && session_->handle == message.handle;
  if (!known) return refuse(from, message.id, "no_session");
  if (session_->peer != 0 && session_->peer != from)
    return refuse(from, message.id, "busy", "another connection has the session");
  session_->peer = from;
  session_->alone.reset();
  session_->heard = ports_.clock.steady();
  send(from, session_text("resumed", message.id, session_->handle, session_->id, session_->trace, session_->span,
                          session_->directory));
}

std::string AppDesk::micros_since(Duration then) const {
  return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(ports_.clock.steady() - then).count());
}

void AppDesk::record(const Session& session, std::string type, std::string result,
                     std::initializer_list<std::pair<std::string, std::string>> params) {
  auto event = make_event(std::move(type), std::move(result), params);
  (*event.mutable_params())["session"] = to_hex(session.id);
  event.set_trace_id(copy_text(session.trace));
  for (auto at = event.mutable_params()->begin(); at != event.mutable_params()->end();)
    at = at->second.empty() ? event.mutable_params()->erase(at) : std::next(at);
  ports_.events.record(std::move(event));
}

void AppDesk::take(PeerId from, const AppStep& message) {
  auto* session = mine(from, message.id, message.handle);
  if (session == nullptr) return;
  ++session->steps;
  session->errors += message.good ? 0U : 1U;
  record(*session, "business.step", message.good ? "success" : "failed",
         {{"span", to_hex(session->step_span)},
          {"parent", to_hex(session->span)},
          {"step", message.step},
          {"duration_us", micros_since(session->step_began)}});
  session->step_span = ports_.random.bytes(trail::kSpanOctets);
  session->step_began = ports_.clock.steady();
  send(from, simple("done", message.id));
}

void AppDesk::take(PeerId from, const AppRequest& message) {
  auto* session = mine(from, message.id, message.handle);
  if (session == nullptr) return;
  ++session->requests;
  const auto span = ports_.random.bytes(trail::kSpanOctets);
  v1::ServiceRequest request;
  request.set_session_id(copy_text(session->id));
  request.set_span_id(copy_text(span));
  request.set_service(message.service);
  request.set_method(message.method);
  request.set_path(message.path);
  request.set_content_type(message.content_type);
  request.set_body(message.body);
  request.set_purpose(message.purpose);
  request.set_place(message.place);
  auto done = [this, alive = alive_, from, id = message.id, of = *session, span, service = message.service,
               method = message.method, began = ports_.clock.steady()](const ServiceResult& result) {
    if (!*alive) return;
    const auto* word = result_word(result);
    const bool same = session_ && session_->id == of.id;
    if (same && std::string_view(word) != "success") ++session_->errors;
    // A name that the platform did not know, or was never asked about, is whatever a page made up.
    const bool named = result.status != 0 || result.outcome.starts_with("backend_");
    record(of, "business.request", word,
           {{"span", to_hex(span)},
            {"parent", to_hex(of.step_span)},
            {"service", named ? service : std::string()},
            {"method", method},
            {"status", status_word(result.status)},
            {"reason", result.outcome == "answered" ? std::string() : result.outcome},
            {"duration_us", micros_since(began)}});
    if (same) session_->heard = ports_.clock.steady();
    result.outcome == "answered" ? send(from, answer_text(id, result)) : refuse(from, id, result.outcome);
  };
  if (cut_) return done({"cut_off", 0, {}, {}});
  ports_.road.ask(request, std::chrono::milliseconds(message.timeout_ms), std::move(done));
}

void AppDesk::take(PeerId from, const AppEnd& message) {
  if (mine(from, message.id, message.handle) == nullptr) return;
  session_->peer = 0;  // it knows
  end("done");
  send(from, simple("done", message.id));
}

void AppDesk::session_over(const char* reason) {
  if (!session_) return;
  if (session_->opening) {
    session_->over = reason;
    return stop_reading();
  }
  end(reason);
}

void AppDesk::end(const char* reason) {
  stop_reading();
  file_over("failed", reason);
  values_.wipe();
  const auto session = *std::exchange(session_, std::nullopt);
  record(session, "business.session.ended", "success",
         {{"span", to_hex(session.span)},
          {"reason", reason},
          {"steps", std::to_string(session.steps)},
          {"requests", std::to_string(session.requests)},
          {"errors", std::to_string(session.errors)},
          {"duration_us", micros_since(session.began)}});
  send(session.peer, ended_text(reason));
  if (ports_.place != nullptr) ports_.place->end(std::string_view(reason) == "shell_ended");
}

void AppDesk::tick() {
  const auto now = ports_.clock.steady();
  std::vector<PeerId> silent;
  for (const auto& [id, caller] : callers_)
    if (!caller.greeted && now - caller.since >= options_.greeting) silent.push_back(id);
  for (const auto id : silent) drop(id);
  if (!session_) return;
  if (upload_ && !upload_->asked && now - upload_->heard >= kFilePatience) file_over("failed", "timeout");
  if (session_->alone && now - *session_->alone >= options_.grace) return session_over("page_gone");
  if (!session_->opening && now - session_->heard >= options_.idle) session_over("idle");
}

}  // namespace kw::agent
