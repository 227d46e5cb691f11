#include "server/request_service.h"

#include <boost/json.hpp>

#include "policy/sections/section.h"
#include "server/permissions.h"

namespace kw::server {
namespace {

namespace json = boost::json;
constexpr Duration kBefore = std::chrono::milliseconds(1);

/// The actions that two persons may be wanted for: those by which somebody goes on looking. What a section of the kiosk
/// counts by itself (quarantine, ADR 35) is none of them.
bool watches(const std::string& section, const std::string& action) {
  return section == "camera" && (action == "live" || action == "clip");
}

const std::string kAction = "askAction";
bool about_action(const store::Request& request) { return request.operation == kAction; }

std::map<std::string, std::string> params_of(const store::Request& request) {
  if (about_action(request))
    return {{"request", request.id.text()}, {"section", request.section}, {"action", request.action}};
  return {{"request", request.id.text()}, {"operation", request.operation}, {"subject", request.subject}};
}

bool by_asker(const store::Request& request) {
  const auto* row = find_permission(request.operation);
  return row != nullptr && row->by_asker;
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

Result<bool> RequestService::policy_wants(const std::string& section, const std::string& action) {
  if (!watches(section, action)) return false;
  const auto policy = changes_.store().read([](auto& r) { return r.policies().latest(); });
  if (!policy && policy.code() == Errc::not_found) return false;
  if (!policy) return policy.error();
  return two_persons(policy->defence_json, section);
}

Result<RequestService::Need> RequestService::need_of(const std::string& section, const std::string& action,
                                                     const Principal& who, const DeviceId& device) {
  Need out;
  if (!watches(section, action)) return out;
  KW_TRY(out.by_policy, policy_wants(section, action));
  out.two = out.by_policy;
  if (out.two || settings_ == nullptr) return out;
  KW_TRY(const auto settings, settings_->get());
  if (!settings.lists(kAction + ":" + section + "." + action)) return out;
  out.two = true;
  if (settings.revision > 0) return out;
  KW_TRY(out.two, decidable(who, {}, device));
  out.alone = !out.two;
  return out;
}

Result<bool> RequestService::needs_two(const std::string& section, const std::string& action, const Principal& who,
                                       const DeviceId& device) {
  KW_TRY(const auto need, need_of(section, action, who, device));
  return need.two;
}

Result<bool> RequestService::decidable(const Principal& who, const std::string& about, const DeviceId& device) {
  const auto now = changes_.clock().now();
  return changes_.store().read([&](store::Repositories& r) -> Result<bool> {
    KW_TRY(const auto users, r.users().list());
    for (const auto& user : users) {
      if (user.state != store::UserState::active || (user.ends && *user.ends <= now)) continue;
      if (!may(user.role, "approveRequest") || user.person == who.person || user.person == about) continue;
      if (user.scope.whole()) return true;
      if (device.is_nil()) continue;
      KW_TRY(const bool sees, r.regions().holds(user.scope, store::Placed::device, device.bytes()));
      if (sees) return true;
    }
    return false;
  });
}

Result<> record_alone(Change& change, const std::string& operation, const std::string& subject, const Actor& who) {
  return change.record(
      {.type = "request.alone", .actor = who, .params = {{"operation", operation}, {"subject", subject}}});
}

Result<store::Request> RequestService::ask(const DeviceId& device, v1::Order wanted, const std::string& reason,
                                           const Principal& who, const std::string& trace) {
  wanted.set_kind(v1::SECTION);
  if (policy::find_action(wanted) == nullptr) return fail(Errc::invalid, "/action: no such action, or other arguments");
  KW_TRY(const auto need, need_of(wanted.section(), wanted.action(), who, device));
  store::Request row;
  row.id = RequestId::make(changes_.clock().now(), changes_.random());
  row.device = device;
  row.section = wanted.section();
  row.action = wanted.action();
  row.args.insert(wanted.args().begin(), wanted.args().end());
  row.reason = reason;
  row.asked_by = who.account;
  row.asked_person = who.person;
  row.asked_user = who.user;
  row.asked_role = who.role;
  row.subject = device.text();
  row.asked = changes_.clock().now();
  row.expires = row.asked + kValidity;
  return changes_.run([&](Change& change) -> Result<store::Request> {
    auto& r = change.repositories();
    KW_TRY(const auto kiosk, r.devices().get(device));
    row.device_name = kiosk.name;
    if (kiosk.disabled) return fail(Errc::wrong_state, "disabled");
    if (!need.two) {
      if (need.alone) KW_CHECK(record_alone(change, kAction, device.text(), who.actor(trace)));
      KW_TRY(const auto order, orders_.action_within(change, device, wanted, reason, who.actor(trace)));
      row.state = store::RequestState::approved;
      row.decided = row.asked;
      row.order = order.id;
      row.outcome = "done";
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
    change.request_changed(row.id);
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

Result<> RequestService::record(Change& change, const store::Request& request, const std::string& what,
                                std::string result, const Actor& who, std::map<std::string, std::string> more) {
  more.merge(params_of(request));
  if (!request.device.is_nil()) change.device_changed(request.device);
  change.request_changed(request.id);
  return change.record({.type = (about_action(request) ? "device.action." : "request.") + what,
                        .result = std::move(result),
                        .actor = who,
                        .device = request.device,
                        .params = std::move(more)});
}

Result<store::Request> RequestService::hold(const Asked& asked, const DeviceId& device, const Principal& who,
                                            const std::string& trace) {
  store::Request row;
  row.asked = changes_.clock().now();
  row.id = RequestId::make(row.asked, changes_.random());
  row.operation = asked.operation;
  row.subject = asked.subject;
  row.body = asked.body;
  row.device = device;
  row.args = asked.words;
  row.reason = asked.reason;
  row.asked_by = who.account;
  row.asked_person = who.person;
  row.asked_user = who.user;
  row.asked_role = who.role;
  row.expires = row.asked + kHeld;
  return changes_.run([&](Change& change) -> Result<store::Request> {
    auto& r = change.repositories();
    if (!device.is_nil()) {
      KW_TRY(const auto kiosk, r.devices().get(device));
      row.device_name = kiosk.name;
    }
    KW_TRY(const auto waiting, r.requests().waiting_by(who.person));
    if (waiting >= kMostWaitingBy) return fail(Errc::wrong_state, "too many requests wait");
    KW_CHECK(r.requests().insert(row));
    KW_CHECK(record(change, row, "asked", "success", who.actor(trace), {{"reason", row.reason}}));
    return row;
  });
}

Result<bool> RequestService::take_grant(const Principal& who, const std::string& operation, const std::string& subject,
                                        const std::string& trace) {
  return changes_.run([&](Change& change) -> Result<bool> {
    auto& requests = change.repositories().requests();
    const auto since = changes_.clock().now() - kValidity;
    const auto found = requests.granted(who.person, operation, subject, since);
    if (!found && found.code() == Errc::not_found) return false;
    if (!found) return found.error();
    KW_CHECK(requests.settle(found->id, "done"));
    KW_CHECK(record(change, *found, "done", "success", who.actor(trace),
                    {{"asked_by", found->asked_by}, {"approved_by", found->decided_by}, {"outcome", "done"}}));
    return true;
  });
}

Result<store::Request> RequestService::claim(const RequestId& id, const std::string& reason, const Principal& who,
                                             const std::string& trace) {
  KW_TRY(const auto asked, get(id));
  KW_TRY(const bool counted, policy_wants(asked.section, asked.action));
  return changes_.run([&](Change& change) -> Result<store::Request> {
    KW_TRY(auto row, waiting(change, id));
    if (row.asked_by == who.account || row.asked_person == who.person)
      return fail(Errc::forbidden, "another person has to approve");
    if (const auto about = row.args.find("person"); about != row.args.end() && about->second == who.person)
      return fail(Errc::forbidden, "it is about yourself");
    row.state = store::RequestState::approved;
    row.decided_by = who.account;
    row.decision = reason;
    if (about_action(row)) {
      row.outcome = "done";
      KW_TRY(const auto kiosk, change.repositories().devices().get(row.device));
      if (kiosk.disabled) return fail(Errc::wrong_state, "disabled");
      v1::Order wanted;
      wanted.set_kind(v1::SECTION);
      wanted.set_section(row.section);
      wanted.set_action(row.action);
      for (const auto& [key, value] : row.args) (*wanted.mutable_args())[key] = value;
      // The kiosk counts persons too: it holds the first one's order until the second one's is there, and answers that.
      const Actor asker{row.asked_by, row.asked_role, trace};
      // Where the settings alone want two it counts one, and would answer both.
      if (counted) KW_CHECK(orders_.action_within(change, row.device, wanted, row.reason, asker, kBefore));
      KW_TRY(const auto order, orders_.action_within(change, row.device, wanted, row.reason, who.actor(trace)));
      row.order = order.id;
    }
    KW_CHECK(change.repositories().requests().decide(row));
    std::map<std::string, std::string> more{{"asked_by", row.asked_by}, {"reason", reason}};
    if (about_action(row)) more["order"] = row.order.text();
    KW_CHECK(record(change, row, "approved", "success", who.actor(trace), std::move(more)));
    return row;
  });
}

Result<> RequestService::settle(const store::Request& request, const std::string& outcome, const Actor& who) {
  return changes_.run([&](Change& change) -> Result<> {
    KW_CHECK(change.repositories().requests().settle(request.id, outcome));
    const bool good = outcome == "done";
    return record(change, request, "done", good ? "success" : "failed", who,
                  {{"asked_by", request.asked_by}, {"approved_by", request.decided_by}, {"outcome", outcome}});
  });
}

Result<store::Request> RequestService::do_it(const store::Request& request, const std::string& trace) {
  const auto done = perform_ ? perform_(request, trace) : Result<>(fail(Errc::unsupported, request.operation));
  auto out = request;
  out.outcome = done ? "done" : done.error().text();
  KW_CHECK(settle(request, out.outcome, {request.asked_by, request.asked_role, trace}));
  return out;
}

Result<store::Request> RequestService::approve(const RequestId& id, const std::string& reason, const Principal& who,
                                               const std::string& trace) {
  // Claimed first: of two who approve at once, one does it.
  KW_TRY(const auto row, claim(id, reason, who, trace));
  if (about_action(row) || by_asker(row)) return row;
  return do_it(row, trace);
}

Result<store::Request> RequestService::reject(const RequestId& id, const std::string& reason, const Principal& who,
                                              const std::string& trace) {
  return changes_.run([&](Change& change) -> Result<store::Request> {
    KW_TRY(auto row, waiting(change, id));
    row.state = store::RequestState::rejected;
    row.decided_by = who.account;
    row.decision = reason;
    KW_CHECK(change.repositories().requests().decide(row));
    KW_CHECK(
        record(change, row, "rejected", "success", who.actor(trace), {{"asked_by", row.asked_by}, {"reason", reason}}));
    return row;
  });
}

Result<std::uint64_t> RequestService::waiting_for(const Principal& who) {
  if (!who.may("approveRequest")) return std::uint64_t{0};
  return changes_.store().read([&](auto& r) { return r.requests().waiting_for(who.person, who.scope); });
}

Result<> RequestService::settle_interrupted() {
  KW_TRY(const auto open, changes_.store().read([](auto& r) { return r.requests().unsettled(); }));
  for (const auto& row : open) {
    if (by_asker(row)) continue;  // a grant, which its time ends
    KW_CHECK(settle(row, "interrupted", {row.asked_by, row.asked_role, ""}));
  }
  return {};
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
      return record(change, row, "lapsed", "observed", {}, {{"asked_by", row.asked_by}});
    }));
  }
  return {};
}

}  // namespace kw::server
