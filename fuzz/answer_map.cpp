// links: trail
// An answer that is masked: never more than one mapped value deep, nothing of what was mapped is left.
#include "trail/answer_map.h"

#include <boost/json.hpp>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::trail;
  if (size < 1) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  AnswerMap map;
  for (const auto* pointer : {"/a", "/b/*/c", "/b/*/d/0", "/e/f"}) map.fields.push_back({*parse_pointer(pointer), "f"});
  map.pass_rest = (data[0] & 1) != 0;
  std::size_t shown = 0;
  const auto masked = masked_answer(body, map, [&](const auto&, const auto&) { return ++shown, std::string("*"); });
  if (!masked) return 0;
  if (masked->empty() != body.empty()) std::abort();
  if (body.empty()) return 0;
  std::size_t again = 0;  // masked once more: the same values, all stars, and nothing else changes
  const auto twice = masked_answer(*masked, map, [&](const auto&, const std::string& value) {
    if (value != "*") std::abort();
    return ++again, std::string("*");
  });
  if (!twice || *twice != *masked || again != shown) std::abort();
  return 0;
}
