#include "agent/identity/seals.h"

#include <algorithm>

#include "device/hardware.h"
#include "pki/key_file.h"
#include "schema/codec.h"

namespace kw::agent {
namespace {

using Use = TpmSettings::Use;

constexpr std::size_t kSecret = 32;
constexpr std::size_t kMostSeal = 64U << 10;

struct SealedFile {
  StateFile file;
  std::string_view purpose;
  bool guards;
};
constexpr std::array<SealedFile, 3> kSealedFiles{{{StateFile::device_key, kDeviceKeyPurpose, false},
                                                  {StateFile::spool_key, kSpoolKeyPurpose, false},
                                                  {StateFile::liveness_key, kLivenessKeyPurpose, true}}};

struct SealPair {
  SecretBytes link, guard;
  [[nodiscard]] const SecretBytes& of(const SealedFile& one) const { return one.guards ? guard : link; }
};

SealPair of_hardware(const DeviceHardware& hardware) { return {hardware.seal.clone(), hardware.guard_seal.clone()}; }
SealPair of_tpm(const DeviceHardware& hardware, const SecretBytes& secret) {
  return {device::tpm_sealing_key(secret, hardware.seal), device::tpm_sealing_key(secret, hardware.guard_seal)};
}

Result<std::optional<v1::TpmState>> read_state(const StateDirectory& state) {
  KW_TRY(const auto file, state.read(StateFile::tpm));
  if (!file) return std::optional<v1::TpmState>{};
  auto parsed = schema::parse<v1::TpmState>(*file, kMostSeal);
  if (!parsed || parsed->version() != 1 ||
      std::ranges::any_of(parsed->pcrs(), [](auto pcr) { return pcr >= device::kPcrs; }))
    return fail(Errc::corrupt, state.path(StateFile::tpm));
  return std::optional(std::move(*parsed));
}

Result<> write_state(const StateDirectory& state, const v1::TpmState& tpm_state) {
  return state.write(StateFile::tpm, schema::serialise(tpm_state));
}

device::PcrSet pcrs_of(const v1::TpmState& state) { return {state.pcrs().begin(), state.pcrs().end()}; }

/// Moves what is under `from`, and tells which files it wrote. A file that neither opens is left for its reader to
/// refuse.
Result<std::vector<std::string>> move_keys(const StateDirectory& state, const SealPair& from, const SealPair& to,
                                           Random& random) {
  std::vector<std::string> out;
  for (const auto& one : kSealedFiles) {
    KW_TRY(const auto file, state.read(one.file));
    if (!file || pki::open_secret(*file, one.purpose, to.of(one).reveal())) continue;
    const auto secret = pki::open_secret(*file, one.purpose, from.of(one).reveal());
    if (!secret) continue;
    KW_TRY(const auto sealed, pki::seal_secret(secret->reveal(), one.purpose, to.of(one).reveal(), random));
    KW_TRY(const auto back, pki::open_secret(sealed, one.purpose, to.of(one).reveal()));
    if (!equal(back.reveal(), secret->reveal())) return fail(Errc::internal, "a sealed key reads back as another");
    KW_CHECK(state.write(one.file, sealed));
    KW_TRY(const auto stored, state.read(one.file));
    if (!stored || !equal(*stored, sealed)) return fail(Errc::io, state.path(one.file) + " reads back as another");
    out.push_back(state.path(one.file));
  }
  return out;
}

/// Seals `secret` to the present measured values, and opens it again.
Result<v1::TpmObject> seal_and_open(device::TpmPort& tpm, const SecretBytes& secret, const SecretBytes& auth,
                                    const device::PcrSet& pcrs) {
  KW_TRY(auto object, tpm.seal(secret.reveal(), auth, pcrs));
  KW_TRY(const auto back, tpm.unseal(object, auth, pcrs));
  if (!equal(back.reveal(), secret.reveal())) return fail(Errc::io, "TPM: what was sealed reads back as another");
  return object;
}

Result<v1::TpmState> make_state(device::TpmPort& tpm, const SecretBytes& secret, const SecretBytes& auth,
                                const device::PcrSet& pcrs) {
  v1::TpmState out;
  out.set_version(1);
  KW_TRY(*out.mutable_sealed(), seal_and_open(tpm, secret, auth, pcrs));
  for (const auto pcr : pcrs) out.add_pcrs(pcr);
  KW_TRY(*out.mutable_attestation_key(), tpm.make_attestation_key());
  return out;
}

Error explained(const Error& error) {
  switch (error.code()) {
    case Errc::untrusted:
      return error.within(
          "the key is held by another TPM: this disk was copied or moved, or the TPM was cleared; enrol this machine "
          "anew");
    case Errc::wrong_state:
      return error.within(
          "firmware or boot loader are not those that the key is sealed to; start with the old ones and order a "
          "planned change, or enrol this machine anew");
    case Errc::forbidden:
      return error.within("the key is sealed to other hardware around this TPM; enrol this machine anew");
    case Errc::rate_limited:
      return error.within("the TPM is locked against guessing; wait, or reset the lockout");
    default:
      return error.within("the TPM that holds the key");
  }
}

bool open_now(const v1::TpmState& state, Timestamp now) {
  return state.has_opening() && state.opening_until_ns() > now.unix_ns;
}

/// The secret of a kiosk in form "tpm". After a planned change, or where other PCRs are configured, it is sealed anew.
Result<SecretBytes> open_secret(const StateDirectory& state, const DeviceHardware& hardware, device::TpmPort& tpm,
                                const TpmSettings& settings, Timestamp now, v1::TpmState& held, OpenedSeals& out) {
  auto secret = tpm.unseal(held.sealed(), hardware.tpm_auth, pcrs_of(held));
  const bool changed = !secret && secret.code() == Errc::wrong_state && open_now(held, now);
  if (changed) secret = tpm.unseal(held.opening(), hardware.tpm_auth, {});
  if (!secret) return explained(secret.error());
  if (settings.use == Use::off || (!changed && pcrs_of(held) == settings.pcrs)) return secret;
  KW_TRY(*held.mutable_sealed(), seal_and_open(tpm, *secret, hardware.tpm_auth, settings.pcrs));
  held.mutable_pcrs()->Clear();
  for (const auto pcr : settings.pcrs) held.add_pcrs(pcr);
  KW_CHECK(write_state(state, held));
  out.moved = "resealed";
  return secret;
}

Result<OpenedSeals> with_hardware(const DeviceHardware& hardware, OpenedSeals out) {
  auto seals = of_hardware(hardware);
  out.link = std::move(seals.link);
  out.guard = std::move(seals.guard);
  return out;
}

}  // namespace

Result<OpenedSeals> open_seals(const StateDirectory& state, const DeviceHardware& hardware, device::TpmPort* tpm,
                               const TpmSettings& settings, Timestamp now, Random& random) {
  OpenedSeals out;
  KW_TRY(auto held, read_state(state));
  if (settings.use == Use::off && !held) return with_hardware(hardware, std::move(out));
  if (tpm == nullptr) return fail(Errc::unavailable, "no TPM adapter");
  const auto facts = tpm->facts();
  if (facts) out.facts = *facts;
  SecretBytes secret;
  if (held) {
    if (!facts) return explained(facts.error());
    KW_TRY(secret, open_secret(state, hardware, *tpm, settings, now, *held, out));
  } else {
    secret = SecretBytes(random.bytes(kSecret));
    auto made = facts ? make_state(*tpm, secret, hardware.tpm_auth, settings.pcrs) : Result<v1::TpmState>(facts.error());
    if (!made && settings.use == Use::require) return made.error().within("tpm.use is \"require\"");
    if (!made) {
      if (made.code() != Errc::not_found) out.problem = made.error();
      return with_hardware(hardware, std::move(out));
    }
    KW_CHECK(write_state(state, *made));  // before any key is under it
    held = std::move(*made);
    out.moved = "to_tpm";
  }
  auto mine = of_tpm(hardware, secret);
  if (settings.use == Use::off) {
    KW_TRY(out.changed_paths, move_keys(state, mine, of_hardware(hardware), random));
    KW_CHECK(state.remove(StateFile::tpm));
    out.moved = "to_file";
    return with_hardware(hardware, std::move(out));
  }
  KW_TRY(out.changed_paths, move_keys(state, of_hardware(hardware), mine, random));
  if (!out.changed_paths.empty()) out.moved = "to_tpm";
  out.link = std::move(mine.link);
  out.guard = std::move(mine.guard);
  out.tpm = std::move(*held);
  return out;
}

Result<v1::TpmIdentity> identity_of(const v1::TpmState& state, const device::TpmFacts& facts, device::TpmPort& tpm) {
  v1::TpmIdentity out;
  out.set_version(1);
  KW_TRY(const auto key, tpm.public_of(state.attestation_key()));
  out.set_attestation_key(copy_text(key));
  out.set_manufacturer(facts.manufacturer);
  out.set_firmware(facts.firmware);
  return out;
}

device::PcrSet quoted_pcrs(const v1::TpmState& state) {
  device::PcrSet out = pcrs_of(state);
  out.insert(out.end(), kQuotedPcrs.begin(), kQuotedPcrs.end());
  std::ranges::sort(out);
  const auto repeated = std::ranges::unique(out);
  out.erase(repeated.begin(), repeated.end());
  return out;
}

Result<> permit_change(const StateDirectory& state, v1::TpmState& tpm_state, const SecretBytes& auth,
                       device::TpmPort& tpm, Timestamp until) {
  KW_TRY(const auto secret, tpm.unseal(tpm_state.sealed(), auth, pcrs_of(tpm_state)));
  auto next = tpm_state;
  KW_TRY(*next.mutable_opening(), seal_and_open(tpm, secret, auth, {}));
  next.set_opening_until_ns(until.unix_ns);
  KW_CHECK(write_state(state, next));
  tpm_state = std::move(next);
  return {};
}

Result<bool> drop_opening(const StateDirectory& state, v1::TpmState& tpm_state, Timestamp now) {
  if (!tpm_state.has_opening() || open_now(tpm_state, now)) return false;
  auto next = tpm_state;
  next.clear_opening();
  next.clear_opening_until_ns();
  KW_CHECK(write_state(state, next));
  tpm_state = std::move(next);
  return true;
}

}  // namespace kw::agent
