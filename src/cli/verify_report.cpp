#include "cli/verify_report.h"

#include "crypto/sm3.h"
#include "platform/linux/durable_file.h"
#include "report/bundle.h"

namespace kw::cli {
namespace {

/// The fault's name in the table of sentences (verdict.cpp), where several checks share names.
std::string_view fault_name(report::BundleFault fault) {
  switch (fault) {
    case report::BundleFault::file_altered:
      return "report_file_altered";
    case report::BundleFault::archive_altered:
      return "report_archive_altered";
    case report::BundleFault::none:
    case report::BundleFault::unreadable:
    case report::BundleFault::bad_signature:
    case report::BundleFault::checkpoint_altered:
    case report::BundleFault::not_included:
    case report::BundleFault::entry_differs:
      break;
  }
  return name(fault);
}

}  // namespace

Result<> check_report(const std::filesystem::path& file, const crypto::Sm2PublicKey& key, Verdict& out) {
  KW_TRY(const auto octets, platform::read_file(file.string(), report::kMostBundle));
  const auto fact = [&](std::string_view name, std::string_view english, std::string_view chinese, std::string value) {
    out.facts.push_back({name, english, chinese, std::move(value)});
  };
  fact("digest", "SM3 of the file", "文件 SM3", to_hex(crypto::sm3(octets)));
  auto verdict = report::check_bundle(octets, key);
  if (verdict.model) {
    const auto& cover = verdict.model->cover;
    fact("number", "report", "报告编号", cover.number);
    fact("subject", "what was assessed", "评估对象", cover.subject.zh);
    fact("made", "made at", "编制时间", to_rfc3339(cover.made));
    fact("lines", "lines; with a proof of the ledger", "判定数；附账本凭证的",
         std::to_string(verdict.lines) + "; " + std::to_string(verdict.proven_lines));
  }
  if (verdict.checkpoint) {
    fact("origin", "ledger", "账本名称", verdict.checkpoint->origin);
    fact("size", "entries that the checkpoint counts", "检查点记录数", std::to_string(verdict.checkpoint->size));
    fact("root", "root", "根哈希", to_hex(verdict.checkpoint->root));
    fact("proofs", "proofs; bad ones", "账本凭证数；无效数",
         std::to_string(verdict.proofs) + "; " + std::to_string(verdict.bad_proofs));
  }
  for (auto& check : verdict.checks) out.parts.push_back({std::move(check.what), check.good, std::move(check.detail)});
  out.fault = fault_name(verdict.fault);
  out.index = verdict.index;
  out.detail = std::move(verdict.detail);
  return {};
}

}  // namespace kw::cli
