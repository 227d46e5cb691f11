#include "cli/own_key.h"

namespace kw::cli {

Result<OwnKey> OwnKey::named(const Options& options) {
  if (options.has("key") == options.has("skf")) return fail(Errc::invalid, "--key FILE or --skf LIB: which key signs");
  if (options.has("key")) return OwnKey(File{options.value("key"), {}});
  KW_TRY(auto token, open_ukey(options));
  return OwnKey(std::move(token));
}

Result<> OwnKey::unlock(Terminal& terminal, SecretInput& input) {
  if (auto* token = std::get_if<Ukey>(&key_)) return show_pin(terminal, input, **token);
  auto& file = std::get<File>(key_);
  KW_TRY(file.key, open_key_file(file.path, input));
  return {};
}

crypto::Sm2PublicKey OwnKey::public_key() const {
  if (const auto* token = std::get_if<Ukey>(&key_)) return (*token)->public_key();
  return std::get<File>(key_).key->public_key();
}

Result<Bytes> OwnKey::sign(ByteView message) {
  if (auto* token = std::get_if<Ukey>(&key_)) return (*token)->sign(message);
  return std::get<File>(key_).key->sign(message);
}

}  // namespace kw::cli
