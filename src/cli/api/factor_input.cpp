#include "cli/api/factor_input.h"

#include "base/base64url.h"
#include "cli/api/render.h"
#include "cli/api/secret_body.h"

namespace kw::cli {
namespace {

/// What went wrong on this side is told as it is: advice about the platform would mislead.
tl::unexpected<Refusal> refused_by(const Error& error) { return tl::unexpected(Refusal{error.text(), {}, {}}); }

}  // namespace

Result<std::unique_ptr<pki::Token>> ukey_of(const Options& options) {
  const auto factor = options.value("factor");
  if (factor == "ukey") return open_ukey(options);
  if (factor == "passkey") return fail(Errc::invalid, "--factor passkey: a browser is needed for it");
  if (!factor.empty() && factor != "totp") return fail(Errc::invalid, "--factor: totp or ukey");
  if (options.has("skf")) return fail(Errc::invalid, "--skf goes with --factor ukey");
  return std::unique_ptr<pki::Token>();
}

tl::expected<SignedChallenge, Refusal> signed_challenge(Terminal& terminal, SecretInput& input, pki::Token& ukey,
                                                        const Session& session, std::string_view purpose) {
  const bool outside = purpose == "login";
  auto body = outside ? object_of({{"account", session.account}, {"factor", "ukey"}})
                      : object_of({{"factor", "ukey"}, {"purpose", purpose}});
  const auto answer =
      exchange(request_of(find_operation(outside ? "challengeLogin" : "challengeFactor"), std::move(body)), session);
  if (!answer) return tl::unexpected(answer.error());
  if (!answer->json.is_object()) return refused_by(Error(Errc::malformed, "the server's answer holds no challenge"));
  const auto& object = answer->json.get_object();
  const auto message = pki::parse_ukey_message(text_member(object, "message"));
  // A UKey signs nothing but what this command is for.
  if (!message || message->purpose != purpose || message->account != session.account)
    return refused_by(Error(Errc::malformed, "the server's challenge is for something else"));
  auto signature = sign_line(terminal, input, ukey, *message);
  if (!signature) return refused_by(signature.error().within("UKey"));
  return SignedChallenge{text_member(object, "attempt"), std::move(*signature)};
}

tl::expected<FactorMember, Refusal> show_factor(Terminal& terminal, SecretInput& input, pki::Token* ukey,
                                                const Session& session, std::string_view purpose) {
  if (ukey == nullptr) {
    const auto code = input.ask("One-time code");
    if (!code) return refused_by(code.error());
    std::string json;
    append_json_string(json, text_of(code->reveal()));
    return FactorMember{"code", std::move(json)};
  }
  const auto done = signed_challenge(terminal, input, *ukey, session, purpose);
  if (!done) return tl::unexpected(done.error());
  return FactorMember{"answer", object_of({{"factor", "ukey"},
                                           {"attempt", done->attempt},
                                           {"signature", to_base64url(done->signature)}})};
}

}  // namespace kw::cli
