#include "platform/linux/linux_purge_port.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "base/bytes.h"
#include "device/system/segments.h"
#include "platform/linux/account.h"
#include "platform/linux/cache_clearing.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/os_error.h"
#include "platform/linux/spawn.h"
#include "platform/linux/swap_state.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {
namespace {

namespace fs = std::filesystem;
using device::PurgeDone;
using device::PurgeKind;
using device::PurgeSeen;
using device::Segment;

constexpr int kCancelPatience = 5000;  // milliseconds
constexpr int kMostInodes = 16'384;    // of a session's directory
constexpr std::size_t kMostSegmentText = std::size_t{8} << 20, kMostSpool = 10'000;
constexpr Timestamp kWhatever{INT64_MAX};

bool plain_hex(const std::string& name) {
  return !name.empty() && name.size() <= 64 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// c00012 and d00012-001: a job's control file and its documents; what else lies there is the scheduler's.
bool job_file(const std::string& name) {
  return name.size() > 5 && (name[0] == 'c' || name[0] == 'd') &&
         name.find_first_not_of("0123456789-", 1) == std::string::npos;
}

Result<PurgeDone> cleared(ClearRequest request, const device::PurgePort::Stop& stop) {
  request.path.insert(0, request.path.starts_with('/') ? "" : "/");
  PurgeDone out;
  for (bool more = true; more;) {
    KW_TRY(const auto part, clear_cache(request, stop));
    out.count += part.files;
    out.octets += part.octets;
    more = !request.trial && !part.complete && part.files > 0 && !stop();
    if (!part.failed.empty() && !request.trial) return fail(Errc::io, "files that stay");  // never their names
  }
  return out;
}

Result<> run_to_its_end(const std::vector<std::string>& words) {
  const UniqueFd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!nothing) return fail_os("open /dev/null");
  KW_TRY(const auto pid, spawn(words, {nothing.get(), nothing.get(), nothing.get()}));
  const UniqueFd handle(open_pidfd(pid));
  pollfd ended{handle.get(), POLLIN, 0};
  const bool in_time = handle && ::poll(&ended, 1, kCancelPatience) == 1;
  if (!in_time) ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time) return fail(Errc::timeout, words[0]);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return fail(Errc::io, words[0]);
  return {};
}

const char* table_of(Segment::Kind kind) {
  return kind == Segment::Kind::memory       ? "/proc/sysvipc/shm"
         : kind == Segment::Kind::semaphores ? "/proc/sysvipc/sem"
                                             : "/proc/sysvipc/msg";
}

Result<PurgeDone> end_segment(const device::EndSegment& one) {
  int done = 0;
  if (one.kind == Segment::Kind::memory)
    done = ::shmctl(one.id, IPC_RMID, nullptr);
  else if (one.kind == Segment::Kind::semaphores)
    done = ::semctl(one.id, 0, IPC_RMID);
  else
    done = ::msgctl(one.id, IPC_RMID, nullptr);
  if (done != 0 && errno != EINVAL && errno != EIDRM) return fail_os("remove a System V object");
  return PurgeDone{done == 0 ? 1U : 0U, 0};
}

}  // namespace

LinuxPurgePort::LinuxPurgePort(PurgePlaces places) : places_(std::move(places)) {}

Result<std::string> LinuxPurgePort::begin(const std::string& name, std::uint64_t octets,
                                          const std::vector<std::string>& users) {
  if (!plain_hex(name)) return fail(Errc::invalid, "a session's directory");
  if (users.empty()) return fail(Errc::not_found, "no user is named for the kiosk's programs");
  KW_TRY(const auto account, find_account(users.front()));
  if (::mkdir(places_.directory.c_str(), 0711) != 0 && errno != EEXIST) return fail_os("make " + places_.directory);
  const UniqueFd all(::open(places_.directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat facts{};
  if (!all || ::fstat(all.get(), &facts) != 0) return fail_os("open " + places_.directory);
  if (facts.st_uid != ::geteuid()) return fail(Errc::not_permitted, places_.directory + " is somebody else's");
  if (::fchmod(all.get(), 0711) != 0) return fail_os("open the way through " + places_.directory);
  if (::mkdirat(all.get(), name.c_str(), 0700) != 0) return fail_os("make a session's directory");
  const auto path = places_.directory + "/" + name;
  const auto options = "mode=0700,uid=" + std::to_string(account.uid) + ",gid=" + std::to_string(account.gid) +
                       ",size=" + std::to_string(octets) + ",nr_inodes=" + std::to_string(kMostInodes);
  const auto mounted = [&](const std::string& how) {
    return ::mount("kioskward-session", path.c_str(), "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, how.c_str()) == 0;
  };
  // Before Linux 6.4 there is no noswap.
  bool done = mounted(options + ",noswap");
  if (!done && errno == EINVAL) {
    const auto swap = places_.swap.empty() ? swap_state("/") : places_.swap;
    if (swap != "none" && swap != "memory" && swap != "encrypted") {
      ::rmdir(path.c_str());
      return fail(Errc::not_permitted, "memory may be swapped to a disk that is not encrypted");
    }
    done = mounted(options);
  }
  if (done) return path;
  const int why = errno;
  ::rmdir(path.c_str());
  return Result<std::string>(os_error(why, "mount a session's directory"));
}

Result<std::vector<std::string>> LinuxPurgePort::directories() const {
  std::vector<std::string> out;
  std::error_code error;
  for (fs::directory_iterator at(places_.directory, error), end; !error && at != end; at.increment(error))
    if (plain_hex(at->path().filename().native())) out.push_back(at->path().filename().native());
  if (error && error != std::errc::no_such_file_or_directory)
    return Result<std::vector<std::string>>(os_error(error.value(), places_.directory));
  std::ranges::sort(out);
  return out;
}

Result<PurgeDone> LinuxPurgePort::end_directory(const std::string& name) {
  if (!plain_hex(name)) return fail(Errc::invalid, "a session's directory");
  const auto path = places_.directory + "/" + name;
  PurgeDone out;
  struct stat here{}, above{};
  // Mounts may lie above one another.
  for (;;) {
    if (::lstat(path.c_str(), &here) != 0 || ::lstat(places_.directory.c_str(), &above) != 0)
      return errno == ENOENT ? Result<PurgeDone>(out) : fail_os("look at a session's directory");
    if (here.st_dev == above.st_dev) break;
    ClearRequest request;
    request.path = path;
    request.keep = kWhatever;
    request.empty_first = true;
    const auto part = cleared(std::move(request), [] { return false; });
    if (part) out.octets += part->octets;
    if (::umount2(path.c_str(), UMOUNT_NOFOLLOW) == 0) continue;
    if (errno != EBUSY || ::umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0)
      return fail_os("unmount a session's directory");
    if (!part) return part.error();  // somebody holds it, and it was not emptied
  }
  if (::rmdir(path.c_str()) != 0 && errno != ENOENT) return fail_os("remove a session's directory");
  out.count = 1;
  return out;
}

Result<PurgeDone> LinuxPurgePort::end_all() {
  KW_TRY(const auto all, directories());
  PurgeDone out;
  Result<> failed;
  for (const auto& name : all) {
    const auto part = end_directory(name);
    if (!part) failed = part.error();
    if (part) out = {out.count + part->count, out.octets + part->octets};
  }
  if (!failed) return failed.error();
  return out;
}

Result<PurgeDone> LinuxPurgePort::clear(const device::EndFiles& files, bool trial, const Stop& stop) const {
  ClearRequest request;
  request.path = files.place;
  request.keep = files.before;
  request.trial = trial;
  request.owner = files.owner;
  request.spare = places_.spare;
  // An X server's lock and sockets belong to whoever runs it.
  for (const auto* one : {"/.X", "/.ICE-unix"}) request.spare.push_back(files.place + one);
  return cleared(std::move(request), stop);
}

void LinuxPurgePort::look_at_files(const device::PurgeWish& wish, const Stop& stop, PurgeSeen& out) const {
  const auto one = [&](const std::string& place, bool shared) {
    for (const auto user : out.users) {
      const auto seen = clear({place, user, wish.ended}, true, stop);
      if (seen)
        out.files.push_back({place, user, seen->count, shared});
      else
        out.not_seen.push_back(shared ? PurgeKind::shared_memory : PurgeKind::temporary_files);
    }
  };
  if (wish.shared_memory && !places_.shared_memory.empty()) one(places_.shared_memory, true);
  if (wish.temporary_files)
    for (const auto& place : places_.temporary) one(place, false);
}

void LinuxPurgePort::look_at_segments(PurgeSeen& out) const {
  if (!places_.segments) return;
  for (const auto kind : {Segment::Kind::memory, Segment::Kind::semaphores, Segment::Kind::messages}) {
    const auto text = read_file(table_of(kind), kMostSegmentText);
    if (!text && text.code() == Errc::not_found) continue;  // a kernel without System V objects
    auto part = text ? device::parse_segments(kind, text_of(*text)) : Result<std::vector<Segment>>(text.error());
    if (part)
      out.segments.insert(out.segments.end(), part->begin(), part->end());
    else
      out.not_seen.push_back(PurgeKind::segments);
  }
}

void LinuxPurgePort::look_at_spool(PurgeSeen& out) const {
  if (places_.print_spool.empty()) return;
  std::error_code error;
  for (fs::directory_iterator at(places_.print_spool, error), end; !error && at != end; at.increment(error)) {
    const auto name = at->path().filename().native();
    struct stat facts{};
    if (!job_file(name) || ::lstat(at->path().c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) continue;
    out.spool.push_back({name, {facts.st_mtim.tv_sec * std::int64_t{1'000'000'000} + facts.st_mtim.tv_nsec}});
    if (out.spool.size() == kMostSpool) break;
  }
  if (error && error != std::errc::no_such_file_or_directory) out.not_seen.push_back(PurgeKind::print_jobs);
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (!socket || places_.scheduler.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, places_.scheduler.c_str(), places_.scheduler.size());
  out.scheduler = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

Result<PurgeSeen> LinuxPurgePort::look(const device::PurgeWish& wish, const Stop& stop) {
  PurgeSeen out;
  for (const auto& user : wish.users) {
    const auto account = find_account(user);
    if (account && account->uid != 0) out.users.insert(account->uid);
  }
  KW_TRY(out.directories, directories());
  look_at_files(wish, stop, out);
  if (wish.shared_memory) look_at_segments(out);
  if (wish.print_jobs) look_at_spool(out);
  return out;
}

Result<PurgeDone> LinuxPurgePort::apply(const device::PurgeChange& change, const Stop& stop) {
  if (const auto* one = std::get_if<device::EndDirectory>(&change.what)) return end_directory(one->name);
  if (const auto* one = std::get_if<device::EndFiles>(&change.what)) return clear(*one, false, stop);
  if (const auto* one = std::get_if<device::EndSegment>(&change.what)) return end_segment(*one);
  if (const auto* one = std::get_if<device::EndSpoolFile>(&change.what)) {
    if (!job_file(one->name)) return fail(Errc::invalid, "a spool file");
    if (::unlink((places_.print_spool + "/" + one->name).c_str()) != 0 && errno != ENOENT)
      return fail_os("remove a spool file");
    return PurgeDone{1, 0};
  }
  KW_CHECK(run_to_its_end({places_.cancel, "-a", "-x"}));
  return PurgeDone{1, 0};
}

}  // namespace kw::platform
