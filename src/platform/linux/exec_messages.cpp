#include "platform/linux/exec_messages.h"

#include <arpa/inet.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>

#include <algorithm>
#include <cstring>

namespace kw::platform {
namespace {

constexpr std::size_t kEventAt = NLMSG_HDRLEN + sizeof(cn_msg);
constexpr std::uint32_t kFork = 1, kExec = 2, kUser = 4, kTrace = 0x100, kExit = 0x80000000U;  // PROC_EVENT_*

// Older and newer kernels differ in the length of the union at the end: what is read stands at its beginning.
template <class T>
bool take(ByteView event, T& out) {
  if (event.size() < offsetof(proc_event, event_data) + sizeof out) return false;
  std::memcpy(&out, event.data() + offsetof(proc_event, event_data), sizeof out);
  return true;
}
template <class... T>
bool numbers(T... ones) {
  return ((ones > 0) && ...);
}

}  // namespace

std::optional<ProcessMessage> process_message_of(ByteView datagram) {
  using What = ProcessMessage::What;
  nlmsghdr header{};
  cn_msg message{};
  if (datagram.size() < kEventAt + offsetof(proc_event, event_data)) return std::nullopt;
  std::memcpy(&header, datagram.data(), sizeof header);
  std::memcpy(&message, datagram.data() + NLMSG_HDRLEN, sizeof message);
  if (header.nlmsg_type != NLMSG_DONE || message.id.idx != CN_IDX_PROC || message.id.val != CN_VAL_PROC)
    return std::nullopt;
  const auto length = std::min<std::size_t>(datagram.size() - kEventAt, message.len);
  if (header.nlmsg_len < kEventAt + length) return std::nullopt;
  const auto event = datagram.subspan(kEventAt, length);
  std::uint32_t what = 0;
  if (event.size() < sizeof what) return std::nullopt;
  std::memcpy(&what, event.data(), sizeof what);
  proc_event form{};
  if (auto& fork = form.event_data.fork; what == kFork && take(event, fork)) {
    if (fork.child_pid != fork.child_tgid || !numbers(fork.parent_tgid, fork.child_tgid)) return std::nullopt;
    return ProcessMessage{What::forked, fork.parent_tgid, fork.child_tgid};
  }
  if (auto& exec = form.event_data.exec; what == kExec && take(event, exec) && numbers(exec.process_tgid))
    return ProcessMessage{What::ran, exec.process_tgid};
  if (auto& id = form.event_data.id; what == kUser && take(event, id) && numbers(id.process_tgid))
    return ProcessMessage{What::user, id.process_tgid, 0, id.r.ruid, id.e.euid};
  if (auto& trace = form.event_data.ptrace; what == kTrace && take(event, trace) && numbers(trace.process_tgid))
    return trace.tracer_tgid < 0 ? std::nullopt
                                 : std::optional(ProcessMessage{What::traced, trace.process_tgid, trace.tracer_tgid});
  if (auto& exit = form.event_data.exit; what == kExit && take(event, exit) && numbers(exit.process_tgid)) {
    if (exit.process_pid != exit.process_tgid) return std::nullopt;
    return ProcessMessage{What::ended, exit.process_tgid};
  }
  return std::nullopt;
}

std::optional<int> exec_of(ByteView datagram) {
  const auto message = process_message_of(datagram);
  return message && message->what == ProcessMessage::What::ran ? std::optional(message->pid) : std::nullopt;
}

Bytes listen_message(std::uint32_t pid) {
  constexpr std::uint32_t kListen = PROC_CN_MCAST_LISTEN;
  nlmsghdr header{};
  cn_msg message{};
  header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_HDRLEN + sizeof message + sizeof kListen);
  header.nlmsg_type = NLMSG_DONE;
  header.nlmsg_pid = pid;
  message.id.idx = CN_IDX_PROC;
  message.id.val = CN_VAL_PROC;
  message.len = sizeof kListen;
  Bytes out(header.nlmsg_len);
  std::memcpy(out.data(), &header, sizeof header);
  std::memcpy(out.data() + NLMSG_HDRLEN, &message, sizeof message);
  std::memcpy(out.data() + NLMSG_HDRLEN + sizeof message, &kListen, sizeof kListen);
  return out;
}

std::array<sock_filter, 16> process_filter() {
  constexpr std::uint32_t kWhat = kEventAt, kData = kEventAt + offsetof(proc_event, event_data);
  const auto load = [](std::uint32_t at) -> sock_filter { return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at); };
  const auto equal = [](std::uint32_t value, std::uint8_t yes, std::uint8_t no) -> sock_filter {
    return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(value), yes, no);  // the filter's loads are big-endian
  };
  constexpr sock_filter kKeep = BPF_STMT(BPF_MISC | BPF_TAX, 0);
  return {{load(kWhat), equal(kExec, 12, 0),                                                   // to "take"
           equal(kUser, 11, 0), equal(kTrace, 10, 0), equal(kFork, 1, 0), equal(kExit, 4, 9),  // else to "leave out"
           load(kData + 8),  // fork: child_pid and child_tgid, which differ for a thread
           kKeep, load(kData + 12), BPF_STMT(BPF_JMP | BPF_JA, 3),
           load(kData),  // exit: process_pid and process_tgid
           kKeep, load(kData + 4), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1),
           BPF_STMT(BPF_RET | BPF_K, 0xffffffffU),  // take
           BPF_STMT(BPF_RET | BPF_K, 0)}};          // leave out
}

}  // namespace kw::platform
