#include "schema/event_catalogue.h"

#include <algorithm>
#include <array>

namespace kw::schema {
namespace {

constexpr EventType kTypes[] = {
#include "schema/event_catalogue.gen.inc"
};
constexpr std::string_view kFreeText[] = {
#include "schema/free_text.gen.inc"
};
constexpr std::size_t kMostParams = 32;
constexpr std::size_t kMostValue = 512;
constexpr std::array<std::string_view, 5> kResults{"success", "blocked", "refused", "failed", "observed"};

bool lists(std::string_view names, std::string_view wanted) {
  while (!names.empty()) {
    const auto comma = names.find(',');
    if (names.substr(0, comma) == wanted) return true;
    if (comma == std::string_view::npos) break;
    names.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace

std::span<const EventType> event_types() noexcept { return kTypes; }

const EventType* find_event_type(std::string_view type) noexcept {
  const auto at = std::ranges::lower_bound(kTypes, type, {}, &EventType::type);
  return at != std::end(kTypes) && at->type == type ? at : nullptr;
}

bool EventType::is_personal(std::string_view param) const noexcept { return lists(personal, param); }

bool is_free_text(std::string_view param) noexcept { return std::ranges::binary_search(kFreeText, param); }

Result<> check_event(const v1::Event& event) {
  if (event.version() != 1) return fail(Errc::unsupported, "event version");
  if (event.id().size() != 16) return fail(Errc::malformed, "event id");
  if (!event.case_id().empty() && event.case_id().size() != 16) return fail(Errc::malformed, "case id");
  if (!event.trace_id().empty() && event.trace_id().size() != 16) return fail(Errc::malformed, "trace id");
  const EventType* type = find_event_type(event.type());
  if (type == nullptr) return fail(Errc::unsupported, "event type");
  if (std::ranges::find(kResults, event.result()) == kResults.end()) return fail(Errc::malformed, "event result");
  if (event.params_size() < 0 || static_cast<std::size_t>(event.params_size()) > kMostParams)
    return fail(Errc::too_large, "event parameters");
  for (const auto& [key, value] : event.params()) {
    if (!lists(type->params, key)) return fail(Errc::malformed, "event parameter not of this type");
    if (value.size() > kMostValue) return fail(Errc::too_large, "event parameter value");
  }
  return {};
}

}  // namespace kw::schema
