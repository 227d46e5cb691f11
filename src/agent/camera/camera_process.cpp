#include "agent/camera/camera_process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "platform/linux/os_error.h"
#include "platform/linux/privileges.h"
#include "platform/linux/spawn.h"

namespace kw::agent {
namespace {

constexpr std::string_view kUser = "kioskward-camera", kOtherUser = "nobody";

class CameraChild final : public CameraProcess {
 public:
  CameraChild(pid_t pid, platform::UniqueFd socket, std::shared_ptr<std::vector<pid_t>> dying)
      : pid_(pid), socket_(std::move(socket)), dying_(std::move(dying)) {}
  ~CameraChild() override {
    ::kill(pid_, SIGKILL);
    dying_->push_back(pid_);  // a driver may hold it: nobody waits for that here
  }
  CameraChild(const CameraChild&) = delete;
  CameraChild& operator=(const CameraChild&) = delete;
  [[nodiscard]] int socket() const override { return socket_.get(); }

 private:
  pid_t pid_;
  platform::UniqueFd socket_;
  std::shared_ptr<std::vector<pid_t>> dying_;
};

Result<std::string> camera_user() {
  if (::geteuid() != 0 || !platform::may_change_user()) return std::string();
  for (const auto name : {kUser, kOtherUser})
    if (const auto account = platform::find_account(std::string(name)); account && account->uid != 0)
      return std::string(name);
  return fail(Errc::not_found, "no user for the camera process");
}

}  // namespace

void CameraChildStarter::tidy() {
  std::erase_if(*dying_, [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; });
}

Result<std::unique_ptr<CameraProcess>> CameraChildStarter::start() {
  tidy();
  std::error_code ec;
  const auto own = std::filesystem::read_symlink("/proc/self/exe", ec);
  if (ec) return fail(Errc::io, "/proc/self/exe: " + ec.message());
  KW_TRY(const auto user, camera_user());
  std::vector<std::string> words{"kioskward-camera"};
  if (!user.empty()) words.insert(words.end(), {"--user", user});
  KW_TRY(auto channel, platform::packet_pair());
  platform::SpawnOptions options;
  options.file = (own.parent_path() / "kioskward-camera").string();
  KW_TRY(const auto pid, platform::spawn(words, {channel.theirs.get(), STDERR_FILENO, STDERR_FILENO}, options));
  return std::unique_ptr<CameraProcess>(std::make_unique<CameraChild>(pid, std::move(channel.ours), dying_));
}

}  // namespace kw::agent
