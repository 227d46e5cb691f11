#include <array>

#include "store/sqlite/json_column.h"
#include "store/sqlite/repositories.h"
#include "store/sqlite/scope.h"

namespace kw::store {
namespace {

constexpr std::array<std::string_view, 4> kRequestStates{"waiting", "approved", "rejected", "lapsed"};

Request read_request(Row& row) {
  Request out;
  out.id = row.id<RequestId>();
  out.device = row.id<DeviceId>();
  out.device_name = row.text();
  out.section = row.text();
  out.action = row.text();
  out.args = read_words(row);
  out.reason = row.text();
  out.asked_by = row.text();
  out.asked_person = row.text();
  out.asked = row.time();
  out.expires = row.time();
  const auto state = row.count();
  if (state >= kRequestStates.size()) row.corrupt();
  out.state = static_cast<RequestState>(state);
  out.decided_by = row.text();
  out.decision = row.text();
  out.decided = row.optional_time();
  out.order = row.id<OrderId>();
  out.operation = row.text();
  out.subject = row.text();
  out.body = row.text();
  out.asked_user = row.id<UserId>();
  out.asked_role = row.text();
  out.outcome = row.text();
  return out;
}
const std::string kSelect =
    "SELECT r.id, r.device, coalesce(d.name, ''), r.section, r.action, r.args, r.reason, r.asked_by, r.asked_person, "
    "r.asked, r.expires, r.state, r.decided_by, r.decision, r.decided, r.order_id, r.operation, r.subject, r.body, "
    "r.asked_user, r.asked_role, r.outcome FROM requests r LEFT JOIN devices d ON d.id = r.device ";

std::string naming_sql(const std::string& what) {
  return what + " WHERE EXISTS (SELECT 1 FROM json_each(r.args) j WHERE j.value = ?)";
}

/// in_reach narrows to a scope, and to what one has asked for oneself.
void in_reach(const Scope& scope, const std::string& person, std::string& where, Values& values) {
  if (scope.whole()) return;
  where += "AND (r.asked_person = ? OR (1 ";
  values.emplace_back(person);
  add_device_scope(scope, "r.device", where, values);
  where += ")) ";
}

}  // namespace

std::string_view name(RequestState state) noexcept { return kRequestStates.at(static_cast<std::size_t>(state)); }
std::optional<RequestState> parse_request_state(std::string_view text) noexcept {
  for (std::size_t i = 0; i < kRequestStates.size(); ++i)
    if (kRequestStates.at(i) == text) return static_cast<RequestState>(i);
  return std::nullopt;
}

Result<> SqliteRequests::insert(const Request& r) {
  KW_CHECK(db_.exec(
      "INSERT INTO requests (id, device, section, action, args, reason, asked_by, asked_person, asked, expires, "
      "state, decided_by, decision, decided, order_id, operation, subject, body, asked_user, asked_role, outcome) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {r.id,
       r.device,
       r.section,
       r.action,
       write_words(r.args),
       r.reason,
       r.asked_by,
       r.asked_person,
       r.asked,
       r.expires,
       static_cast<int>(r.state),
       r.decided_by,
       r.decision,
       r.decided,
       r.order,
       r.operation,
       r.subject,
       r.body,
       r.asked_user,
       r.asked_role,
       r.outcome}));
  return {};
}
Result<Request> SqliteRequests::get(const RequestId& id) {
  return db_.one<Request>(kSelect + "WHERE r.id = ?", {id}, read_request);
}
Result<Request> SqliteRequests::of_order(const DeviceId& device, const OrderId& order) {
  return db_.one<Request>(kSelect + "WHERE r.device = ? AND r.order_id = ? AND r.state = 1", {device, order},
                          read_request);
}
Result<std::vector<Request>> SqliteRequests::page(const RequestQuery& query) {
  std::string where = "WHERE 1 ";
  Values values;
  if (query.state) {
    where += "AND r.state = ? ";
    values.emplace_back(static_cast<int>(*query.state));
  }
  if (query.device) {
    where += "AND r.device = ? ";
    values.emplace_back(*query.device);
  }
  in_reach(query.scope, query.person, where, values);
  return db_.all<Request>(kSelect + where + "ORDER BY r.id DESC LIMIT 200", values, read_request);
}
Result<> SqliteRequests::decide(const Request& r) {
  return at_least_one(
      db_.exec("UPDATE requests SET state = ?, decided_by = ?, decision = ?, decided = ?, order_id = ?, outcome = ? "
               "WHERE id = ? AND state = 0",
               {static_cast<int>(r.state), r.decided_by, r.decision, r.decided, r.order, r.outcome, r.id}),
      Errc::conflict);
}
Result<> SqliteRequests::settle(const RequestId& id, const std::string& outcome) {
  return at_least_one(
      db_.exec("UPDATE requests SET outcome = ? WHERE id = ? AND state = 1 AND outcome = ''", {outcome, id}),
      Errc::conflict);
}
Result<std::uint64_t> SqliteRequests::waiting_of(const DeviceId& device) {
  return db_.count("SELECT count(*) FROM requests WHERE device = ? AND state = 0", {device});
}
Result<std::uint64_t> SqliteRequests::waiting_by(const std::string& person) {
  return db_.count("SELECT count(*) FROM requests WHERE asked_person = ? AND state = 0", {person});
}
Result<std::uint64_t> SqliteRequests::waiting_for(const std::string& person, const Scope& scope) {
  std::string where = "WHERE r.state = 0 AND r.asked_person <> ? ";
  Values values{person};
  add_device_scope(scope, "r.device", where, values);
  return db_.count("SELECT count(*) FROM requests r " + where, values);
}
Result<Request> SqliteRequests::granted(const std::string& person, const std::string& operation,
                                        const std::string& subject, Timestamp since) {
  return db_.one<Request>(kSelect +
                              "WHERE r.state = 1 AND r.outcome = '' AND r.asked_person = ? AND r.operation = ? AND "
                              "r.subject = ? AND r.decided > ? ORDER BY r.id DESC LIMIT 1",
                          {person, operation, subject, since}, read_request);
}
Result<std::vector<Request>> SqliteRequests::unsettled() {
  return db_.all<Request>(kSelect + "WHERE r.state = 1 AND r.outcome = '' ORDER BY r.id", {}, read_request);
}
Result<std::vector<Request>> SqliteRequests::lapsed(Timestamp now) {
  return db_.all<Request>(kSelect + "WHERE r.state = 0 AND r.expires <= ? ORDER BY r.expires LIMIT 100", {now},
                          read_request);
}

Result<std::uint64_t> SqliteRequests::naming(const std::vector<std::string>& values) {
  std::uint64_t out = 0;
  for (const auto& value : values) {
    KW_TRY(const auto found, db_.count(naming_sql("SELECT count(*) FROM requests r") + " AND r.state = 0", {value}));
    out += found;
  }
  return out;
}
Result<> SqliteRequests::forget(const std::vector<std::string>& values, const std::string& person,
                                const std::string& pseudonym) {
  for (const auto& value : values)
    KW_CHECK(db_.exec(naming_sql("UPDATE requests AS r SET body = '', args = '{}'") + " AND r.state <> 0", {value}));
  if (!person.empty())
    KW_CHECK(db_.exec("UPDATE requests SET asked_person = ? WHERE asked_person = ?", {pseudonym, person}));
  return {};
}

}  // namespace kw::store
