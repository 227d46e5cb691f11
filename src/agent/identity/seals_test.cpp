#include "agent/identity/seals.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "agent/guard/liveness.h"
#include "agent/testing/kiosk.h"
#include "platform/recorded/recorded_tpm.h"

namespace kw::agent {
namespace {

using testing::must;
using testing::TempDir;
using Use = TpmSettings::Use;
namespace fs = std::filesystem;

const std::vector<StateFile> kKeys{StateFile::device_key, StateFile::spool_key, StateFile::liveness_key};

DeviceHardware hardware_of(Byte seed) {
  DeviceHardware out;
  out.seal = SecretBytes::copy_of(Bytes(16, seed));
  out.guard_seal = SecretBytes::copy_of(Bytes(16, static_cast<Byte>(seed + 1)));
  out.tpm_auth = SecretBytes::copy_of(Bytes(16, static_cast<Byte>(seed + 2)));
  return out;
}

/// A kiosk's keys and its TPM.
struct SealsTest : ::testing::Test {
  TempDir dir;
  StateDirectory state = must(StateDirectory::open(dir.path()));
  crypto::SystemRandom random;
  platform::RecordedTpm tpm;
  DeviceHardware hardware = hardware_of(10);
  TpmSettings settings;
  Timestamp now{1'000'000'000'000'000'000};
  Bytes device_key, liveness_key;

  Result<OpenedSeals> open(device::TpmPort* port) { return open_seals(state, hardware, port, settings, now, random); }
  Result<OpenedSeals> open() { return open(&tpm); }
  /// enrol makes the keys under what open() gives.
  void enrol() {
    const auto seals = must(open());
    device_key = must(make_device_key(state, seals.link, random)).public_key().spki();
    liveness_key = must(LivenessKey::open(state, seals.guard, random)).public_key();
  }
  /// whole tells whether every key is there and the same as at the enrolment.
  bool whole(const OpenedSeals& seals) {
    const auto device = open_device_key(state, seals.link);
    const auto spool = open_spool_key(state, seals.link);
    auto liveness = LivenessKey::open(state, seals.guard, random);
    return device && spool && liveness && equal(device->public_key().spki(), device_key) && !liveness->fresh() &&
           equal(liveness->public_key(), liveness_key);
  }
  std::map<StateFile, Bytes> files() {
    std::map<StateFile, Bytes> out;
    for (const auto file : kKeys) out[file] = *must(state.read(file));
    return out;
  }
};

TEST_F(SealsTest, without_a_tpm_the_hardware_alone_seals) {
  tpm.refusal = Error(Errc::not_found, "no TPM");
  enrol();
  const auto seals = must(open());
  EXPECT_FALSE(seals.tpm);
  EXPECT_FALSE(seals.problem) << "a machine that has none has no problem";
  EXPECT_TRUE(whole(seals));
  EXPECT_TRUE(equal(seals.link.reveal(), hardware.seal.reveal()));
  settings.use = Use::require;
  EXPECT_EQ(open().code(), Errc::not_found);
}

TEST_F(SealsTest, with_a_tpm_the_hardware_alone_opens_nothing) {
  enrol();
  const auto seals = must(open());
  ASSERT_TRUE(seals.tpm);
  EXPECT_TRUE(whole(seals));
  EXPECT_EQ(open_device_key(state, hardware.seal).code(), Errc::untrusted);
  EXPECT_EQ(seals.moved, "") << "made there";
}

TEST_F(SealsTest, a_copied_disk_opens_with_no_other_tpm_and_with_none) {
  enrol();
  platform::RecordedTpm other;
  const auto refused = open(&other);
  EXPECT_EQ(refused.code(), Errc::untrusted);
  EXPECT_NE(refused.error().text().find("another TPM"), std::string::npos);
  other.refusal = Error(Errc::not_found, "no TPM");
  EXPECT_EQ(open(&other).code(), Errc::not_found);
  settings.use = Use::off;
  EXPECT_EQ(open(&other).code(), Errc::not_found) << "off does not help a thief";
  EXPECT_EQ(open(nullptr).code(), Errc::unavailable);
  settings.use = Use::automatic;
  hardware = hardware_of(40);
  EXPECT_EQ(open().code(), Errc::forbidden) << "this TPM in other hardware";
}

TEST_F(SealsTest, keys_move_into_the_tpm_and_back) {
  settings.use = Use::off;
  enrol();
  settings.use = Use::automatic;
  auto seals = must(open());
  EXPECT_EQ(seals.moved, "to_tpm");
  EXPECT_EQ(seals.changed_paths.size(), 3U);
  EXPECT_TRUE(whole(seals));
  EXPECT_EQ(open_device_key(state, hardware.seal).code(), Errc::untrusted) << "the old form is gone";
  EXPECT_EQ(must(open()).moved, "");
  settings.use = Use::off;
  seals = must(open());
  EXPECT_EQ(seals.moved, "to_file");
  EXPECT_TRUE(whole(seals));
  EXPECT_FALSE(must(state.read(StateFile::tpm)));
  EXPECT_TRUE(open_device_key(state, hardware.seal));
}

// A power cut leaves any set of the keys moved, with the file "tpm" written before the first and removed after the last.
TEST_F(SealsTest, a_power_cut_between_any_two_steps_leaves_every_key_usable) {
  settings.use = Use::off;
  enrol();
  const auto old_form = files();
  settings.use = Use::automatic;
  ASSERT_TRUE(whole(must(open())));
  const auto tpm_file = *must(state.read(StateFile::tpm));
  const auto new_form = files();
  for (const auto use : {Use::automatic, Use::off}) {
    for (unsigned moved = 0; moved < 8; ++moved) {
      ASSERT_TRUE(state.write(StateFile::tpm, tpm_file));
      for (std::size_t i = 0; i < kKeys.size(); ++i)
        ASSERT_TRUE(state.write(kKeys[i], (moved >> i & 1 ? new_form : old_form).at(kKeys[i])));
      settings.use = use;
      const auto seals = open();
      ASSERT_TRUE(seals) << seals.error().text();
      EXPECT_TRUE(whole(*seals)) << moved;
      EXPECT_EQ(seals->tpm.has_value(), use == Use::automatic);
    }
  }
}

TEST_F(SealsTest, a_tpm_that_fails_takes_no_key_along) {
  settings.use = Use::off;
  enrol();
  settings.use = Use::automatic;
  tpm.refusal = Error(Errc::rate_limited, "locked");
  const auto seals = must(open());
  ASSERT_TRUE(seals.problem);
  EXPECT_EQ(seals.problem->code(), Errc::rate_limited);
  EXPECT_TRUE(whole(seals));
  EXPECT_FALSE(must(state.read(StateFile::tpm)));
  settings.use = Use::require;
  EXPECT_EQ(open().code(), Errc::rate_limited);
}

TEST_F(SealsTest, other_firmware_locks_the_keys_until_the_old_one_is_back) {
  enrol();
  tpm.extend(4, bytes_of("a stranger's boot loader"));
  const auto refused = open();
  EXPECT_EQ(refused.code(), Errc::wrong_state);
  EXPECT_NE(refused.error().text().find("planned change"), std::string::npos);
}

TEST_F(SealsTest, a_planned_change_of_firmware_keeps_the_keys) {
  enrol();
  auto seals = must(open());
  ASSERT_TRUE(permit_change(state, *seals.tpm, hardware.tpm_auth, tpm, now + std::chrono::hours(2)));
  EXPECT_TRUE(must(open()).tpm->has_opening());
  tpm.extend(0, bytes_of("new firmware"));
  platform::RecordedTpm other;
  EXPECT_EQ(open(&other).code(), Errc::untrusted) << "only on this TPM";
  seals = must(open());
  EXPECT_EQ(seals.moved, "resealed");
  EXPECT_TRUE(whole(seals));
  EXPECT_EQ(must(open()).moved, "") << "sealed to the new values";
  EXPECT_FALSE(must(drop_opening(state, *seals.tpm, now)));
  now = now + std::chrono::hours(2);
  EXPECT_TRUE(must(drop_opening(state, *seals.tpm, now)));
  tpm.extend(0, bytes_of("newer firmware"));
  EXPECT_EQ(open().code(), Errc::wrong_state) << "the permission is over";
}

TEST_F(SealsTest, a_permission_that_is_over_opens_nothing_though_its_file_is_there) {
  enrol();
  auto seals = must(open());
  ASSERT_TRUE(permit_change(state, *seals.tpm, hardware.tpm_auth, tpm, now + std::chrono::hours(2)));
  tpm.extend(0, bytes_of("new firmware"));
  now = now + std::chrono::hours(2);
  EXPECT_EQ(open().code(), Errc::wrong_state);
}

TEST_F(SealsTest, another_choice_of_measured_values_takes_effect_at_the_next_start) {
  enrol();
  settings.pcrs = {7};
  EXPECT_EQ(must(open()).moved, "resealed");
  tpm.extend(4, bytes_of("another boot loader"));
  const auto seals = must(open());
  EXPECT_TRUE(whole(seals));
  EXPECT_THAT(quoted_pcrs(*seals.tpm), ::testing::ElementsAre(0, 2, 4, 7));
}

TEST_F(SealsTest, a_damaged_file_is_told) {
  enrol();
  ASSERT_TRUE(state.write(StateFile::tpm, bytes_of("nonsense")));
  EXPECT_EQ(open().code(), Errc::corrupt);
}

}  // namespace
}  // namespace kw::agent
