#include "server/answer_masker.h"

namespace kw::server {
namespace {

constexpr std::string_view kApplicant = "applicant";  // whoever stands before the kiosk

}  // namespace

Result<std::optional<WholeWish>> read_whole_wish(std::string_view purpose, std::string_view place) {
  if (purpose.empty() && place.empty()) return std::optional<WholeWish>();
  const auto what = masking::purpose_of(purpose);
  if (what != masking::Purpose::entry && what != masking::Purpose::certificate) return fail(Errc::malformed, "purpose");
  const auto where = masking::place_of(place);
  if (where != masking::Place::entry_screen && where != masking::Place::printer) return fail(Errc::malformed, "place");
  return std::optional(WholeWish{*what, *where});
}

Result<std::string> AnswerMasker::mask(std::string_view body, const trail::AnswerMap& map) {
  return trail::masked_answer(body, map, [this](const trail::AnswerField& field, const std::string& value) {
    return show(field.field, value);
  });
}

std::optional<std::string> AnswerMasker::show(const std::string& name, const std::string& value) {
  const auto* field = book_.field(matter_, name);
  if (field == nullptr) return std::string();  // of another matter than the connector was checked for
  if (field->mask.empty()) return std::nullopt;
  if (wish_ && book_.may_reveal(kApplicant, matter_, *field, wish_->purpose, wish_->place).allowed()) {
    revealed_.insert(name);
    return std::nullopt;
  }
  return book_.show(kApplicant, *field, value);
}

Result<> check_answer_maps(const trail::Connector& connector, const matters::MatterBook* book) {
  for (const auto& operation : connector.operations) {
    if (operation.answer.fields.empty()) continue;
    if (book == nullptr) return fail(Errc::invalid, "operation.field: the server has no catalogue");
    for (const auto& matter : connector.matters) {
      if (book->matter(matter.code) == nullptr)
        return fail(Errc::invalid, "matter: the catalogue has no " + matter.code);
      for (const auto& one : operation.answer.fields)
        if (book->field(matter.code, one.field) == nullptr)
          return fail(Errc::invalid, "operation.field: " + matter.code + " has no field " + one.field);
    }
  }
  return {};
}

}  // namespace kw::server
