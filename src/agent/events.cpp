#include "agent/events.h"

#include "base/id.h"
#include "base/text.h"
#include "device/defence.h"
#include "landing/guard.h"
#include "schema/event_catalogue.h"

namespace kw::agent {
namespace {

constexpr std::size_t kMostValue = 512;

}  // namespace

v1::Event make_event(std::string type, std::string result,
                     std::initializer_list<std::pair<std::string, std::string>> params) {
  return device::defence_event(std::move(type), std::move(result), params);
}

bool serious(const v1::Event& event) {
  const auto* type = schema::find_event_type(event.type());
  return type == nullptr || type->severity >= v1::SERIOUS;
}

Result<> complete_event(v1::Event& event, v1::ClockState clock_state, const Clock& clock, Random& random) {
  const auto now = clock.now();
  event.set_version(1);
  if (event.id().size() != 16) event.set_id(copy_text(make_raw_id(now, random)));
  if (event.time_ns() == 0) event.set_time_ns(now.unix_ns);
  if (event.clock() == v1::CLOCK_UNKNOWN) event.set_clock(clock_state);
  // A process names itself as it likes; an event that is no UTF-8 could be neither stored nor sent.
  // Whose name or number stands in its arguments, or in a file's name, is nobody's business here (ADR 73), and neither
  // is what bears a secrecy marking (ADR 118).
  for (auto& [key, value] : *event.mutable_params())
    value = clean_text(schema::is_free_text(key) ? landing::masked_text(value) : value, kMostValue);
  return schema::check_event(event);
}

}  // namespace kw::agent
