#include "server/permissions.h"

#include <array>

namespace kw::server {
namespace {

// clang-format off: a table is read by columns
constexpr auto kTable = std::to_array<Permission>({
    // operation            roles                 anonymous
    {"health",              kEveryRole,           true},
    {"login",               kEveryRole,           true},
    {"beginActivation",     kEveryRole,           true},
    {"confirmActivation",   kEveryRole,           true},
    {"getSession",          kEveryRole},
    {"logout",              kEveryRole},
    {"live",                kEveryRole},
    {"getOverview",         kEveryRole},
    {"listEventTypes",      kEveryRole},
    {"listSites",           kEveryRole},
    {"createSite",          kSystem | kSecurity},
    {"listEnrolTokens",     kEveryRole},
    {"createEnrolToken",    kSecurity},
    {"listEnrolments",      kEveryRole},
    {"approveEnrolment",    kSecurity},
    {"rejectEnrolment",     kSecurity},
    {"listDevices",         kEveryRole},
    {"getDevice",           kEveryRole},
    {"releaseDevice",       kSecurity},
    {"cutDevice",           kSecurity},
    {"disableDevice",       kSecurity},
    {"listBaselines",       kEveryRole},
    {"getBaseline",         kEveryRole},
    {"approveBaseline",     kSecurity},
    {"rejectBaseline",      kSecurity},
    {"issueUninstallOrder", kSecurity},
    {"listPolicies",        kEveryRole},
    {"getPolicy",           kEveryRole},
    {"checkPolicy",         kEveryRole},
    {"listSections",        kEveryRole},
    {"checkSections",       kEveryRole},
    {"orderAction",         kSecurity},
    {"askAction",           kSecurity},
    {"listRequests",        kEveryRole},
    {"getRequest",          kEveryRole},
    {"approveRequest",      kSystem | kSecurity},
    {"rejectRequest",       kSystem | kSecurity},
    {"listMedia",           kSecurity | kAudit},
    {"getMediaContent",     kSecurity},
    {"lookLive",            kSecurity},
    {"endLive",             kSecurity},
    {"publishPolicy",       kSecurity},
    {"listAlarms",          kEveryRole},
    {"acknowledgeAlarm",    kSecurity},
    {"listAudit",           kAudit},
    {"getAuditProof",       kAudit},
    {"listRowFindings",     kSystem | kAudit},
    {"acceptRows",          kSystem},
    {"listWitnesses",       kEveryRole},
    {"getWitnessed",        kEveryRole},
    {"witnessHead",         kEveryRole,           true},
    {"witnessSay",          kEveryRole,           true},  // the word is signed by a key that the configuration names
    {"getAuditReceipt",     kAudit},
    {"listLedgerSegments",  kSystem | kAudit},
    {"exportLedgerSegment", kAudit},
    {"confirmLedgerExport", kAudit},
    {"createAuditExtract",  kAudit},
    {"listAuditExtracts",   kAudit},
    {"getAuditExtract",     kAudit},
    {"listUsers",           kSystem | kAudit},
    {"createUser",          kSystem},
    {"disableUser",         kSystem},
});
// clang-format on

}  // namespace

std::span<const Permission> permissions() noexcept { return kTable; }

const Permission* find_permission(std::string_view operation) noexcept {
  for (const auto& row : kTable) {
    if (row.operation == operation) return &row;
  }
  return nullptr;
}

unsigned role_bit(std::string_view role) noexcept {
  if (role == kRoleSystem) return kSystem;
  if (role == kRoleSecurity) return kSecurity;
  if (role == kRoleAudit) return kAudit;
  return kNobody;
}

bool may(std::string_view role, std::string_view operation) noexcept {
  const auto* row = find_permission(operation);
  return row != nullptr && (row->roles & role_bit(role)) != 0;
}

}  // namespace kw::server
