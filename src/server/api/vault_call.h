#pragma once
// with_vault and vault_reader are what the routes of the vault share: the vault that may not be there, and who asks.
#include "server/api/routes.h"
#include "server/vault/vault_house.h"

namespace kw::server {

using WithVault = std::function<Result<Answer>(VaultHouse&, const Call&)>;
/// with_vault refuses as vault_unavailable where there is no catalogue.
[[nodiscard]] Operation with_vault(VaultHouse* house, WithVault run);

/// vault_reader is an official, with the sites that he may see.
Result<VaultAsker> vault_reader(const Call& call, const ApiServices& s);

}  // namespace kw::server
