// The desk's messages about values of the session and cases of the vault.
#include <boost/json.hpp>

#include "agent/app/app_desk.h"
#include "trail/words.h"

namespace kw::agent {
namespace {

using boost::json::object;

std::string done_text(std::int64_t id) { return boost::json::serialize(object{{"type", "done"}, {"id", id}}); }

std::string value_answer(std::int64_t id, const std::string& field, std::string_view text, bool whole) {
  return boost::json::serialize(
      object{{"type", "value"}, {"id", id}, {"field", field}, {"text", text}, {"whole", whole}});
}

object case_object(const v1::VaultCase& from) {
  object out{{"case", to_hex(bytes_of(from.case_id()))}, {"version", from.version()}};
  if (!from.number().empty()) out["number"] = from.number();
  if (!from.status().empty()) out["status"] = from.status();
  if (!from.name().empty()) out["name"] = from.name();
  if (from.trunk()) out["trunk"] = true;
  boost::json::array values;
  for (const auto& value : from.values())
    values.push_back(object{{"field", value.field()}, {"text", value.text()}, {"whole", value.whole()}});
  out["values"] = std::move(values);
  return out;
}

/// One case for a message about one, a list for `find`.
std::string vault_text(std::int64_t id, std::string_view act, const v1::VaultAnswer& answer) {
  object out;
  if (act == "find") {
    boost::json::array cases;
    for (const auto& one : answer.cases()) cases.push_back(case_object(one));
    out = {{"type", "cases"}, {"cases", std::move(cases)}};
  } else if (answer.cases().empty()) {
    out = {{"type", "done"}};
  } else {
    out = case_object(answer.cases(0));
    out["type"] = "case";
  }
  out["id"] = id;
  return boost::json::serialize(out);
}

}  // namespace

void AppDesk::take(PeerId from, const AppPut& message) {
  const auto* session = mine(from, message.id, message.handle);
  if (session == nullptr) return;
  const auto done = values_.put(session->matter, message);
  done ? send(from, done_text(message.id)) : refuse(from, message.id, done.error().code, done.error().detail);
}

void AppDesk::take(PeerId from, const AppGet& message) {
  const auto* session = mine(from, message.id, message.handle);
  if (session == nullptr) return;
  const auto shown = values_.shown(session->matter, message.field);
  if (!shown) return refuse(from, message.id, shown.error().code, shown.error().detail);
  send(from, value_answer(message.id, message.field, shown->text, shown->whole));
}

void AppDesk::take(PeerId from, const AppDrop& message) {
  const auto* session = mine(from, message.id, message.handle);
  if (session == nullptr) return;
  const auto done = values_.drop(session->matter, message.field);
  done ? send(from, done_text(message.id)) : refuse(from, message.id, done.error().code, done.error().detail);
}

void AppDesk::take(PeerId from, const AppReveal& message) {
  const auto* session = mine(from, message.id, message.handle);
  if (session == nullptr) return;
  const auto value = values_.reveal(session->matter, message);
  // A name that the catalogue does not know is whatever a page made up.
  const bool named = values_.knows(session->matter, message.field);
  record(*session, "business.value.revealed", value ? "success" : "refused",
         {{"parent", to_hex(session->step_span)},
          {"field", named ? message.field : std::string()},
          {"purpose", message.purpose},
          {"place", message.place},
          {"reason", value ? std::string() : std::string(value.error().code)}});
  if (!value) return refuse(from, message.id, value.error().code, value.error().detail);
  send(from, value_answer(message.id, message.field, *value, true));
}

void AppDesk::to_vault(PeerId from, std::int64_t id, const char* act, Session& session,
                       ValueDesk::Or<v1::VaultRequest> request) {
  ++session.requests;
  const auto span = ports_.random.bytes(trail::kSpanOctets);
  auto done = [this, alive = alive_, from, id, act, of = session, span,
               began = ports_.clock.steady()](const v1::VaultAnswer& answer) {
    if (!*alive) return;
    const bool same = session_ && session_->id == of.id, answered = answer.outcome() == "answered";
    const bool failed = answer.outcome() == "timeout" || answer.outcome() == "link_lost";
    if (same) session_->heard = ports_.clock.steady();
    if (same && !answered) ++session_->errors;
    record(of, "business.vault",
           answered ? "success"
           : failed ? "failed"
                    : "refused",
           {{"span", to_hex(span)},
            {"parent", to_hex(of.step_span)},
            {"act", act},
            {"reason", answered ? std::string() : answer.outcome()},
            {"duration_us", micros_since(began)}});
    if (!answered) {
      refuse(from, id, answer.outcome(), answer.detail());
      if (same && answer.outcome() == "locked") end("locked");  // it is over at the platform already
      return;
    }
    // What belongs to a person who has gone is not shown to the next one.
    same ? send(from, vault_text(id, act, answer)) : refuse(from, id, "no_session");
  };
  const auto refused = [&](const char* code, std::string detail) {
    v1::VaultAnswer answer;
    answer.set_outcome(code);
    answer.set_detail(std::move(detail));
    done(answer);
  };
  if (!request) return refused(request.error().code, request.error().detail);
  if (cut_) return refused("cut_off", {});
  request->set_session_id(copy_text(session.id));
  request->set_span_id(copy_text(span));
  ports_.road.vault(std::move(*request), kVaultPatience, std::move(done));
}

void AppDesk::take(PeerId from, const AppSubmit& message) {
  if (auto* session = mine(from, message.id, message.handle); session != nullptr)
    to_vault(from, message.id, "submit", *session, values_.request(session->matter, message));
}

void AppDesk::take(PeerId from, const AppCase& message) {
  if (auto* session = mine(from, message.id, message.handle); session != nullptr)
    to_vault(from, message.id, "case", *session, values_.request(session->matter, message));
}

void AppDesk::take(PeerId from, const AppFind& message) {
  if (auto* session = mine(from, message.id, message.handle); session != nullptr)
    to_vault(from, message.id, "find", *session, values_.request(session->matter, message));
}

void AppDesk::take(PeerId from, const AppRevealCase& message) {
  if (auto* session = mine(from, message.id, message.handle); session != nullptr)
    to_vault(from, message.id, "reveal", *session, values_.request(session->matter, message));
}

void AppDesk::take(PeerId from, const AppRemoveCase& message) {
  if (auto* session = mine(from, message.id, message.handle); session != nullptr)
    to_vault(from, message.id, "remove", *session, values_.request(session->matter, message));
}

}  // namespace kw::agent
