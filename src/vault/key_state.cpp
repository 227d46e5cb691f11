#include "vault/key_state.h"

namespace kw::vault {
namespace {

struct KeyEdge {
  KeyState from;
  KeyAct act;
  KeyState to;
};
constexpr KeyEdge kKeyEdges[] = {
    {KeyState::pre_active, KeyAct::activate, KeyState::active},
    {KeyState::pre_active, KeyAct::destroy, KeyState::destroyed},
    {KeyState::active, KeyAct::retire, KeyState::decrypt_only},
    {KeyState::active, KeyAct::disable, KeyState::disabled},
    {KeyState::decrypt_only, KeyAct::disable, KeyState::disabled},
    {KeyState::disabled, KeyAct::restore, KeyState::decrypt_only},
    {KeyState::disabled, KeyAct::destroy, KeyState::destroyed},
};

}  // namespace

std::string_view name(KeyState state) noexcept {
  switch (state) {
    case KeyState::pre_active:
      return "pre_active";
    case KeyState::active:
      return "active";
    case KeyState::decrypt_only:
      return "decrypt_only";
    case KeyState::disabled:
      return "disabled";
    case KeyState::destroyed:
      return "destroyed";
  }
  return "unknown";
}

std::string_view name(KeyAct act) noexcept {
  switch (act) {
    case KeyAct::activate:
      return "activate";
    case KeyAct::retire:
      return "retire";
    case KeyAct::disable:
      return "disable";
    case KeyAct::restore:
      return "restore";
    case KeyAct::destroy:
      return "destroy";
  }
  return "unknown";
}

Result<KeyState> after(KeyState state, KeyAct act) {
  for (const auto& edge : kKeyEdges)
    if (edge.from == state && edge.act == act) return edge.to;
  return fail(Errc::wrong_state, std::string(name(act)) + " a key that is " + std::string(name(state)));
}

}  // namespace kw::vault
