#include "server/permissions.h"

#include <array>

namespace kw::server {
namespace {

constexpr auto kRoles = std::to_array<Role>({
#include "roles.gen.inc"
});
constexpr auto kTable = std::to_array<Permission>({
#include "permissions.gen.inc"
});

constexpr auto kTwoPersonsAtFirst = std::to_array<std::string_view>({
#include "two_persons.gen.inc"
});

}  // namespace

std::span<const std::string_view> two_persons_at_first() noexcept { return kTwoPersonsAtFirst; }

std::span<const Role> roles() noexcept { return kRoles; }

const Role* find_role(std::string_view role) noexcept {
  for (const auto& row : kRoles) {
    if (row.name == role) return &row;
  }
  return nullptr;
}

std::span<const Permission> permissions() noexcept { return kTable; }

const Permission* find_permission(std::string_view operation) noexcept {
  for (const auto& row : kTable) {
    if (row.operation == operation) return &row;
  }
  return nullptr;
}

unsigned role_bit(std::string_view role) noexcept {
  const auto* row = find_role(role);
  return row == nullptr ? 0U : 1U << static_cast<unsigned>(row - kRoles.data());
}

bool may(std::string_view role, std::string_view operation) noexcept {
  const auto* row = find_permission(operation);
  return row != nullptr && (row->roles & role_bit(role)) != 0;
}

}  // namespace kw::server
