#pragma once
// become gives up root for good: another user, no capability, none to be had again, no reading by a debugger.
//
// To be called before the process has a second thread. What cannot be given up is an error, and the process must end.
#include "base/result.h"
#include "platform/linux/account.h"

namespace kw::platform {

/// become: groups, user, and no_new_privs, which also keeps what the bounding set would give; read back.
/// `groups_of` names a user whose groups the process gets, a screen's for the sake of its devices; empty: none.
/// Errc::not_permitted.
Result<> become(const Account& account, const std::string& groups_of = {});
/// may_change_user: root in a container is not always allowed to.
[[nodiscard]] bool may_change_user();
/// drop_capabilities is what is left to give up where the user cannot be changed.
Result<> drop_capabilities();

/// refuse_debuggers: no ptrace by other users' processes, no core dump, /proc/<pid> belongs to root.
Result<> refuse_debuggers();

/// narrow_system_calls refuses for good, with EPERM, what a program that only talks and stores never needs: other
/// programs, tracing, mounts, modules, namespaces, keys, clocks. For the process and what it starts.
Result<> narrow_system_calls();

/// only_compute leaves the process memory, descriptors that are open, and its end; any other system call kills it. For
/// one that reads what strangers wrote, once it has everything that it needs.
Result<> only_compute();
/// refuse_sockets refuses for good, with EPERM, every new socket but pairs: no network of any kind.
Result<> refuse_sockets();

/// stay_in_memory locks what the process touches, from now on, and asks the kernel to end others first when memory is
/// short (`score`, -1000 to 1000). Each part that is refused is named in the error; the others are done.
Result<> stay_in_memory(int score);

}  // namespace kw::platform
