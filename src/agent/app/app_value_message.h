#pragma once
// read_value_message reads the messages about a session's values and stored cases (app_message.h).
//
// Internal to src/agent/app. PURE.
#include "agent/app/app_fields.h"
#include "agent/app/app_message.h"

namespace kw::agent {

/// read_value_message: Errc::unsupported for a type that is none of these, invalid and too_large as parse_app_message.
Result<AppMessage> read_value_message(AppFields& fields, std::string_view type, std::int64_t id);

/// read_wait reads for how long a card or a code is waited for: 1 to 60 s, 30 s without it.
Result<std::int64_t> read_wait(AppFields& fields);

}  // namespace kw::agent
