#pragma once
// TrunkView and WholeView are the two ways to look at a Filing: everybody may have the trunk, only a WholePermit opens
// the whole, and no function makes a permit out of an Agent.
//
//   show_trunk(filing, masks, agent)               matter, number, status, 张**
//   decide_whole(applicant, filing, ask, rules)    a permit, or why there is none
//   decide_whole(agent, filing, ask, rules)        does not compile
//   WholeView::open(filing, std::move(permit))     the fields that the permit names
//
// Somebody who acts for another (代办) sees trunk data only (clause 7.3): the compiler holds it, not a check that a
// page could forget. A Filing gives its fields to nobody else. PURE; a permit is used once. Why: ADR 107.
#include <map>
#include <variant>

#include "base/id.h"
#include "masking/masks.h"
#include "masking/reveal.h"

namespace kw::masking {

using PersonId = Id<struct FilingPersonTag>;

/// Who looks. Different types, and none becomes another.
struct Applicant {
  PersonId id;  // in a matter of his own
};
struct Agent {
  PersonId id, acts_for;
};
struct Official {
  std::string role;
};

/// What anybody who has to do with the matter may know; the name is masked before it is seen.
struct Trunk {
  std::string matter, number, status, name;
};

/// One matter of one person, as it was filed. `fields` by kind, whole.
class Filing {
 public:
  Filing(PersonId subject, Trunk trunk, std::map<std::string, std::string> fields)
      : subject_(subject), trunk_(std::move(trunk)), fields_(std::move(fields)) {}
  [[nodiscard]] const PersonId& subject() const noexcept { return subject_; }

 private:
  friend class TrunkView;
  friend class WholeView;
  friend class PermitOffice;
  PersonId subject_;
  Trunk trunk_;
  std::map<std::string, std::string> fields_;
};

class TrunkView {
 public:
  /// The name as the role's mask shows it.
  TrunkView(const Filing& filing, const Masks& masks, std::string_view role);
  [[nodiscard]] const std::string& matter() const noexcept { return trunk_.matter; }
  [[nodiscard]] const std::string& number() const noexcept { return trunk_.number; }
  [[nodiscard]] const std::string& status() const noexcept { return trunk_.status; }
  [[nodiscard]] const std::string& masked_name() const noexcept { return trunk_.name; }

 private:
  Trunk trunk_;
};

/// The right to see some fields of one filing, once. Only decide_whole makes one; it lives no longer than its filing.
class WholePermit {
 public:
  WholePermit(const WholePermit&) = delete;
  WholePermit& operator=(const WholePermit&) = delete;
  WholePermit(WholePermit&& other) noexcept : filing_(std::exchange(other.filing_, nullptr)) {
    fields_.swap(other.fields_);
  }
  WholePermit& operator=(WholePermit&&) = delete;

 private:
  friend class PermitOffice;
  friend class WholeView;
  WholePermit(const Filing& filing, std::set<std::string> fields) : filing_(&filing), fields_(std::move(fields)) {}
  const Filing* filing_;  // null once it is used
  std::set<std::string> fields_;
};

class WholeView {
 public:
  /// open: Errc::forbidden where the permit is another filing's, or used.
  static Result<WholeView> open(const Filing& filing, WholePermit permit);
  [[nodiscard]] const std::map<std::string, std::string>& fields() const noexcept { return fields_; }

 private:
  explicit WholeView(std::map<std::string, std::string> fields) : fields_(std::move(fields)) {}
  std::map<std::string, std::string> fields_;
};

/// Why nothing is opened: for each field asked for, the rules' word; or another person's filing.
struct WholeRefusal {
  bool another_person = false;
  std::map<std::string, RevealReason> fields;
};
/// What is asked for, beside who asks.
struct WholeAsk {
  Purpose purpose = Purpose::listing;
  Place place = Place::list_screen;
  std::string matter;
  std::vector<std::string> fields;
};

using WholeDecision = std::variant<WholePermit, WholeRefusal>;
/// decide_whole: all fields or none. The role of an applicant is "applicant"; he opens filings of his own.
[[nodiscard]] WholeDecision decide_whole(const Applicant& who, const Filing& filing, const WholeAsk& ask,
                                         const RevealRules& rules);
[[nodiscard]] WholeDecision decide_whole(const Official& who, const Filing& filing, const WholeAsk& ask,
                                         const RevealRules& rules);
/// An agent sees trunk data only.
WholeDecision decide_whole(const Agent& who, const Filing& filing, const WholeAsk& ask,
                           const RevealRules& rules) = delete;

/// show_trunk is what an agent gets, under the mask of the role "agent"; Errc::forbidden where he acts for another.
Result<TrunkView> show_trunk(const Filing& filing, const Masks& masks, const Agent& who);

}  // namespace kw::masking
