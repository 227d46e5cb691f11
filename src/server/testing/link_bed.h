#pragma once
// LinkBed is the kiosks' side of a server for tests: Platform's services, a ledger that can be made to fail, and a
// LinkServer on a free loopback port with two threads, as in production.
#include <boost/asio/executor_work_guard.hpp>
#include <condition_variable>
#include <thread>

#include "server/ledger_archivist.h"
#include "server/ledger_keeper.h"
#include "server/ledger_watch.h"
#include "server/link/broker_desk.h"
#include "server/link/vault_desk.h"
#include "server/link/link_server.h"
#include "server/testing/peer.h"

namespace kw::server::testing {

/// Bell wakes who waits for a condition; conditions are looked at again at least every 20 ms.
class Bell {
 public:
  void ring() { changed_.notify_all(); }
  /// soon waits until the condition holds, for 10 s at most.
  bool soon(const std::function<bool()>& condition) {
    const auto end = net::in(std::chrono::seconds(10));
    std::unique_lock lock(mutex_);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      changed_.wait_for(lock, std::chrono::milliseconds(20));
    }
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

/// LineLog keeps what was logged.
class LineLog final : public Log {
 public:
  explicit LineLog(Bell& bell) : bell_(bell) {}
  void write(LogLevel, std::string_view event, std::initializer_list<Field> fields) override {
    std::string line(event);
    for (const auto& [key, value] : fields) line.append(" ").append(key).append("=").append(value);
    {
      const std::lock_guard lock(mutex_);
      lines_.push_back(std::move(line));
    }
    bell_.ring();
  }
  [[nodiscard]] std::size_t count(std::string_view beginning) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::count_if(lines_.begin(), lines_.end(), [&](const auto& line) { return line.starts_with(beginning); }));
  }

 private:
  Bell& bell_;
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// FullDisk is the ledger's disk; while `full`, nothing becomes durable.
class FullDisk final : public store::FileOps {
 public:
  std::atomic<bool> full = false;
  Result<store::FileHandle> open_for_writing(const std::filesystem::path& p) override {
    return to_.open_for_writing(p);
  }
  Result<> write_at(const store::FileHandle& file, ByteView octets, std::uint64_t offset) override {
    if (full) return fail(Errc::no_space, "test");
    return to_.write_at(file, octets, offset);
  }
  Result<> start_write(const store::FileHandle& file, std::uint64_t offset, std::uint64_t octets) override {
    return to_.start_write(file, offset, octets);
  }
  Result<> truncate(const store::FileHandle& file, std::uint64_t size) override { return to_.truncate(file, size); }
  Result<> sync_data(const store::FileHandle& file) override { return to_.sync_data(file); }
  Result<> rename(const std::filesystem::path& a, const std::filesystem::path& b) override { return to_.rename(a, b); }
  Result<> remove(const std::filesystem::path& path) override { return to_.remove(path); }
  Result<> make_directory(const std::filesystem::path& path) override { return to_.make_directory(path); }
  Result<> sync_directory(const std::filesystem::path& path) override { return to_.sync_directory(path); }
  Result<> allocate(const store::FileHandle& file, std::uint64_t octets) override { return to_.allocate(file, octets); }
  Result<store::Space> space(const std::filesystem::path& path) override { return to_.space(path); }

 private:
  store::PosixFileOps to_;
};

class LinkBed {
 public:
  explicit LinkBed(LinkOptions options = {}, Connectors services = {}, AuthorityFiles identities = {},
                   const matters::MatterBook* book = nullptr)
      : connectors(std::move(services)), authorities(std::move(identities)) {
    writer_ = take(store::LedgerWriter::open(dir_.path() / "ledger", {.origin = "platform", .key = {}}, disk));
    reader_ = take(store::LedgerReader::open(dir_.path() / "ledger"));
    feeder = std::make_unique<LedgerFeeder>(*platform.store, *writer_, *reader_, log);
    keeper = std::make_unique<LedgerKeeper>(*writer_, *reader_, platform.clock, test_keys().ledger_key());
    witnesses = std::make_unique<WitnessService>(platform.changes, *keeper, dir_.path(), WitnessOptions(), log);
    good(witnesses->load(test_keys().ledger_key().public_key()));
    watch = std::make_unique<LedgerWatch>(platform.changes, writer_->room(), *feeder, store::OnFull::critical_only);
    archivist = std::make_unique<LedgerArchivist>(platform.changes, *keeper, dir_.path() / "ledger", disk,
                                                  kLeastOnlineDays, log);
    good(platform.ca.publish_crl());
    audit = std::make_unique<AuditService>(platform.changes, *keeper, platform.subjects);
    business = std::make_unique<BusinessService>(platform.changes, *audit, connectors, authorities, log);
    broker = std::make_unique<BrokerService>(platform.changes, connectors, book, log);
    desk = std::make_unique<BrokerDesk>(*business, *broker);
    vault_desk = std::make_unique<VaultDesk>(platform.changes, nullptr, log);
    link = std::make_unique<LinkServer>(
        context_, LinkPorts{platform.changes, *feeder, *witnesses, platform.media, *desk, *vault_desk}, test_keys(),
        take(platform.ca.crl()), options, log);
    platform.ca.set_published([this](const auto& next) { link->set_crl(next); });
    platform.changes.set_sink([this](const Effects& effects) {
      if (effects.position > 0) feeder->notify();
      if (on_commit) on_commit(effects);
      link->on_effects(effects);
      bell.ring();
    });
    good(feeder->reconcile());
    feeder->start();
    good(link->start("127.0.0.1", 0));
    for (auto& thread : threads_) thread = std::thread([this] { context_.run(); });
  }
  ~LinkBed() {
    link->stop();
    guard_.reset();
    context_.stop();
    for (auto& thread : threads_) thread.join();
    feeder->stop();
  }
  LinkBed(const LinkBed&) = delete;
  LinkBed& operator=(const LinkBed&) = delete;

  [[nodiscard]] std::unique_ptr<Peer> connect(std::optional<tlcp::Identity> identity = {},
                                              const std::string& from = "127.0.0.1") const {
    auto out = std::make_unique<Peer>(link->port(), platform.clock, std::move(identity), from);
    EXPECT_TRUE(out->connected());
    return out;
  }
  [[nodiscard]] std::unique_ptr<Peer> connect(const Kiosk& kiosk) const {
    return connect(kiosk.identity(), kiosk.address);
  }
  /// admitted is a connection of this kiosk that stands.
  [[nodiscard]] std::unique_ptr<Peer> admitted(const Kiosk& kiosk) const {
    auto out = connect(kiosk);
    EXPECT_TRUE(out->admit(kiosk.report()).has_value());
    return out;
  }
  /// entries gives the audit entries of a type from ledger and outbox, oldest first.
  std::vector<v1::AuditEntry> entries(std::string_view type) {
    auto waiting = platform.outbox();  // first: entries move from here into the ledger
    std::vector<v1::AuditEntry> out;
    good(reader_->for_each_from(0, [&](std::uint64_t, ByteView octets) -> Result<> {
      out.push_back(take(schema::parse<v1::AuditEntry>(octets, ledger::kMaxEntry)));
      return {};
    }));
    std::erase_if(waiting, [&](const auto& entry) {
      return std::any_of(out.begin(), out.end(), [&](const auto& moved) { return moved.id() == entry.id(); });
    });
    out.insert(out.end(), waiting.begin(), waiting.end());
    std::erase_if(out, [&](const auto& entry) { return entry.type() != type; });
    return out;
  }
  /// recorded waits for the n-th audit entry of a type and gives it.
  v1::AuditEntry recorded(std::string_view type, std::size_t n = 1) {
    std::vector<v1::AuditEntry> found;
    EXPECT_TRUE(soon([&] { return (found = entries(type)).size() >= n; })) << type;
    return found.size() >= n ? found[n - 1] : v1::AuditEntry();
  }
  [[nodiscard]] store::LedgerReader& reader() { return *reader_; }
  store::Device device(const Kiosk& kiosk) { return take(platform.devices.get(kiosk.id)); }
  bool soon(const std::function<bool()>& condition) { return bell.soon(condition); }

  Bell bell;
  LineLog log{bell};
  FullDisk disk;
  Platform platform;
  std::function<void(const Effects&)> on_commit;  // before the link hears of it; set while nobody is connected

 private:
  TemporaryDirectory dir_;
  std::unique_ptr<store::LedgerWriter> writer_;
  std::unique_ptr<store::LedgerReader> reader_;
  boost::asio::io_context context_{2};  // ends after everything that runs on it

 public:
  std::unique_ptr<LedgerFeeder> feeder;
  std::unique_ptr<LedgerKeeper> keeper;
  std::unique_ptr<WitnessService> witnesses;
  std::unique_ptr<LedgerWatch> watch;
  std::unique_ptr<LedgerArchivist> archivist;
  const Connectors connectors;
  const AuthorityFiles authorities;
  std::unique_ptr<AuditService> audit;
  std::unique_ptr<BusinessService> business;
  std::unique_ptr<VaultDesk> vault_desk;
  std::unique_ptr<BrokerService> broker;
  std::unique_ptr<BrokerDesk> desk;
  std::unique_ptr<LinkServer> link;

 private:
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{context_.get_executor()};
  std::array<std::thread, 2> threads_;
};

}  // namespace kw::server::testing
