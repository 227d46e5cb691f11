#include "server/server.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <condition_variable>
#include <deque>
#include <thread>

#include "matters/matter_book.h"
#include "net/http_server.h"
#include "pki/public_key.h"
#include "pki/ukey_message.h"
#include "server/api/routes.h"
#include "server/broker_service.h"
#include "server/compliance/compliance_house.h"
#include "server/database_feed.h"
#include "server/export_service.h"
#include "server/first_credentials.h"
#include "server/landing_desk.h"
#include "server/link/link_server.h"
#include "server/live_publisher.h"
#include "server/row_watch.h"
#include "server/secret_file.h"
#include "server/vault/root_source.h"
#include "server/vault/vault_house.h"
#include "store/sqlite/sqlite_store.h"

namespace kw::server {
namespace {

namespace asio = boost::asio;
constexpr unsigned kConsoleThreads = 3;
constexpr unsigned kLinkThreads = 2;
constexpr unsigned kSweepEvery = 10;  // ticks of one second
constexpr unsigned kRowsEvery = 60;

/// An io_context with its threads.
class Loop {
 public:
  explicit Loop(unsigned threads)
      : context_(static_cast<int>(threads)), guard_(context_.get_executor()), count_(threads) {}
  ~Loop() { stop(); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  void start() {
    running_ = count_;
    for (unsigned i = 0; i < count_; ++i) {
      threads_.emplace_back([this] {
        context_.run();
        const std::lock_guard lock(mutex_);
        --running_;
        ended_.notify_all();
      });
    }
  }
  /// stop lets closed connections come to their end, for a few seconds; then it ends what is left.
  void stop() {
    guard_.reset();
    {
      std::unique_lock lock(mutex_);
      ended_.wait_for(lock, std::chrono::seconds(3), [this] { return running_ == 0; });
    }
    context_.stop();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }
  [[nodiscard]] asio::io_context& context() { return context_; }

 private:
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  unsigned count_, running_ = 0;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::vector<std::thread> threads_;
};

/// What open() loads from the data directory, in the order in which each needs the one before.
struct Foundation {
  PlatformKeys keys;
  std::unique_ptr<store::SqliteStore> store;
  std::unique_ptr<store::LedgerWriter> writer;
  std::unique_ptr<store::LedgerReader> reader;
  WitnessOptions witness;
  Connectors connectors;
  AuthorityFiles authorities;
  std::optional<matters::MatterBook> book;     // absent: no vault
  std::optional<ComplianceBook> requirements;  // absent: nothing is judged
  LandingRulebook landing;
  RowWatch::Findings rows;  // what somebody has done to the database while the platform was away
};

DatabaseOptions database_options(const DatabaseConfig& config) {
  return {config.name,
          config.audit_log,
          {config.accounts, config.tables, config.reads},
          std::chrono::minutes(config.silence_minutes)};
}

Result<WitnessOptions> witness_options(const WitnessConfig& config) {
  WitnessOptions out;
  out.rule = {config.needed, config.picked};
  out.alarm_after = std::chrono::seconds(config.alarm_seconds);
  for (const auto& one : config.named) {
    const auto file = read_public(one.key);
    if (!file) return file.error().within("witness.named.key " + one.key.string());
    auto key = pki::parse_public_key(*file);
    if (!key) return key.error().within("witness.named.key " + one.key.string());
    out.named.push_back({one.name, one.site, std::move(*key)});
  }
  return out;
}

Result<std::optional<matters::MatterBook>> load_book(const std::filesystem::path& directory) {
  if (directory.empty()) return std::optional<matters::MatterBook>();
  KW_TRY(auto book, matters::MatterBook::load(directory));
  return std::optional(std::move(book));
}

Result<std::optional<ComplianceBook>> load_requirements(const std::filesystem::path& directory) {
  if (directory.empty()) return std::optional<ComplianceBook>();
  KW_TRY(auto book, ComplianceBook::load(directory));
  return std::optional(std::move(book));
}

/// vault_root: the module is asked here, and not again.
Result<std::pair<vault::RootKey, RootSeal>> vault_root(const ServerConfig& config, const Server::Ports& ports,
                                                       const Foundation& base) {
  KW_TRY(const auto stored, base.store->read([](auto& r) { return r.vault().keys(); }));
  auto source = RootSource::open(config, base.keys.sealer(), ports.open_module, ports.log);
  if (!source) return source.error().within("vault root");
  KW_TRY(auto root, (*source)->root(ports.random).load(!stored.empty()));
  return std::pair(std::move(root), (*source)->by());
}

Result<Foundation> lay(const ServerConfig& config, const Server::Ports& ports, store::FileOps& files) {
  KW_CHECK(make_private_directory(config.data_dir));
  KW_TRY(auto keys, PlatformKeys::load(config.data_dir, config.name, ports.clock.now(), ports.random));
  store::LedgerOptions options;
  options.origin = config.name;
  options.key = keys.ledger_key().public_key();
  options.segment_octets = config.ledger.segment_octets;
  options.reserve_octets = config.ledger.reserve_octets;
  options.on_full = config.ledger.on_full;
  KW_TRY(auto writer, store::LedgerWriter::open(config.data_dir / "ledger", options, files));
  KW_TRY(auto reader, store::LedgerReader::open(config.data_dir / "ledger"));
  KW_TRY(auto db, store::SqliteStore::open((config.data_dir / "kioskward.db").string()));
  KW_TRY(auto witness, witness_options(config.witness));
  KW_TRY(auto book, load_book(config.catalogue_dir));
  KW_TRY(auto requirements, load_requirements(config.compliance_dir));
  KW_TRY(auto connectors, Connectors::load(config.connectors_dir, book ? &*book : nullptr));
  KW_TRY(auto authorities, AuthorityFiles::load(config.authorities_dir));
  KW_TRY(auto landing, LandingRulebook::load(config.catalogue_dir));
  KW_TRY(auto rows, seal_rows(*db, keys, config.data_dir));
  return Foundation{std::move(keys),         std::move(db),         std::move(writer),      std::move(reader),
                    std::move(witness),      std::move(connectors), std::move(authorities), std::move(book),
                    std::move(requirements), std::move(landing),    std::move(rows)};
}

}  // namespace

class Server::Impl {
 public:
  Impl(ServerConfig config, Ports ports, std::unique_ptr<store::FileOps> files, Foundation base)
      : config_(std::move(config)),
        ports_(ports),
        files_(std::move(files)),
        base_(std::move(base)),
        console_loop_(kConsoleThreads),
        link_loop_(kLinkThreads),
        changes_(*base_.store, ports.clock, ports.random),
        feeder_(*base_.store, *base_.writer, *base_.reader, ports.log),
        landing_(std::move(base_.landing), ports.log),
        subjects_(base_.keys.sealer(), base_.keys.person_key(), config_.name),
        keeper_(*base_.writer, *base_.reader, ports.clock, base_.keys.ledger_key()),
        witnesses_(changes_, keeper_, config_.data_dir, base_.witness, ports.log),
        rows_(changes_, {[this] { return base_.store->check_rows(); }, [this] { return base_.store->accept_rows(); }},
              ports.log),
        settings_(changes_),
        auth_(changes_, base_.keys.sealer(), settings_, ports.log),
        tokens_(changes_, auth_),
        regions_(changes_),
        users_(changes_, auth_),
        own_factors_(changes_, auth_, settings_),
        ca_(changes_, base_.keys),
        signings_(changes_),
        policies_(changes_, base_.keys, signings_, config_.advertise),
        signers_(changes_, base_.keys, signings_, policies_),
        enrol_(changes_, base_.keys, ca_, policies_),
        devices_(changes_, ca_),
        orders_(changes_, base_.keys, signings_),
        baselines_(changes_, base_.keys, signings_),
        requests_(changes_, orders_),
        media_(changes_, base_.keys.sealer(), {config_.name, base_.keys.ledger_key()}, config_.data_dir / "media",
               config_.media, ports.log),
        alarms_(changes_),
        audit_(changes_, keeper_, subjects_),
        persons_(changes_, subjects_),
        business_(changes_, audit_, base_.connectors, base_.authorities, ports.log),
        broker_(changes_, base_.connectors, base_.book ? &*base_.book : nullptr, ports.log),
        broker_desk_(business_, broker_),
        exports_(changes_, *base_.reader, ports.log),
        ledger_watch_(changes_, base_.writer->room(), feeder_, config_.ledger.on_full),
        archivist_(changes_, keeper_, config_.data_dir / "ledger", *files_, config_.ledger.online_days, ports.log),
        extracts_(changes_, keeper_, audit_, config_.data_dir),
        publisher_(*base_.store, hub_, ports.log),
        credentials_(config_.data_dir) {
    changes_.set_subjects(subjects_);
    changes_.set_landing(landing_);
    if (base_.requirements) changes_.set_watched(base_.requirements->watched());
    for (const auto& one : config_.databases) databases_.emplace_back(changes_, database_options(one), ports.log);
  }
  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<> prepare();
  Result<> configure_factors();
  Result<> open_vault();
  Result<> open_compliance();
  OwnState own_state();
  Result<std::vector<v1::AuditEntry>> old_events(const std::string& type, std::size_t most);
  Result<> start();
  void stop();
  Result<> run();

  std::vector<Invitation> first_;
  [[nodiscard]] std::uint16_t console_port() const { return http_ ? http_->port() : std::uint16_t{0}; }
  [[nodiscard]] std::uint16_t link_port() const { return link_ ? link_->port() : std::uint16_t{0}; }

 private:
  Result<> start_http();
  void tick_loop();
  void report(std::string_view what, const Result<>& done) {
    if (!done) ports_.log.error(what, {{"error", done.error().text()}});
  }

  const ServerConfig config_;
  Ports ports_;
  std::unique_ptr<store::FileOps> files_;
  Foundation base_;
  Loop console_loop_, link_loop_;
  Changes changes_;
  LedgerFeeder feeder_;
  LandingDesk landing_;
  const SubjectKeys subjects_;
  LedgerKeeper keeper_;
  WitnessService witnesses_;
  RowWatch rows_;
  SettingsService settings_;
  AuthService auth_;
  ApiTokenService tokens_;
  RegionService regions_;
  UserService users_;
  FactorService own_factors_;
  CaService ca_;
  SigningService signings_;
  PolicyService policies_;
  SignerService signers_;
  EnrolService enrol_;
  DeviceService devices_;
  OrderService orders_;
  BaselineService baselines_;
  RequestService requests_;
  MediaService media_;
  AlarmService alarms_;
  AuditService audit_;
  PersonService persons_;
  BusinessService business_;
  BrokerService broker_;
  BrokerDesk broker_desk_;
  std::unique_ptr<VaultHouse> vault_;  // absent: no catalogue
  std::unique_ptr<VaultDesk> vault_desk_;
  std::unique_ptr<ComplianceHouse> compliance_;  // absent: no catalogue of requirements
  ExportService exports_;
  LedgerWatch ledger_watch_;
  LedgerArchivist archivist_;
  ExtractService extracts_;
  LiveHub hub_;
  LivePublisher publisher_;
  std::deque<DatabaseFeed> databases_;
  FirstCredentials credentials_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<LinkServer> link_;
  std::unique_ptr<net::HttpServer> http_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false, started_ = false, stopped_ = false;
  std::thread ticker_;
};

Result<> Server::Impl::prepare() {
  if (!config_.breached_passwords.empty()) {
    KW_TRY(auto breached, BreachedPasswords::load(config_.breached_passwords));
    auth_.set_breached(std::move(breached));
  }
  KW_CHECK(configure_factors());
  KW_CHECK(feeder_.reconcile());
  KW_CHECK(requests_.settle_interrupted());
  KW_CHECK(persons_.adopt());
  KW_CHECK(business_.settle_interrupted());
  KW_CHECK(open_vault());
  KW_TRY(first_, users_.create_first([this](const auto& made) { return credentials_.write(made); }));
  if (!first_.empty()) {
    const auto shipped = two_persons_at_first();
    KW_CHECK(settings_.begin(
        config_.two_persons_at_first.value_or(std::vector<std::string>(shipped.begin(), shipped.end()))));
  }
  requests_.set_settings(settings_);
  const auto& recovery = base_.writer->recovery();
  ports_.log.info("ledger.opened", {{"entries", std::to_string(recovery.entries)},
                                    {"checkpoint", std::to_string(recovery.checkpoint_size)},
                                    {"dropped_octets", std::to_string(recovery.dropped_octets)},
                                    {"rebuilt_hashes", std::to_string(recovery.rebuilt_hashes)}});
  ports_.log.info("landing.rules", {{"count", std::to_string(landing_.rules().rules.size())}});
  const auto stored = changes_.run([&](Change& change) -> Result<> {
    if (recovery.dropped_octets > 0 || recovery.rebuilt_hashes > 0) {
      Happening recovered{.type = "ledger.recovered", .result = "observed"};
      recovered.params = {{"size", std::to_string(recovery.entries)},
                          {"dropped_octets", std::to_string(recovery.dropped_octets)},
                          {"checkpoint", std::to_string(recovery.checkpoint_size)},
                          {"rebuilt_hashes", std::to_string(recovery.rebuilt_hashes)}};
      KW_CHECK(change.record(recovered));
    }
    return change.record({.type = "server.started", .params = {{"version", std::string(kServerVersion)}}});
  });
  KW_CHECK(stored);
  KW_CHECK(rows_.tell(base_.rows));
  KW_CHECK(witnesses_.load(base_.keys.ledger_key().public_key()));
  extracts_.set_archive([this] { return archivist_.list(); });
  KW_CHECK(
      exports_.open(config_.exports, exports::identity_of(config_.name, base_.keys.ledger_key().public_key().spki())));
  KW_CHECK(ca_.publish_crl());
  KW_CHECK(open_compliance());
  return keeper_.tick(true);
}

Result<> Server::Impl::open_compliance() {
  if (!base_.requirements) return {};
  compliance_ = std::make_unique<ComplianceHouse>(
      changes_, *base_.requirements,
      ComplianceService::Sources{[this] { return own_state(); },
                                 [this](const auto& type, std::size_t most) { return old_events(type, most); }},
      ports_.log);
  return compliance_->service.open();
}

OwnState Server::Impl::own_state() {
  OwnState out;
  out.gathered = ports_.clock.now();
  const auto quorum = witnesses_.report().quorum;
  if (quorum != Quorum::none) out.quorum_held = quorum == Quorum::met;
  out.retention_days = config_.ledger.online_days;
  for (const auto& one : databases_) out.databases += one.connected() ? 1U : 0U;
  out.landing = true;  // numbers and markings are masked and refused whether or not there are rules beside them
  out.vault = vault_ != nullptr;
  if (!base_.book) return out;
  out.masks_passed = true;  // a catalogue whose masks leave too much is refused at the start: nobody gets here
  out.matters = base_.book->data().matters().size();
  out.fields_without_class = 0;
  for (const auto& matter : base_.book->data().matters())
    for (const auto& field : matter.fields)
      if (vault::name(field.data_class).empty()) ++*out.fields_without_class;
  return out;
}

Result<std::vector<v1::AuditEntry>> Server::Impl::old_events(const std::string& type, std::size_t most) {
  std::vector<v1::AuditEntry> out;
  store::AuditQuery query;
  query.type = type;
  query.limit = 500;
  while (out.size() < most) {
    KW_TRY(auto page, audit_.find(query));
    if (page.empty()) break;
    query.before = page.back().index;
    for (auto& item : page) out.push_back(std::move(item.entry));
  }
  return out;
}

Result<> Server::Impl::open_vault() {
  if (base_.book) {
    KW_TRY(auto root, vault_root(config_, ports_, base_));
    const VaultHouse::Parts parts{
        changes_,   *base_.book, audit_, ports_.log, config_.name, config_.data_dir / "vault", base_.keys.ledger_key(),
        root.second};
    KW_TRY(vault_, VaultHouse::open(parts, std::move(root.first)));
  }
  if (vault_) vault_->service().set_landing(landing_);
  vault_desk_ = std::make_unique<VaultDesk>(changes_, vault_.get(), ports_.log);
  return {};
}

Result<> Server::Impl::configure_factors() {
  const auto& [passkeys, ukeys] = config_.factors;
  std::optional<webauthn::RelyingParty> party;
  if (!passkeys.rp_id.empty()) party = webauthn::RelyingParty{passkeys.rp_id, passkeys.origins, passkeys.verify_user};
  std::unique_ptr<UkeyFactor> ukey;
  if (!ukeys.authorities.empty()) {
    const auto line = pki::UkeyMessage{"login", config_.name, "account", Bytes(32)}.text();
    if (!pki::parse_ukey_message(line)) return fail(Errc::invalid, "link.name: one word where UKeys are taken");
    KW_CHECK(load_ukey_trust(ukeys));  // what cannot be read now is a fault of the configuration
    ukey = std::make_unique<UkeyFactor>(config_.name, [options = ukeys] { return load_ukey_trust(options); });
  }
  auth_.factors().configure(std::move(party), std::move(ukey));
  settings_.set_offered(auth_.factors().names());
  KW_TRY(const auto settings, settings_.get());
  if (const auto offered = settings_.check_offered(settings); !offered)
    ports_.log.error("settings.factors",
                     {{"error", offered.error().text()}});  // an administrator of another role mends it
  return {};
}

Result<> Server::Impl::start_http() {
  net::Router router;
  const Api::Services gate{auth_, tokens_, requests_, settings_, changes_, ports_.log};
  api_ = std::make_unique<Api>(router, gate, config_.certificate_header);
  api_->set_change_gate([this] { return ledger_watch_.admit_change(); });
  const ApiServices services{changes_,
                             auth_,
                             users_,
                             own_factors_,
                             settings_,
                             tokens_,
                             regions_,
                             enrol_,
                             devices_,
                             policies_,
                             orders_,
                             baselines_,
                             requests_,
                             signings_,
                             signers_,
                             media_,
                             alarms_,
                             audit_,
                             persons_,
                             business_,
                             exports_,
                             extracts_,
                             keeper_,
                             witnesses_,
                             ledger_watch_,
                             archivist_,
                             rows_,
                             landing_,
                             hub_,
                             vault_.get(),
                             compliance_.get(),
                             ports_.log,
                             config_.secure_cookie};
  for (const auto add : {add_session_routes,    add_factor_routes,
                         add_site_routes,       add_enrolment_routes,
                         add_device_routes,     add_baseline_routes,
                         add_request_routes,    add_signing_routes,
                         add_media_routes,      add_policy_routes,
                         add_alarm_routes,      add_audit_routes,
                         add_business_routes,   add_witness_routes,
                         add_export_routes,     add_ledger_routes,
                         add_row_routes,        add_landing_routes,
                         add_vault_routes,      add_vault_file_routes,
                         add_compliance_routes, add_compliance_record_routes,
                         add_user_routes,       add_person_routes,
                         add_settings_routes,   add_platform_routes}) {
    add(*api_, services);
  }
  add_live_route(router, *api_, services);
  add_look_route(router, *api_, services);
  net::HttpOptions options;
  options.address = config_.console.address;
  options.port = config_.console.port;
  options.static_dir = config_.static_dir;
  KW_TRY(http_, net::HttpServer::start(console_loop_.context().get_executor(), options, std::move(router),
                                       {ports_.log, ports_.clock, ports_.random}));
  return {};
}

Result<> Server::Impl::start() {
  KW_TRY(auto crl, ca_.crl());
  broker_.set_gate([this] { return ledger_watch_.admit_change(); });
  link_ = std::make_unique<LinkServer>(
      link_loop_.context(), LinkPorts{changes_, feeder_, witnesses_, media_, broker_desk_, *vault_desk_}, base_.keys,
      std::move(crl), LinkOptions(config_.heartbeat_seconds, config_.quote_seconds), ports_.log);
  ca_.set_published([this](const auto& next) { link_->set_crl(next); });
  keeper_.set_published([this](const auto& head) { publisher_.publish(head); });
  changes_.set_sink([this](const Effects& effects) {
    if (effects.position > 0) feeder_.notify();
    publisher_.publish(effects);
    link_->on_effects(effects);
    if (compliance_) compliance_->service.on_effects(effects);
  });
  started_ = true;
  feeder_.start();
  KW_CHECK(link_->start(config_.link.address, config_.link.port));
  KW_CHECK(start_http());
  link_loop_.start();
  console_loop_.start();
  ticker_ = std::thread([this] { tick_loop(); });
  exports_.start();
  archivist_.start();
  if (vault_) vault_->start();
  ports_.log.info("server.started",
                  {{"console", std::to_string(console_port())}, {"link", std::to_string(link_port())}});
  return {};
}

void Server::Impl::tick_loop() {
  unsigned count = 0;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; })) {
    lock.unlock();
    report("ledger.checkpoint", keeper_.tick());
    report("ledger.witnesses", witnesses_.tick());
    report("ledger.room", ledger_watch_.tick());
    for (auto& database : databases_) report("database.feed", database.tick());
    report("landing.tell", landing_.tick(changes_));
    if (compliance_) report("compliance.judge", compliance_->service.tick());
    report("credentials.prune", credentials_.prune(users_));
    media_.sweep([this](ByteView token_hash) { return auth_.alive(token_hash); });
    if (++count % kRowsEvery == 0) report("store.rows", rows_.look());
    if (count % kSweepEvery == 0) {
      report("ca.crl", ca_.tick());
      hub_.sweep([this](ByteView token_hash) { return auth_.alive(token_hash); });
      report("requests.lapse", requests_.tick());
      report("business.lapse", business_.tick());
      report("signings.lapse", signings_.tick());
      report("persons.scrub", persons_.tick());
      report("media.clean", media_.tick());
      report("extracts.clean", extracts_.tick());
    }
    lock.lock();
  }
}

void Server::Impl::stop() {
  if (std::exchange(stopped_, true)) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (ticker_.joinable()) ticker_.join();
  archivist_.stop();
  if (http_) http_->stop();
  if (link_) link_->stop();
  console_loop_.stop();
  link_loop_.stop();
  if (!started_) return;
  if (vault_) vault_->stop();
  exports_.stop();
  report("landing.tell", landing_.tick(changes_, true));
  report("server.stop", changes_.run([](Change& change) { return change.record({.type = "server.stopped"}); }));
  feeder_.stop();
  report("ledger.checkpoint", keeper_.tick(true));
  ports_.log.info("server.stopped");
}

Result<> Server::Impl::run() {
  asio::io_context waiting;
  asio::signal_set signals(waiting, SIGTERM, SIGINT);
  int got = 0;
  signals.async_wait([&](const boost::system::error_code&, int number) { got = number; });
  KW_CHECK(start());
  waiting.run();
  ports_.log.info("server.signal", {{"number", std::to_string(got)}});
  stop();
  return {};
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::open(ServerConfig config, Ports ports) {
  auto files = std::make_unique<store::PosixFileOps>();
  KW_TRY(auto base, lay(config, ports, *files));
  auto impl = std::make_unique<Impl>(std::move(config), ports, std::move(files), std::move(base));
  KW_CHECK(impl->prepare());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

const std::vector<Invitation>& Server::first_credentials() const noexcept { return impl_->first_; }
Result<> Server::start() { return impl_->start(); }
void Server::stop() { impl_->stop(); }
Result<> Server::run() { return impl_->run(); }
std::uint16_t Server::console_port() const noexcept { return impl_->console_port(); }
std::uint16_t Server::link_port() const noexcept { return impl_->link_port(); }

}  // namespace kw::server
