#pragma once
// The views are the API's JSON objects (schemas/openapi.yaml, components/schemas) and how stored records become them.
//
// Field names are those of the schema. Plain values; functions are pure and thread-safe.
#include <map>
#include <string>
#include <vector>

#include "kioskward/v1/common.pb.h"
#include "ledger/checkpoint.h"
#include "server/json.h"
#include "store/store.h"

namespace kw::server {

namespace v1 = ::kioskward::v1;
using Params = std::map<std::string, std::string>;

// clang-format off: one object of the schema a line or two
struct CheckpointView { std::string origin; std::uint64_t size; std::string root, time; };
BOOST_DESCRIBE_STRUCT(CheckpointView, (), (origin, size, root, time))
struct SiteView { std::string id, name, district, region, address; std::uint64_t devices; };
BOOST_DESCRIBE_STRUCT(SiteView, (), (id, name, district, region, address, devices))
struct RegionView { std::string id, parent, name, kind; std::uint64_t sites; };
BOOST_DESCRIBE_STRUCT(RegionView, (), (id, parent, name, kind, sites))
struct TokenView { std::string id, site, note, created, expires, state; };
BOOST_DESCRIBE_STRUCT(TokenView, (), (id, site, note, created, expires, state))
struct SourceView { std::string name; bool present; };
BOOST_DESCRIBE_STRUCT(SourceView, (), (name, present))
struct EnrolmentView {
  std::string id, state, requested, peer, address, mac, interface, hostname, hardware_digest;
  std::vector<SourceView> hardware_sources;
  std::string tpm;  // manufacturer and firmware; empty: none holds the key
  std::string agent_version, site, device, reason;
};
BOOST_DESCRIBE_STRUCT(EnrolmentView, (), (id, state, requested, peer, address, mac, interface, hostname, hardware_digest,
                                          hardware_sources, tpm, agent_version, site, device, reason))
struct DeviceView {
  std::string id, name, site, site_name, address, mac, custodian, custodian_phone, live;
  std::uint64_t policy_revision, policy_wanted;
  std::string last_seen;
  std::uint64_t alarms_open;
  std::string agent_version, case_id;
};
BOOST_DESCRIBE_STRUCT(DeviceView, (), (id, name, site, site_name, address, mac, custodian, custodian_phone, live,
                                       policy_revision, policy_wanted, last_seen, alarms_open, agent_version, case_id))
struct FactView { std::string key, value, time, source; };
BOOST_DESCRIBE_STRUCT(FactView, (), (key, value, time, source))
struct CertificateView { std::string serial, usage, not_before, not_after, state; };
BOOST_DESCRIBE_STRUCT(CertificateView, (), (serial, usage, not_before, not_after, state))
struct OrderView { std::string id, kind, issued, reason, state, section, action; Params args; };
BOOST_DESCRIBE_STRUCT(OrderView, (), (id, kind, issued, reason, state, section, action, args))
struct BaselineView {
  std::string id, device, section;
  std::uint64_t revision;
  std::string state, proposed, decided, decided_by, reason;
  std::uint64_t size;
  std::string digest, outcome, outcome_reason;
};
BOOST_DESCRIBE_STRUCT(BaselineView, (), (id, device, section, revision, state, proposed, decided, decided_by, reason, size,
                                         digest, outcome, outcome_reason))
struct RequestView {
  std::string id, device, device_name, section, action;
  Params args;
  std::string reason, asked_by, asked, expires, state, decided_by, decision, decided, order;
  std::string operation, subject, outcome;
  std::optional<RawJson> wanted;  // the body, where one request is asked for
};
BOOST_DESCRIBE_STRUCT(RequestView, (), (id, device, device_name, section, action, args, reason, asked_by, asked, expires,
                                        state, decided_by, decision, decided, order, operation, subject, outcome, wanted))
struct SigningView {
  std::string id, kind, subject, device, device_name, act;
  std::uint64_t needed;
  std::string must;
  Params words;
  std::string asked_by, asked, expires, state, decided, decided_by, decision;
};
BOOST_DESCRIBE_STRUCT(SigningView, (), (id, kind, subject, device, device_name, act, needed, must, words, asked_by, asked,
                                        expires, state, decided, decided_by, decision))
struct MediaView {
  std::string id, device, kind, content_type, state, asked_by, purpose, taken, began;
  std::uint64_t octets, pieces;
  std::string digest, kept_until;
};
BOOST_DESCRIBE_STRUCT(MediaView, (), (id, device, kind, content_type, state, asked_by, purpose, taken, began, octets, pieces,
                                      digest, kept_until))
struct PolicyView {
  std::uint64_t revision;
  std::string published, publisher, note, digest;
  std::uint64_t devices, applied;
  std::string state;
};
BOOST_DESCRIBE_STRUCT(PolicyView, (), (revision, published, publisher, note, digest, devices, applied, state))
struct AlarmView {
  std::string id, device, device_name, site_name, type, clause, severity, state, first, last;
  std::uint64_t count;
  Params params;
  std::string case_id, acknowledged_by, note;
};
BOOST_DESCRIBE_STRUCT(AlarmView, (), (id, device, device_name, site_name, type, clause, severity, state, first, last, count,
                                      params, case_id, acknowledged_by, note))
struct AuditView {
  std::uint64_t index;
  std::string id, type, result, time, received, device, device_name, person, role, clause, severity;
  Params params;
  std::string case_id, trace;
  bool archived;
};
BOOST_DESCRIBE_STRUCT(AuditView, (), (index, id, type, result, time, received, device, device_name, person, role, clause,
                                      severity, params, case_id, trace, archived))
struct UserView {
  std::string id, account, display_name, person, role, state, last_login;
  std::vector<std::string> regions;
  std::string ends, password_changed;
};
BOOST_DESCRIBE_STRUCT(UserView, (), (id, account, display_name, person, role, state, last_login, regions, ends,
                                     password_changed))
template <class T>
struct ItemsView { std::vector<T> items; };
BOOST_DESCRIBE_STRUCT(ItemsView<SiteView>, (), (items))
BOOST_DESCRIBE_STRUCT(ItemsView<RegionView>, (), (items))
BOOST_DESCRIBE_STRUCT(ItemsView<TokenView>, (), (items))
BOOST_DESCRIBE_STRUCT(ItemsView<EnrolmentView>, (), (items))
BOOST_DESCRIBE_STRUCT(ItemsView<PolicyView>, (), (items))
BOOST_DESCRIBE_STRUCT(ItemsView<BaselineView>, (), (items))
BOOST_DESCRIBE_STRUCT(ItemsView<UserView>, (), (items))
BOOST_DESCRIBE_STRUCT(ItemsView<RequestView>, (), (items))
BOOST_DESCRIBE_STRUCT(ItemsView<MediaView>, (), (items))
BOOST_DESCRIBE_STRUCT(ItemsView<SigningView>, (), (items))
// clang-format on

/// time_text is RFC 3339, or empty for no time; optional_id is empty for the nil ID.
[[nodiscard]] std::string time_text(const std::optional<Timestamp>& time);
template <class AnyId>
[[nodiscard]] std::string optional_id(const AnyId& id) {
  return id.is_nil() ? std::string() : id.text();
}
[[nodiscard]] std::string severity_text(int severity);

[[nodiscard]] CheckpointView view(const ledger::Checkpoint& from);
[[nodiscard]] RegionView view(const store::Region& from);
[[nodiscard]] SiteView view(const store::Site& from);
[[nodiscard]] TokenView view(const store::EnrolToken& from, Timestamp now);
[[nodiscard]] EnrolmentView view(const store::Enrolment& from);
[[nodiscard]] DeviceView view(const store::Device& from);
[[nodiscard]] CertificateView view(const store::CertificateRecord& from, Timestamp now);
[[nodiscard]] OrderView view(const store::Order& from);
[[nodiscard]] BaselineView view(const store::Baseline& from);
[[nodiscard]] RequestView view(const store::Request& from, Timestamp now);
[[nodiscard]] SigningView view(const store::Signing& from, Timestamp now);
[[nodiscard]] MediaView view(const store::Media& from, std::uint64_t retention_days);
[[nodiscard]] PolicyView view(const store::Policy& from);
[[nodiscard]] AlarmView view(const store::Alarm& from);
[[nodiscard]] UserView view(const store::User& from, Timestamp now);
[[nodiscard]] AuditView view(const v1::AuditEntry& from, std::uint64_t index, const std::string& device_name,
                             bool archived);
[[nodiscard]] std::vector<SourceView> sources_of(ByteView hardware);
[[nodiscard]] std::string digest_of(ByteView hardware);

template <class T, class... More>
[[nodiscard]] auto views(const std::vector<T>& from, const More&... more) {
  std::vector<decltype(view(from.front(), more...))> out;
  for (const auto& item : from) out.push_back(view(item, more...));
  return out;
}

}  // namespace kw::server
