#pragma once
// ExportBed is audit export over a real ledger in a temporary directory, with a clock that tests move.
#include <fstream>
#include <regex>
#include <sstream>

#include "ledger/checkpoint.h"
#include "server/export_service.h"
#include "server/ledger_feeder.h"
#include "server/testing/platform.h"

namespace kw::server::testing {

/// shipped_profile reads a profile of packaging/export, its address and some lines replaced ("OLD" by "NEW").
inline std::string shipped_profile(const std::string& name, const std::string& address,
                                   const std::vector<std::pair<std::string, std::string>>& changes = {}) {
  std::ifstream file(std::string(KW_SOURCE_DIR) + "/packaging/export/" + name + ".toml");
  std::stringstream text;
  text << file.rdbuf();
  auto out = std::regex_replace(text.str(), std::regex("address = \"[^\"]*\""), "address = \"" + address + "\"");
  for (const auto& [from, to] : changes) {
    const auto at = out.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) out.replace(at, from.size(), to);
  }
  return out;
}

class ExportBed {
 public:
  ExportBed() {
    std::filesystem::create_directories(dir_.path() / "profiles");
    writer_ = take(store::LedgerWriter::open(dir_.path() / "ledger", {.origin = "platform", .key = {}}, ops_));
    reader_ = take(store::LedgerReader::open(dir_.path() / "ledger"));
    feeder_ = std::make_unique<LedgerFeeder>(*p.store, *writer_, *reader_, p.log);
    good(feeder_->reconcile());
    p.changes.set_sink([this](const Effects& effects) {
      if (effects.position > 0) feeder_->notify();
    });
    feeder_->start();
  }
  ~ExportBed() {
    stop();
    feeder_->stop();
  }
  ExportBed(const ExportBed&) = delete;
  ExportBed& operator=(const ExportBed&) = delete;

  void profile(const std::string& name, const std::string& toml) {
    std::ofstream(dir_.path() / "profiles" / (name + ".toml")) << toml;
  }
  void remove_profile(const std::string& name) { std::filesystem::remove(dir_.path() / "profiles" / (name + ".toml")); }
  [[nodiscard]] std::filesystem::path path(const std::string& name) const { return dir_.path() / name; }
  Result<> open() {
    stop();
    service_ = std::make_unique<ExportService>(p.changes, *reader_, p.log);
    ExportPlaces places;
    places.directory = dir_.path() / "profiles";
    places.shipped = std::string(KW_SOURCE_DIR) + "/packaging/export";
    places.trust = dir_.path() / "trust";
    places.gates = dir_.path() / "gates";
    return service_->open(places, ledger());
  }
  void start() {
    good(open());
    service_->start();
  }
  void stop() { service_.reset(); }
  ExportService& service() { return *service_; }
  store::LedgerReader& reader() { return *reader_; }
  static exports::LedgerIdentity ledger() { return exports::identity_of("platform", bytes_of("key")); }

  /// happen makes entries; wait for feeder, since their place in the ledger counts.
  void happen(std::size_t count, const std::string& reason = "r") {
    for (std::size_t i = 0; i < count; ++i) {
      good(p.changes.run(
          [&](Change& change) { return change.record({.type = "device.disabled", .params = {{"reason", reason}}}); }));
    }
    settle();
  }
  /// settle waits until the outbox is in the ledger.
  void settle() {
    EXPECT_TRUE(until([&] { return take(p.store->read([](auto& r) { return r.outbox().read(1); })).empty(); }));
  }
  /// until waits for a condition; the tests' clock goes on meanwhile, and `meanwhile` is done again and again.
  template <class F>
  bool until(F&& reached, const std::function<void()>& meanwhile = {}) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!reached()) {
      if (std::chrono::steady_clock::now() > end) return false;
      if (meanwhile) meanwhile();
      p.clock.advance(std::chrono::milliseconds(500));
      std::this_thread::sleep_for(
          std::chrono::milliseconds(5));  // gives the machine to others; the condition is what counts
    }
    return true;
  }
  std::uint64_t size() { return take(reader_->size()); }
  ExportStatus status(const std::string& name) {
    for (auto& one : take(service_->list())) {
      if (one.name == name) return std::move(one);
    }
    ADD_FAILURE() << name;
    return {};
  }
  /// entries counts the ledger's entries of a type.
  std::size_t entries(const std::string& type) {
    settle();
    std::size_t out = 0;
    for (std::uint64_t i = 0; i < size(); ++i) {
      v1::AuditEntry entry;
      EXPECT_TRUE(entry.ParseFromString(copy_text(take(reader_->entry(i)))));
      out += entry.type() == type ? 1 : 0;
    }
    return out;
  }
  /// numbers are those of all entries, in order, without those of the types left out.
  std::vector<std::string> numbers(std::uint64_t end, const std::set<std::string>& without = {}) {
    std::vector<std::string> out;
    for (std::uint64_t i = 0; i < end; ++i) {
      v1::AuditEntry entry;
      EXPECT_TRUE(entry.ParseFromString(copy_text(take(reader_->entry(i)))));
      if (!without.contains(entry.type())) out.push_back(exports::number_of(ledger(), i));
    }
    return out;
  }

  Platform p;
  Actor audit{"auditadmin", "audit", "00000000000000000000000000000002"};

 private:
  TemporaryDirectory dir_;
  store::PosixFileOps ops_;
  std::unique_ptr<store::LedgerWriter> writer_;
  std::unique_ptr<store::LedgerReader> reader_;
  std::unique_ptr<LedgerFeeder> feeder_;
  std::unique_ptr<ExportService> service_;
};

}  // namespace kw::server::testing
