#include "platform/linux/process_watch.h"

#include <fcntl.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <map>
#include <set>

#include "platform/linux/durable_file.h"
#include "platform/linux/end_process.h"
#include "platform/linux/exec_messages.h"
#include "platform/linux/os_error.h"
#include "platform/linux/process_facts.h"
#include "platform/linux/system_clock.h"

namespace kw::platform {
namespace {

constexpr auto kMemoryPrefix = "/memfd:";
constexpr auto kDeleted = " (deleted)";
constexpr auto kSwitch = "/proc/sys/vm/memfd_noexec";
constexpr std::size_t kMostMountText = std::size_t{4} << 20;
constexpr int kReceiveBuffer = 4 << 20;
constexpr std::size_t kMostRemembered = 256;

using Guarded = std::function<bool(std::uint64_t)>;
/// What one scan reads, and what those before it had read.
struct Digests {
  std::map<device::FileIdentity, crypto::Digest> before{};
  std::map<device::FileIdentity, std::optional<crypto::Digest>> now{};
};

// A file system that this process has not marked: its type, as the other process sees it.
bool is_foreign(int pid, std::uint64_t device) {
  // One's own mounts come first: a browser's sandbox sees none of them, though its program lies there.
  for (const auto& whose : {std::string("self"), std::to_string(pid)}) {
    const auto text = read_file("/proc/" + whose + "/mountinfo", kMostMountText);
    const auto mounts = text ? device::parse_mounts(text_of(*text)) : Result<std::vector<device::Mount>>(Error(Errc::io));
    if (!mounts) continue;
    const auto at = std::ranges::find(*mounts, device, &device::Mount::device);
    if (at != mounts->end()) return device::is_remote(at->type);
  }
  return true;
}

std::optional<crypto::Digest> digest_of_program(int pid, const device::FileIdentity& identity, Digests& known) {
  if (identity.size > LinuxProcessWatch::kMostHashed) return std::nullopt;
  if (const auto at = known.now.find(identity); at != known.now.end()) return at->second;
  if (const auto at = known.before.find(identity); at != known.before.end())
    return known.now.emplace(at->first, at->second).first->second;
  const UniqueFd fd(::open(("/proc/" + std::to_string(pid) + "/exe").c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  const auto digest = fd ? digest_of(fd.get()) : Result<crypto::Digest>(Error(Errc::not_found));
  const auto out = digest ? std::optional(*digest) : std::nullopt;
  known.now.emplace(identity, out);
  return out;
}

// at_a_glance: nothing for kernel threads and for what has gone meanwhile.
std::optional<std::pair<device::FileIdentity, device::RunningProgram>> at_a_glance(int pid, const Guarded& guarded) {
  device::RunningProgram out;
  out.pid = pid;
  out.path = program_path(pid);
  if (out.path.empty()) return std::nullopt;
  const auto look = program_look(pid);
  if (!look) return std::nullopt;
  out.memory = out.path.starts_with(kMemoryPrefix);
  out.deleted = out.path.ends_with(kDeleted);
  out.guarded = !out.memory && guarded && guarded(look->identity.device);
  return std::pair{look->identity, std::move(out)};
}

bool is_asked_about(const device::RunningProgram& program) { return program.guarded && !program.deleted; }

void look_closely(device::RunningProgram& out, const device::FileIdentity& file, Digests& known) {
  out.by = actor_of(out.pid);
  out.foreign = !out.memory && !out.guarded && is_foreign(out.pid, file.device);
  if (!out.foreign) out.digest = digest_of_program(out.pid, file, known);
}

std::string namespace_of(int pid) {
  std::array<char, 64> target{};
  const auto n = ::readlink(("/proc/" + std::to_string(pid) + "/ns/mnt").c_str(), target.data(), target.size());
  return n < 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(n));
}

}  // namespace

class LinuxProcessWatch::Listener final : public Readable {
 public:
  Listener(UniqueFd socket, Guarded guarded, Sink sink)
      : socket_(std::move(socket)), guarded_(std::move(guarded)), sink_(std::move(sink)) {}
  [[nodiscard]] int descriptor() const override { return socket_.get(); }
  void ready() override {
    std::array<Byte, 4096> buffer{};
    for (;;) {
      const auto n = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (n < 0) return;  // EAGAIN; ENOBUFS: some were lost, which the next scan finds
      const auto pid = exec_of(ByteView(buffer.data(), static_cast<std::size_t>(n)));
      if (!pid || *pid == ::getpid()) continue;
      auto seen = at_a_glance(*pid, guarded_);
      if (!seen || seen->second.guarded) continue;
      Digests none;
      seen->second.started = started_at(*pid);
      look_closely(seen->second, seen->first, none);
      sink_(std::move(seen->second));
    }
  }

 private:
  UniqueFd socket_;
  Guarded guarded_;
  Sink sink_;
};

Result<> LinuxProcessWatch::start(Guarded guarded, Sink sink) {
  guarded_ = guarded;
  UniqueFd socket(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR));
  if (!socket) return fail_os("process connector");
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = CN_IDX_PROC;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail_os("process connector");
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer);
  const auto ask = listen_message(static_cast<std::uint32_t>(::getpid()));
  if (::send(socket.get(), ask.data(), ask.size(), 0) < 0) return fail_os("process connector");
  return thread_.start(std::make_unique<Listener>(std::move(socket), std::move(guarded), std::move(sink)));
}

Result<std::vector<device::RunningProgram>> LinuxProcessWatch::scan(bool digests) {
  std::vector<device::RunningProgram> out;
  Digests known{std::move(read_)};
  const auto before = std::exchange(looked_, {});
  const auto now = SystemClock{}.now();
  const int own = ::getpid();
  for (const int pid : all_processes()) {
    auto seen = pid == own ? std::nullopt : at_a_glance(pid, guarded_);
    if (!seen) continue;
    auto& [file, program] = *seen;
    if (digests || !is_asked_about(program)) {
      program.started = started_at(pid);
      const auto at = before.find(pid);
      const bool same = at != before.end() && at->second.file == file && at->second.program.started == program.started &&
                        at->second.program.path == program.path && at->second.program.guarded == program.guarded;
      if (same) {
        program = at->second.program;
        if (program.digest) known.now.emplace(file, program.digest);
      } else {
        look_closely(program, file, known);
      }
      if (program.foreign || (program.digest && device::settled(file, now))) looked_.emplace(pid, Looked{file, program});
    }
    out.push_back(std::move(program));
  }
  // A program that ran a while ago may run again.
  if (known.before.size() < kMostRemembered) read_ = std::move(known.before);
  for (const auto& [file, digest] : known.now)
    if (digest && device::settled(file, now)) read_.emplace(file, *digest);
  return out;
}

Result<std::uint64_t> LinuxProcessWatch::births() {
  // proc_loadavg(5): its last field is the newest process's number, threads and other namespaces' below included.
  KW_TRY(const auto file, read_file("/proc/loadavg", 256));
  auto text = text_of(file);
  if (text.ends_with('\n')) text.remove_suffix(1);
  const auto last = text.substr(text.rfind(' ') + 1);
  std::uint64_t out = 0;
  const auto [end, ec] = std::from_chars(last.data(), last.data() + last.size(), out);
  if (ec != std::errc() || end != last.data() + last.size()) return fail(Errc::malformed, "/proc/loadavg");
  return out;
}

Result<> LinuxProcessWatch::end(const device::RunningProgram& program) {
  return end_process(program.pid, program.started);
}

Result<std::vector<std::pair<std::string, device::Mount>>> LinuxProcessWatch::mounts() {
  std::vector<std::pair<std::string, device::Mount>> out;
  std::set<std::uint64_t> devices;
  std::set<std::string> namespaces;
  const auto take = [&](const std::string& file, const std::string& root) -> Result<> {
    KW_TRY(const auto text, read_file(file, kMostMountText));
    KW_TRY(auto mounts, device::parse_mounts(text_of(text)));
    for (auto& mount : mounts) {
      const auto at = root + mount.point;
      // Something else may be mounted over the point: the path must lead to this very file system.
      const auto look = look_at_path(at, true);
      if (!look || look->identity.device != mount.device || !devices.insert(mount.device).second) continue;
      out.emplace_back(at, std::move(mount));
    }
    return {};
  };
  namespaces.insert(namespace_of(::getpid()));
  KW_CHECK(take("/proc/self/mountinfo", ""));
  for (const int pid : all_processes()) {
    auto name = namespace_of(pid);
    if (name.empty() || !namespaces.insert(std::move(name)).second) continue;
    const auto proc = "/proc/" + std::to_string(pid);
    static_cast<void>(take(proc + "/mountinfo", proc + "/root"));  // it may end while it is looked at
  }
  return out;
}

Result<> LinuxProcessWatch::close_memory(bool closed) {
  const UniqueFd fd(::open(kSwitch, O_WRONLY | O_CLOEXEC));
  if (!fd)
    return errno == ENOENT ? Result<>(fail(Errc::unsupported, "the kernel has no vm.memfd_noexec")) : fail_os(kSwitch);
  if (::write(fd.get(), closed ? "2" : "0", 1) != 1) return fail_os(kSwitch);
  return {};
}

}  // namespace kw::platform
