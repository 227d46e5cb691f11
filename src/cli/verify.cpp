#include "cli/verify.h"

#include <charconv>
#include <filesystem>
#include <ostream>
#include <sstream>

#include "cli/options.h"
#include "cli/public_key.h"
#include "cli/verdict.h"
#include "cli/verify_report.h"
#include "cli/verify_vault_file.h"
#include "ledger/receipt.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/system_clock.h"
#include "schema/codec.h"
#include "store/ledger/ledger_archive.h"
#include "store/ledger/ledger_reader.h"
#include "store/ledger/verify_bundle.h"
#include "store/ledger/verify_ledger.h"
#include "witness/refusal.h"
#include "witness/witnessed.h"

namespace kw::cli {
namespace {

constexpr std::string_view kVerifyHelp =
    "usage: kioskward verify ledger DIR --key FILE [--json]\n"
    "       kioskward verify bundle FILE --key FILE [--ledger DIR] [--json]\n"
    "       kioskward verify receipt FILE --key FILE [--json]\n"
    "       kioskward verify refusal FILE --key FILE [--json]     what a witness's refusal proves\n"
    "       kioskward verify witnessed FILE --key FILE --witnesses FILE[,FILE...] --needed N [--ledger DIR] [--json]\n"
    "       kioskward verify vault-file FILE --statement FILE --key FILE [--json]     a sealed file of the vault\n"
    "       kioskward verify report FILE --key FILE [--json]      a compliance report: signature, files, proofs\n"
    "  --key FILE    the ledger's public key (ledger.pem): nothing else is trusted\n"
    "  --ledger DIR  the bundle, or the witnessed head, has to lead to this ledger's newest checkpoint, too\n"
    "  --witnesses   public keys of witnesses; --needed of them have to vouch for the head\n"
    "  --statement   what the platform signed when it stored the file (vault file-statement)\n"
    "  --json        the verdict as one JSON object\n"
    "exit code: 0 as signed, 3 not as signed, 1 not readable\n";

struct VerifyCall {
  std::filesystem::path path;
  std::optional<std::filesystem::path> ledger;
  const crypto::Sm2PublicKey& key;
  std::vector<crypto::Sm2PublicKey> witnesses{};
  std::uint64_t needed = 0;
  std::filesystem::path statement{};
};

void add(Verdict& to, std::string_view key, std::string_view english, std::string_view chinese, std::string value) {
  to.facts.push_back({key, english, chinese, std::move(value)});
}
void add_checkpoint(Verdict& to, const ledger::Checkpoint& head) {
  add(to, "origin", "ledger", "账本名称", head.origin);
  add(to, "size", "entries that the checkpoint counts", "检查点记录数", std::to_string(head.size));
  add(to, "root", "root", "根哈希", to_hex(head.root));
  add(to, "signed", "checkpoint signed at", "检查点签名时间", to_rfc3339(head.time));
}
void conclude(Verdict& to, std::string_view fault, std::optional<std::uint64_t> index, std::string detail) {
  to.fault = fault;
  to.index = index;
  to.detail = std::move(detail);
}

Result<> check_ledger(const VerifyCall& call, Verdict& out) {
  KW_TRY(const auto report, store::verify_ledger(call.path, call.key));
  if (report.checkpoint) add_checkpoint(out, *report.checkpoint);
  add(out, "entries", "entries read and hashed", "读取并计算的记录数", std::to_string(report.entries));
  if (report.archived_entries > 0)
    add(out, "archived", "entries archived before, checked by their hashes and seals",
        "此前已归档、按哈希与封存声明核验的记录数", std::to_string(report.archived_entries));
  if (report.unsealed_entries > 0)
    add(out, "unsealed", "entries behind the checkpoint, signed by nobody yet", "检查点之后尚未签名的记录数",
        std::to_string(report.unsealed_entries));
  if (report.torn_octets > 0)
    add(out, "torn_octets", "octets of an unfinished append", "未完成写入的字节数", std::to_string(report.torn_octets));
  conclude(out, store::name(report.fault), report.index, report.detail);
  return {};
}

Result<> check_bundle(const VerifyCall& call, Verdict& out) {
  KW_TRY(const auto report, store::verify_bundle(call.path, call.key, call.ledger));
  KW_TRY(const auto digest, store::digest_of_file(call.path));
  add(out, "digest", "SM3 of the file", "文件 SM3", to_hex(digest));
  if (const auto& seal = report.seal) {
    add(out, "segment", "segment", "段号", std::to_string(seal->number));
    add(out, "first", "first entry", "首条记录", std::to_string(seal->first));
    add(out, "end", "entry behind the last", "末条记录之后", std::to_string(seal->end));
    add(out, "sealed", "sealed at", "封存时间", to_rfc3339(seal->time));
  }
  if (report.checkpoint) add_checkpoint(out, *report.checkpoint);
  add(out, "entries", "entries read and hashed", "读取并计算的记录数", std::to_string(report.entries));
  conclude(out, name(report.fault), report.index, report.detail);
  return {};
}

/// What an entry says, where it is one that this program knows; the octets were proved either way.
void add_entry(Verdict& out, ByteView octets) {
  const auto entry = schema::parse<ledger::v1::AuditEntry>(octets, ledger::kMaxEntry);
  if (!entry) return add(out, "entry", "the entry, hex", "记录（十六进制）", to_hex(octets));
  add(out, "type", "event", "事件", entry->type());
  add(out, "result", "result of the event", "事件结果", entry->result());
  add(out, "event_time", "time of the event", "事件时间", to_rfc3339({entry->time_ns()}));
  add(out, "received", "received by the platform", "平台接收时间", to_rfc3339({entry->received_ns()}));
  if (!entry->device_id().empty()) add(out, "device", "kiosk", "终端", to_hex(bytes_of(entry->device_id())));
  if (!entry->person().empty()) add(out, "person", "person", "人员", entry->person() + " (" + entry->role() + ")");
  std::map<std::string, std::string> ordered(entry->params().begin(), entry->params().end());
  std::string params;
  for (const auto& [key, value] : ordered) params += (params.empty() ? "" : "; ") + key + "=" + value;
  if (!params.empty()) add(out, "params", "parameters", "参数", params);
}

Result<> check_receipt_file(const VerifyCall& call, Verdict& out) {
  KW_TRY(const auto octets, platform::read_file(call.path.string(), ledger::kMaxReceiptText));
  add(out, "digest", "SM3 of the file", "文件 SM3", to_hex(crypto::sm3(octets)));
  const auto receipt = ledger::parse_receipt(text_of(octets));
  if (!receipt) {
    conclude(out, "unreadable", {}, receipt.error().text());
    return {};
  }
  auto verdict = ledger::check_receipt(*receipt, call.key);
  add(out, "index", "place in the ledger", "账本位置", std::to_string(receipt->index));
  add(out, "leaf", "leaf hash", "叶子哈希", to_hex(ledger::leaf_hash(receipt->entry)));
  add_entry(out, receipt->entry);
  if (verdict.checkpoint) add_checkpoint(out, *verdict.checkpoint);
  const bool bad = verdict.fault != ledger::ReceiptFault::none;
  conclude(out, name(verdict.fault), bad ? std::optional(receipt->index) : std::nullopt, std::move(verdict.detail));
  return {};
}

/// The ledger in `dir` has to hold the witnessed head's tree.
Result<> check_head_in(const std::filesystem::path& dir, const crypto::Sm2PublicKey& key,
                       const ledger::Checkpoint& head, Verdict& out) {
  KW_TRY(const auto reader, store::LedgerReader::open(dir));
  KW_TRY(const auto object, reader->checkpoint());
  const auto newest = ledger::open_checkpoint(object, key);
  if (!newest) {
    conclude(out, "bad_signature", {}, "checkpoint of the ledger: " + newest.error().text());
    return {};
  }
  const bool longer = newest->origin == head.origin && newest->size >= head.size;
  const auto proof = longer ? reader->consistency(head.size, newest->size) : Result<ledger::Proof>(ledger::Proof());
  if (!proof && proof.code() != Errc::not_found) return proof.error();
  const auto follows =
      longer && proof
          ? ledger::verify_consistency(head.size, head.root, newest->size, newest->root, *proof)
          : Result<>(fail(Errc::untrusted, "the ledger is another one, or shorter than what was witnessed"));
  if (!follows) conclude(out, "rewritten", {}, follows.error().text());
  return {};
}

Result<> check_witnessed(const VerifyCall& call, Verdict& out) {
  KW_TRY(const auto octets, platform::read_file(call.path.string(), witness::kMostWitnessed));
  add(out, "digest", "SM3 of the file", "文件 SM3", to_hex(crypto::sm3(octets)));
  const auto object = schema::parse<witness::v1::WitnessedCheckpoint>(octets, witness::kMostWitnessed);
  if (!object) {
    conclude(out, "checkpoint_altered", {}, object.error().text());
    return {};
  }
  add(out, "needed", "witnesses needed", "所需见证方数量",
      std::to_string(call.needed) + " of " + std::to_string(call.witnesses.size()));
  std::string keys;
  for (const auto& key : call.witnesses) keys += (keys.empty() ? "" : ", ") + to_hex(key.key_id());
  add(out, "witness_keys", "keys of the witnesses (SM3 fingerprints)", "见证方公钥（SM3 指纹）", keys);
  const auto seen = witness::verify_witnessed(*object, call.key, call.witnesses, call.needed);
  if (!seen) {
    const auto code = seen.code();
    conclude(out,
             code == Errc::untrusted       ? "below_quorum"
             : code == Errc::bad_signature ? "bad_signature"
                                           : "checkpoint_altered",
             {}, seen.error().text());
    return {};
  }
  add_checkpoint(out, seen->head);
  std::string names;
  for (const auto& name : seen->witnesses) names += (names.empty() ? "" : ", ") + name;
  add(out, "witnesses", "who vouches", "联署的见证方", names);
  return call.ledger ? check_head_in(*call.ledger, call.key, seen->head, out) : Result<>();
}

/// What a witness's refusal proves against the ledger, by the ledger's own signatures.
Result<> check_refusal(const VerifyCall& call, Verdict& out) {
  KW_TRY(const auto octets, platform::read_file(call.path.string(), 2 * witness::kMostRefusal));
  add(out, "digest", "SM3 of the file", "文件 SM3", to_hex(crypto::sm3(octets)));
  const auto object = schema::parse<witness::v1::Signed>(octets, octets.size());
  const auto refusal = object ? witness::read_refusal(*object) : Result<witness::Refusal>(object.error());
  if (!refusal) {
    conclude(out, "unreadable", {}, refusal.error().text());
    return {};
  }
  add(out, "witness", "witness", "见证方", refusal->witness);
  add(out, "reason", "why it refuses", "拒绝原因", refusal->reason);
  add(out, "refused", "refused at", "拒绝时间", to_rfc3339(refusal->time));
  conclude(out, name(witness::weigh_refusal(*refusal, call.key)), {}, {});
  return {};
}

Result<> check_file(const VerifyCall& call, Verdict& out) {
  return check_vault_file(call.path, call.statement, call.key, out);
}

Result<> check_report_file(const VerifyCall& call, Verdict& out) { return check_report(call.path, call.key, out); }

struct Check {
  std::string_view kind;
  Result<> (*run)(const VerifyCall& call, Verdict& out);
  bool with_ledger = false, with_witnesses = false, with_statement = false;
};
constexpr Check kChecks[] = {{"ledger", check_ledger},        {"bundle", check_bundle, true},
                             {"receipt", check_receipt_file}, {"witnessed", check_witnessed, true, true},
                             {"refusal", check_refusal},      {"vault-file", check_file, false, false, true},
                             {"report", check_report_file}};

/// The keys of a list of files, and how many of them have to vouch.
Result<> read_witnesses(const Options& options, VerifyCall& to) {
  const auto digits = options.value("needed");
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), to.needed);
  if (error != std::errc() || end != digits.data() + digits.size() || to.needed == 0)
    return fail(Errc::invalid, "--needed: a number from 1 on");
  std::istringstream files(options.value("witnesses"));
  for (std::string file; std::getline(files, file, ',');) {
    auto key = load_public_key(file);
    if (!key) return key.error().within(file);
    to.witnesses.push_back(std::move(*key));
  }
  if (to.witnesses.size() < to.needed) return fail(Errc::invalid, "--witnesses: fewer keys than are needed");
  return {};
}

const Check* find_check(const Options& options) {
  if (options.positional().size() != 2 || options.positional()[1].empty()) return nullptr;
  for (const auto& check : kChecks)
    if (check.kind == options.positional()[0]) return &check;
  return nullptr;
}

}  // namespace

int run_verify(std::span<const std::string> args, std::ostream& out, std::ostream& err, const Clock& clock) {
  if (!args.empty() && args[0] == "verify") args = args.subspan(1);
  const auto options = Options::parse(args, {{"key", true},
                                             {"ledger", true},
                                             {"witnesses", true},
                                             {"needed", true},
                                             {"statement", true},
                                             {"json", false},
                                             {"help", false}});
  if (options && options->has("help")) {
    out << kVerifyHelp;
    return kDone;
  }
  const auto* check = options ? find_check(*options) : nullptr;
  if (check == nullptr || options->value("key").empty() || (options->has("ledger") && !check->with_ledger) ||
      options->has("witnesses") != check->with_witnesses || options->has("needed") != check->with_witnesses ||
      options->has("statement") != check->with_statement) {
    if (!options) err << "verify: " << options.error().text() << "\n";
    err << kVerifyHelp;
    return kUsage;
  }
  const auto key = load_public_key(options->value("key"));
  if (!key) {
    err << "verify: key: " << key.error().text() << "\n";
    return kFailed;
  }
  VerifyCall call{options->positional()[1], {}, *key};
  if (options->has("ledger")) call.ledger = options->value("ledger");
  call.statement = options->value("statement");
  if (check->with_witnesses) {
    if (const auto read = read_witnesses(*options, call); !read) {
      err << "verify: " << read.error().text() << "\n";
      return read.code() == Errc::invalid ? kUsage : kFailed;
    }
  }
  Verdict verdict{check->kind, call.path.string(), to_hex(key->key_id()), clock.now()};
  if (const auto done = check->run(call, verdict); !done) {
    err << "verify: " << done.error().text() << "\n";
    return kFailed;
  }
  (options->has("json") ? print_verdict_json : print_verdict)(out, verdict);
  return verdict.good() ? kDone : kUntrusted;
}

int run_verify(std::span<const std::string> args, Terminal& terminal) {
  const platform::SystemClock clock;
  return run_verify(args, terminal.out, terminal.err, clock);
}

}  // namespace kw::cli
