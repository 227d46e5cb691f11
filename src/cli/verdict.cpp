#include "cli/verdict.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <ostream>

#include "cli/api/text.h"

namespace kw::cli {
namespace {

struct Sentence {
  std::string_view code, english, chinese;
};

constexpr auto kVerdictKinds = std::to_array<Sentence>({
    {"ledger", "the whole audit ledger in a directory", "目录中的完整审计账本"},
    {"bundle", "an exported segment of the audit ledger", "审计账本的导出归档段"},
    {"receipt", "a receipt of one entry of the audit ledger", "审计账本单条记录的回执"},
    {"refusal", "a witness's refusal of the audit ledger", "见证方对审计账本的拒绝声明"},
    {"vault-file", "a sealed file of the data vault", "数据保险库的加密文件"},
    {"witnessed", "a head of the audit ledger with the words of its witnesses", "附见证方联署的审计账本检查点"},
    {"report", "a compliance report with its files", "合规评估报告及其各格式文件"},
});

// What is certain where nothing was found.
constexpr auto kGoodWords = std::to_array<Sentence>({
    {"ledger",
     "Every entry, stored hash and root is as the holder of the key signed it. Nothing was added, left out or changed.",
     "每条记录、存储的哈希和根均与密钥持有者签名时一致，没有增加、缺失或改动。"},
    {"bundle",
     "Every entry of the segment is as the holder of the key sealed it, and the signed checkpoint continues it.",
     "该段的每条记录均与密钥持有者封存时一致，且签名检查点与其连续。"},
    {"receipt", "This entry stands at this place in the ledger whose checkpoint the holder of the key signed.",
     "该记录确实位于密钥持有者所签检查点的账本中的此位置。"},
    {"vault-file",
     "Every octet of the file is as the holder of the key signed it when it was stored. Nobody needed its content for "
     "this.",
     "文件的每个字节均与密钥持有者存入并签名时一致，核验无需解密内容。"},
    {"report",
     "Every file is as the holder of the key signed it, scores and findings follow from the lines, and each proof "
     "leads "
     "to the signed checkpoint.",
     "每个文件均与密钥持有者签名时一致，得分与问题由逐项结论得出，每条账本凭证均可推导到签名检查点。"},
    {"witnessed",
     "The holder of the key signed this head, and as many of the named witnesses as are needed vouch for it.",
     "该检查点由密钥持有者签名，且达到所需数量的见证方为其联署。"},
});

constexpr auto kFaults = std::to_array<Sentence>({
    {"checkpoint_missing", "There is no checkpoint: nothing is signed.", "没有检查点，内容未经签名。"},
    {"checkpoint_altered", "The checkpoint cannot be read as one: it was altered or damaged.",
     "检查点无法解析，已被改动或损坏。"},
    {"bad_signature", "The trusted key did not sign this.", "并非由所信任的密钥签名。"},
    {"shrank", "Entries that were signed are missing at the end.", "末尾缺少已签名的记录。"},
    {"entry_missing", "An entry that was signed is missing.", "缺少已签名的记录。"},
    {"entry_altered", "An entry is not the one that was signed.", "有记录与签名时不一致。"},
    {"tile_altered", "The entries are as signed; a stored hash was altered.", "记录与签名一致，但存储的哈希被改动。"},
    {"index_altered", "The entries are as signed; the table of their places was altered.",
     "记录与签名一致，但位置索引被改动。"},
    {"rewritten", "The ledger was rewritten: it agrees with itself and not with what was signed.",
     "账本被整体改写：内部自洽，但与签名不符。"},
    {"archive_altered",
     "The seal of a segment that left this machine is missing, forged, or does not match the stored hashes.",
     "已移出本机的段的封存声明缺失、伪造或与存储的哈希不符。"},
    {"head_altered", "The head of the bundle cannot be read: it was altered or damaged.",
     "归档包头部无法解析，已被改动或损坏。"},
    {"file_altered", "The segment file is not the one that was sealed.", "段文件不是封存时的文件。"},
    {"checkpoint_unrelated", "The checkpoint does not continue the sealed segment.", "检查点与封存的段不连续。"},
    {"unreadable", "The file cannot be read as what it should be: it was altered or damaged.",
     "文件无法解析，已被改动或损坏。"},
    {"not_included", "The proof does not lead from this entry to the signed checkpoint: it is not that ledger's entry.",
     "证明无法从该记录推导到签名检查点：它不是该账本的记录。"},
    {"forked", "The ledger signed two heads that cannot belong to one history: it was rewritten, or shown differently.",
     "账本签署了两个不可能属于同一历史的检查点：账本被改写，或对不同方出示了不同内容。"},
    {"other_log", "One key signed heads of two ledgers.", "同一密钥签署了两个账本的检查点。"},
    {"word_against", "The ledger's signatures do not contradict each other: this is the witness's word alone.",
     "账本的签名之间没有矛盾：仅为见证方的单方陈述。"},
    {"content_altered",
     "The file is not the one that was signed: changed, cut, lengthened or put together differently.",
     "文件与签名时不一致：被改动、截断、追加或重新拼接。"},
    {"report_file_altered", "A file of the report is not the one that was signed, or is missing.",
     "报告中有文件与签名时不一致，或缺失。"},
    {"report_archive_altered", "Every file is as signed; the archive around them was altered.",
     "各文件与签名一致，但归档结构被改动。"},
    {"entry_differs", "An entry stands in the ledger, and says something else than the report.",
     "账本中确有该记录，但其内容与报告所述不同。"},
    {"below_quorum", "Too few of the named witnesses co-signed the checkpoint.", "对检查点联署的见证方不足。"},
});

template <class Table>
const Sentence& find(const Table& table, std::string_view code) {
  static constexpr Sentence kUnknown{"", "The check failed.", "核验未通过。"};
  const auto found = std::ranges::find(table, code, &Sentence::code);
  return found == table.end() ? kUnknown : *found;
}

const Sentence& words_of(const Verdict& verdict) {
  return verdict.good() ? find(kGoodWords, verdict.kind) : find(kFaults, verdict.fault);
}

}  // namespace

void print_verdict(std::ostream& out, const Verdict& verdict) {
  const auto& kind = find(kVerdictKinds, verdict.kind);
  const auto& words = words_of(verdict);
  out << "核验结论 / Verdict\n";
  const auto line = [&out](std::string_view chinese, std::string_view english, const std::string& value) {
    out << "  " << chinese << " / " << english << ": " << printable(value) << "\n";
  };
  line("核验内容", "what was checked", std::string(kind.chinese) + "; " + std::string(kind.english));
  line("位置", "where", verdict.path);
  line("信任的公钥（SM3 指纹）", "trusted key (SM3 fingerprint)", verdict.key);
  line("核验时间", "time of the check", to_rfc3339(verdict.time));
  for (const auto& fact : verdict.facts) line(fact.chinese, fact.english, fact.value);
  for (const auto& part : verdict.parts)
    out << "  " << (part.good ? "[有效 / good] " : "[无效 / BAD]  ") << printable(part.what)
        << (part.detail.empty() ? "" : ": ") << printable(part.detail) << "\n";
  out << "结果 / Result: " << (verdict.good() ? "有效 / good" : "无效 / BAD: ")
      << (verdict.good() ? "" : verdict.fault);
  if (verdict.index) out << " at entry " << *verdict.index;
  out << "\n  " << words.chinese << "\n  " << words.english << "\n";
  if (!verdict.detail.empty()) out << "  (" << printable(verdict.detail) << ")\n";
}

void print_verdict_json(std::ostream& out, const Verdict& verdict) {
  const auto& words = words_of(verdict);
  boost::json::object json;
  json["version"] = 1;
  json["kind"] = std::string(verdict.kind);
  json["path"] = verdict.path;
  json["key_sm3"] = verdict.key;
  json["time"] = to_rfc3339(verdict.time);
  json["good"] = verdict.good();
  json["fault"] = std::string(verdict.fault);
  if (verdict.index) json["index"] = *verdict.index;
  json["detail"] = verdict.detail;
  boost::json::object facts;
  for (const auto& fact : verdict.facts) facts[fact.key] = fact.value;
  json["facts"] = std::move(facts);
  if (!verdict.parts.empty()) {
    boost::json::array parts;
    for (const auto& part : verdict.parts)
      parts.push_back({{"what", part.what}, {"good", part.good}, {"detail", part.detail}});
    json["parts"] = std::move(parts);
  }
  json["sentence"] = {{"zh-CN", std::string(words.chinese)}, {"en", std::string(words.english)}};
  out << boost::json::serialize(json) << "\n";
}

}  // namespace kw::cli
