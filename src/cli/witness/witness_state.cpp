#include "cli/witness/witness_state.h"

#include "crypto/pem.h"
#include "platform/linux/durable_file.h"
#include "schema/codec.h"

namespace kw::cli {
namespace {

constexpr std::size_t kMostWitnessKey = 16U << 10;

Result<crypto::Sm2PrivateKey> open_witness_key(const std::string& directory) {
  const auto path = directory + "/key.pem";
  auto file = platform::read_private_file(path, kMostWitnessKey);
  if (file) {
    const SecretBytes secret(std::move(*file));
    return crypto::Sm2PrivateKey::from_pkcs8(secret.reveal());
  }
  if (file.code() != Errc::not_found) return file.error();
  KW_TRY(auto key, crypto::Sm2PrivateKey::generate());
  const auto pem = crypto::pem_wrap(key.pkcs8().reveal(), "PRIVATE KEY");
  KW_CHECK(platform::write_file_durably(path, bytes_of(pem), 0600));
  return key;
}

}  // namespace

Result<WitnessState> WitnessState::open(std::string directory, const crypto::Sm2PublicKey& ledger_key) {
  KW_CHECK(platform::make_private_dir(directory));
  KW_CHECK(platform::make_private_dir(directory + "/refusals"));
  KW_TRY(auto key, open_witness_key(directory));
  WitnessState out(std::move(directory), std::move(key));
  const auto pem = crypto::pem_wrap(out.key_.public_key().spki(), "PUBLIC KEY");
  KW_CHECK(platform::write_file_durably(out.public_key_file(), bytes_of(pem), 0644));
  const auto path = out.directory_ + "/seen";
  const auto file = platform::read_file(path, ledger::kMaxSignedCheckpoint);
  if (!file) return file.code() == Errc::not_found ? Result<WitnessState>(std::move(out)) : file.error();
  auto object = schema::parse<kioskward::v1::Signed>(*file, ledger::kMaxSignedCheckpoint);
  auto head = object ? ledger::open_checkpoint(*object, ledger_key) : Result<ledger::Checkpoint>(object.error());
  if (!head) return fail(Errc::corrupt, path + ": " + head.error().text());
  out.seen_ = {std::move(*head), std::move(*object)};
  return out;
}

Result<> WitnessState::keep(const kioskward::v1::Signed& object, ledger::Checkpoint head) {
  KW_CHECK(platform::write_file_durably(directory_ + "/seen", schema::serialise(object)));
  seen_ = {std::move(head), object};
  return {};
}

Result<> WitnessState::keep_refusal(const std::string& witness, const kioskward::v1::Signed& object) {
  if (witness.find('/') != std::string::npos || witness.starts_with('.')) return fail(Errc::invalid, "name");
  return platform::write_file_durably(directory_ + "/refusals/" + witness + ".kwr", schema::serialise(object));
}

}  // namespace kw::cli
