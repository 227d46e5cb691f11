#include "webauthn/authenticator_data.h"

namespace kw::webauthn {
namespace {

constexpr unsigned kUserPresent = 0x01, kUserVerified = 0x04, kAttested = 0x40, kExtensions = 0x80;
constexpr std::size_t kHash = 32, kAaguid = 16;

Result<AttestedCredential> take_credential(ByteView octets, std::size_t& taken) {
  Reader in(octets);
  KW_CHECK(in.take(kAaguid));  // the model of the authenticator: nothing is decided by it without attestation
  KW_TRY(const auto id, in.vec16(kMostCredentialId));
  if (id.empty()) return fail(Errc::malformed, "credential ID");
  const auto rest = octets.subspan(in.position());
  CborReader cbor(rest);
  KW_TRY(auto key, take_credential_key(cbor));
  if (cbor.position() > kMostCoseKey) return fail(Errc::too_large, "COSE key");
  taken = in.position() + cbor.position();
  return AttestedCredential{copy(id), copy(rest.first(cbor.position())), std::move(key)};
}

}  // namespace

Result<AuthenticatorData> parse_authenticator_data(ByteView octets) {
  if (octets.size() > kMostAuthenticatorData) return fail(Errc::too_large, "authenticator data");
  Reader in(octets);
  AuthenticatorData out;
  KW_TRY(const auto hash, in.take(kHash));
  KW_TRY(const auto flags, in.u8());
  KW_TRY(out.counter, in.u32());
  out.rp_id_hash = copy(hash);
  out.user_present = (flags & kUserPresent) != 0;
  out.user_verified = (flags & kUserVerified) != 0;
  auto rest = in.rest();
  if ((flags & kAttested) != 0) {
    std::size_t taken = 0;
    KW_TRY(out.credential, take_credential(rest, taken));
    rest = rest.subspan(taken);
  }
  if ((flags & kExtensions) != 0) {  // none is asked for; what an authenticator adds by itself means nothing here
    CborReader extensions(rest);
    KW_CHECK(extensions.map());
    extensions = CborReader(rest);
    KW_CHECK(extensions.skip());
    rest = rest.subspan(extensions.position());
  }
  if (!rest.empty()) return fail(Errc::trailing_data, "authenticator data");
  return out;
}

Result<AuthenticatorData> parse_attestation_object(ByteView octets) {
  if (octets.size() > kMostAttestationObject) return fail(Errc::too_large, "attestation object");
  CborReader in(octets);
  KW_TRY(const auto pairs, in.map());
  std::optional<ByteView> data;
  bool format = false, statement = false;
  for (std::size_t i = 0; i < pairs; ++i) {
    KW_TRY(const auto name, in.text());
    if (name == "authData" && !data) {
      KW_TRY(data, in.octets());
    } else if (name == "fmt" && !format) {
      KW_CHECK(in.text());
      format = true;
    } else if (name == "attStmt" && !statement) {
      KW_CHECK(in.skip());
      statement = true;
    } else {
      return fail(Errc::malformed, "attestation object");
    }
  }
  KW_CHECK(in.finish());
  if (!data || !format || !statement) return fail(Errc::malformed, "attestation object lacks a member");
  return parse_authenticator_data(*data);
}

}  // namespace kw::webauthn
