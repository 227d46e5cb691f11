#include "store/sqlite/sqlite_store.h"

#include <array>
#include <condition_variable>
#include <mutex>

#include "store/sqlite/compliance_repository.h"
#include "store/sqlite/repositories.h"
#include "store/sqlite/vault_repository.h"

namespace kw::store {
namespace {

constexpr std::pair<std::string_view, std::string_view> kMigrations[] = {
#include "migrations.gen.inc"
};

/// One connection and all repositories over it.
class Connection final : public Repositories {
 public:
  explicit Connection(std::unique_ptr<Database> db) : db_(std::move(db)) {}
  Regions& regions() override { return regions_; }
  Sites& sites() override { return sites_; }
  EnrolTokens& tokens() override { return tokens_; }
  Enrolments& enrolments() override { return enrolments_; }
  Devices& devices() override { return devices_; }
  Certificates& certificates() override { return certificates_; }
  Policies& policies() override { return policies_; }
  Bundles& bundles() override { return bundles_; }
  Orders& orders() override { return orders_; }
  Baselines& baselines() override { return baselines_; }
  Requests& requests() override { return requests_; }
  SigningKeys& signing_keys() override { return signing_keys_; }
  PersonRules& person_rules() override { return person_rules_; }
  Signings& signings() override { return signings_; }
  MediaShelf& media() override { return media_; }
  Extracts& extracts() override { return extracts_; }
  Events& events() override { return events_; }
  Outbox& outbox() override { return outbox_; }
  AuditIndex& audit() override { return audit_; }
  Alarms& alarms() override { return alarms_; }
  Users& users() override { return users_; }
  Activations& activations() override { return activations_; }
  Sessions& sessions() override { return sessions_; }
  Exports& exports() override { return exports_; }
  BusinessSessions& business() override { return business_; }
  ApiTokens& api_tokens() override { return api_tokens_; }
  Factors& factors() override { return factors_; }
  Subjects& subjects() override { return subjects_; }
  Vault& vault() override { return vault_; }
  Compliance& compliance() override { return compliance_; }
  Meta& meta() override { return meta_; }
  Database& db() { return *db_; }

  Result<> transact(bool for_writing, const std::function<Result<>(Repositories&)>& work) {
    KW_TRY(auto transaction, Transaction::begin(*db_, for_writing));
    KW_CHECK(work(*this));
    return transaction.commit();
  }

 private:
  std::unique_ptr<Database> db_;
  SqliteRegions regions_{*db_};
  SqliteSites sites_{*db_};
  SqliteEnrolTokens tokens_{*db_};
  SqliteEnrolments enrolments_{*db_};
  SqliteDevices devices_{*db_};
  SqliteCertificates certificates_{*db_};
  SqlitePolicies policies_{*db_};
  SqliteBundles bundles_{*db_};
  SqliteOrders orders_{*db_};
  SqliteBaselines baselines_{*db_};
  SqliteRequests requests_{*db_};
  SqliteSigningKeys signing_keys_{*db_};
  SqlitePersonRules person_rules_{*db_};
  SqliteSignings signings_{*db_};
  SqliteMediaShelf media_{*db_};
  SqliteExtracts extracts_{*db_};
  SqliteEvents events_{*db_};
  SqliteOutbox outbox_{*db_};
  SqliteAuditIndex audit_{*db_};
  SqliteAlarms alarms_{*db_};
  SqliteUsers users_{*db_};
  SqliteActivations activations_{*db_};
  SqliteSessions sessions_{*db_};
  SqliteExports exports_{*db_};
  SqliteBusinessSessions business_{*db_};
  SqliteApiTokens api_tokens_{*db_};
  SqliteFactors factors_{*db_};
  SqliteSubjects subjects_{*db_};
  SqliteVault vault_{*db_};
  SqliteCompliance compliance_{*db_};
  SqliteMeta meta_{*db_};
};

/// tables_made_by names what a migration creates.
void tables_made_by(std::string_view sql, std::set<std::string>& out) {
  constexpr std::string_view kCreate = "CREATE TABLE ";
  for (auto at = sql.find(kCreate); at != std::string_view::npos; at = sql.find(kCreate, at + 1)) {
    const auto name = sql.substr(at + kCreate.size());
    out.emplace(name.substr(0, name.find_first_of(" (\n")));
  }
}

/// migrate gives the tables that it has made in a database that was there before.
Result<std::set<std::string>> migrate(Database& db) {
  std::set<std::string> born;
  KW_TRY(auto version, db.count("PRAGMA user_version"));
  if (version > std::size(kMigrations)) return fail(Errc::unsupported, "database of a newer version");
  for (auto next = version; next < std::size(kMigrations); ++next) {
    KW_TRY(auto transaction, Transaction::begin(db, true));
    if (auto done = db.script(std::string(kMigrations[next].second)); !done) {
      return done.error().within("migration " + std::string(kMigrations[next].first));
    }
    KW_CHECK(db.script("PRAGMA user_version = " + std::to_string(next + 1)));
    KW_CHECK(transaction.commit());
    tables_made_by(kMigrations[next].second, born);
  }
  return born;
}

}  // namespace

class SqliteStore::Impl {
 public:
  explicit Impl(std::unique_ptr<Database> writer) : writer_(std::move(writer)) {}

  Result<> open_readers(const std::string& path, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      KW_TRY(auto db, Database::open(path, Database::Mode::read_only));
      readers_.push_back(std::make_unique<Connection>(std::move(db)));
      idle_.push_back(readers_.back().get());
    }
    return {};
  }

  Result<> transact(bool for_writing, const std::function<Result<>(Repositories&)>& work) {
    if (for_writing || readers_.empty()) {
      const std::lock_guard lock(writer_mutex_);
      return writer_.transact(for_writing, work);
    }
    const Lease lease(*this);
    return lease.connection->transact(false, work);
  }

  Connection& writer() { return writer_; }
  void set_born(std::set<std::string> tables) { born_ = std::move(tables); }

  Result<> scrub() {
    const std::lock_guard lock(writer_mutex_);
    return writer_.db().empty_journal();
  }

  Result<std::vector<RowFinding>> seal_rows(const SecretBytes& key, bool expected) {
    const std::lock_guard lock(writer_mutex_);
    KW_CHECK(RowSeals::attach(writer_.db(), key.clone()));
    for (const auto& reader : readers_) KW_CHECK(RowSeals::attach(reader->db(), key.clone()));
    sealed_ = true;
    return in_transaction<std::vector<RowFinding>>(
        writer_, true, [&](Database& db) { return RowSeals::prepare(db, expected, born_); });
  }
  Result<std::vector<RowFinding>> check_rows() {
    if (!sealed_) return fail(Errc::wrong_state, "rows are not sealed");
    if (readers_.empty()) {
      const std::lock_guard lock(writer_mutex_);
      return in_transaction<std::vector<RowFinding>>(writer_, false, RowSeals::check);
    }
    const Lease lease(*this);
    return in_transaction<std::vector<RowFinding>>(*lease.connection, false, RowSeals::check);
  }
  Result<> accept_rows() {
    if (!sealed_) return fail(Errc::wrong_state, "rows are not sealed");
    const std::lock_guard lock(writer_mutex_);
    KW_TRY(auto transaction, Transaction::begin(writer_.db(), true));
    KW_CHECK(RowSeals::accept(writer_.db()));
    return transaction.commit();
  }

 private:
  template <class T, class Work>
  static Result<T> in_transaction(Connection& connection, bool for_writing, Work&& work) {
    KW_TRY(auto transaction, Transaction::begin(connection.db(), for_writing));
    KW_TRY(T out, work(connection.db()));
    KW_CHECK(transaction.commit());
    return out;
  }

  struct Lease {
    explicit Lease(Impl& from) : impl(from) {
      std::unique_lock lock(impl.idle_mutex_);
      impl.freed_.wait(lock, [&] { return !impl.idle_.empty(); });
      connection = impl.idle_.back();
      impl.idle_.pop_back();
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
      const std::lock_guard lock(impl.idle_mutex_);
      impl.idle_.push_back(connection);
      impl.freed_.notify_one();
    }
    Impl& impl;
    Connection* connection = nullptr;
  };

  std::mutex writer_mutex_;
  Connection writer_;
  std::vector<std::unique_ptr<Connection>> readers_;
  std::mutex idle_mutex_;
  std::condition_variable freed_;
  std::vector<Connection*> idle_;
  bool sealed_ = false;
  std::set<std::string> born_;
};

SqliteStore::SqliteStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& path, std::size_t readers) {
  KW_TRY(auto writer, Database::open(path, Database::Mode::read_write));
  auto impl = std::make_unique<Impl>(std::move(writer));
  KW_TRY(auto born, migrate(impl->writer().db()));
  impl->set_born(std::move(born));
  if (path != ":memory:") KW_CHECK(impl->open_readers(path, readers));
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(impl)));
}

Result<std::vector<RowFinding>> SqliteStore::seal_rows(const SecretBytes& key, bool expected) {
  return impl_->seal_rows(key, expected);
}
Result<> SqliteStore::scrub() { return impl_->scrub(); }
Result<std::vector<RowFinding>> SqliteStore::check_rows() { return impl_->check_rows(); }
Result<> SqliteStore::accept_rows() { return impl_->accept_rows(); }

Result<> SqliteStore::transact(bool for_writing, const std::function<Result<>(Repositories&)>& work) {
  return impl_->transact(for_writing, work);
}

}  // namespace kw::store
