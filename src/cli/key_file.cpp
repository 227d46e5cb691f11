#include "cli/key_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <ostream>

#include "cli/api/download.h"
#include "cli/api/secret_body.h"
#include "cli/options.h"
#include "platform/linux/durable_file.h"

namespace kw::cli {
namespace {

constexpr std::string_view kKeyUsage =
    "usage: kioskward key make FILE [--credentials FILE]   a new SM2 key under a passphrase (PKCS#8, scrypt, SM4)\n"
    "       kioskward key show FILE [--credentials FILE]   its ID and public half\n"
    "The passphrase is asked for; --credentials names a file of mode 0600 that holds it. The key signs orders, policy "
    "and\n"
    "the rule of persons (signing-keys add, signings sign); openssl reads the file, too.\n";
constexpr std::size_t kLeastPhrase = 12;

void show(std::ostream& out, const crypto::Sm2PublicKey& key) {
  out << "key   " << to_hex(key.key_id()) << "\nspki  " << to_hex(key.spki()) << std::endl;
}

Result<> make(const std::string& path, SecretInput& input, std::ostream& out) {
  KW_TRY(const auto phrase, chosen_password([&](std::string_view) { return input.ask("Passphrase of the new key"); },
                                            input.interactive()));
  if (phrase.size() < kLeastPhrase) return fail(Errc::invalid, "a passphrase of 12 characters or more");
  KW_TRY(const auto key, crypto::Sm2PrivateKey::generate());
  KW_TRY(const auto pem, crypto::seal_pkcs8(key, phrase.reveal()));
  KW_CHECK(make_file(path, bytes_of(pem)));
  show(out, key.public_key());
  return {};
}

}  // namespace

Result<crypto::Sm2PrivateKey> open_key_file(const std::string& path, SecretInput& input) {
  KW_TRY(const auto pem, platform::read_file(path, crypto::kMostKeyPem));
  KW_TRY(const auto phrase, input.ask("Passphrase of " + path));
  auto key = crypto::open_pkcs8(text_of(pem), phrase.reveal());
  if (!key) return key.error().within(path);
  return key;
}

int run_key(std::span<const std::string> args, Terminal& terminal) {
  const auto options = Options::parse(args, {{"credentials", true}, {"help", false}});
  if (options && options->has("help")) {
    terminal.out << kKeyUsage;
    return kDone;
  }
  const auto words = options ? options->positional() : std::vector<std::string>();
  if (words.size() != 2 || (words[0] != "make" && words[0] != "show")) {
    terminal.err << kKeyUsage;
    return kUsage;
  }
  auto input = SecretInput::open(terminal, options->value("credentials"));
  if (!input) return complain(terminal.err, input.error());
  if (words[0] == "make") {
    const auto made = make(words[1], *input, terminal.out);
    return made ? kDone : complain(terminal.err, made.error());
  }
  const auto key = open_key_file(words[1], *input);
  if (!key) return complain(terminal.err, key.error());
  show(terminal.out, key->public_key());
  return kDone;
}

}  // namespace kw::cli
