#include "cli/public_key.h"

#include "crypto/pem.h"
#include "platform/linux/durable_file.h"

namespace kw::cli {
namespace {

constexpr std::size_t kMaxKeyFile = 16 * 1024;

}  // namespace

Result<crypto::Sm2PublicKey> load_public_key(const std::filesystem::path& path) {
  KW_TRY(const auto file, platform::read_file(path.string(), kMaxKeyFile));
  auto text = text_of(file);
  const auto spki = crypto::pem_find(text, "PUBLIC KEY");
  if (!spki && spki.code() == Errc::not_found) return crypto::Sm2PublicKey::from_spki(file);
  if (!spki) return spki.error();
  return crypto::Sm2PublicKey::from_spki(spki->reveal());
}

}  // namespace kw::cli
