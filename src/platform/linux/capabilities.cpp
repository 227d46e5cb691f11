#include "platform/linux/capabilities.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "platform/linux/durable_file.h"
#include "platform/linux/nflog_group.h"
#include "platform/linux/os_error.h"
#include "platform/linux/process.h"

namespace kw::platform {
namespace {

constexpr unsigned kNetAdmin = 12;            // CAP_NET_ADMIN, capability.h
constexpr std::uint16_t kTrialGroup = 64999;  // an NFLOG group that nobody uses
constexpr auto kTrial = R"(table inet kioskward_trial {
  counter c { }
  set s { type ipv4_addr . inet_proto . inet_service
    flags interval
  }
  chain o { type filter hook output priority 0; policy accept
    ip daddr . meta l4proto . th dport @s counter name c log prefix "kw:trial:" group 64999 drop
  }
}
)";

Result<> probe_net_admin() {
  KW_TRY(const auto octets, read_file("/proc/thread-self/status", 65536));
  const auto text = text_of(octets);
  const auto at = text.find("CapEff:\t");
  if (at == std::string_view::npos) return fail(Errc::malformed, "no capabilities in /proc");
  const auto mask = std::strtoull(std::string(text.substr(at + 8, 16)).c_str(), nullptr, 16);
  if ((mask >> kNetAdmin & 1) == 0) return fail(Errc::not_permitted, "CAP_NET_ADMIN is missing");
  return {};
}

Result<> probe_program(const NftRuleset::Options& nft) {
  KW_TRY(const auto outcome, run_process({{nft.program, "--version"}, {}, nft.deadline}));
  if (outcome.exit_code != 0) return fail(Errc::unavailable, nft.program + " does not run");
  return {};
}

Result<> probe_nftables(const NftRuleset::Options& nft) {
  KW_TRY(const auto outcome, run_process({{nft.program, "-c", "-f", "-"}, kTrial, nft.deadline}));
  if (outcome.exit_code == 0) return {};
  const auto line = outcome.err.substr(0, outcome.err.find('\n'));
  const bool refused = line.find("not permitted") != std::string::npos;
  return fail(refused ? Errc::not_permitted : Errc::unsupported, "nft: " + line);
}

Result<> probe_nflog() {
  KW_TRY(auto socket, NetlinkSocket::open(NETLINK_NETFILTER, 0));
  return bind_nflog_group(socket, kTrialGroup);
}

Result<> probe_namespace() {
  const pid_t child = ::fork();
  if (child < 0) return fail_os("fork");
  if (child == 0) ::_exit(::unshare(CLONE_NEWNET) == 0 ? 0 : std::clamp(errno, 1, 255));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return fail_os("wait");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (WIFEXITED(status)) return Result<>(os_error(WEXITSTATUS(status), "network namespace"));
  return fail(Errc::not_permitted, "a new network namespace ended the trial process");
}

}  // namespace

std::string_view name(Capability capability) noexcept {
  switch (capability) {
    case Capability::net_admin:
      return "net_admin";
    case Capability::nft_program:
      return "nft_program";
    case Capability::nftables:
      return "nftables";
    case Capability::nflog:
      return "nflog";
    case Capability::network_namespace:
      return "network_namespace";
  }
  return "unknown";
}

bool Capabilities::has(Capability capability) const {
  return std::none_of(missing.begin(), missing.end(), [&](const Missing& m) { return m.capability == capability; });
}

bool Capabilities::can_enforce() const {
  return has(Capability::net_admin) && has(Capability::nft_program) && has(Capability::nftables) &&
         has(Capability::nflog);
}

std::string Capabilities::text() const {
  std::string out;
  for (const auto& [capability, reason] : missing) {
    if (!out.empty()) out += "; ";
    out += std::string(name(capability)) + " (" + reason.text() + ")";
  }
  return out.empty() ? "all present" : out;
}

Capabilities probe_capabilities(const NftRuleset::Options& nft) {
  Capabilities out;
  const auto note = [&](Capability capability, const Result<>& found) {
    if (!found) out.missing.push_back({capability, found.error()});
  };
  note(Capability::net_admin, probe_net_admin());
  const auto program = probe_program(nft);
  note(Capability::nft_program, program);
  note(Capability::nftables, program ? probe_nftables(nft) : program);
  note(Capability::nflog, probe_nflog());
  note(Capability::network_namespace, probe_namespace());
  return out;
}

}  // namespace kw::platform
