#include "platform/linux/camera_child.h"

#include <unistd.h>

#include "platform/linux/spawn.h"

namespace kw::platform {
namespace {

constexpr std::string_view kCameraUser = "kioskward-camera", kOtherUser = "nobody", kProgram = "kioskward-camera";

class CameraChild final : public device::CameraProcess {
 public:
  CameraChild(pid_t pid, UniqueFd socket, std::shared_ptr<DyingChildren> dying)
      : pid_(pid), socket_(std::move(socket)), dying_(std::move(dying)) {}
  ~CameraChild() override {
    dying_->end(pid_);  // a driver may hold it: nobody waits for that here
  }
  CameraChild(const CameraChild&) = delete;
  CameraChild& operator=(const CameraChild&) = delete;
  [[nodiscard]] int socket() const override { return socket_.get(); }

 private:
  pid_t pid_;
  UniqueFd socket_;
  std::shared_ptr<DyingChildren> dying_;
};

}  // namespace

Result<std::unique_ptr<device::CameraProcess>> CameraChildStarter::start() {
  tidy();
  KW_TRY(const auto user, child_user({kCameraUser, kOtherUser}));
  std::vector<std::string> words{std::string(kProgram)};
  if (!user.empty()) words.insert(words.end(), {"--user", user});
  SpawnOptions options;
  options.file = program_;
  if (program_.empty()) {
    KW_TRY(options.file, beside_this_program(kProgram));
  }
  KW_TRY(auto channel, packet_pair());
  KW_TRY(const auto pid, spawn(words, {channel.theirs.get(), STDERR_FILENO, STDERR_FILENO}, options));
  return std::unique_ptr<device::CameraProcess>(std::make_unique<CameraChild>(pid, std::move(channel.ours), dying_));
}

}  // namespace kw::platform
