#include "masking/view.h"

namespace kw::masking {

TrunkView::TrunkView(const Filing& filing, const Masks& masks, std::string_view role) : trunk_(filing.trunk_) {
  trunk_.name = masks.show(role, "name", filing.trunk_.name);
}

/// PermitOffice is the one place that makes a permit: a friend, so that no other function is one.
class PermitOffice {
 public:
  static WholeDecision decide(std::string_view role, const Filing& filing, const WholeAsk& ask,
                              const RevealRules& rules) {
    WholeRefusal refusal;
    for (const auto& field : ask.fields) {
      const auto decision = rules.may_reveal({std::string(role), field, ask.purpose, ask.place, ask.matter});
      if (!decision.allowed()) refusal.fields.emplace(field, decision.reason);
    }
    if (!refusal.fields.empty() || ask.fields.empty()) return refusal;
    // A certificate is of the matter that was filed, whatever the caller says.
    if (ask.purpose == Purpose::certificate && ask.matter != filing.trunk_.matter) {
      for (const auto& field : ask.fields) refusal.fields.emplace(field, RevealReason::matter_unknown);
      return refusal;
    }
    return WholePermit(filing, {ask.fields.begin(), ask.fields.end()});
  }
};

WholeDecision decide_whole(const Applicant& who, const Filing& filing, const WholeAsk& ask, const RevealRules& rules) {
  if (who.id != filing.subject()) return WholeRefusal{true, {}};
  return PermitOffice::decide("applicant", filing, ask, rules);
}
WholeDecision decide_whole(const Official& who, const Filing& filing, const WholeAsk& ask, const RevealRules& rules) {
  if (who.role == "agent" || who.role == "applicant") return WholeRefusal{true, {}};  // roles that have a type
  return PermitOffice::decide(who.role, filing, ask, rules);
}

Result<WholeView> WholeView::open(const Filing& filing, WholePermit permit) {
  if (permit.filing_ != &filing) return fail(Errc::forbidden, "the permit is for another filing");
  std::map<std::string, std::string> fields;
  for (const auto& field : permit.fields_)
    if (const auto found = filing.fields_.find(field); found != filing.fields_.end()) fields.insert(*found);
  return WholeView(std::move(fields));
}

Result<TrunkView> show_trunk(const Filing& filing, const Masks& masks, const Agent& who) {
  if (who.acts_for != filing.subject()) return fail(Errc::forbidden, "the agent acts for another person");
  return TrunkView(filing, masks, "agent");
}

}  // namespace kw::masking
