#include "platform/linux/camera_child.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "platform/linux/os_error.h"
#include "platform/linux/privileges.h"
#include "platform/linux/spawn.h"

namespace kw::platform {
namespace {

constexpr std::string_view kUser = "kioskward-camera", kOtherUser = "nobody", kProgram = "kioskward-camera";

class CameraChild final : public device::CameraProcess {
 public:
  CameraChild(pid_t pid, UniqueFd socket, std::shared_ptr<std::vector<pid_t>> dying)
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
  UniqueFd socket_;
  std::shared_ptr<std::vector<pid_t>> dying_;
};

Result<std::string> camera_user() {
  if (::geteuid() != 0 || !may_change_user()) return std::string();
  for (const auto name : {kUser, kOtherUser})
    if (const auto account = find_account(std::string(name)); account && account->uid != 0) return std::string(name);
  return fail(Errc::not_found, "no user for the camera process");
}

Result<std::string> beside_this_program() {
  std::error_code ec;
  const auto own = std::filesystem::read_symlink("/proc/self/exe", ec);
  if (ec) return fail(Errc::io, "/proc/self/exe: " + ec.message());
  return (own.parent_path() / kProgram).string();
}

}  // namespace

void CameraChildStarter::tidy() {
  std::erase_if(*dying_, [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; });
}

Result<std::unique_ptr<device::CameraProcess>> CameraChildStarter::start() {
  tidy();
  KW_TRY(const auto user, camera_user());
  std::vector<std::string> words{std::string(kProgram)};
  if (!user.empty()) words.insert(words.end(), {"--user", user});
  SpawnOptions options;
  options.file = program_;
  if (program_.empty()) {
    KW_TRY(options.file, beside_this_program());
  }
  KW_TRY(auto channel, packet_pair());
  KW_TRY(const auto pid, spawn(words, {channel.theirs.get(), STDERR_FILENO, STDERR_FILENO}, options));
  return std::unique_ptr<device::CameraProcess>(std::make_unique<CameraChild>(pid, std::move(channel.ours), dying_));
}

}  // namespace kw::platform
