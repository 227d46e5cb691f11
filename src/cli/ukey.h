#pragma once
// open_ukey and sign_line use a person's UKey from the shell; `kioskward ukey` does it for a browser that cannot.
//
//   KW_TRY(auto token, open_ukey(options));           // --skf LIB, --token NAME
//   KW_TRY(const auto signature, sign_line(terminal, input, *token, message));
//
// The person sees what is signed before the PIN is asked, and how many tries are left after a wrong one.
#include "cli/api/secret_input.h"
#include "cli/options.h"
#include "pki/token.h"
#include "pki/ukey_message.h"

namespace kw::cli {

/// open_ukey: Errc::invalid without --skf; else as platform::open_skf_token.
Result<std::unique_ptr<pki::Token>> open_ukey(const Options& options);
/// show_pin asks for the PIN, of a person again after a wrong one while more than one try is left, three times at most.
Result<> show_pin(Terminal& terminal, SecretInput& input, pki::Token& token);
/// sign_line tells the message, asks for the PIN and signs.
Result<Bytes> sign_line(Terminal& terminal, SecretInput& input, pki::Token& token, const pki::UkeyMessage& message);

/// run_ukey is the command: keys, certificate, sign.
int run_ukey(std::span<const std::string> args, Terminal& terminal);

}  // namespace kw::cli
