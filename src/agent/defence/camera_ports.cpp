#include "agent/defence/camera.h"
#include "agent/identity/device_key.h"
#include "crypto/random.h"
#include "pki/key_file.h"
#include "platform/linux/camera_child.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/system_clock.h"

namespace kw::agent {
namespace {

constexpr std::string_view kRecordingsPurpose = "camera recordings";

struct CameraBase {
  platform::SystemClock clock;
  crypto::SystemRandom random;
};

// Sealed to the hardware like device.key: a disk that was carried away shows nothing.
Result<SecretBytes> recordings_secret(const std::string& directory, Random& random) {
  KW_TRY(const auto hardware, read_device_hardware({}));
  const auto path = directory + "/key";
  const auto file = platform::read_private_file(path, 4096);
  if (file) return pki::open_secret(*file, kRecordingsPurpose, hardware.guard_seal.reveal());
  if (file.code() != Errc::not_found) return file.error();
  SecretBytes secret(random.bytes(32));
  KW_TRY(const auto sealed, pki::seal_secret(secret.reveal(), kRecordingsPurpose, hardware.guard_seal.reveal(), random));
  KW_CHECK(platform::write_file_durably(path, sealed));
  return secret;
}

}  // namespace

CameraDefence::Ports camera_ports() {
  auto base = std::make_shared<CameraBase>();
  CameraDefence::Ports out;
  out.starter = std::make_unique<platform::CameraChildStarter>();
  out.secret = [base](const std::string& directory) { return recordings_secret(directory, base->random); };
  out.clock = &base->clock;
  out.random = &base->random;
  out.base = std::move(base);
  return out;
}

}  // namespace kw::agent
