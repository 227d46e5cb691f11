#include "server/api/vault_call.h"

namespace kw::server {

Operation with_vault(VaultHouse* house, WithVault run) {
  return [house, run = std::move(run)](const Call& call) -> Result<Answer> {
    if (house == nullptr) return fail(Errc::unavailable, "vault_unavailable: server.toml names no catalogue");
    return run(*house, call);
  };
}

Result<VaultAsker> vault_reader(const Call& call, const ApiServices& s) {
  VaultAsker out;
  out.actor = call.actor();
  KW_TRY(out.within, sites_within(s.enrol, call.who.scope));
  return out;
}

}  // namespace kw::server
