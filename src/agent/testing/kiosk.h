#pragma once
// For tests of this folder: a platform's authority with its keys, and a kiosk's state directory that it approved.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "agent/identity/device_key.h"
#include "agent/identity/identity.h"
#include "crypto/random.h"
#include "kioskward/v1/policy.pb.h"
#include "ledger/checkpoint.h"
#include "ledger/memory_tiles.h"
#include "pki/ca.h"
#include "pki/enveloped_key.h"
#include "platform/linux/system_clock.h"
#include "policy/checked.h"
#include "schema/codec.h"

namespace kw::agent::testing {

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text());
  return std::move(*result);
}

/// TempDir is a directory of its own that goes with the object.
class TempDir {
 public:
  TempDir() {
    static std::atomic<int> count = 0;
    path_ = std::filesystem::path(::testing::TempDir()) /
            ("kw-agent-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] std::string path(const std::string& below = "state") const { return (path_ / below).string(); }

 private:
  std::filesystem::path path_;
};

/// SettableClock tells real steady time and a UTC that tests move.
class SettableClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return system_.now() + ahead; }
  [[nodiscard]] Duration steady() const override { return system_.steady(); }
  Duration ahead{0};

 private:
  platform::SystemClock system_;
};

struct PlatformSide {
  crypto::SystemRandom random;
  SettableClock clock;
  pki::Authority ca = must(pki::Authority::make_root("test CA", clock.now() - std::chrono::hours(1), 1, random));
  crypto::Sm2PrivateKey command = must(crypto::Sm2PrivateKey::generate());
  crypto::Sm2PrivateKey ledger = must(crypto::Sm2PrivateKey::generate());
  ledger::MemoryTiles tiles;

  [[nodiscard]] std::string ca_pem() const { return ca.certificate().pem(); }

  v1::EnrolReply approve(const crypto::CertificateRequest& request, const DeviceId& device,
                         const std::string& unique_id) {
    auto pair = must(ca.issue_device(request, device, unique_id, clock.now() - std::chrono::minutes(5), 30, random));
    v1::EnrolReply out;
    out.set_state(v1::APPROVED);
    out.set_device_id(copy_text(device.bytes()));
    out.set_signing_certificate(copy_text(pair.signing.der()));
    out.set_encryption_certificate(copy_text(pair.encryption.der()));
    out.set_enveloped_key(copy_text(must(pki::seal_enveloped_key(pair.encryption_key, request.public_key(), random))));
    out.add_ca_chain(copy_text(ca.certificate().der()));
    auto& rule = *out.mutable_command_rule();
    rule.set_version(1);
    rule.set_policy_threshold(1);
    rule.set_order_threshold(1);
    auto& key = *rule.add_keys();
    key.set_spki(copy_text(command.public_key().spki()));
    key.set_role("security");
    out.set_ledger_key(copy_text(ledger.public_key().spki()));
    return out;
  }

  v1::Signed bundle(const DeviceId& device, std::uint64_t revision, v1::Mode mode = v1::ENFORCE) {
    policy::NetworkTemplate network;
    network.mode = mode;
    network.allow_out = {{"business", "198.18.10.20", v1::TCP, {{8080, 8080}}}};
    network.cut = {true, true, true, true};
    const std::vector<v1::Endpoint> endpoints{
        policy::endpoint_of({"platform", "198.18.20.2", v1::TCP, {{8660, 8660}}})};
    v1::PolicyBundle out;
    out.set_version(1);
    out.set_bundle_id(copy_text(make_raw_id(clock.now(), random)));
    out.set_revision(revision);
    out.set_device_id(copy_text(device.bytes()));
    out.set_not_before_ns((clock.now() - std::chrono::minutes(1)).unix_ns);
    out.set_expires_ns((clock.now() + std::chrono::hours(24)).unix_ns);
    *out.mutable_network() =
        must(policy::bind(network, {"eth0", "02:4b:57:00:10:10", "198.18.10.10/24", "198.18.10.1", ""}, endpoints));
    return must(pki::sign_object("policy", schema::serialise(out), command));
  }

  v1::Signed order(const DeviceId& device, v1::OrderKind kind, ByteView case_id) {
    v1::Order out;
    out.set_version(1);
    out.set_order_id(copy_text(make_raw_id(clock.now(), random)));
    out.set_device_id(copy_text(device.bytes()));
    out.set_kind(kind);
    out.set_case_id(copy_text(case_id));
    out.set_issued_ns(clock.now().unix_ns);
    out.set_expires_ns((clock.now() + std::chrono::hours(1)).unix_ns);
    return must(pki::sign_object("order", schema::serialise(out), command));
  }

  v1::Signed baseline(const DeviceId& device, const std::string& section, std::uint64_t revision,
                      const std::string& content) {
    v1::Baseline out;
    out.set_version(1);
    out.set_device_id(copy_text(device.bytes()));
    out.set_section(section);
    out.set_revision(revision);
    out.set_content(content);
    out.set_approved_ns(clock.now().unix_ns);
    return must(pki::sign_object("baseline", schema::serialise(out), command));
  }

  void log_entry(std::string_view entry) { tiles.append(ledger::leaf_hash(bytes_of(entry))); }
  v1::Signed checkpoint() {
    return must(
        ledger::sign_checkpoint({"test log", tiles.frontier().size(), tiles.frontier().root(), clock.now()}, ledger));
  }
};

/// An enrolled kiosk's disk. Hardware: a fixture below src/platform/linux/testdata.
struct KioskSide {
  explicit KioskSide(PlatformSide& platform)
      : state(must(StateDirectory::open(dir.path()))), device(DeviceId::make(platform.clock.now(), platform.random)) {
    const auto key = must(make_device_key(state, seal, platform.random));
    crypto::Name subject;
    subject.common_name = "kiosk";
    const auto request = must(crypto::CertificateRequest::build(subject, key));
    approval = platform.approve(request, device, std::string(32, 'a'));
    must_write(StateFile::identity, schema::serialise(approval));
    must_write(StateFile::pinned_ca, bytes_of(platform.ca_pem()));
  }
  void must_write(StateFile file, ByteView octets) {
    if (const auto done = state.write(file, octets); !done) throw std::runtime_error(done.error().text());
  }
  [[nodiscard]] Identity identity() const { return must(load_identity(state, must(open_device_key(state, seal)))); }
  [[nodiscard]] Command command() const { return must(load_command(state)); }

  TempDir dir;
  SecretBytes seal = SecretBytes::copy_of(Bytes(16, 3));
  StateDirectory state;
  DeviceId device;
  v1::EnrolReply approval;
};

}  // namespace kw::agent::testing
