#pragma once
// Change is one transaction of the platform: repositories, audit entries in the outbox, and what to tell afterwards.
//
//   KW_CHECK(changes.run([&](Change& change) -> Result<> {
//     KW_CHECK(change.repositories().sites().insert(site));
//     return change.record({.type = "site.created", .actor = who, .params = {{"site", site.id.text()}}});
//   }));
//
// The state and its audit entry are committed together or not at all. After the commit the effects go to the sink: the
// ledger feeder wakes up, the console is told. Types, clauses, severities and alarms come from the event catalogue.
#include <functional>
#include <map>
#include <set>

#include "base/log.h"
#include "kioskward/v1/common.pb.h"
#include "schema/event_catalogue.h"
#include "store/store.h"

namespace kw::server {

namespace v1 = ::kioskward::v1;

/// Who does something, and in which request.
struct Actor {
  std::string person{};  // account name; empty for the platform itself
  std::string role{};
  std::string trace{};  // 32 hex digits, or empty
};

class SubjectKeys;
class LandingDesk;
enum class LandingPlace : std::uint8_t;

/// Whom an entry speaks of: what he is known by. Administrators have a staff number, custodians a name and a telephone.
struct Person {
  store::SubjectKind kind = store::SubjectKind::custodian;
  std::string number{}, name{}, phone{};
};

/// What is to be remembered. Params are those that the catalogue lists for the type.
struct Happening {
  std::string type;
  std::string result = "success";
  Actor actor{};
  DeviceId device{};
  std::map<std::string, std::string> params{};
  Bytes case_id{};
  std::optional<Person> about{};  // whose the personal params are: they are sealed under his key (ADR 72)
};

/// happened is what happened to, or was done by, a kiosk.
[[nodiscard]] Happening happened(const DeviceId& device, std::string type, std::string result,
                                 std::map<std::string, std::string> params);

/// Watched is what requirements look at: keys of kiosks' facts and types of events (server/compliance). Others are
/// passed over.
struct Watched {
  std::set<std::string, std::less<>> facts, events;
};

/// What a committed change means for others.
struct Effects {
  std::int64_t position = 0;  // of the last outbox row written; 0 for none
  std::set<DeviceId> devices;
  std::vector<store::Alarm> alarms;
  std::set<EnrolmentId> enrolments;
  std::set<std::uint64_t> policies;
  std::set<RequestId> requests;
  std::set<store::SigningId> signings;
  bool persons = false;                         // a new rule of persons is in force
  std::set<store::ComplianceSubject> to_judge;  // something that requirements look at has changed
  std::set<store::ComplianceSubject> judged;    // another verdict than before
  // For the kiosks' links: who has a new bundle, order or baseline, and who is to be put out.
  std::set<DeviceId> new_bundles, new_orders, new_baselines, put_out;
};

class Changes;

class Change {
 public:
  [[nodiscard]] store::Repositories& repositories() noexcept { return repositories_; }
  [[nodiscard]] Timestamp now() const { return clock_.now(); }
  /// record writes the platform's own audit entry, and opens an alarm where the catalogue says so. Errc::internal for a
  /// type or parameter that the catalogue does not know, and for a personal one that is about nobody; values longer
  /// than 512 octets are cut, what may not land is masked in free text.
  Result<> record(const Happening& happening);
  /// record_event writes a device's event: false where it was stored before. The event is already checked against the
  /// catalogue (schema::check_event). Errc::conflict and already_exists as Events::remember gives them.
  Result<bool> record_event(const DeviceId& device, const v1::Event& event);
  void device_changed(const DeviceId& id) { effects_.devices.insert(id); }
  void alarm_changed(store::Alarm alarm) { effects_.alarms.push_back(std::move(alarm)); }
  void enrolment_changed(const EnrolmentId& id) { effects_.enrolments.insert(id); }
  void request_changed(const RequestId& id) { effects_.requests.insert(id); }
  void signing_changed(const store::SigningId& id) { effects_.signings.insert(id); }
  void persons_changed() { effects_.persons = true; }
  void to_judge(const store::ComplianceSubject& subject) { effects_.to_judge.insert(subject); }
  void judged(const store::ComplianceSubject& subject) { effects_.judged.insert(subject); }
  /// watched is null where no requirements are judged.
  [[nodiscard]] const Watched* watched() const noexcept { return watched_; }
  void bundle_made(const DeviceId& id) { effects_.new_bundles.insert(id); }
  void order_made(const DeviceId& id) { effects_.new_orders.insert(id); }
  void baseline_made(const DeviceId& id) { effects_.new_baselines.insert(id); }
  void device_put_out(const DeviceId& id) { effects_.put_out.insert(id); }
  void policy_changed(std::uint64_t revision) { effects_.policies.insert(revision); }
  /// position is the outbox position of the last entry recorded; 0 for none. See LedgerFeeder::when_durable.
  [[nodiscard]] std::int64_t position() const noexcept { return effects_.position; }

 private:
  friend class Changes;
  Change(store::Repositories& repositories, const Clock& clock, Random& random, const SubjectKeys* subjects,
         LandingDesk* landing, const Watched* watched)
      : repositories_(repositories),
        clock_(clock),
        random_(random),
        subjects_(subjects),
        landing_(landing),
        watched_(watched) {}
  Result<std::string> value_of(const schema::EventType& type, const Happening& happening, const v1::AuditEntry& entry,
                               const std::string& param, const std::string& value);
  Result<> append(const v1::AuditEntry& entry, const DeviceId& device);
  Result<> raise(const v1::AuditEntry& entry, const DeviceId& device);

  store::Repositories& repositories_;
  const Clock& clock_;
  Random& random_;
  const SubjectKeys* subjects_;
  LandingDesk* landing_;
  const Watched* watched_;
  Effects effects_;
};

/// Thread-safe. The sink is set before the first run and must be quick and thread-safe.
class Changes {
 public:
  using Sink = std::function<void(const Effects&)>;
  Changes(store::Store& store, const Clock& clock, Random& random) : store_(store), clock_(clock), random_(random) {}
  void set_sink(Sink sink) { sink_ = std::move(sink); }
  /// set_subjects: who seals what is personal; it outlives this. Before the first run.
  void set_subjects(const SubjectKeys& subjects) { subjects_ = &subjects; }
  /// set_landing: who masks free text by the operator's rules too, and counts; without it numbers and markings are
  /// masked all the same. It outlives this. Before the first run.
  void set_landing(LandingDesk& landing) { landing_ = &landing; }
  /// set_watched: what requirements look at; it outlives this. Before the first run.
  void set_watched(const Watched& watched) { watched_ = &watched; }
  /// masked is a text as it may be kept, or leave, at this place.
  [[nodiscard]] std::string masked(LandingPlace place, std::string_view text) const;

  /// subjects is null where nobody set any.
  [[nodiscard]] const SubjectKeys* subjects() const noexcept { return subjects_; }

  template <class F>
  auto run(F&& work) -> std::invoke_result_t<F&, Change&> {
    Effects effects;
    auto out = store_.write([&](store::Repositories& repositories) {
      Change change(repositories, clock_, random_, subjects_, landing_, watched_);
      auto inner = work(change);
      effects = std::move(change.effects_);
      return inner;
    });
    if (out && sink_) sink_(effects);
    return out;
  }
  [[nodiscard]] store::Store& store() noexcept { return store_; }
  [[nodiscard]] const Clock& clock() const noexcept { return clock_; }
  [[nodiscard]] Random& random() noexcept { return random_; }

 private:
  store::Store& store_;
  const Clock& clock_;
  Random& random_;
  Sink sink_;
  const SubjectKeys* subjects_ = nullptr;
  LandingDesk* landing_ = nullptr;
  const Watched* watched_ = nullptr;
};

/// subject_of is a kiosk, or the platform itself where the ID is nil, as what requirements are judged at.
[[nodiscard]] store::ComplianceSubject subject_of(const DeviceId& device);
[[nodiscard]] store::ComplianceSubject subject_of(const SiteId& site);

}  // namespace kw::server
