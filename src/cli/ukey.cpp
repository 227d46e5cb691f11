#include "cli/ukey.h"

#include <ostream>

#include "base/base64url.h"
#include "crypto/x509.h"
#include "platform/skf/skf_token.h"

namespace kw::cli {
namespace {

constexpr int kMostPinTries = 3;

constexpr std::string_view kUkeyHelp = R"(usage: kioskward ukey keys --skf LIB
       kioskward ukey certificate --skf LIB [--token NAME]
       kioskward ukey sign --skf LIB [--token NAME] [--credentials FILE] CHALLENGE
  --skf LIB          the UKey's library, with the interface of GM/T 0016 (SKF)
  --token NAME       which of its keys, DEVICE/APPLICATION/CONTAINER, where there are several
  --credentials FILE the PIN, in a file of mode 0600; the terminal is asked without it
  CHALLENGE          the line that the console shows; what is printed goes back into the console
)";

int ukey_failed(Terminal& terminal, const Error& error) {
  terminal.err << "kioskward: " << error.text() << "\n";
  return error.code() == Errc::invalid ? kUsage : kFailed;
}

int list_keys(const Options& options, Terminal& terminal) {
  if (!options.has("skf")) return ukey_failed(terminal, Error(Errc::invalid, "--skf LIB: which library"));
  const auto keys = platform::list_skf_keys(options.value("skf"));
  if (!keys) return ukey_failed(terminal, keys.error());
  for (const auto& key : *keys) terminal.out << key << "\n";
  return kDone;
}

int print_certificate(const Options& options, Terminal& terminal) {
  const auto token = open_ukey(options);
  if (!token) return ukey_failed(terminal, token.error());
  const auto der = (*token)->certificate();
  if (!der) return ukey_failed(terminal, der.error());
  const auto certificate = crypto::Certificate::parse(*der);
  if (!certificate) return ukey_failed(terminal, certificate.error());
  terminal.out << certificate->pem();
  return kDone;
}

/// For an answer: the signature. To register: certificate and signature, with a dot between.
int sign_challenge(const Options& options, Terminal& terminal) {
  const auto message = pki::parse_ukey_message(options.positional().at(1));
  if (!message) return ukey_failed(terminal, Error(Errc::invalid, message.error().detail()));
  auto input = SecretInput::open(terminal, options.value("credentials"));
  if (!input) return ukey_failed(terminal, input.error());
  const auto token = open_ukey(options);
  if (!token) return ukey_failed(terminal, token.error());
  std::string certificate;
  if (message->purpose == "add") {
    const auto der = (*token)->certificate();
    if (!der) return ukey_failed(terminal, der.error());
    certificate = to_base64url(*der) + ".";
  }
  const auto signature = sign_line(terminal, *input, **token, *message);
  if (!signature) return ukey_failed(terminal, signature.error());
  terminal.out << certificate << to_base64url(*signature) << "\n";
  return kDone;
}

}  // namespace

Result<std::unique_ptr<pki::Token>> open_ukey(const Options& options) {
  if (!options.has("skf")) return fail(Errc::invalid, "--skf LIB: which library the UKey has");
  return platform::open_skf_token(options.value("skf"), options.value("token"));
}

Result<> show_pin(Terminal& terminal, SecretInput& input, pki::Token& token) {
  for (int tries = 1;; ++tries) {
    const bool typed = input.interactive();
    KW_TRY(const auto pin, input.ask("PIN of the UKey"));
    const auto shown = token.show_pin(pin);
    if (shown) return {};
    if (shown.code() != Errc::forbidden) return shown.error();
    KW_TRY(const auto left, token.tries_left());
    terminal.err << "kioskward: wrong PIN, " << left << (left == 1 ? " try" : " tries") << " left\n";
    // The last try is the person's to begin anew, not ours to ask for.
    if (!typed || left <= 1 || tries == kMostPinTries) return shown.error();
  }
}

Result<Bytes> sign_line(Terminal& terminal, SecretInput& input, pki::Token& token, const pki::UkeyMessage& message) {
  terminal.err << "The UKey signs: " << message.purpose << ", platform " << message.platform << ", account "
               << message.account << "\n";
  KW_CHECK(show_pin(terminal, input, token));
  return token.sign(bytes_of(message.text()));
}

int run_ukey(std::span<const std::string> args, Terminal& terminal) {
  const auto options = Options::parse(args, {{"skf", true}, {"token", true}, {"credentials", true}, {"help", false}});
  if (!options) return ukey_failed(terminal, options.error());
  const auto& words = options->positional();
  if (options->has("help")) {
    terminal.out << kUkeyHelp;
    return kDone;
  }
  const std::string what = words.empty() ? "" : words[0];
  if (what == "keys" && words.size() == 1) return list_keys(*options, terminal);
  if (what == "certificate" && words.size() == 1) return print_certificate(*options, terminal);
  if (what == "sign" && words.size() == 2) return sign_challenge(*options, terminal);
  terminal.err << kUkeyHelp;
  return kUsage;
}

}  // namespace kw::cli
