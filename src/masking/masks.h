#pragma once
// Masks shows values as profiles allow it; there is none without a gate that let its profiles through.
//
//   KW_TRY(const auto masks, Masks::admit(catalogue, profiles));     Errc::invalid with the gate's first refusal
//   masks.show("applicant", "id_card", "11010519491231002X")         "1****X"
//
// A value that is not good of its kind, a kind or role that is not known, or octets that are no UTF-8: stars alone. The
// number of stars is the kind's, so it tells no length. Const use from any thread.
#include "masking/gate.h"

namespace kw::masking {

class Masks {
 public:
  static Result<Masks> admit(Catalogue catalogue, std::vector<Profile> profiles);
  [[nodiscard]] std::string show(std::string_view role, std::string_view kind, std::string_view value) const;
  [[nodiscard]] const Catalogue& catalogue() const noexcept { return catalogue_; }
  [[nodiscard]] const GateReport& report() const noexcept { return report_; }

 private:
  Masks(Catalogue catalogue, std::vector<Profile> profiles, GateReport report)
      : catalogue_(std::move(catalogue)), profiles_(std::move(profiles)), report_(std::move(report)) {}
  Catalogue catalogue_;
  std::vector<Profile> profiles_;
  GateReport report_;
};

}  // namespace kw::masking
