#include "agent/guard/link_process.h"

#include <fcntl.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>

#include "platform/linux/os_error.h"
#include "platform/linux/spawn.h"

namespace kw::agent {
namespace {

using platform::UniqueFd;

class LinkChild final : public LinkProcess {
 public:
  LinkChild(pid_t pid, UniqueFd handle, UniqueFd socket)
      : pid_(pid), handle_(std::move(handle)), socket_(std::move(socket)) {}
  ~LinkChild() override {
    LinkChild::kill();
    LinkChild::reap();
  }
  UniqueFd take_socket() override { return std::move(socket_); }
  [[nodiscard]] int handle() const override { return handle_.get(); }
  [[nodiscard]] platform::ProcessMood mood() const override { return platform::mood_of(pid_); }
  void kill() override {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
  }
  std::optional<bool> reap() override {
    if (pid_ <= 0) return std::nullopt;
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
    pid_ = -1;
    return WIFSIGNALED(status);
  }

 private:
  pid_t pid_;
  UniqueFd handle_, socket_;
};

}  // namespace

Result<std::unique_ptr<LinkProcess>> LinkChildStarter::start() {
  KW_CHECK(prepare_());
  KW_TRY(auto channel, platform::stream_pair());
  KW_TRY(auto secret, platform::stream_pair());
  const auto octets = seal_.reveal();
  if (::write(secret.ours.get(), octets.data(), octets.size()) != static_cast<ssize_t>(octets.size()))
    return platform::fail_os("hand over the seal");
  std::vector<std::string> words{"kioskward-agent", "link-process", "--state", directory_};
  if (!user_.empty()) words.insert(words.end(), {"--user", user_});
  UniqueFd log;
  if (!log_.empty()) {
    log.reset(::open(log_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
    if (!log) return platform::fail_os("open " + log_);
  }
  platform::SpawnOptions options;
  options.file = "/proc/self/exe";  // this very program, whatever its file is by now
  KW_TRY(const auto pid,
         platform::spawn(words, {channel.theirs.get(), secret.theirs.get(), log ? log.get() : STDERR_FILENO}, options));
  UniqueFd handle(platform::open_pidfd(pid));
  auto child = std::make_unique<LinkChild>(pid, std::move(handle), std::move(channel.ours));
  if (child->handle() < 0) return platform::fail_os("watch the link process");
  return std::unique_ptr<LinkProcess>(std::move(child));
}

}  // namespace kw::agent
