#include <array>

#include "store/sqlite/json_column.h"
#include "store/sqlite/repositories.h"

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
  return out;
}
const std::string kSelect =
    "SELECT r.id, r.device, d.name, r.section, r.action, r.args, r.reason, r.asked_by, r.asked_person, r.asked, "
    "r.expires, r.state, r.decided_by, r.decision, r.decided, r.order_id FROM requests r JOIN devices d ON d.id = "
    "r.device ";

}  // namespace

std::string_view name(RequestState state) noexcept { return kRequestStates.at(static_cast<std::size_t>(state)); }
std::optional<RequestState> parse_request_state(std::string_view text) noexcept {
  for (std::size_t i = 0; i < kRequestStates.size(); ++i)
    if (kRequestStates.at(i) == text) return static_cast<RequestState>(i);
  return std::nullopt;
}

Result<> SqliteRequests::insert(const Request& r) {
  KW_CHECK(db_.exec("INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    {r.id, r.device, r.section, r.action, write_words(r.args), r.reason, r.asked_by, r.asked_person,
                     r.asked, r.expires, static_cast<int>(r.state), r.decided_by, r.decision, r.decided, r.order}));
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
  const Value state = query.state ? Value(static_cast<int>(*query.state)) : Value(nullptr);
  const Value device = query.device ? Value(*query.device) : Value(nullptr);
  return db_.all<Request>(
      kSelect + "WHERE (?1 IS NULL OR r.state = ?1) AND (?2 IS NULL OR r.device = ?2) ORDER BY r.id DESC LIMIT 200",
      {state, device}, read_request);
}
Result<> SqliteRequests::decide(const Request& r) {
  return at_least_one(
      db_.exec(
          "UPDATE requests SET state = ?, decided_by = ?, decision = ?, decided = ?, order_id = ? WHERE id = ? AND "
          "state = 0",
          {static_cast<int>(r.state), r.decided_by, r.decision, r.decided, r.order, r.id}),
      Errc::conflict);
}
Result<std::uint64_t> SqliteRequests::waiting_of(const DeviceId& device) {
  return db_.count("SELECT count(*) FROM requests WHERE device = ? AND state = 0", {device});
}
Result<std::vector<Request>> SqliteRequests::lapsed(Timestamp now) {
  return db_.all<Request>(kSelect + "WHERE r.state = 0 AND r.expires <= ? ORDER BY r.expires LIMIT 100", {now},
                          read_request);
}

}  // namespace kw::store
