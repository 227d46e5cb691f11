#include "server/platform_keys.h"

#include "crypto/sm3.h"
#include "pki/key_file.h"
#include "server/secret_file.h"

namespace kw::server {
namespace {

namespace fs = std::filesystem;
constexpr int kRootYears = 20;
constexpr int kPlatformDays = 825;
constexpr Duration kRenewBefore = std::chrono::hours(24 * 30);

struct Safe {
  fs::path dir;
  ByteView root;
  Random& random;

  Result<crypto::Sm2PrivateKey> key(const std::string& name) const {
    KW_TRY(auto file, read_private(dir / (name + ".key")));
    auto out = pki::open_key(file.reveal(), name, root);
    if (!out) return out.error().within(name + ".key");
    return out;
  }
  Result<> put(const std::string& name, const crypto::Sm2PrivateKey& key) const {
    KW_TRY(auto file, pki::seal_key(key, name, root, random));
    return write_private(dir / (name + ".key"), file);
  }
  /// own returns the key of this name and makes it where it is not there.
  Result<crypto::Sm2PrivateKey> own(const std::string& name) const {
    auto found = key(name);
    if (found || found.code() != Errc::not_found) return found;
    KW_TRY(auto made, crypto::Sm2PrivateKey::generate());
    KW_CHECK(put(name, made));
    return made;
  }
  Result<crypto::Certificate> certificate(const std::string& name) const {
    KW_TRY(auto pem, read_public(dir / (name + ".pem")));
    KW_TRY(auto list, crypto::Certificate::parse_pem(text_of(pem)));
    if (list.empty()) return fail(Errc::malformed, name + ".pem");
    return list.front();
  }
  Result<> put(const std::string& name, const crypto::Certificate& certificate) const {
    return write_public(dir / (name + ".pem"), bytes_of(certificate.pem()));
  }
};

Result<SecretBytes> root_secret(const fs::path& path, Random& random) {
  auto found = read_private(path);
  if (found && found->size() != 32) return fail(Errc::corrupt, path.string());
  if (found || found.code() != Errc::not_found) return found;
  // A new secret beside old keys would make them unreadable for good: stop instead.
  std::error_code error;
  if (!fs::is_empty(path.parent_path(), error))
    return fail(Errc::corrupt, path.string() + " is missing beside sealed keys");
  SecretBytes made(random.bytes(32));
  KW_CHECK(write_private(path, made.reveal()));
  return made;
}

Result<pki::Authority> load_authority(const Safe& safe, const std::string& name, Timestamp now) {
  auto key = safe.key("ca");
  if (key) {
    KW_TRY(auto certificate, safe.certificate("ca"));
    return pki::Authority::from_parts(std::move(certificate), std::move(*key));
  }
  if (key.code() != Errc::not_found) return key.error();
  KW_TRY(auto made, pki::Authority::make_root(name + " CA", now, kRootYears, safe.random));
  // The certificate first: a key file without its certificate would stop the next start.
  KW_CHECK(safe.put("ca", made.certificate()));
  KW_CHECK(safe.put("ca", made.key()));
  return made;
}

struct OwnPair {
  crypto::Certificate sign_certificate;
  crypto::Sm2PrivateKey sign_key;
  crypto::Certificate enc_certificate;
  crypto::Sm2PrivateKey enc_key;
};

Result<OwnPair> load_pair(const Safe& safe, const pki::Authority& authority, const std::string& name, Timestamp now) {
  KW_TRY(auto sign_key, safe.own("server-sign"));
  auto sign = safe.certificate("server-sign");
  auto enc = safe.certificate("server-enc");
  auto enc_key = safe.key("server-enc");
  const bool good = sign && enc && enc_key && sign->not_after() - kRenewBefore > now &&
                    sign->signed_by(authority.certificate().public_key()) &&
                    enc->signed_by(authority.certificate().public_key()) &&
                    sign->public_key() == sign_key.public_key() && enc->public_key() == enc_key->public_key();
  if (good) return OwnPair{*sign, sign_key, *enc, *enc_key};
  if (!enc_key && enc_key.code() != Errc::not_found) return enc_key.error();
  KW_TRY(auto issued, authority.issue_platform(name, {name}, sign_key.public_key(), now, kPlatformDays, safe.random));
  KW_CHECK(safe.put("server-enc", issued.encryption_key));
  KW_CHECK(safe.put("server-enc", issued.encryption));
  KW_CHECK(safe.put("server-sign", issued.signing));
  return OwnPair{issued.signing, sign_key, issued.encryption, issued.encryption_key};
}

}  // namespace

std::string spki_pem(const crypto::Sm2PublicKey& key) {
  const auto text = to_base64(key.spki());
  std::string out = "-----BEGIN PUBLIC KEY-----\n";
  for (std::size_t at = 0; at < text.size(); at += 64) out += text.substr(at, 64) + "\n";
  return out + "-----END PUBLIC KEY-----\n";
}

SecretBytes PlatformKeys::row_key() const {
  const auto mac = crypto::hmac_sm3(sealing_.reveal(), {bytes_of("kioskward:row-seals:v1")});
  return SecretBytes::copy_of(mac);
}

SecretBytes PlatformKeys::person_key() const {
  const auto mac = crypto::hmac_sm3(sealing_.reveal(), {bytes_of("kioskward:persons:v1")});
  return SecretBytes::copy_of(mac);
}

v1::CommandRule PlatformKeys::command_rule() const {
  v1::CommandRule out;
  out.set_version(1);
  auto* key = out.add_keys();
  key->set_spki(copy_text(command_.public_key().spki()));
  key->set_role("security");
  out.set_policy_threshold(1);
  out.set_order_threshold(1);
  return out;
}

Result<PlatformKeys> PlatformKeys::load(const fs::path& data_dir, const std::string& name, Timestamp now,
                                        Random& random) {
  const auto dir = data_dir / "keys";
  KW_CHECK(make_private_directory(data_dir));
  KW_CHECK(make_private_directory(dir));
  KW_TRY(auto root, root_secret(dir / "root.secret", random));
  const Safe safe{dir, root.reveal(), random};
  KW_TRY(auto authority, load_authority(safe, name, now));
  KW_TRY(auto command, safe.own("command"));
  KW_TRY(auto ledger, safe.own("ledger"));
  KW_TRY(auto pair, load_pair(safe, authority, name, now));
  KW_CHECK(write_public(data_dir / "ca.pem", bytes_of(authority.certificate().pem())));
  KW_CHECK(write_public(data_dir / "ledger.pem", bytes_of(spki_pem(ledger.public_key()))));
  auto sealing = crypto::hkdf_sm3(root.reveal(), {}, bytes_of("kioskward database secrets v1"), 32);
  return PlatformKeys(std::move(authority), std::move(command), std::move(ledger), std::move(pair.sign_certificate),
                      std::move(pair.sign_key), std::move(pair.enc_certificate), std::move(pair.enc_key),
                      std::move(sealing));
}

}  // namespace kw::server
