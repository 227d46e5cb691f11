// links: masking
// Any two profiles: what is taken can be counted or says why not, and what the gate lets through shows no more than it
// counted.
#include <cstdlib>

#include "base/bytes.h"
#include "masking/reveal.h"
#include "masking/testing/shipped.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::masking;
  static const Catalogue catalogue = testing::shipped_catalogue();
  const auto text = kw::text_of({data, size});
  const auto cut = text.find('\0');
  std::vector<Profile> profiles;
  for (const auto part : {text.substr(0, cut), cut == text.npos ? std::string_view() : text.substr(cut + 1)})
    if (auto profile = parse_mask_profile(part, catalogue)) profiles.push_back(std::move(*profile));
  const auto report = examine(catalogue, profiles);
  if (!report) return 0;
  for (const auto& figure : report->figures)
    if (figure.fewest == 0 || figure.fewest > figure.mean ||
        (report->good() && figure.reason.empty() && figure.fewest < figure.least))
      std::abort();
  static_cast<void>(parse_catalogue(text, "1101 01\n"));
  static_cast<void>(parse_reveal_rules(text));
  return 0;
}
