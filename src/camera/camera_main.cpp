#include "camera/camera_main.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>

#include "base/text.h"
#include "camera/pipeline.h"
#include "device/camera/boundary.h"
#include "platform/linux/helper_program.h"
#include "platform/linux/os_error.h"
#include "platform/linux/privileges.h"
#include "platform/linux/system_clock.h"

namespace kw::camera {
namespace {

constexpr auto kLook = std::chrono::milliseconds(100);
constexpr platform::HelperLimits kLimits{std::uint64_t{2} << 30, 128};

/// ToGuard sends one packet at a time; a guard that does not read holds up the branch that waits for it, which then
/// loses pictures.
class ToGuard final : public CameraOutput {
 public:
  void frame(const device::FrameSeen& seen) override { send(device::frame_message(seen, clock_.now())); }
  void video(v1::CameraVideo::Part part, ByteView octets) override {
    v1::CameraMessage out;
    out.mutable_video()->set_part(part);
    out.mutable_video()->set_taken_ns(clock_.now().unix_ns);
    out.mutable_video()->set_data(copy_text(octets));
    send(std::move(out));
  }
  void picture(ByteView jpeg) override {
    if (jpeg.empty() || jpeg.size() > device::kMostCameraPicture) return;
    const auto now = clock_.now();
    const std::lock_guard whole(picture_);
    for (std::size_t at = 0; at < jpeg.size(); at += device::kMostCameraPart) {
      v1::CameraMessage out;
      out.mutable_picture()->set_taken_ns(now.unix_ns);
      out.mutable_picture()->set_total(static_cast<std::uint32_t>(jpeg.size()));
      out.mutable_picture()->set_data(copy_text(jpeg.subspan(at, std::min(device::kMostCameraPart, jpeg.size() - at))));
      send(std::move(out));
    }
  }
  void send(v1::CameraMessage message) {
    const auto octets = device::encode_camera(std::move(message));
    const std::lock_guard lock(mutex_);
    while (::send(platform::kGuardSocket, octets.data(), octets.size(), MSG_NOSIGNAL) < 0 && errno == EINTR) {
    }  // a guard that has gone is seen by the reader
  }

 private:
  platform::SystemClock clock_;
  std::mutex mutex_, picture_;
};

/// receive gives one command; Errc::closed once the guard has gone, unavailable where nothing waits.
Result<v1::CameraCommand> receive(int flags) {
  Bytes octets(device::kMostCameraPacket);
  for (;;) {
    const auto n = ::recv(platform::kGuardSocket, octets.data(), octets.size(), flags);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return fail(Errc::unavailable, "nothing from the guard");
    if (n < 0) return platform::fail_os("hear the guard");
    if (n == 0) return fail(Errc::closed, "the guard is gone");
    return device::parse_camera_command(ByteView(octets).first(static_cast<std::size_t>(n)));
  }
}

Result<> give_up_power(const std::string& user, bool network) {
  KW_CHECK(platform::confine(user, kLimits));
  if (!network) KW_CHECK(platform::refuse_sockets());
  return platform::narrow_system_calls();
}

Result<> run(const std::string& user, ToGuard& guard) {
  KW_TRY(const auto first, receive(0));
  if (!first.has_setup()) return fail(Errc::malformed, "the guard does not begin with a setup");
  KW_CHECK(give_up_power(user, first.setup().source() == v1::RTSP));
  KW_TRY(const auto pipeline, CameraPipeline::open(first.setup(), guard));
  v1::CameraMessage started;
  started.mutable_started()->set_content_type(pipeline->content_type());
  guard.send(std::move(started));
  for (;;) {
    KW_CHECK(pipeline->wait(kLook));
    for (;;) {
      const auto command = receive(MSG_DONTWAIT);
      if (!command && command.code() == Errc::unavailable) break;
      if (!command && command.code() == Errc::closed) return {};
      if (!command) return command.error();
      if (command->has_pictures()) pipeline->pictures(command->pictures().wanted());
    }
  }
}

}  // namespace

int camera_main(const std::vector<std::string>& words, std::ostream& err) {
  const auto user = platform::begin_helper(words, "kioskward-cam");
  if (!user) {
    err << "kioskward-camera: " << user.error().detail() << "\n";
    return 2;
  }
  ToGuard guard;
  const auto done = run(*user, guard);
  if (done) return 0;
  err << "kioskward-camera: " << done.error().text() << "\n";
  v1::CameraMessage trouble;
  trouble.mutable_trouble()->set_code(std::string(trouble_word(done.code())));
  trouble.mutable_trouble()->set_detail(clean_text(done.error().text(), 400));
  guard.send(std::move(trouble));
  return 1;
}

}  // namespace kw::camera
