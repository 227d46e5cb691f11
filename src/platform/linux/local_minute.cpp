#include "platform/linux/local_minute.h"

#include <ctime>

namespace kw::platform {

std::int64_t local_minute(Timestamp at) {
  const auto seconds = static_cast<std::time_t>(at.unix_seconds());
  std::tm parts{};
  ::tzset();
  const std::int64_t shift = ::localtime_r(&seconds, &parts) == nullptr ? 0 : parts.tm_gmtoff;  // else: UTC
  return (seconds + shift) / 60;
}

}  // namespace kw::platform
