#include "agent/defence/shell.h"

#include "kioskward/v1/policy.pb.h"

namespace kw::agent {

using namespace device;

Result<> ShellDefence::start(DefenceHost& host) {
  host_ = &host;
  program_.start(host);
  browser_.start(host);
  return {};
}

Result<> ShellDefence::configure(const v1::PolicyBundle& policy) {
  policy_ = policy.has_shell() ? policy.shell() : v1::ShellPolicy();
  const auto& system = policy.system();
  // What a browser remembers goes with everything else of a session.
  fresh_ = policy_.renew_at_session_end() || (policy_.mode() == v1::ENFORCE && system.mode() == v1::ENFORCE &&
                                              system.clear_at_session_end() && !system.purge().keep_browser());
  // The browser's rules first: a browser reads them when it starts.
  auto done = browser_.configure(policy_);
  program_.configure(policy_);
  return done;
}

void ShellDefence::tick() {
  browser_.tick();
  program_.tick();
}

Result<> ShellDefence::order(const v1::Order& order) {
  if (order.action() != "renew") return fail(Errc::unsupported, order.action());
  return program_.renew();
}

void ShellDefence::session_ended() {
  if (!fresh_) return;
  if (const auto done = program_.renew(); !done)
    host_->log().warning("shell.not_renewed", {{"error", done.error().text()}});
}

ShellDefence::Ports shell_ports(platform::ScreenAccess screen, platform::ShellPlaces places) {
  auto user = screen.user;
  auto token = places.app_token;
  return {std::make_unique<platform::ShellChildStarter>(std::move(screen)),
          std::make_unique<platform::LinuxShellMachine>(std::move(places), std::move(user)), std::move(token)};
}

}  // namespace kw::agent
