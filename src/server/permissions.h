#pragma once
// may tells whether a role may use an operation of the API, from one table: schemas/permissions.json, the only place
// where roles mean anything.
//
// The file is compiled in (generate_permissions.py checks it against schemas/openapi.yaml); a test walks every role
// over every operation, in and out of region. Unknown operations and roles may nothing. The tables are constant;
// thread-safe. Source: clause 9.2, GB/T 22239 8.1.5.
#include <span>
#include <string_view>

namespace kw::server {

/// A role of a natural person, who has one only. Its place in roles() is its bit.
struct Role {
  std::string_view name;
  bool administrator;                                  // one of the three that exclude each other
  bool ends;                                           // its accounts need a last day
  std::string_view first_account, first_display_name;  // of the account that a new platform invites; else empty
};

/// Where an operation reaches, and so what is asked before its handler runs:
///   none         nothing that lies in a region
///   list         the handler shows what lies in the caller's scope
///   body         the handler checks the place that the body names
///   city         the whole city: callers with a smaller scope are refused
///   the others   {id} of the path; out of scope it is not found
enum class ScopeRule { none, list, body, city, device, baseline, media, enrolment, alarm, request, site, region };

/// Whether another person has to approve: never, where the settings list the operation, or always.
enum class Second { never, listed, always };

struct Permission {
  std::string_view operation;
  unsigned roles;  // bits of roles()
  bool anonymous;  // needs no session
  ScopeRule scope;
  Second second;
  bool by_asker;         // once approved, who asked does it, once; otherwise the platform does it at once
  bool reauth;           // the caller has shown password and code a short while ago
  bool while_expired;    // open to a session whose password is too old
  bool while_enrolling;  // open to a session whose person has to register another second factor first
};

[[nodiscard]] std::span<const Role> roles() noexcept;
[[nodiscard]] const Role* find_role(std::string_view role) noexcept;
[[nodiscard]] std::span<const Permission> permissions() noexcept;
/// two_persons_at_first is the list of Settings::two_persons that a new platform begins with.
[[nodiscard]] std::span<const std::string_view> two_persons_at_first() noexcept;
[[nodiscard]] const Permission* find_permission(std::string_view operation) noexcept;
[[nodiscard]] unsigned role_bit(std::string_view role) noexcept;  // 0 for an unknown one
[[nodiscard]] bool may(std::string_view role, std::string_view operation) noexcept;

}  // namespace kw::server
