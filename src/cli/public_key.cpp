#include "cli/public_key.h"

#include "pki/public_key.h"
#include "platform/linux/durable_file.h"

namespace kw::cli {
namespace {

constexpr std::size_t kMaxKeyFile = 16 * 1024;

}  // namespace

Result<crypto::Sm2PublicKey> load_public_key(const std::filesystem::path& path) {
  KW_TRY(const auto file, platform::read_file(path.string(), kMaxKeyFile));
  return pki::parse_public_key(file);
}

}  // namespace kw::cli
