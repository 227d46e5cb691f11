#pragma once
// Platform is the services over a store in memory, with a clock that tests move; TemporaryDirectory goes with its
// owner.
#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>

#include "crypto/random.h"
#include "server/alarm_service.h"
#include "server/api_token_service.h"
#include "server/baseline_service.h"
#include "server/device_service.h"
#include "server/enrol_service.h"
#include "server/factor_service.h"
#include "server/landing_desk.h"
#include "server/media_service.h"
#include "server/region_service.h"
#include "server/request_service.h"
#include "server/signer_service.h"
#include "server/subject_keys.h"
#include "server/user_service.h"
#include "store/sqlite/sqlite_store.h"

namespace kw::server::testing {

class FakeClock final : public Clock {
 public:
  Timestamp now() const override { return {now_}; }
  Duration steady() const override { return Duration(now_.load()); }
  void advance(Duration by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_ = Timestamp::from_seconds(1'795'000'000).unix_ns;
};

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    static std::atomic<int> count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("kw-server-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
    std::filesystem::create_directories(path_);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

template <class T>
T take(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().text();
    std::abort();
  }
  return std::move(*result);
}
inline void good(const Result<>& result) { EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().text()); }
template <class T>
Errc code(const Result<T>& result) {
  EXPECT_FALSE(result.has_value());
  return result ? Errc::internal : result.code();
}

/// The keys of one platform, made once for all tests of the program: SM2 keys take their time.
inline const PlatformKeys& test_keys() {
  static const TemporaryDirectory dir;
  static const PlatformKeys keys = [] {
    crypto::SystemRandom random;
    return take(PlatformKeys::load(dir.path(), "platform", FakeClock().now(), random));
  }();
  return keys;
}

/// SwitchedStore is a store in memory; while `full`, no change can be committed.
class SwitchedStore final : public store::Store {
 public:
  std::atomic<bool> full = false;
  std::atomic<std::uint64_t> writes = 0;  // transactions that were opened for writing
  Result<> scrub() override { return to_->scrub(); }

 protected:
  Result<> transact(bool for_writing, const std::function<Result<>(store::Repositories&)>& work) override {
    if (!for_writing) return to_->read([&](store::Repositories& r) { return work(r); });
    ++writes;
    return to_->write([&](store::Repositories& r) -> Result<> {
      KW_CHECK(work(r));
      return full ? Result<>(fail(Errc::no_space, "test")) : Result<>();
    });
  }

 private:
  std::unique_ptr<store::SqliteStore> to_ = take(store::SqliteStore::open(":memory:"));
};

struct Platform {
  FakeClock clock;
  crypto::SystemRandom random;
  NullLog log;
  std::unique_ptr<SwitchedStore> store = std::make_unique<SwitchedStore>();
  Changes changes{*store, clock, random};
  LandingDesk landing{LandingRulebook(), log};
  SubjectKeys subjects{test_keys().sealer(), test_keys().person_key(), "platform"};
  SettingsService settings{changes};
  AuthService auth{changes, test_keys().sealer(), settings, log};
  ApiTokenService tokens{changes, auth};
  RegionService regions{changes};
  UserService users{changes, auth};
  FactorService own_factors{changes, auth, settings};
  CaService ca{changes, test_keys()};
  SigningService signings{changes};
  PolicyService policies{changes, test_keys(), signings, {{"198.18.20.2", 8660}}};
  SignerService signers{changes, test_keys(), signings, policies};
  EnrolService enrol{changes, test_keys(), ca, policies};
  DeviceService devices{changes, ca};
  OrderService orders{changes, test_keys(), signings};
  BaselineService baselines{changes, test_keys(), signings};
  RequestService requests{changes, orders};
  TemporaryDirectory media_dir;
  MediaService media{changes, test_keys().sealer(), {"platform", test_keys().ledger_key()}, media_dir.path(), {}, log};
  AlarmService alarms{changes};
  std::vector<Effects> effects;
  Actor security{"secadmin", "security", "00000000000000000000000000000001"};

  Platform() {
    changes.set_subjects(subjects);
    changes.set_landing(landing);
    changes.set_sink([this](const Effects& e) { effects.push_back(e); });
  }
  /// outbox gives the audit entries that wait for the ledger.
  std::vector<v1::AuditEntry> outbox() {
    std::vector<v1::AuditEntry> out;
    for (const auto& row : take(store->read([](auto& r) { return r.outbox().read(1000); }))) {
      v1::AuditEntry entry;
      EXPECT_TRUE(entry.ParseFromString(copy_text(row.octets)));
      out.push_back(std::move(entry));
    }
    return out;
  }
  std::size_t count(std::string_view type) {
    const auto all = outbox();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const auto& entry) { return entry.type() == type; }));
  }
  /// enrolment stores a pending request as the link would, and gives its ID.
  EnrolmentId enrolment(const crypto::Sm2PrivateKey& key) {
    const auto site = take(enrol.create_site(
        {.id = {}, .name = "site" + to_hex(random.bytes(4)), .district = "", .address = "", .created = {}}, security));
    const auto token = take(enrol.create_token(site.id, 10, "", security)).token;
    v1::HardwareDigest hardware;
    hardware.set_version(1);
    hardware.set_digest(std::string(32, 'h'));
    store::Enrolment row;
    row.id = EnrolmentId::make(clock.now(), random);
    row.requested = clock.now();
    row.peer = "198.18.10.10";
    row.interface = "eth0";
    const auto text = hardware.SerializeAsString();
    row.hardware = copy(bytes_of(text));
    row.pkcs10 = take(crypto::CertificateRequest::build({"CN", "", "kiosk", "unique", ""}, key)).der();
    row.site = site.id;
    row.token = token.id;
    good(store->write([&](auto& r) { return r.enrolments().insert(row); }));
    return row.id;
  }
  BindingInput binding(const EnrolmentId& id, const std::string& name = "kiosk 1",
                       const std::string& address = "198.18.10.10/24") {
    const auto row = take(store->read([&](auto& r) { return r.enrolments().get(id); }));
    return {name, row.site, address, "198.18.10.1", "02:4B:57:00:10:10", "张三", "0755-0"};
  }
  DeviceId approved(const crypto::Sm2PrivateKey& key, const std::string& name = "kiosk 1",
                    const std::string& address = "198.18.10.10/24") {
    const auto id = enrolment(key);
    return take(enrol.approve(id, binding(id, name, address), security)).device;
  }
};

}  // namespace kw::server::testing
