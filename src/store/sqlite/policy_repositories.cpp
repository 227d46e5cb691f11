#include <array>

#include "store/sqlite/json_column.h"
#include "store/sqlite/repositories.h"

namespace kw::store {
namespace {

constexpr std::array<std::string_view, 4> kOrderStates{"waiting", "done", "refused", "unsigned"};
constexpr std::array<std::string_view, 3> kPolicyStates{"published", "waiting", "withdrawn"};

Policy read_policy(Row& row) {
  Policy out;
  out.revision = row.count();
  out.published = row.time();
  out.publisher = row.text();
  out.note = row.text();
  out.digest = row.blob();
  out.template_json = row.text();
  out.defence_json = row.text();
  out.valid_days = row.count();
  const auto state = row.count();
  if (state >= kPolicyStates.size()) row.corrupt();
  out.state = static_cast<PolicyState>(state);
  out.common = row.blob();
  out.approval = row.blob();
  out.devices = row.count();
  out.applied = row.count();
  return out;
}
const std::string kPolicy =
    "SELECT revision, published, publisher, note, digest, template, defence, valid_days, state, common, approval, "
    "(SELECT count(*) FROM bundles b WHERE b.revision = p.revision), "
    "(SELECT count(*) FROM devices d WHERE d.policy_revision = p.revision AND d.disabled = 0) FROM policies p ";

Bundle read_bundle(Row& row) {
  return {row.id<BundleId>(), row.id<DeviceId>(), row.count(), row.blob(), row.blob(),
          row.time(),         row.time(),         row.text(),  row.text()};
}
const std::string kBundleColumns = "id, device_id, revision, signed, digest, made, expires, outcome, reason";

Order read_order(Row& row) {
  Order out;
  out.id = row.id<OrderId>();
  out.device = row.id<DeviceId>();
  out.kind = row.text();
  out.case_id = row.blob();
  out.issued = row.time();
  out.expires = row.time();
  out.reason = row.text();
  const auto state = row.count();
  if (state >= kOrderStates.size()) row.corrupt();
  out.state = static_cast<OrderState>(state);
  out.outcome_reason = row.text();
  out.signed_octets = row.blob();
  out.section = row.text();
  out.action = row.text();
  out.args = read_words(row);
  return out;
}
const std::string kOrderColumns =
    "id, device, kind, case_id, issued, expires, reason, state, outcome_reason, signed, section, action, args";

}  // namespace

std::string_view name(PolicyState state) noexcept { return kPolicyStates.at(static_cast<std::size_t>(state)); }
std::string_view name(OrderState state) noexcept { return kOrderStates.at(static_cast<std::size_t>(state)); }

Result<> SqlitePolicies::insert(const Policy& p) {
  KW_CHECK(
      db_.exec("INSERT INTO policies (revision, published, publisher, note, digest, template, defence, valid_days, "
               "state, common, approval) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               {p.revision, p.published, p.publisher, p.note, p.digest, p.template_json, p.defence_json, p.valid_days,
                static_cast<int>(p.state), p.common, p.approval}));
  return {};
}
Result<Policy> SqlitePolicies::get(std::uint64_t revision) {
  return db_.one<Policy>(kPolicy + "WHERE revision = ?", {revision}, read_policy);
}
Result<Policy> SqlitePolicies::latest() {
  return db_.one<Policy>(kPolicy + "WHERE state = 0 ORDER BY revision DESC LIMIT 1", {}, read_policy);
}
Result<std::uint64_t> SqlitePolicies::newest_revision() {
  return db_.count("SELECT coalesce(max(revision), 0) FROM policies");
}
Result<> SqlitePolicies::decide(const Policy& p) {
  return at_least_one(db_.exec("UPDATE policies SET state = ?, approval = ? WHERE revision = ? AND state = 1",
                               {static_cast<int>(p.state), p.approval, p.revision}),
                      Errc::conflict);
}
Result<std::vector<Policy>> SqlitePolicies::list() {
  return db_.all<Policy>(kPolicy + "ORDER BY revision DESC LIMIT 1000", {}, read_policy);
}

Result<> SqliteBundles::insert(const Bundle& b) {
  KW_CHECK(db_.exec("INSERT INTO bundles (" + kBundleColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    {b.id, b.device, b.revision, b.signed_octets, b.digest, b.made, b.expires, b.outcome, b.reason}));
  return {};
}
Result<Bundle> SqliteBundles::get(const BundleId& id) {
  return db_.one<Bundle>("SELECT " + kBundleColumns + " FROM bundles WHERE id = ?", {id}, read_bundle);
}
Result<Bundle> SqliteBundles::latest(const DeviceId& device) {
  return db_.one<Bundle>(
      "SELECT " + kBundleColumns + " FROM bundles WHERE device_id = ? ORDER BY revision DESC LIMIT 1", {device},
      read_bundle);
}
Result<Bytes> SqliteBundles::digest(const DeviceId& device, std::uint64_t revision) {
  KW_TRY(auto found, db_.all<Bytes>("SELECT digest FROM bundles WHERE device_id = ? AND revision = ?",
                                    {device, revision}, [](Row& row) { return row.blob(); }));
  return found.empty() ? Bytes() : std::move(found.front());
}
Result<> SqliteBundles::set_outcome(const BundleId& id, const std::string& outcome, const std::string& reason) {
  return at_least_one(db_.exec("UPDATE bundles SET outcome = ?, reason = ? WHERE id = ?", {outcome, reason, id}),
                      Errc::not_found);
}

Result<> SqliteOrders::insert(const Order& o) {
  KW_CHECK(db_.exec("INSERT INTO orders (" + kOrderColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    {o.id, o.device, o.kind, o.case_id, o.issued, o.expires, o.reason, static_cast<int>(o.state),
                     o.outcome_reason, o.signed_octets, o.section, o.action, write_words(o.args)}));
  return {};
}
Result<Order> SqliteOrders::get(const OrderId& id) {
  return db_.one<Order>("SELECT " + kOrderColumns + " FROM orders WHERE id = ?", {id}, read_order);
}
Result<std::vector<Order>> SqliteOrders::of_device(const DeviceId& id) {
  return db_.all<Order>("SELECT " + kOrderColumns + " FROM orders WHERE device = ? ORDER BY id DESC LIMIT 50", {id},
                        read_order);
}
Result<std::vector<Order>> SqliteOrders::waiting(const DeviceId& id, Timestamp now) {
  return db_.all<Order>(
      "SELECT " + kOrderColumns + " FROM orders WHERE device = ? AND state = 0 AND expires > ? ORDER BY id LIMIT 50",
      {id, now}, read_order);
}
Result<> SqliteOrders::complete(const OrderId& id, ByteView signed_octets) {
  return at_least_one(
      db_.exec("UPDATE orders SET state = 0, signed = ? WHERE id = ? AND state = 3", {signed_octets, id}),
      Errc::conflict);
}
Result<> SqliteOrders::settle(const OrderId& id, OrderState state, const std::string& reason) {
  KW_CHECK(get(id));
  return at_least_one(db_.exec("UPDATE orders SET state = ?, outcome_reason = ? WHERE id = ? AND state IN (0, 3)",
                               {static_cast<int>(state), reason, id}),
                      Errc::conflict);
}

}  // namespace kw::store
