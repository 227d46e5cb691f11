#include "agent/defence/camera.h"
#include "agent/defence/disk_secret.h"
#include "agent/identity/device_key.h"
#include "platform/linux/camera_child.h"

namespace kw::agent {
namespace {

constexpr std::string_view kRecordingsPurpose = "camera recordings";

Result<SecretBytes> recordings_secret(const std::string& directory, Random& random) {
  KW_TRY(const auto hardware, read_device_hardware({}));
  return disk_secret(directory, kRecordingsPurpose, hardware.guard_seal.reveal(), random);
}

}  // namespace

CameraDefence::Ports camera_ports() {
  auto base = std::make_shared<SectionBase>();
  CameraDefence::Ports out;
  out.starter = std::make_unique<platform::CameraChildStarter>();
  out.secret = [base](const std::string& directory) { return recordings_secret(directory, base->random); };
  out.clock = &base->clock;
  out.random = &base->random;
  out.base = std::move(base);
  return out;
}

}  // namespace kw::agent
