#pragma once
// KeyState is where a key is in its life, and after() the only way from one state to the next.
//
//   state          activate   retire         disable    restore        destroy
//   pre_active     active     -              -          -              destroyed
//   active         -          decrypt_only   disabled   -              -
//   decrypt_only   -          -              disabled   -              -
//   disabled       -          -              -          decrypt_only   destroyed
//   destroyed      -          -              -          -              -
//
// A key is destroyed from where nobody used it: before its first day, or after it was disabled and nothing was missed.
// What was disabled never seals again. PURE. Source: NIST SP 800-57 part 1 rev. 5, section 7.
#include "base/result.h"

namespace kw::vault {

enum class KeyState : std::uint8_t { pre_active = 1, active, decrypt_only, disabled, destroyed };
enum class KeyAct : std::uint8_t { activate, retire, disable, restore, destroy };

/// after: Errc::wrong_state for every pair that the table does not have.
Result<KeyState> after(KeyState state, KeyAct act);

[[nodiscard]] constexpr bool may_seal(KeyState state) noexcept { return state == KeyState::active; }
[[nodiscard]] constexpr bool may_open(KeyState state) noexcept {
  return state == KeyState::active || state == KeyState::decrypt_only;
}
[[nodiscard]] std::string_view name(KeyState state) noexcept;
[[nodiscard]] std::string_view name(KeyAct act) noexcept;

}  // namespace kw::vault
