#include "server/request_service.h"

#include <boost/json.hpp>

#include "policy/sections/section.h"

namespace kw::server {
namespace {

namespace json = boost::json;
constexpr Duration kBefore = std::chrono::milliseconds(1);

/// The actions that two persons may be wanted for: those by which somebody goes on looking. What a section of the kiosk
/// counts by itself (quarantine, ADR 35) is none of them.
bool watches(const std::string& section, const std::string& action) {
  return section == "camera" && (action == "live" || action == "clip");
}

std::map<std::string, std::string> params_of(const store::Request& request) {
  return {{"request", request.id.text()}, {"section", request.section}, {"action", request.action}};
}

}  // namespace

bool two_persons(std::string_view defence_json, const std::string& section) {
  boost::system::error_code error;
  const auto root = json::parse(json::string_view(defence_json.data(), defence_json.size()), error);
  if (error || !root.is_object()) return true;
  const auto* part = root.get_object().if_contains(section);
  if (part == nullptr) return false;
  if (!part->is_object()) return true;
  const auto* rule = part->get_object().if_contains("two_persons");
  if (rule == nullptr) return false;
  return !rule->is_bool() || rule->get_bool();
}

Result<bool> RequestService::needs_two(const std::string& section, const std::string& action) {
  if (!watches(section, action)) return false;
  const auto policy = changes_.store().read([](auto& r) { return r.policies().latest(); });
  if (!policy && policy.code() == Errc::not_found) return false;
  if (!policy) return policy.error();
  return two_persons(policy->defence_json, section);
}

Result<store::Request> RequestService::ask(const DeviceId& device, v1::Order wanted, const std::string& reason,
                                           const Principal& who, const std::string& trace) {
  wanted.set_kind(v1::SECTION);
  if (policy::find_action(wanted) == nullptr) return fail(Errc::invalid, "/action: no such action, or other arguments");
  KW_TRY(const bool two, needs_two(wanted.section(), wanted.action()));
  store::Request row;
  row.id = RequestId::make(changes_.clock().now(), changes_.random());
  row.device = device;
  row.section = wanted.section();
  row.action = wanted.action();
  row.args.insert(wanted.args().begin(), wanted.args().end());
  row.reason = reason;
  row.asked_by = who.account;
  row.asked_person = who.person;
  row.asked = changes_.clock().now();
  row.expires = row.asked + kValidity;
  return changes_.run([&](Change& change) -> Result<store::Request> {
    auto& r = change.repositories();
    KW_TRY(const auto kiosk, r.devices().get(device));
    row.device_name = kiosk.name;
    if (kiosk.disabled) return fail(Errc::wrong_state, "disabled");
    if (!two) {
      KW_TRY(const auto order, orders_.action_within(change, device, wanted, reason, who.actor(trace)));
      row.state = store::RequestState::approved;
      row.decided = row.asked;
      row.order = order.id;
      KW_CHECK(r.requests().insert(row));
      return row;
    }
    KW_TRY(const auto waiting, r.requests().waiting_of(device));
    if (waiting >= kMostWaiting) return fail(Errc::wrong_state, "too many requests wait");
    KW_CHECK(r.requests().insert(row));
    auto params = params_of(row);
    params["reason"] = reason;
    KW_CHECK(change.record(
        {.type = "device.action.requested", .actor = who.actor(trace), .device = device, .params = std::move(params)}));
    change.device_changed(device);
    return row;
  });
}

Result<store::Request> RequestService::waiting(Change& change, const RequestId& id) {
  KW_TRY(auto row, change.repositories().requests().get(id));
  if (row.state != store::RequestState::waiting) return fail(Errc::wrong_state, std::string(name(row.state)));
  if (row.expires <= changes_.clock().now()) return fail(Errc::wrong_state, "lapsed");
  row.decided = changes_.clock().now();
  return row;
}

Result<store::Request> RequestService::approve(const RequestId& id, const std::string& reason, const Principal& who,
                                               const std::string& trace) {
  return changes_.run([&](Change& change) -> Result<store::Request> {
    KW_TRY(auto row, waiting(change, id));
    if (row.asked_by == who.account || row.asked_person == who.person)
      return fail(Errc::forbidden, "another person has to approve");
    KW_TRY(const auto kiosk, change.repositories().devices().get(row.device));
    if (kiosk.disabled) return fail(Errc::wrong_state, "disabled");
    v1::Order wanted;
    wanted.set_kind(v1::SECTION);
    wanted.set_section(row.section);
    wanted.set_action(row.action);
    for (const auto& [key, value] : row.args) (*wanted.mutable_args())[key] = value;
    // The kiosk counts persons too: it holds the first one's order until the second one's is there, and answers that.
    const Actor asker{row.asked_by, "security", trace};
    KW_CHECK(orders_.action_within(change, row.device, wanted, row.reason, asker, kBefore));
    KW_TRY(const auto order, orders_.action_within(change, row.device, wanted, row.reason, who.actor(trace)));
    row.state = store::RequestState::approved;
    row.decided_by = who.account;
    row.decision = reason;
    row.order = order.id;
    KW_CHECK(change.repositories().requests().decide(row));
    auto params = params_of(row);
    params.insert({{"asked_by", row.asked_by}, {"order", order.id.text()}, {"reason", reason}});
    KW_CHECK(change.record({.type = "device.action.approved",
                            .actor = who.actor(trace),
                            .device = row.device,
                            .params = std::move(params)}));
    change.device_changed(row.device);
    return row;
  });
}

Result<store::Request> RequestService::reject(const RequestId& id, const std::string& reason, const Principal& who,
                                              const std::string& trace) {
  return changes_.run([&](Change& change) -> Result<store::Request> {
    KW_TRY(auto row, waiting(change, id));
    row.state = store::RequestState::rejected;
    row.decided_by = who.account;
    row.decision = reason;
    KW_CHECK(change.repositories().requests().decide(row));
    auto params = params_of(row);
    params.insert({{"asked_by", row.asked_by}, {"reason", reason}});
    KW_CHECK(change.record({.type = "device.action.rejected",
                            .actor = who.actor(trace),
                            .device = row.device,
                            .params = std::move(params)}));
    change.device_changed(row.device);
    return row;
  });
}

Result<std::vector<store::Request>> RequestService::page(const store::RequestQuery& query) {
  return changes_.store().read([&](auto& r) { return r.requests().page(query); });
}

Result<store::Request> RequestService::get(const RequestId& id) {
  return changes_.store().read([&](auto& r) { return r.requests().get(id); });
}

Result<> RequestService::tick() {
  const auto now = changes_.clock().now();
  KW_TRY(const auto old, changes_.store().read([&](auto& r) { return r.requests().lapsed(now); }));
  for (auto row : old) {
    KW_CHECK(changes_.run([&](Change& change) -> Result<> {
      row.state = store::RequestState::lapsed;
      row.decided = now;
      const auto decided = change.repositories().requests().decide(row);
      if (!decided && decided.code() == Errc::conflict) return {};  // decided meanwhile
      if (!decided) return decided;
      auto params = params_of(row);
      params["asked_by"] = row.asked_by;
      change.device_changed(row.device);
      return change.record(
          {.type = "device.action.lapsed", .result = "observed", .device = row.device, .params = std::move(params)});
    }));
  }
  return {};
}

}  // namespace kw::server
