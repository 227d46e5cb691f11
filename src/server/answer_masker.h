#pragma once
// AnswerMasker is what the broker does to one answer whose connector maps values to the data catalogue: each is shown
// as an applicant sees it, or stays whole where the rules let him see it for this purpose at this place.
//
//   AnswerMasker masker(book, "residence-permit", {Purpose::entry, Place::entry_screen});
//   KW_TRY(const auto body, masker.mask(answer.body, operation.answer));
//   masker.revealed()     {"phone"}: what stayed whole though it has a mask
//
// PURE; one answer. Source: clause 7.4. Why: ADR 119.
#include <optional>
#include <set>

#include "matters/matter_book.h"
#include "trail/connector.h"

namespace kw::server {

/// What whole values are asked for.
struct WholeWish {
  masking::Purpose purpose = masking::Purpose::entry;
  masking::Place place = masking::Place::entry_screen;
};
/// read_whole_wish takes the words of a request: nothing where the purpose is empty; Errc::malformed for other words.
Result<std::optional<WholeWish>> read_whole_wish(std::string_view purpose, std::string_view place);

class AnswerMasker {
 public:
  AnswerMasker(const matters::MatterBook& book, std::string matter, std::optional<WholeWish> wish)
      : book_(book), matter_(std::move(matter)), wish_(wish) {}
  /// mask: Errc::malformed as trail::masked_answer.
  Result<std::string> mask(std::string_view body, const trail::AnswerMap& map);
  [[nodiscard]] const std::set<std::string>& revealed() const noexcept { return revealed_; }

 private:
  std::optional<std::string> show(const std::string& name, const std::string& value);
  const matters::MatterBook& book_;
  std::string matter_;
  std::optional<WholeWish> wish_;
  std::set<std::string> revealed_;
};

/// check_answer_maps sees to it that the catalogue has every field that a connector maps, in each of its matters.
/// Errc::invalid names what is missing; `book` is null where the server has no catalogue.
Result<> check_answer_maps(const trail::Connector& connector, const matters::MatterBook* book);

}  // namespace kw::server
