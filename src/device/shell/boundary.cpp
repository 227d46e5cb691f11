#include "device/shell/boundary.h"

#include <algorithm>

#include "schema/codec.h"

namespace kw::device {
namespace {

namespace v1 = ::kioskward::v1;
constexpr std::uint32_t kShellVersion = 1;
constexpr std::size_t kMostShellWord = 1024, kMostKeyName = 40, kMostShellDetail = 512;
constexpr int kMostShellWords = 64, kMostShellKeys = 128;

Result<> shell_check(bool good, const char* what) {
  if (!good) return fail(Errc::malformed, std::string("shell: ") + what);
  return {};
}

template <class List>
bool all_within(const List& list, int most, std::size_t longest) {
  return list.size() <= most && std::ranges::all_of(list, [&](const std::string& one) {
           return !one.empty() && one.size() <= longest && one.find('\0') == std::string::npos;
         });
}

bool whole_path(const std::string& path) {
  return path.size() > 1 && path[0] == '/' && path.size() <= kMostShellWord && path.find('\0') == std::string::npos;
}

}  // namespace

Result<v1::ShellCommand> parse_shell_command(ByteView octets) {
  KW_TRY(auto message, schema::parse<v1::ShellCommand>(octets, kMostShellPacket));
  if (message.version() != kShellVersion) return fail(Errc::unsupported, "version of a shell command");
  if (message.body_case() == v1::ShellCommand::BODY_NOT_SET) return fail(Errc::malformed, "an empty shell command");
  if (!message.has_task()) return message;
  const auto& task = message.task();
  KW_CHECK(shell_check(whole_path(task.program()), "program"));
  KW_CHECK(shell_check(whole_path(task.profiles()), "profiles"));
  KW_CHECK(shell_check(all_within(task.arguments(), kMostShellWords, kMostShellWord), "arguments"));
  KW_CHECK(shell_check(all_within(task.keys(), kMostShellKeys, kMostKeyName), "keys"));
  KW_CHECK(shell_check(task.crash_runs() >= 2 && task.crash_runs() <= 100, "crash_runs"));
  KW_CHECK(shell_check(task.crash_seconds() >= 1 && task.crash_seconds() <= 86'400, "crash_seconds"));
  return message;
}

Result<v1::ShellNews> parse_shell_news(ByteView octets) {
  KW_TRY(auto message, schema::parse<v1::ShellNews>(octets, kMostShellPacket));
  if (message.version() != kShellVersion) return fail(Errc::unsupported, "version of shell news");
  switch (message.body_case()) {
    case v1::ShellNews::BODY_NOT_SET:
      return fail(Errc::malformed, "empty shell news");
    case v1::ShellNews::kReady:
      KW_CHECK(shell_check(all_within(message.ready().free_keys(), kMostShellKeys, kMostKeyName), "keys"));
      break;
    case v1::ShellNews::kStarted:
      KW_CHECK(shell_check(message.started().pid() > 1, "pid"));
      break;
    case v1::ShellNews::kEnded:
      KW_CHECK(shell_check(v1::ShellEnded::How_IsValid(message.ended().how()) &&
                               message.ended().how() != v1::ShellEnded::HOW_UNSPECIFIED,
                           "how"));
      break;
    case v1::ShellNews::kKey: {
      const auto& name = message.key().name();
      KW_CHECK(shell_check(!name.empty() && name.size() <= kMostKeyName &&
                               std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f; }),
                           "key"));
      break;
    }
    case v1::ShellNews::kAlive:
      break;
    case v1::ShellNews::kTrouble:
      KW_CHECK(shell_check(message.trouble().detail().size() <= kMostShellDetail, "detail"));
      break;
  }
  return message;
}

Bytes encode_shell(v1::ShellCommand message) {
  message.set_version(kShellVersion);
  return schema::serialise(message);
}
Bytes encode_shell(v1::ShellNews message) {
  message.set_version(kShellVersion);
  return schema::serialise(message);
}

}  // namespace kw::device
