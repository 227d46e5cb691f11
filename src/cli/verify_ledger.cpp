#include "cli/verify_ledger.h"

#include <filesystem>
#include <optional>
#include <ostream>

#include "cli/public_key.h"
#include "store/ledger/verify_ledger.h"

namespace kw::cli {
namespace {

constexpr std::string_view kVerifyHelp = "usage: kioskward verify ledger DIR --key FILE\n";

struct Arguments {
  std::filesystem::path dir;
  std::filesystem::path key;
};

std::optional<Arguments> parse_arguments(std::span<const std::string> args) {
  if (!args.empty() && args[0] == "verify") args = args.subspan(1);
  if (args.empty() || args[0] != "ledger") return std::nullopt;
  Arguments out;
  for (std::size_t i = 1; i < args.size(); ++i) {
    const bool is_key = args[i] == "--key";
    if (is_key && ++i == args.size()) return std::nullopt;
    if (!is_key && args[i].starts_with("-")) return std::nullopt;
    auto& to = is_key ? out.key : out.dir;
    if (!to.empty() || args[i].empty()) return std::nullopt;
    to = args[i];
  }
  if (out.dir.empty() || out.key.empty()) return std::nullopt;
  return out;
}

void print(const store::VerifyReport& report, std::ostream& out) {
  if (const auto& head = report.checkpoint)
    out << "checkpoint: " << head->origin << ", " << head->size << " entries, root " << to_hex(head->root) << ", "
        << to_rfc3339(head->time) << "\n";
  out << "entries read: " << report.entries << "\n";
  if (report.unsealed_entries > 0) out << "not sealed by the checkpoint yet: " << report.unsealed_entries << "\n";
  if (report.torn_octets > 0) out << "octets of an unfinished append: " << report.torn_octets << "\n";
  if (report.good()) {
    out << "good: every entry, stored hash and root is as it was signed\n";
    return;
  }
  out << "BAD: " << store::name(report.fault);
  if (report.index) out << " at entry " << *report.index;
  out << ": " << report.detail << "\n";
}

}  // namespace

int run_verify(std::span<const std::string> args, std::ostream& out, std::ostream& err) {
  const auto arguments = parse_arguments(args);
  if (!arguments) {
    err << kVerifyHelp;
    return kUsage;
  }
  const auto key = load_public_key(arguments->key);
  if (!key) {
    err << "verify: key: " << key.error().text() << "\n";
    return kFailed;
  }
  const auto report = store::verify_ledger(arguments->dir, *key);
  if (!report) {
    err << "verify: " << report.error().text() << "\n";
    return kFailed;
  }
  print(*report, out);
  return report->good() ? kDone : kUntrusted;
}

int run_verify(std::span<const std::string> args, Terminal& terminal) {
  return run_verify(args, terminal.out, terminal.err);
}

}  // namespace kw::cli
