#pragma once
// Events, Outbox, AuditIndex and Alarms are the repositories of what happened.
//
// Outbox rule: a change of state and its audit entry are written in one transaction, the entry as a row of the outbox.
// The ledger feeder moves rows into the ledger in order, and then to the audit index: each entry is in the ledger once.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "store/regions.h"

namespace kw::store {

class Events {
 public:
  virtual ~Events() = default;
  /// remember takes note of a device's event; false where it is known already, under this sequence or another one (a
  /// spool that was restored numbers anew): store nothing then. Errc::conflict for another event under a known
  /// sequence, Errc::already_exists for an event ID of another device.
  virtual Result<bool> remember(const DeviceId& device, std::uint64_t sequence, const EventId& id) = 0;
};

struct OutboxEntry {
  std::int64_t position = 0;  // read only; rises
  EventId id;
  DeviceId device;  // nil for the platform's own entries
  std::uint64_t sequence = 0;
  Bytes octets;  // serialised v1::AuditEntry: the future leaf
};

class Outbox {
 public:
  virtual ~Outbox() = default;
  virtual Result<std::int64_t> append(const OutboxEntry& entry) = 0;  // gives the position
  /// read gives entries behind the position `after`, lowest positions first.
  virtual Result<std::vector<OutboxEntry>> read(std::size_t most, std::int64_t after = 0) = 0;
  virtual Result<std::optional<OutboxEntry>> find(const EventId& id) = 0;
  virtual Result<> remove(std::int64_t position) = 0;
  virtual Result<std::int64_t> last_position() = 0;  // ever given; 0 before the first
};

struct AuditRow {
  std::uint64_t index = 0;  // in the ledger
  EventId id;
  Timestamp time;
  std::string type;
  DeviceId device;  // nil for platform events
  SiteId site;      // of the device, when it was indexed; nil without one
  std::string person, result;
  int severity = 0;  // v1::Severity
  Bytes trace, case_id;  // empty, or 16 octets
};
struct AuditQuery {
  std::optional<std::uint64_t> before{};           // index
  std::string type{}, person{}, result{};          // empty: any
  std::optional<DeviceId> device{};
  std::optional<SiteId> site{};
  int least_severity = 0;                          // 0: any
  Bytes trace{}, case_id{};                        // empty: any
  std::optional<Timestamp> from{}, to{};           // of the entry's own time, to the millisecond
  std::size_t limit = 50;
  std::optional<std::vector<SiteId>> within{};  // only entries of these sites: somebody's scope
};

class AuditIndex {
 public:
  virtual ~AuditIndex() = default;
  /// insert takes rows in the ledger's order: Errc::conflict for another than next_index().
  virtual Result<> insert(const AuditRow& row) = 0;
  /// search gives indices in the ledger, newest first. What it costs does not depend on what matches: one look a filter
  /// and block of IndexSet::kBlock entries.
  virtual Result<std::vector<std::uint64_t>> search(const AuditQuery& query) = 0;
  virtual Result<std::uint64_t> next_index() = 0;  // first ledger index that is not here
};

enum class AlarmState { open, acknowledged, closed };
[[nodiscard]] std::string_view name(AlarmState state) noexcept;
[[nodiscard]] std::optional<AlarmState> parse_alarm_state(std::string_view text) noexcept;

struct Alarm {
  AlarmId id;
  DeviceId device;                     // nil for the platform's own alarms
  std::string device_name, site_name;  // read only
  std::string type, clause;
  int severity = 0;  // v1::Severity
  AlarmState state = AlarmState::open;
  Timestamp first, last;
  std::uint64_t count = 1;
  std::map<std::string, std::string> params;  // of the newest event
  Bytes case_id;
  std::string acknowledged_by, note;
};
struct AlarmQuery {
  std::optional<AlarmState> state;
  std::optional<DeviceId> device;
  std::size_t limit = 50;
  std::string cursor;
  Scope scope{};
};
struct AlarmPage {
  std::vector<Alarm> items;  // newest first
  std::uint64_t total = 0;
  std::string next;
};

class Alarms {
 public:
  virtual ~Alarms() = default;
  /// raise opens an alarm, or counts one more on the open alarm of the same device, type and case; gives it as stored.
  virtual Result<Alarm> raise(const Alarm& alarm) = 0;
  virtual Result<Alarm> get(const AlarmId& id) = 0;
  virtual Result<AlarmPage> page(const AlarmQuery& query) = 0;
  /// acknowledge: Errc::conflict unless it is open.
  virtual Result<> acknowledge(const AlarmId& id, const std::string& person, const std::string& note) = 0;
  /// close_case closes the acknowledged alarms of a device's case and gives them; open ones wait for their person.
  virtual Result<std::vector<Alarm>> close_case(const DeviceId& device, ByteView case_id) = 0;
  virtual Result<std::uint64_t> count_open(int least_severity, const Scope& scope = {}) = 0;
};

}  // namespace kw::store
