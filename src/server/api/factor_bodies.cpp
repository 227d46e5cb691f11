#include "server/api/factor_bodies.h"

#include "base/base64url.h"
#include "server/api/call.h"

namespace kw::server {
namespace {

constexpr std::size_t kMostField = 16 * 1024;  // octets; the ceremonies have closer bounds of their own
constexpr std::size_t kMostSignature = 1024;

Result<Bytes> binary(std::string_view pointer, const std::optional<std::string>& text, std::size_t most) {
  if (!text) return Bytes();
  if (text->size() > most / 3 * 4 + 4) return fail(Errc::invalid, std::string(pointer) + ": too long");
  auto out = from_base64url(*text);
  if (!out) return fail(Errc::invalid, std::string(pointer) + ": base64url without padding expected");
  return std::move(*out);
}

}  // namespace

Result<> check_code(const std::string& code) {
  const bool digits = code.size() == 6 && code.find_first_not_of("0123456789") == std::string::npos;
  return digits ? Result<>() : fail(Errc::invalid, "/code: six digits");
}

Result<FactorAnswer> answer_of(const std::optional<std::string>& code, const std::optional<AnswerBody>& answer) {
  if (code.has_value() == answer.has_value()) return fail(Errc::invalid, "/: code or answer, one of the two");
  if (code) {
    KW_CHECK(check_code(*code));
    return FactorAnswer(*code);
  }
  if (answer->factor != "passkey" && answer->factor != "ukey") return fail(Errc::invalid, "/answer/factor: unknown");
  KW_CHECK(check_text("/answer/attempt", answer->attempt, 1, 512));
  FactorAnswer out;
  out.factor = answer->factor;
  out.attempt = answer->attempt;
  KW_TRY(out.signature, binary("/answer/signature", answer->signature, kMostSignature));
  KW_TRY(out.handle, binary("/answer/credential", answer->credential, kMostSignature));
  KW_TRY(out.client_data, binary("/answer/client_data", answer->client_data, kMostField));
  KW_TRY(out.authenticator_data, binary("/answer/authenticator_data", answer->authenticator_data, kMostField));
  return out;
}

Result<NewFactor> new_factor_of(const FactorNew& body) {
  KW_CHECK(check_text("/name", body.name, 1, 64));
  KW_CHECK(check_text("/attempt", body.attempt, 1, 512));
  NewFactor out;
  out.factor = body.factor;
  out.name = body.name;
  out.attempt = body.attempt;
  KW_TRY(out.client_data, binary("/client_data", body.client_data, kMostField));
  KW_TRY(out.attestation_object, binary("/attestation_object", body.attestation_object, kMostField));
  KW_TRY(out.certificate, binary("/certificate", body.certificate, kMostField));
  KW_TRY(out.signature, binary("/signature", body.signature, kMostSignature));
  return out;
}

}  // namespace kw::server
