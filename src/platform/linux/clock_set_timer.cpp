#include "platform/linux/clock_set_timer.h"

#include <sys/timerfd.h>

#include <cerrno>
#include <cstdint>
#include <ctime>

#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {
constexpr std::time_t kFar = 10LL * 365 * 24 * 3600;
}

Result<ClockSetTimer> ClockSetTimer::open() {
  ClockSetTimer out(UniqueFd(::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK)));
  if (!out.fd_) return fail_os("clock timer");
  KW_CHECK(out.arm());
  return out;
}

Result<> ClockSetTimer::arm() {
  itimerspec when{};
  ::clock_gettime(CLOCK_REALTIME, &when.it_value);
  when.it_value.tv_sec += kFar;
  if (::timerfd_settime(fd_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when, nullptr) != 0)
    return fail_os("arm clock timer");
  return {};
}

Result<bool> ClockSetTimer::take() {
  std::uint64_t expired = 0;
  const auto n = ::read(fd_.get(), &expired, sizeof expired);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  const bool set = n < 0 && errno == ECANCELED;
  if (n < 0 && !set) return fail_os("clock timer");
  KW_CHECK(arm());
  return set;
}

}  // namespace kw::platform
