#pragma once
// check_vault_file checks a sealed file of the vault against what the platform signed, without any key that opens it.
#include <filesystem>

#include "cli/verdict.h"
#include "crypto/sm2.h"

namespace kw::cli {

/// check_vault_file adds facts and conclusion to `out`; an error is for files that cannot be read.
Result<> check_vault_file(const std::filesystem::path& file, const std::filesystem::path& statement,
                          const crypto::Sm2PublicKey& key, Verdict& out);

}  // namespace kw::cli
