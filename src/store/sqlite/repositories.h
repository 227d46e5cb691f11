#pragma once
// The SQLite repositories: thin classes over one Database each; see the abstract headers for what they promise.
#include "store/sqlite/database.h"
#include "store/store.h"

namespace kw::store {

class SqliteRegions final : public Regions {
 public:
  explicit SqliteRegions(Database& db) : db_(db) {}
  Result<> insert(const Region& region) override;
  Result<Region> get(const RegionId& id) override;
  Result<std::vector<Region>> list(const Scope& scope) override;
  Result<> rename(const RegionId& id, const std::string& name) override;
  Result<> remove(const RegionId& id) override;
  Result<std::vector<RegionId>> chain(const RegionId& id) override;
  Result<std::vector<RegionId>> chain_of(const DeviceId& device) override;
  Result<std::vector<RegionId>> chain_of(const SiteId& site) override;
  Result<bool> holds(const Scope& scope, Placed what, ByteView id) override;
  Result<bool> holds(const Scope& scope, const RegionId& region) override;

 private:
  Database& db_;
};

class SqliteSites final : public Sites {
 public:
  explicit SqliteSites(Database& db) : db_(db) {}
  Result<> insert(const Site& site) override;
  Result<Site> get(const SiteId& id) override;
  Result<std::vector<Site>> list(const Scope& scope) override;
  Result<> move(const SiteId& id, const RegionId& region) override;

 private:
  Database& db_;
};

class SqliteEnrolTokens final : public EnrolTokens {
 public:
  explicit SqliteEnrolTokens(Database& db) : db_(db) {}
  Result<> insert(const EnrolToken& token) override;
  Result<std::vector<EnrolToken>> list(const Scope& scope) override;
  Result<EnrolToken> consume(ByteView secret_hash, Timestamp now) override;

 private:
  Database& db_;
};

class SqliteEnrolments final : public Enrolments {
 public:
  explicit SqliteEnrolments(Database& db) : db_(db) {}
  Result<> insert(const Enrolment& enrolment) override;
  Result<Enrolment> get(const EnrolmentId& id) override;
  Result<Enrolment> made_with(ByteView secret_hash) override;
  Result<std::vector<Enrolment>> list(std::optional<EnrolmentState> state, const Scope& scope) override;
  Result<std::uint64_t> count(EnrolmentState state, const Scope& scope) override;
  Result<> decide(const EnrolmentId& id, EnrolmentState state, const DeviceId& device, const std::string& reason,
                  ByteView reply) override;

 private:
  Database& db_;
};

class SqliteDevices final : public Devices {
 public:
  explicit SqliteDevices(Database& db) : db_(db) {}
  Result<> insert(const Device& device) override;
  Result<Device> get(const DeviceId& id) override;
  Result<DevicePage> page(const DeviceQuery& query) override;
  Result<std::vector<Device>> enabled() override;
  Result<std::vector<Custody>> custodies() override;
  Result<> set_custodian(const DeviceId& id, const std::string& custodian, const std::string& phone) override;
  Result<std::array<std::uint64_t, kDeviceLiveCount>> counts(const Scope& scope) override;
  Result<> update_live(const DeviceId& id, const LiveUpdate& update) override;
  Result<> set_wanted(const DeviceId& id, std::uint64_t revision) override;
  Result<> set_all_offline() override;
  Result<> disable(const DeviceId& id) override;
  Result<> acknowledge(const DeviceId& id, std::uint64_t through) override;
  Result<> put_facts(const DeviceId& id, const std::vector<StoredFact>& facts) override;
  Result<std::vector<StoredFact>> facts(const DeviceId& id) override;

 private:
  Database& db_;
};

class SqliteCertificates final : public Certificates {
 public:
  explicit SqliteCertificates(Database& db) : db_(db) {}
  Result<> insert(const CertificateRecord& certificate) override;
  Result<CertificateRecord> get(ByteView serial) override;
  Result<std::vector<CertificateRecord>> of_device(const DeviceId& id) override;
  Result<std::vector<CertificateRecord>> revoke_device(const DeviceId& id, Timestamp now) override;
  Result<std::vector<CertificateRecord>> revoked() override;

 private:
  Database& db_;
};

class SqlitePolicies final : public Policies {
 public:
  explicit SqlitePolicies(Database& db) : db_(db) {}
  Result<> insert(const Policy& policy) override;
  Result<Policy> get(std::uint64_t revision) override;
  Result<Policy> latest() override;
  Result<std::uint64_t> newest_revision() override;
  Result<> decide(const Policy& policy) override;
  Result<std::vector<Policy>> list() override;

 private:
  Database& db_;
};

class SqliteBundles final : public Bundles {
 public:
  explicit SqliteBundles(Database& db) : db_(db) {}
  Result<> insert(const Bundle& bundle) override;
  Result<Bundle> get(const BundleId& id) override;
  Result<Bundle> latest(const DeviceId& device) override;
  Result<Bytes> digest(const DeviceId& device, std::uint64_t revision) override;
  Result<> set_outcome(const BundleId& id, const std::string& outcome, const std::string& reason) override;

 private:
  Database& db_;
};

class SqliteOrders final : public Orders {
 public:
  explicit SqliteOrders(Database& db) : db_(db) {}
  Result<> insert(const Order& order) override;
  Result<Order> get(const OrderId& id) override;
  Result<std::vector<Order>> of_device(const DeviceId& id) override;
  Result<std::vector<Order>> waiting(const DeviceId& id, Timestamp now) override;
  Result<> complete(const OrderId& id, ByteView signed_octets) override;
  Result<> settle(const OrderId& id, OrderState state, const std::string& reason) override;

 private:
  Database& db_;
};

class SqliteBaselines final : public Baselines {
 public:
  explicit SqliteBaselines(Database& db) : db_(db) {}
  Result<bool> propose(const Baseline& baseline) override;
  Result<Baseline> get(const BaselineId& id) override;
  Result<std::vector<Baseline>> of_device(const DeviceId& id) override;
  Result<std::uint64_t> newest_revision(const DeviceId& id, const std::string& section) override;
  Result<> decide(const Baseline& baseline) override;
  Result<> drop(const BaselineId& id, const std::string& reason) override;
  Result<> complete(const BaselineId& id, ByteView signed_octets) override;
  Result<std::vector<BaselineId>> to_deliver(const DeviceId& id) override;
  Result<bool> report(const DeviceId& id, const std::string& section, std::uint64_t revision,
                      const std::string& outcome, const std::string& reason) override;

 private:
  Database& db_;
};

class SqliteRequests final : public Requests {
 public:
  explicit SqliteRequests(Database& db) : db_(db) {}
  Result<> insert(const Request& request) override;
  Result<Request> get(const RequestId& id) override;
  Result<Request> of_order(const DeviceId& device, const OrderId& order) override;
  Result<std::vector<Request>> page(const RequestQuery& query) override;
  Result<> decide(const Request& request) override;
  Result<> settle(const RequestId& id, const std::string& outcome) override;
  Result<std::uint64_t> waiting_of(const DeviceId& device) override;
  Result<std::uint64_t> waiting_by(const std::string& person) override;
  Result<std::uint64_t> waiting_for(const std::string& person, const Scope& scope) override;
  Result<Request> granted(const std::string& person, const std::string& operation, const std::string& subject,
                          Timestamp since) override;
  Result<std::vector<Request>> unsettled() override;
  Result<std::vector<Request>> lapsed(Timestamp now) override;
  Result<std::uint64_t> naming(const std::vector<std::string>& values) override;
  Result<> forget(const std::vector<std::string>& values, const std::string& person,
                  const std::string& pseudonym) override;

 private:
  Database& db_;
};

class SqliteSigningKeys final : public SigningKeys {
 public:
  explicit SqliteSigningKeys(Database& db) : db_(db) {}
  Result<> insert(const SigningKey& key) override;
  Result<SigningKey> get(const SigningKeyId& id) override;
  Result<std::vector<SigningKey>> list() override;
  Result<> remove(const SigningKeyId& id, Timestamp now) override;

 private:
  Database& db_;
};

class SqlitePersonRules final : public PersonRules {
 public:
  explicit SqlitePersonRules(Database& db) : db_(db) {}
  Result<> insert(const PersonRuleRow& rule) override;
  Result<PersonRuleRow> latest() override;
  Result<std::vector<PersonRuleRow>> after(std::uint64_t revision) override;

 private:
  Database& db_;
};

class SqliteSignings final : public Signings {
 public:
  explicit SqliteSignings(Database& db) : db_(db) {}
  Result<> insert(const Signing& signing) override;
  Result<Signing> get(const SigningId& id) override;
  Result<std::vector<Signing>> page(const SigningQuery& query) override;
  Result<> update(const Signing& signing) override;
  Result<std::uint64_t> waiting_of_kind(const std::string& kind) override;
  Result<std::vector<Signing>> lapsed(Timestamp now) override;

 private:
  Database& db_;
};

class SqliteMediaShelf final : public MediaShelf {
 public:
  explicit SqliteMediaShelf(Database& db) : db_(db) {}
  Result<> insert(const Media& media) override;
  Result<Media> get(const OrderId& id) override;
  Result<std::vector<Media>> of_device(const DeviceId& id) override;
  Result<> update(const Media& media) override;
  Result<MediaSizes> sizes(const DeviceId& id) override;
  Result<std::vector<Media>> stale(Timestamp quiet_since) override;
  Result<std::vector<Media>> unsealed() override;
  Result<std::vector<Media>> expired(Timestamp stored_before) override;

 private:
  Database& db_;
};

class SqliteEvents final : public Events {
 public:
  explicit SqliteEvents(Database& db) : db_(db) {}
  Result<bool> remember(const DeviceId& device, std::uint64_t sequence, const EventId& id) override;

 private:
  Database& db_;
};

class SqliteOutbox final : public Outbox {
 public:
  explicit SqliteOutbox(Database& db) : db_(db) {}
  Result<std::int64_t> append(const OutboxEntry& entry) override;
  Result<std::vector<OutboxEntry>> read(std::size_t most, std::int64_t after) override;
  Result<std::optional<OutboxEntry>> find(const EventId& id) override;
  Result<> remove(std::int64_t position) override;
  Result<std::int64_t> last_position() override;

 private:
  Database& db_;
};

class SqliteExtracts final : public Extracts {
 public:
  explicit SqliteExtracts(Database& db) : db_(db) {}
  Result<> insert(const Extract& extract) override;
  Result<Extract> get(const ExtractId& id) override;
  Result<std::vector<Extract>> list() override;
  Result<std::uint64_t> take_number() override;
  Result<std::vector<Extract>> expired(Timestamp now) override;
  Result<> remove(const ExtractId& id) override;

 private:
  Database& db_;
};

class SqliteAuditIndex final : public AuditIndex {
 public:
  explicit SqliteAuditIndex(Database& db) : db_(db) {}
  Result<> insert(const AuditRow& row) override;
  Result<std::vector<std::uint64_t>> search(const AuditQuery& query) override;
  Result<std::uint64_t> next_index() override;

 private:
  class Search;
  /// close turns the rows of a full block into sets.
  Result<> close(std::uint64_t block);
  Database& db_;
};

class SqliteAlarms final : public Alarms {
 public:
  explicit SqliteAlarms(Database& db) : db_(db) {}
  Result<Alarm> raise(const Alarm& alarm) override;
  Result<Alarm> get(const AlarmId& id) override;
  Result<AlarmPage> page(const AlarmQuery& query) override;
  Result<> acknowledge(const AlarmId& id, const std::string& person, const std::string& note) override;
  Result<std::vector<Alarm>> close_case(const DeviceId& device, ByteView case_id) override;
  Result<std::uint64_t> count_open(int least_severity, const Scope& scope) override;

 private:
  Database& db_;
};

class SqliteUsers final : public Users {
 public:
  explicit SqliteUsers(Database& db) : db_(db) {}
  Result<> insert(const User& user) override;
  Result<User> get(const UserId& id) override;
  Result<User> by_account(const std::string& account) override;
  Result<std::vector<User>> list() override;
  Result<> update(const User& user) override;
  Result<> forget(const UserId& id, const std::string& pseudonym) override;
  Result<> set_scope(const UserId& id, const Scope& scope) override;
  Result<> keep_password(const UserId& id, const std::string& hash, Timestamp changed, std::size_t most) override;
  Result<std::vector<std::string>> old_passwords(const UserId& id) override;

 private:
  Database& db_;
};

class SqliteActivations final : public Activations {
 public:
  explicit SqliteActivations(Database& db) : db_(db) {}
  Result<> put(const Activation& activation) override;
  Result<Activation> get(ByteView token_hash) override;
  Result<> count_failure(ByteView token_hash) override;
  Result<> remove(ByteView token_hash) override;

 private:
  Database& db_;
};

class SqliteSessions final : public Sessions {
 public:
  explicit SqliteSessions(Database& db) : db_(db) {}
  Result<> insert(const Session& session) override;
  Result<Session> get(ByteView token_hash) override;
  Result<std::vector<Session>> list() override;
  Result<> confirm(ByteView token_hash, Timestamp now) override;
  Result<> touch(ByteView token_hash, Timestamp now) override;
  Result<> remove(ByteView token_hash) override;
  Result<> remove_user(const UserId& user) override;
  Result<> purge(Timestamp now) override;

 private:
  Database& db_;
};

class SqliteBusinessSessions final : public BusinessSessions {
 public:
  explicit SqliteBusinessSessions(Database& db) : db_(db) {}
  Result<> insert(const BusinessSession& session) override;
  Result<BusinessSession> get(const BusinessSessionId& id) override;
  Result<std::vector<BusinessSession>> of_device(const DeviceId& id, std::size_t most) override;
  Result<std::vector<BusinessSession>> open_of(const DeviceId& id) override;
  Result<std::vector<BusinessSession>> quiet(Timestamp heard_before) override;
  Result<> note(const BusinessSessionId& id, const SessionNews& news, Timestamp now) override;
  Result<> end(const BusinessSessionId& id, const std::string& reason, Timestamp now) override;
  Result<> use_mark(ByteView mark, Timestamp expires, Timestamp now) override;
  Result<> sent(const ServiceUnderWay& request) override;
  Result<> answered(ByteView span) override;
  Result<std::vector<ServiceUnderWay>> under_way() override;

 private:
  Database& db_;
};

class SqliteExports final : public Exports {
 public:
  explicit SqliteExports(Database& db) : db_(db) {}
  Result<> insert(const Export& target) override;
  Result<Export> get(const std::string& name) override;
  Result<std::vector<Export>> list() override;
  Result<> update(const Export& target) override;
  Result<bool> refuse(const std::string& name, const ExportRefusal& refusal) override;
  Result<std::vector<ExportRefusal>> refusals(const std::string& name, std::size_t most) override;
  Result<ExportRefusal> refusal(const std::string& name, const std::string& number) override;
  Result<> settle(const std::string& name, const ExportRefusal& refusal) override;
  Result<std::vector<ExportRefusal>> asked(const std::string& name, std::size_t most) override;
  Result<std::uint64_t> aside(const std::string& name) override;
  Result<> save_profile(const ExportProfile& profile) override;
  Result<std::vector<ExportProfile>> newest_profiles() override;
  Result<std::vector<ExportProfile>> profile_versions(const std::string& name) override;

 private:
  Database& db_;
};

class SqliteFactors final : public Factors {
 public:
  explicit SqliteFactors(Database& db) : db_(db) {}
  Result<> insert(const Factor& factor) override;
  Result<Factor> get(const FactorId& id) override;
  Result<Factor> by_handle(FactorKind kind, ByteView handle) override;
  Result<std::vector<Factor>> of(const UserId& user) override;
  Result<> used(const FactorId& id, std::uint64_t counter, Timestamp now) override;
  Result<> remove(const FactorId& id) override;
  Result<> remove_user(const UserId& user) override;
  Result<> spend(ByteView challenge_hash, Timestamp expires, Timestamp now) override;

 private:
  Database& db_;
};

class SqliteApiTokens final : public ApiTokens {
 public:
  explicit SqliteApiTokens(Database& db) : db_(db) {}
  Result<> insert(const ApiToken& token) override;
  Result<ApiToken> get(const ApiTokenId& id) override;
  Result<ApiToken> by_secret(ByteView secret_hash) override;
  Result<std::vector<ApiToken>> list() override;
  Result<> touch(const ApiTokenId& id, Timestamp now) override;
  Result<> revoke(const ApiTokenId& id, Timestamp now) override;

 private:
  Database& db_;
};

class SqliteSubjects final : public Subjects {
 public:
  explicit SqliteSubjects(Database& db) : db_(db) {}
  Result<> insert(const Subject& subject, const SubjectKey& key, const std::vector<Bytes>& handles) override;
  Result<Subject> get(const SubjectId& id) override;
  Result<Subject> by_identity(ByteView identity) override;
  Result<std::vector<Subject>> by_handle(ByteView handle) override;
  Result<std::vector<Subject>> list(std::size_t most, std::optional<SubjectId> before) override;
  Result<SubjectKey> key(const SubjectId& id) override;
  Result<> forget(const SubjectId& id, Timestamp now) override;
  Result<> note_entry(const SubjectId& id, std::uint64_t index) override;
  Result<std::vector<std::uint64_t>> entries(const SubjectId& id, std::size_t most) override;

 private:
  Database& db_;
};

class SqliteMeta final : public Meta {
 public:
  explicit SqliteMeta(Database& db) : db_(db) {}
  Result<std::optional<std::string>> get(const std::string& key) override;
  Result<> put(const std::string& key, const std::string& value) override;

 private:
  Database& db_;
};

/// at_least_one turns "no row changed" into the error that it means.
inline Result<> at_least_one(Result<std::int64_t> changed, Errc otherwise) {
  if (!changed) return changed.error();
  if (*changed == 0) return fail(otherwise);
  return {};
}

}  // namespace kw::store
