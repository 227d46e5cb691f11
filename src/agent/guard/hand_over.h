#pragma once
// hand_over makes the link's part of the state directory the unprivileged user's, where it still is root's.
//
// Only what root made, and nobody else could touch since, is handed over: the directory itself goes last, so that an
// interrupted hand-over begins anew, and a part that is the user's already is not looked into. Errc::conflict for a
// part of some third user (the configured user was changed: an operator has to move it).
#include "agent/identity/state_directory.h"
#include "platform/linux/privileges.h"

namespace kw::agent {

Result<> hand_over(const StateDirectory& state, const platform::Account& account);

}  // namespace kw::agent
