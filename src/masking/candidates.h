#pragma once
// count_candidates counts the values that fit a shape and look the same behind a mask (docs/design/masking.md).
//
//   Shown shown;  for (i : {0..5, 14..17}) shown.set(i);          the common 6+4 of an identity number
//   count_candidates(shape, shown, model)->fewest                 about 3,300
//
// Exact: it is what enumeration would find, with the dates and regions of the model. PURE; any thread.
#include <bitset>
#include <string>
#include <vector>

#include "masking/count.h"
#include "masking/shape.h"

namespace kw::masking {

using Shown = std::bitset<Shape::kMostSize>;  // places whose character is seen

/// What the parts with a name may be: sorted, each once, digits alone.
struct Model {
  std::vector<std::string> regions, provinces, dates, short_dates;
};
/// make_model takes regions of six digits and the years of birth that are reckoned with.
[[nodiscard]] Model make_model(std::vector<std::string> regions, int first_year, int last_year);

struct Candidates {
  Count fewest = 0;  // that look like one value, whichever value it is: the worst case
  Count values = 0;  // that fit the shape
  Count looks = 0;   // different ways that they look; values / looks is the mean
};

/// count_candidates: Errc::too_large where a mask cuts the parts into more cases than are looked at; Errc::invalid
/// where the model knows no value of the shape.
Result<Candidates> count_candidates(const Shape& shape, const Shown& shown, const Model& model);

}  // namespace kw::masking
