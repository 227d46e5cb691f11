#pragma once
// may tells whether a role may use an operation of the API: one table, the only place where roles mean anything.
//
// Operations are the operationIds of schemas/openapi.yaml; a test walks every role over every operation. Unknown
// operations and roles may nothing. The table is constant; thread-safe.
#include <span>
#include <string_view>

namespace kw::server {

inline constexpr std::string_view kRoleSystem = "system";
inline constexpr std::string_view kRoleSecurity = "security";
inline constexpr std::string_view kRoleAudit = "audit";

enum RoleBits : unsigned { kNobody = 0, kSystem = 1, kSecurity = 2, kAudit = 4, kEveryRole = 7 };

struct Permission {
  std::string_view operation;
  unsigned roles;          // RoleBits
  bool anonymous = false;  // needs no session
};

[[nodiscard]] std::span<const Permission> permissions() noexcept;
[[nodiscard]] const Permission* find_permission(std::string_view operation) noexcept;
[[nodiscard]] unsigned role_bit(std::string_view role) noexcept;
[[nodiscard]] bool may(std::string_view role, std::string_view operation) noexcept;

}  // namespace kw::server
