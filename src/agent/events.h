#pragma once
// EventSink takes what happened; complete_event fills in what every event carries before it is kept.
#include "base/log.h"
#include "base/random.h"
#include "base/time.h"
#include "kioskward/v1/common.pb.h"

namespace kw::agent {

namespace v1 = ::kioskward::v1;

class EventSink {
 public:
  virtual ~EventSink() = default;
  /// record keeps an event, completed; one that the catalogue does not know is refused with a log line.
  virtual void record(v1::Event event) = 0;
  virtual void set_clock_state(v1::ClockState state) = 0;
};

/// make_event is the short form for events without a case.
[[nodiscard]] v1::Event make_event(std::string type, std::string result,
                                   std::initializer_list<std::pair<std::string, std::string>> params = {});

/// complete_event sets version, and where they are absent id, time and clock state; cuts parameters to their bounds and
/// checks the event against the catalogue.
Result<> complete_event(v1::Event& event, v1::ClockState clock_state, const Clock& clock, Random& random);

/// serious events are the last to be dropped; so are those that the catalogue does not know.
[[nodiscard]] bool serious(const v1::Event& event);

}  // namespace kw::agent
