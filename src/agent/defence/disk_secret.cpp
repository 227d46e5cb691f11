#include "agent/defence/disk_secret.h"

#include "pki/key_file.h"
#include "platform/linux/durable_file.h"

namespace kw::agent {

Result<SecretBytes> disk_secret(const std::string& directory, std::string_view purpose, ByteView seal, Random& random) {
  const auto path = directory + "/key";
  const auto file = platform::read_private_file(path, 4096);
  if (file) return pki::open_secret(*file, purpose, seal);
  if (file.code() != Errc::not_found) return file.error();
  SecretBytes secret(random.bytes(32));
  KW_TRY(const auto sealed, pki::seal_secret(secret.reveal(), purpose, seal, random));
  KW_CHECK(platform::write_file_durably(path, sealed));
  return secret;
}

}  // namespace kw::agent
