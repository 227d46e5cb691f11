#include "drill/guard_talk.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "device/drill/boundary.h"
#include "platform/linux/helper_program.h"
#include "platform/linux/os_error.h"

namespace kw::drill {
namespace {

constexpr Duration kLongestWait = std::chrono::seconds(1);

}  // namespace

void GuardTalk::say(v1::DrillNews news) const {
  const auto octets = device::encode_drill(std::move(news));
  while (::send(platform::kGuardSocket, octets.data(), octets.size(), MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }  // a guard that has gone is seen by the reader
}

Result<std::optional<v1::DrillCommand>> GuardTalk::next(int milliseconds) {
  pollfd ready{platform::kGuardSocket, POLLIN, 0};
  const int count = ::poll(&ready, 1, milliseconds);
  if (count < 0 && errno != EINTR) return platform::fail_os("wait for the guard");
  if (count <= 0) return std::optional<v1::DrillCommand>();
  Bytes packet(device::kMostDrillPacket + 1);
  const auto n = ::recv(platform::kGuardSocket, packet.data(), packet.size(), 0);
  if (n < 0 && errno == EINTR) return std::optional<v1::DrillCommand>();
  if (n < 0) return platform::fail_os("hear the guard");
  if (n == 0) return fail(Errc::closed, "the guard is gone");
  KW_TRY(auto command, device::parse_drill_command(ByteView(packet).first(static_cast<std::size_t>(n))));
  if (!command.has_ask()) return std::optional(std::move(command));
  v1::DrillNews alive;
  alive.mutable_alive();
  say(std::move(alive));
  return std::optional<v1::DrillCommand>();
}

Result<v1::DrillCommand> GuardTalk::hear() {
  for (;;) {
    KW_TRY(auto command, next(-1));
    if (command) return std::move(*command);
  }
}

Result<> GuardTalk::breathe(Duration wait) {
  const auto capped = std::min(wait, kLongestWait);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(capped).count();
  KW_TRY(const auto command, next(static_cast<int>(ms)));
  if (command) return fail(Errc::malformed, "the guard asks for something while it is searched");
  return {};
}

}  // namespace kw::drill
