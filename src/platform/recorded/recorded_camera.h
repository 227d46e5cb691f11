#pragma once
// RecordedCamera is a camera process that a test plays: it says what the test says, or answers as the real one does.
//
// Not thread-safe.
#include <sys/socket.h>

#include <optional>

#include "device/camera/boundary.h"
#include "platform/recorded/recorded_helper.h"

namespace kw::platform {

/// What the test has in its hand of the process that was started last.
struct RecordedCamera {
  UniqueFd theirs;
  int starts = 0;
  bool refuse = false;
  std::uint64_t digest = 0;

  void say(::kioskward::v1::CameraMessage message) {
    const auto octets = device::encode_camera(std::move(message));
    static_cast<void>(::send(theirs.get(), octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
  }
  /// hear gives the next command; nothing where none waits. What is no command ends the process.
  std::optional<::kioskward::v1::CameraCommand> hear() {
    Bytes octets(device::kMostCameraPacket);
    const auto n = ::recv(theirs.get(), octets.data(), octets.size(), MSG_DONTWAIT);
    if (n <= 0) return std::nullopt;
    auto command = device::parse_camera_command(ByteView(octets).first(static_cast<std::size_t>(n)));
    if (command) return std::move(*command);
    theirs.reset();
    return std::nullopt;
  }
  /// answer does what the real process does: a start and frames after a setup, a picture while they are wanted.
  void answer() {
    while (const auto command = hear()) {
      ::kioskward::v1::CameraMessage out;
      if (command->has_setup()) {
        out.mutable_started()->set_content_type("video/webm");
        say(std::move(out));
        device::FrameSeen seen;
        seen.view.fill(90);
        seen.digest = ++digest;
        say(device::frame_message(seen, {}));
      } else if (command->pictures().wanted()) {
        out.mutable_picture()->set_total(4);
        out.mutable_picture()->set_data("\xff\xd8\xff\xe0");
        say(std::move(out));
      }
    }
  }
};

class RecordedCameraStarter final : public device::HelperStarter {
 public:
  explicit RecordedCameraStarter(RecordedCamera& camera) : camera_(camera) {}
  Result<std::unique_ptr<device::HelperProcess>> start() override {
    ++camera_.starts;
    if (camera_.refuse) return fail(Errc::not_found, "no program");
    return record_helper(camera_.theirs);
  }

 private:
  RecordedCamera& camera_;
};

}  // namespace kw::platform
