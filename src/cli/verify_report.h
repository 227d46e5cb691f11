#pragma once
// check_report checks a report's bundle with the ledger's key: signature, each file, scores, each proof of the ledger.
#include <filesystem>

#include "cli/verdict.h"
#include "crypto/sm2.h"

namespace kw::cli {

/// check_report adds facts, what was looked at and conclusion to `out`; an error is for files that cannot be read.
Result<> check_report(const std::filesystem::path& file, const crypto::Sm2PublicKey& key, Verdict& out);

}  // namespace kw::cli
