// The desk's messages about a file for a stored case: passed on part by part, given up where either side stops.
#include <boost/json.hpp>

#include "agent/app/app_desk.h"
#include "trail/words.h"

namespace kw::agent {
namespace {

std::string file_text(std::int64_t id, const v1::VaultFileTaken& file) {
  return boost::json::serialize(
      boost::json::object{{"type", "file"}, {"id", id}, {"taken", file.taken()}, {"stored", file.stored()}});
}

}  // namespace

void AppDesk::file_over(const char* result, const std::string& reason, bool told) {
  if (!upload_) return;
  const auto file = *std::exchange(upload_, std::nullopt);
  if (!reason.empty()) ++session_->errors;
  record(*session_, "business.vault", result,
         {{"span", to_hex(file.span)},
          {"parent", to_hex(file.parent)},
          {"act", "file"},
          {"reason", reason},
          {"duration_us", micros_since(file.began)}});
  if (told || !file.begun) return;
  v1::VaultRequest drop;
  drop.set_session_id(copy_text(session_->id));
  drop.set_span_id(copy_text(ports_.random.bytes(trail::kSpanOctets)));
  drop.mutable_file_drop();
  ports_.road.tell(std::move(drop));
}

void AppDesk::take(PeerId from, const AppPutFile& message) {
  auto* session = mine(from, message.id, message.handle);
  if (session == nullptr) return;
  const auto now = ports_.clock.steady();
  if (upload_ && (upload_->asked || message.offset == 0))
    return refuse(from, message.id, "busy", "one file at a time, one part at a time");
  if (!upload_ && message.offset != 0) return refuse(from, message.id, "upload_unknown");
  if (!upload_) {
    ++session->requests;
    upload_.emplace();
    upload_->case_id = message.case_id;
    upload_->span = ports_.random.bytes(trail::kSpanOctets);
    upload_->parent = session->step_span;
    upload_->field = message.field;
    upload_->size = message.size;
    upload_->began = upload_->heard = now;
  }
  const auto refused = [&](const char* code, std::string_view detail = {}) {
    file_over("refused", code);
    refuse(from, message.id, code, detail);
  };
  const bool same =
      upload_->case_id == message.case_id && upload_->field == message.field && upload_->size == message.size;
  if (!same || upload_->taken != message.offset) return refused("upload_order");
  if (cut_) return refused("cut_off");
  auto request = values_.request(session->matter, message);
  if (!request) return refused(request.error().code, request.error().detail);
  request->set_session_id(copy_text(session->id));
  const auto span = ports_.random.bytes(trail::kSpanOctets);
  request->set_span_id(copy_text(span));
  upload_->asked = upload_->begun = true;
  ports_.road.vault(std::move(*request), kVaultPatience,
                    [this, alive = alive_, from, id = message.id, of = session->id, file = upload_->span,
                     through = message.offset + message.octets.size()](const v1::VaultAnswer& answer) {
                      if (!*alive) return;
                      if (!session_ || session_->id != of) return refuse(from, id, "no_session");
                      if (!upload_ || upload_->span != file) return refuse(from, id, "upload_unknown");
                      file_heard(from, id, through, answer);
                    });
}

void AppDesk::file_heard(PeerId from, std::int64_t id, std::uint64_t through, const v1::VaultAnswer& answer) {
  const auto now = ports_.clock.steady();
  session_->heard = upload_->heard = now;
  upload_->asked = false;
  const bool last = through == upload_->size;
  auto outcome = answer.outcome();
  const bool agrees = answer.file().taken() == through && answer.file().stored() == last;
  if (outcome == "answered" && agrees) {
    upload_->taken = through;
    if (last) file_over("success", {}, true);
    return send(from, file_text(id, answer.file()));
  }
  const bool strange = outcome == "answered";  // it takes something else for the file
  if (strange) outcome = "upload_order";
  const bool failed = strange || outcome == "timeout" || outcome == "link_lost";
  // Who refuses a part has given the file up; of the others nobody knows what the platform has.
  file_over(failed ? "failed" : "refused", outcome, !failed && outcome != "busy");
  refuse(from, id, outcome, answer.detail());
  if (outcome == "locked") end("locked");  // it is over at the platform already
}

void AppDesk::take(PeerId from, const AppDropFile& message) {
  if (mine(from, message.id, message.handle) == nullptr) return;
  if (!upload_) return refuse(from, message.id, "upload_unknown");
  file_over("failed", "interrupted");
  send(from, boost::json::serialize(boost::json::object{{"type", "done"}, {"id", message.id}}));
}

}  // namespace kw::agent
