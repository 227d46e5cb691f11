// The desk's messages about what a card or a code says.
#include <boost/json.hpp>

#include "agent/app/app_desk.h"
#include "agent/app/reading_word.h"

namespace kw::agent {
namespace {

const char* source_word(ReadSource source) { return source == ReadSource::card ? "card" : "code"; }

std::string read_text(std::int64_t id, const AppRead& message) {
  boost::json::array fields;
  for (const auto& [word, field] : message.into) fields.emplace_back(field);
  return boost::json::serialize(boost::json::object{{"type", "read"}, {"id", id}, {"fields", std::move(fields)}});
}

ReadWish wish_of(const AppRead& message) {
  ReadWish out;
  out.source = message.source;
  out.patience = std::chrono::milliseconds(message.wait_ms);
  for (const auto& [word, field] : message.into) out.words.push_back(word);
  return out;
}

}  // namespace

void AppDesk::read(PeerId from, std::int64_t id, ReadWish wish,
                   std::function<void(Result<std::vector<SecretBytes>>)> done) {
  session_->reading = true;
  auto heard = [this, alive = alive_, from, id, of = session_->id,
                done = std::move(done)](Result<std::vector<SecretBytes>> texts) {
    if (!*alive) return;
    // What belongs to a person who has gone is not held for the next one.
    if (!session_ || session_->id != of) return refuse(from, id, "no_session");
    session_->reading = false;
    session_->heard = ports_.clock.steady();
    done(std::move(texts));
  };
  if (ports_.reader == nullptr) return heard(fail(Errc::not_found, "no reader"));
  ports_.reader->read(std::move(wish), std::move(heard));
}

void AppDesk::stop_reading() {
  if (session_ && session_->reading && ports_.reader != nullptr) ports_.reader->cancel();
}

void AppDesk::take(PeerId from, const AppRead& message) {
  auto* session = mine(from, message.id, message.handle);
  if (session == nullptr) return;
  const auto told = [this, from, message](const ValueDesk::Or<void>& done) {
    record(*session_, "business.value.read", done ? "success" : "refused",
           {{"parent", to_hex(session_->step_span)},
            {"reader", source_word(message.source)},
            {"values", std::to_string(done ? message.into.size() : 0)},
            {"reason", done ? std::string() : std::string(done.error().code)}});
    done ? send(from, read_text(message.id, message))
         : refuse(from, message.id, done.error().code, done.error().detail);
  };
  if (session->reading) return refuse(from, message.id, "busy", "a card or a code is waited for");
  if (const auto may = values_.may_read(session->matter, message); !may) return told(may);
  read(from, message.id, wish_of(message), [this, message, told](Result<std::vector<SecretBytes>> texts) {
    if (!texts) return told(tl::unexpected(ValueDesk::No{reading_word(texts.code()), {}}));
    told(values_.put(session_->matter, message, *texts));
  });
}

}  // namespace kw::agent
