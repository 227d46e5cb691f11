#pragma once
// StoreContract is the fixture of the cases that every Store must pass; a driver joins with one more factory.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "crypto/random.h"
#include "store/store.h"

namespace kw::store {

struct Driver {
  std::string name;
  std::function<std::unique_ptr<Store>(const std::filesystem::path&)> make;
};

template <class T>
T take(Result<T> result) {
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().text());
  return std::move(*result);
}
inline void good(const Result<>& result) { EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().text()); }
template <class T>
Errc code(const Result<T>& result) {
  EXPECT_FALSE(result.has_value());
  return result ? Errc::internal : result.code();
}

class StoreContract : public ::testing::TestWithParam<Driver> {
 protected:
  void SetUp() override {
    dir_ = std::filesystem::temp_directory_path() / ("kw-store-" + std::to_string(::getpid()));
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directories(dir_);
    open();
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(dir_);
  }
  void open() {
    store_.reset();
    store_ = GetParam().make(dir_);
  }
  template <class F>
  auto write(F&& f) {
    return store_->write(std::forward<F>(f));
  }
  template <class F>
  auto read(F&& f) {
    return store_->read(std::forward<F>(f));
  }
  template <class AnyId>
  AnyId id() {
    return AnyId::make(Timestamp::from_seconds(1000 + ++count_), random_);
  }
  Site site() {
    Site out{id<SiteId>(), "site-" + std::to_string(count_), "district", "address", Timestamp::from_seconds(1)};
    good(write([&](auto& r) { return r.sites().insert(out); }));
    return out;
  }
  Device device(const SiteId& at, const std::string& name, const std::string& address) {
    Device out;
    out.id = id<DeviceId>();
    out.name = name;
    out.site = at;
    out.address = address;
    out.mac = "02:00:00:00:00:01";
    out.interface = "eth0";
    out.custodian = "李四";
    out.created = Timestamp::from_seconds(1);
    out.hardware = {1, 2};
    return out;
  }
  Device stored_device(const std::string& name = "d1", const std::string& address = "10.0.0.1/24") {
    auto out = device(site().id, name, address);
    good(write([&](auto& r) { return r.devices().insert(out); }));
    return out;
  }
  User user(const std::string& account, const std::string& person) {
    User out;
    out.id = id<UserId>();
    out.account = account;
    out.person = person;
    out.role = "audit";
    out.created = Timestamp::from_seconds(1);
    return out;
  }

  std::filesystem::path dir_;
  std::unique_ptr<Store> store_;
  crypto::SystemRandom random_;
  int count_ = 0;
};

}  // namespace kw::store
