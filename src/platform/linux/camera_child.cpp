#include "platform/linux/camera_child.h"

namespace kw::platform {
namespace {

constexpr std::string_view kCameraUser = "kioskward-camera", kOtherUser = "nobody", kProgram = "kioskward-camera";

}  // namespace

Result<std::unique_ptr<device::HelperProcess>> CameraChildStarter::start() {
  tidy();
  KW_TRY(auto user, child_user({kCameraUser, kOtherUser}));
  return children_.start({kProgram, program_, std::move(user)});
}

}  // namespace kw::platform
