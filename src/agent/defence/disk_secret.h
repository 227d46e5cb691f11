#pragma once
// disk_secret is the secret of what a section keeps in a directory, sealed to the hardware like device.key: a disk that was
// carried away opens nothing. Made where it is absent.
#include <memory>

#include "base/random.h"
#include "base/secret.h"
#include "crypto/random.h"
#include "platform/linux/system_clock.h"

namespace kw::agent {

/// `purpose` binds the secret to its use, `seal` to the machine.
Result<SecretBytes> disk_secret(const std::string& directory, std::string_view purpose, ByteView seal, Random& random);

/// SectionBase is what a section's adapters stand on.
struct SectionBase {
  platform::SystemClock clock;
  crypto::SystemRandom random;
};

}  // namespace kw::agent
