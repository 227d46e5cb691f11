#include "platform/linux/privileges.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "platform/linux/os_error.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kArchitecture = 0;  // system calls are not narrowed here
#endif

constexpr auto kRefused = std::to_array<long>({
    SYS_execve,          SYS_execveat,      SYS_ptrace,        SYS_process_vm_readv, SYS_process_vm_writev,
    SYS_mount,           SYS_umount2,       SYS_pivot_root,    SYS_chroot,           SYS_move_mount,
    SYS_open_tree,       SYS_fsopen,        SYS_fsmount,       SYS_unshare,          SYS_setns,
    SYS_init_module,     SYS_finit_module,  SYS_delete_module, SYS_kexec_load,       SYS_bpf,
    SYS_perf_event_open, SYS_userfaultfd,   SYS_keyctl,        SYS_add_key,          SYS_request_key,
    SYS_swapon,          SYS_swapoff,       SYS_reboot,        SYS_sethostname,      SYS_setdomainname,
    SYS_settimeofday,    SYS_clock_settime, SYS_acct,          SYS_quotactl,         SYS_open_by_handle_at,
    SYS_io_uring_setup,  SYS_pidfd_getfd,   SYS_syslog,        SYS_fanotify_init,    SYS_personality,
});

constexpr auto kComputing = std::to_array<long>({
    SYS_read, SYS_pread64, SYS_write, SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_madvise, SYS_futex,
    SYS_rt_sigreturn, SYS_rt_sigprocmask, SYS_clock_gettime, SYS_getrandom, SYS_gettid, SYS_getpid, SYS_tgkill,
    SYS_exit, SYS_exit_group,
});

constexpr sock_filter statement(unsigned code, std::uint32_t k) { return {static_cast<std::uint16_t>(code), 0, 0, k}; }
constexpr sock_filter jump(unsigned code, std::uint32_t k, unsigned yes, unsigned no) {
  return {static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(yes), static_cast<std::uint8_t>(no), k};
}

std::vector<sock_filter> program(std::span<const long> refused) {
  std::vector<sock_filter> out;
  out.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)));
  out.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0));
  out.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));  // another ABI has other numbers
  out.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
#if defined(__x86_64__)
  out.push_back(jump(BPF_JMP | BPF_JGE | BPF_K, 0x40000000U, static_cast<unsigned>(refused.size()) + 1, 0));  // x32
#endif
  for (std::size_t i = 0; i < refused.size(); ++i)
    out.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(refused[i]),
                       static_cast<unsigned>(refused.size() - i), 0));
  out.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  out.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
  return out;
}

std::vector<sock_filter> computing() {
  std::vector<sock_filter> out;
  out.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)));
  out.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0));
  out.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  out.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
  for (std::size_t i = 0; i < kComputing.size(); ++i)
    out.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(kComputing.at(i)),
                       static_cast<unsigned>(kComputing.size() - i), 0));
  out.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  out.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return out;
}

Result<> install(std::vector<sock_filter> filter) {
  if (kArchitecture == 0) return fail(Errc::unsupported, "system calls of this processor");
  const sock_fprog installed{static_cast<unsigned short>(filter.size()), filter.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_os("no new privileges");
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &installed) != 0)
    return fail_os("narrow system calls");
  return {};
}

}  // namespace

Result<> become(const Account& account, const std::string& groups_of) {
  if (account.uid == 0) return fail(Errc::invalid, "root is no unprivileged user");
  if (::geteuid() == 0) {
    const int grouped = groups_of.empty() ? ::setgroups(0, nullptr) : ::initgroups(groups_of.c_str(), account.gid);
    if (grouped != 0) return fail_os("change groups");
    if (::setresgid(account.gid, account.gid, account.gid) != 0) return fail_os("change group");
    if (::setresuid(account.uid, account.uid, account.uid) != 0) return fail_os("change user");
  }
  if (::geteuid() != account.uid || ::getuid() != account.uid) return fail(Errc::not_permitted, "still another user");
  if (::setuid(0) == 0) return fail(Errc::not_permitted, "root can still be had");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_os("no new privileges");
  return {};
}

bool may_change_user() {
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  if (::syscall(SYS_capget, &head, data.data()) != 0) return false;
  constexpr std::uint32_t kNeeded = 1U << CAP_CHOWN | 1U << CAP_SETUID | 1U << CAP_SETGID;
  return (data[0].effective & kNeeded) == kNeeded;
}

Result<> drop_capabilities() {
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, 2> none{};
  if (::syscall(SYS_capset, &head, none.data()) != 0) return fail_os("drop capabilities");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_os("no new privileges");
  return {};
}

Result<> refuse_debuggers() {
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return fail_os("refuse debuggers");
  return {};
}

Result<> narrow_system_calls() { return install(program(kRefused)); }
Result<> refuse_sockets() { return install(program(std::to_array<long>({SYS_socket}))); }
Result<> only_compute() { return install(computing()); }

Result<> stay_in_memory(int score) {
  std::string refused;
  // On fault: threads' stacks and whole libraries are not pulled in for the sake of being locked.
  if (::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) refused += "mlockall ";
  const UniqueFd file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  const auto text = std::to_string(score);
  if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    refused += "oom_score_adj ";
  if (!refused.empty()) return fail(Errc::not_permitted, refused.substr(0, refused.size() - 1));
  return {};
}

}  // namespace kw::platform
