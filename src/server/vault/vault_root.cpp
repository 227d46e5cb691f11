#include "server/vault/vault_root.h"

#include "crypto/password.h"
#include "server/secret_file.h"

namespace kw::server {
namespace {

constexpr std::string_view kRootPlace = "vault root";
constexpr std::size_t kRootOctets = pki::kModuleSecret;

/// place_of binds a seal to what it is by, so that a file whose header was changed does not open.
std::string place_of(const RootFile& file) {
  return file.old_form ? std::string(kRootPlace) : std::string(kRootPlace) + " by " + std::string(name(file.by));
}

Result<Sealer> stretched(const SecretBytes& passphrase, ByteView salt) {
  KW_TRY(auto key, crypto::derive_key(passphrase.reveal(), salt, kRootOctets));
  return Sealer(std::move(key));
}

}  // namespace

Result<> VaultRoot::has(RootSeal by) const {
  if (by == RootSeal::module && by_.module == nullptr)
    return fail(Errc::invalid, "the root is to be sealed by a module, and [vault.module] names none");
  if (by == RootSeal::passphrase && !by_.passphrase)
    return fail(Errc::invalid, "the root is to be sealed by a passphrase, and [vault] passphrase names none");
  return {};
}

Result<SecretBytes> VaultRoot::open(const RootFile& file) const {
  KW_CHECK(has(file.by));
  const auto place = place_of(file);
  auto inner = by_.platform.open(place, file.sealed);
  if (inner && file.by == RootSeal::module) inner = by_.module->open(inner->reveal(), place);
  if (inner && file.by == RootSeal::passphrase) {
    KW_TRY(const auto key, stretched(*by_.passphrase, file.salt));
    inner = key.open(place, inner->reveal());
  }
  if (inner && inner->size() != kRootOctets) return fail(Errc::decrypt_failed);
  return inner;
}

Result<RootFile> VaultRoot::seal(const SecretBytes& root, RootSeal by) const {
  KW_CHECK(has(by));
  RootFile out;
  out.by = by;
  const auto place = place_of(out);
  Bytes inner;
  if (by == RootSeal::module) {
    KW_TRY(inner, by_.module->seal(root, place));
  } else if (by == RootSeal::passphrase) {
    out.salt = by_.random.bytes(kRootSalt);
    KW_TRY(const auto key, stretched(*by_.passphrase, out.salt));
    KW_TRY(inner, key.seal(place, root.reveal(), by_.random));
  }
  KW_TRY(out.sealed, by_.platform.seal(place, by == RootSeal::platform ? root.reveal() : ByteView(inner), by_.random));
  return out;
}

Result<> VaultRoot::store(const SecretBytes& root, RootSeal by) const {
  KW_TRY(const auto sealed, seal(root, by));
  KW_TRY(const auto tried, open(sealed));
  if (!equal(tried.reveal(), root.reveal())) return fail(Errc::crypto_failed, "the seal opens to something else");
  KW_CHECK(write_private(file_, sealed.octets()));
  KW_TRY(const auto there, read_private(file_));
  if (!equal(there.reveal(), sealed.octets())) return fail(Errc::io, file_.string() + ": reads otherwise than written");
  return {};
}

Result<vault::RootKey> VaultRoot::load(bool in_use) const {
  const vault::KeyRef ref{vault::KeyId(), 1};
  const auto there = read_private(file_);
  if (!there && there.code() != Errc::not_found) return there.error();
  if (!there) {
    if (in_use) return fail(Errc::corrupt, file_.string() + " is missing beside keys that are sealed under it");
    const SecretBytes made(by_.random.bytes(kRootOctets));
    if (const auto stored = store(made, by_.wanted()); !stored) return stored.error().within(file_.string());
    return vault::RootKey::make(ref, made);
  }
  const auto file = parse_root_file(there->reveal());
  if (!file) return file.error().within(file_.string());
  if (file->by != by_.wanted())
    return fail(Errc::wrong_state, file_.string() + " is sealed by " + std::string(name(file->by)) +
                                       ", the configuration names " + std::string(name(by_.wanted())) +
                                       ": change it, or move the root with --seal-root");
  const auto root = open(*file);
  if (!root) return root.error().within(file_.string());
  return vault::RootKey::make(ref, *root);
}

Result<VaultRoot::Moved> VaultRoot::move(RootSeal to) const {
  KW_TRY(const auto there, read_private(file_));
  const auto file = parse_root_file(there.reveal());
  if (!file) return file.error().within(file_.string());
  if (file->by == to) return fail(Errc::wrong_state, file_.string() + " is sealed by " + std::string(name(to)));
  const auto root = open(*file);
  if (!root) return root.error().within(file_.string());
  Moved out{file->by, to, copy(there.reveal())};
  if (const auto stored = store(*root, to); !stored) {
    const auto now = read_private(file_);
    if (!now || !equal(now->reveal(), out.before)) KW_CHECK(put_back(out));
    return stored.error().within(file_.string());
  }
  return out;
}

Result<> VaultRoot::put_back(const Moved& moved) const { return write_private(file_, moved.before); }

}  // namespace kw::server
