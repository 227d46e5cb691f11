#include "platform/linux/clipboard_child.h"

#include <unistd.h>

#include "platform/linux/spawn.h"

namespace kw::platform {
namespace {

constexpr std::string_view kClipboardProgram = "kioskward-clipboard";

class ClipboardChild final : public device::ClipboardProcess {
 public:
  ClipboardChild(pid_t pid, UniqueFd socket, std::shared_ptr<DyingChildren> dying)
      : pid_(pid), socket_(std::move(socket)), dying_(std::move(dying)) {}
  ~ClipboardChild() override { dying_->end(pid_); }
  ClipboardChild(const ClipboardChild&) = delete;
  ClipboardChild& operator=(const ClipboardChild&) = delete;
  [[nodiscard]] int socket() const override { return socket_.get(); }

 private:
  pid_t pid_;
  UniqueFd socket_;
  std::shared_ptr<DyingChildren> dying_;
};

}  // namespace

Result<std::unique_ptr<device::ClipboardProcess>> ClipboardChildStarter::start() {
  tidy();
  if (screen_.display.empty()) return fail(Errc::unavailable, "no display");
  KW_TRY(const auto user, screen_.user.empty() ? child_user({"nobody"}) : child_user({screen_.user}));
  std::vector<std::string> words{std::string(kClipboardProgram)};
  if (!user.empty()) words.insert(words.end(), {"--user", user});
  SpawnOptions options;
  options.file = program_;
  if (program_.empty()) {
    KW_TRY(options.file, beside_this_program(kClipboardProgram));
  }
  options.environment.push_back("DISPLAY=" + screen_.display);
  if (!screen_.cookie.empty()) options.environment.push_back("XAUTHORITY=" + screen_.cookie);
  KW_TRY(auto channel, packet_pair());
  KW_TRY(const auto pid, spawn(words, {channel.theirs.get(), STDERR_FILENO, STDERR_FILENO}, options));
  return std::unique_ptr<device::ClipboardProcess>(
      std::make_unique<ClipboardChild>(pid, std::move(channel.ours), dying_));
}

}  // namespace kw::platform
