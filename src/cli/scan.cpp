#include "cli/scan.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <ostream>

#include "cli/options.h"
#include "landing/scanner.h"
#include "patterns/database.h"
#include "platform/linux/durable_file.h"

namespace kw::cli {
namespace {

constexpr std::string_view kScanHelp =
    "usage: kioskward scan FILE... [--rules FILE]\n"
    "  Searches files (- is the standard input) for identity numbers, telephones, bank cards and secrecy markings.\n"
    "  --rules FILE  and for what these rules name (an example: catalogue/landing/rules.toml)\n"
    "Prints kind, place and length of each hit, never what stands there.\n"
    "exit code: 0 nothing found, 3 something found, 1 a file could not be read\n";

class ScannedFile {
 public:
  explicit ScannedFile(int fd, bool own) : fd_(fd), own_(own) {}
  ~ScannedFile() {
    if (own_ && fd_ >= 0) ::close(fd_);
  }
  ScannedFile(const ScannedFile&) = delete;
  ScannedFile& operator=(const ScannedFile&) = delete;
  Result<> feed(landing::Scanner& scan) const {
    if (fd_ < 0) return fail(Errc::io, "open");
    Bytes piece(256 * 1024);
    while (true) {
      const auto got = ::read(fd_, piece.data(), piece.size());
      if (got == 0) return {};
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail(Errc::io, "read");
      scan.put(ByteView(piece).first(static_cast<std::size_t>(got)));
    }
  }

 private:
  int fd_;
  bool own_;
};

Result<landing::LandingReport> scan_file(const std::string& path, int standard_input,
                                         const std::optional<patterns::PatternDatabase>& database) {
  const bool standard = path == "-";
  const ScannedFile file(standard ? standard_input : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY), !standard);
  if (!database) {
    landing::Scanner scan;
    KW_CHECK(file.feed(scan));
    return scan.finish();
  }
  KW_TRY(auto rules, patterns::PatternStream::open(*database));
  landing::Scanner scan(&rules);
  KW_CHECK(file.feed(scan));
  return scan.finish();
}

struct ScanRules {
  patterns::PatternRules rules;
  std::optional<patterns::PatternDatabase> database;
};
Result<ScanRules> load_rules(const Options& options) {
  ScanRules out;
  if (!options.has("rules")) return out;
  KW_TRY(const auto text, platform::read_file(options.value("rules"), patterns::kMostRuleFile));
  KW_TRY(out.rules, patterns::parse_pattern_rules(text_of(text)));
  KW_TRY(out.database, patterns::PatternDatabase::compile(out.rules));
  return out;
}

void print_hits(std::ostream& out, const std::string& path, const landing::LandingReport& report,
                const patterns::PatternRules& rules) {
  for (const auto& hit : report.hits) {
    const bool named = hit.kind == landing::HitKind::rule && hit.rule < rules.rules.size();
    out << path << ": " << (named ? "rule " + rules.rules[hit.rule].name : std::string(name(hit.kind))) << " at "
        << hit.offset << ", " << hit.length << " octets\n";
  }
  if (report.more > 0) out << path << ": and " << report.more << " more\n";
}

}  // namespace

int run_scan(std::span<const std::string> args, Terminal& terminal) {
  const auto options = Options::parse(args, {{"rules", true}, {"help", false}});
  if (options && options->has("help")) {
    terminal.out << kScanHelp;
    return kDone;
  }
  if (!options || options->positional().empty()) {
    if (!options) terminal.err << "scan: " << options.error().text() << "\n";
    terminal.err << kScanHelp;
    return kUsage;
  }
  const auto rules = load_rules(*options);
  if (!rules) {
    terminal.err << "scan: rules: " << rules.error().text() << "\n";
    return kFailed;
  }
  bool found = false, failed = false;
  for (const auto& path : options->positional()) {
    const auto report = scan_file(path, terminal.in, rules->database);
    if (!report) {
      terminal.err << "scan: " << path << ": " << report.error().text() << "\n";
      failed = true;
      continue;
    }
    print_hits(terminal.out, path, *report, rules->rules);
    found = found || !report->clean();
  }
  return failed ? kFailed : found ? kRefused : kDone;
}

}  // namespace kw::cli
