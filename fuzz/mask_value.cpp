// links: masking
// Any octets as a value of any kind: what is shown is stars and at most what the applicant's mask shows of a good
// value; of anything else stars alone.
#include <algorithm>
#include <cstdlib>

#include "base/bytes.h"
#include "masking/code_points.h"
#include "masking/testing/shipped.h"
#include "masking/value.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::masking;
  static const Masks masks = testing::shipped_masks();
  if (size == 0) return 0;
  const auto& kind = masks.catalogue().kinds[data[0] % masks.catalogue().kinds.size()];
  const auto value = kw::text_of({data + 1, size - 1});
  const auto shown = masks.show("applicant", kind.name, value);
  const auto points = code_points_of(shown);
  if (!points || points->find(std::u32string(kind.stars, U'*')) == std::u32string::npos) std::abort();
  const auto seen = points->size() - kind.stars;
  const auto read = read_value(kind, value, masks.catalogue().words);
  if (!read && seen != 0) std::abort();
  static const auto profile = testing::shipped_profile("applicant", masks.catalogue());
  const auto mask = profile.masks.find(kind.name);
  const auto most = mask == profile.masks.end() ? 0 : mask->second.first + mask->second.last;
  if (read && read->shape != nullptr && (seen > most || seen >= read->text.size())) std::abort();
  return 0;
}
