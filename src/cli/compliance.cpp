#include "cli/compliance.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <ostream>
#include <sstream>
#include <utility>

#include "cli/api/api_command.h"
#include "cli/options.h"
#include "compliance/scenario.h"
#include "platform/linux/durable_file.h"

namespace kw::cli {
namespace {

using compliance::Check;
using compliance::Requirement;
using compliance::Words;

constexpr std::string_view kComplianceHelp =
    "usage: kioskward compliance explain ID [--catalogue DIR] [--lang en|zh] [--device ID | --subject SUBJECT]\n"
    "       kioskward compliance check FILE...\n"
    "       kioskward compliance COMMAND ...      over the platform's API, see below\n"
    "  explain  what is checked, from which facts, events and records, who may attest, what to do where it is not "
    "met;\n"
    "           of a clause every requirement below it; with --device or --subject also how it stands there\n"
    "  check    runs scenario files (pass-*.toml, fail-*.toml) by the rule.toml beside them; a rule.toml is read "
    "alone\n"
    "  --catalogue DIR  where 503.7 is (catalogue/compliance)\n"
    "  --device ID      a kiosk; --subject platform, site:ID or device:ID; both ask the platform (log in first)\n"
    "  --session FILE   of the log-in\n"
    "exit code: 0 done, 3 a scenario did not come out as it says, 1 a file could not be read\n";

/// Words of the answer in both languages.
struct Labels {
  std::string_view clause, severity, scope, checked, fact, event, no_event, within, settled, record, fields, valid,
      file, who, stale, leaves_open, not_applicable, also, advice, softly, has_to_be;
};
constexpr Labels kEnglish{"clause",
                          "severity",
                          "scope",
                          "What is checked",
                          "fact",
                          "has to happen",
                          "must not happen",
                          "within",
                          "settled by",
                          "record",
                          "with",
                          "good for",
                          "with its file",
                          "Who may attest",
                          "too old after",
                          "Left open",
                          "May be declared not applicable by two persons",
                          "Also proves",
                          "What to do",
                          "leaves it partly met where it fails",
                          "has to be"};
constexpr Labels kChinese{"条款",
                          "重要程度",
                          "对象",
                          "检查内容",
                          "测量值",
                          "须发生",
                          "不得发生",
                          "时间范围",
                          "由此了结",
                          "记录",
                          "须含",
                          "有效期",
                          "须附文件",
                          "可出具证明的角色",
                          "超过此时间视为未知",
                          "未覆盖",
                          "可由两人说明不适用",
                          "同时证明",
                          "不符合时的处理",
                          "不成立时只算部分符合",
                          "须为"};

Result<Requirement> load_rule(const std::string& path) {
  KW_TRY(const auto text, platform::read_file(path, compliance::kMostRule));
  return compliance::parse_requirement(text_of(text), path);
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}
/// Types as people know them, without the engine's prefix.
std::string joined_types(std::vector<std::string> keys) {
  for (auto& key : keys) key.erase(0, compliance::kEventPrefix.size());
  return joined(keys);
}

void print_check(std::ostream& out, const Check& check, const Labels& words, const std::string& what) {
  out << "  - " << check.name << ": " << what << "\n";
  switch (check.kind) {
    case Check::Kind::fact:
      out << "      " << words.fact << " " << check.keys[0] << ", " << words.has_to_be << ": "
          << text_of(check.comparison) << "; " << words.stale << ": " << compliance::text_of_span(check.stale_after)
          << "\n";
      break;
    case Check::Kind::event:
      out << "      " << (check.must_happen ? words.event : words.no_event) << ": " << joined_types(check.keys) << "; "
          << words.within << ": " << compliance::text_of_span(check.within);
      if (!check.settled_by.empty()) out << "; " << words.settled << ": " << joined_types(check.settled_by);
      out << "; " << words.stale << ": " << compliance::text_of_span(check.stale_after) << "\n";
      break;
    case Check::Kind::record: {
      std::vector<std::string> fields;
      for (const auto& field : check.fields)
        fields.push_back(field.name + (field.comparison.asks() ? " (" + text_of(field.comparison) + ")" : ""));
      out << "      " << words.record << " " << check.record << "; " << words.fields << ": " << joined(fields);
      if (check.valid_for > Duration(0))
        out << "; " << words.valid << ": " << compliance::text_of_span(check.valid_for);
      if (check.needs_file) out << "; " << words.file;
      out << "; " << words.who << ": " << joined(check.roles) << "\n";
      break;
    }
  }
  if (!check.decides) out << "      " << words.softly << "\n";
}

void print_rule(std::ostream& out, const Requirement& rule, bool chinese) {
  const auto& words = chinese ? kChinese : kEnglish;
  const auto in = [&](const Words& text) -> const std::string& { return chinese ? text.zh : text.en; };
  out << rule.id << "  " << in(rule.title) << "\n"
      << words.clause << " " << rule.clause << ", " << name(rule.modality) << "; " << words.severity << ": "
      << name(rule.severity) << "; " << words.scope << ": " << name(rule.scope) << "\n\n"
      << words.checked << ":\n";
  for (const auto& check : rule.checks) print_check(out, check, words, in(check.what));
  if (!rule.leaves_open.en.empty()) out << words.leaves_open << ": " << in(rule.leaves_open) << "\n";
  if (!rule.attested_by.empty()) out << words.who << ": " << joined(rule.attested_by) << "\n";
  if (rule.may_not_apply) out << words.not_applicable << "\n";
  if (!rule.also.empty()) out << words.also << ": " << joined(rule.also) << "\n";
  out << words.advice << ": " << in(rule.advice) << "\n";
}

/// An ID is a name of a folder, and nothing that leads out of it.
bool is_rule_id(std::string_view id) {
  return !id.empty() && id.size() <= 32 && id != "." && id != ".." &&
         std::ranges::all_of(id, [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '-'; });
}

/// below gives the IDs of a catalogue that are a clause or lie below it, in its order.
Result<std::vector<std::string>> below(const std::string& directory, const std::string& clause) {
  KW_TRY(const auto text, platform::read_file(directory + "/503.7/ids.txt", compliance::kMostRule));
  std::istringstream lines{std::string(text_of(text))};
  std::vector<std::string> out;
  for (std::string id; std::getline(lines, id);) {
    const bool is_it =
        id.starts_with(clause) && (id.size() == clause.size() || id[clause.size()] == '.' || id[clause.size()] == '-');
    if (is_it && is_rule_id(id)) out.push_back(id);
  }
  return out;
}

/// The state of a requirement somewhere, as the platform judges it.
int print_state(const std::string& id, const std::string& subject, const Options& options, Terminal& terminal) {
  std::vector<std::string> args{"compliance", "state", id, "--subject", subject};
  if (options.has("session")) args.insert(args.end(), {"--session", options.value("session")});
  return run_api_command(args, terminal);
}

int explain(const Options& options, Terminal& terminal) {
  const auto lang = options.has("lang") ? options.value("lang") : "en";
  if (options.positional().size() != 2 || (lang != "en" && lang != "zh") ||
      (options.has("device") && options.has("subject"))) {
    terminal.err << kComplianceHelp;
    return kUsage;
  }
  const auto& clause = options.positional()[1];
  if (!is_rule_id(clause)) {
    terminal.err << "compliance: \"" << clause << "\" is no requirement's ID\n";
    return kFailed;
  }
  const auto directory = options.has("catalogue") ? options.value("catalogue") : "catalogue/compliance";
  const auto subject = options.has("device")    ? "device:" + options.value("device")
                       : options.has("subject") ? options.value("subject")
                                                : std::string();
  const auto ids = below(directory, clause);
  if (!ids || ids->empty()) {
    terminal.err << "compliance: "
                 << (ids ? clause + ": no requirement has this ID or lies below it" : ids.error().text()) << "\n";
    return kFailed;
  }
  bool first = true;
  for (const auto& id : *ids) {
    const auto rule = load_rule(directory + "/503.7/" + id + "/rule.toml");
    if (!rule) {
      terminal.err << "compliance: " << rule.error().text() << "\n";
      return kFailed;
    }
    if (!std::exchange(first, false)) terminal.out << "\n";
    print_rule(terminal.out, *rule, lang == "zh");
    if (subject.empty()) continue;
    if (const int done = print_state(id, subject, options, terminal); done != kDone) return done;
  }
  return kDone;
}

Result<std::string> run_file(const std::filesystem::path& path) {
  KW_TRY(const auto rule, load_rule((path.parent_path() / "rule.toml").string()));
  if (path.filename() == "rule.toml") return std::string();
  KW_TRY(const auto text, platform::read_file(path.string(), compliance::kMostScenario));
  KW_TRY(const auto scenario, compliance::parse_scenario(text_of(text), path.string()));
  auto result = compliance::run_scenario(rule, scenario);
  if (!result) return result.error().within(path.string());
  return result;
}

int check_scenarios(const Options& options, Terminal& terminal) {
  const auto files = std::span(options.positional()).subspan(1);
  if (files.empty()) {
    terminal.err << kComplianceHelp;
    return kUsage;
  }
  std::size_t good = 0, unread = 0, wrong = 0;
  for (const auto& file : files) {
    const auto result = run_file(file);
    if (!result) {
      ++unread;
      terminal.err << "compliance: " << result.error().text() << "\n";
    } else if (!result->empty()) {
      ++wrong;
      terminal.out << file << ": " << *result << "\n";
    } else {
      ++good;
    }
  }
  terminal.out << good << " as expected, " << wrong << " not, " << unread << " could not be read\n";
  return unread > 0 ? kFailed : wrong > 0 ? kRefused : kDone;
}

}  // namespace

int run_compliance(std::span<const std::string> args, Terminal& terminal) {
  // Every other word is a command over the API.
  if (!args.empty() && !args[0].starts_with('-') && args[0] != "explain" && args[0] != "check") {
    std::vector<std::string> all{"compliance"};
    all.insert(all.end(), args.begin(), args.end());
    return run_api_command(all, terminal);
  }
  const auto options = Options::parse(
      args,
      {{"catalogue", true}, {"lang", true}, {"device", true}, {"subject", true}, {"session", true}, {"help", false}});
  if (options && options->has("help")) {
    terminal.out << kComplianceHelp << "\n";
    print_api_commands(terminal.out, "compliance");
    return kDone;
  }
  if (options && !options->positional().empty()) {
    if (options->positional()[0] == "explain") return explain(*options, terminal);
    if (options->positional()[0] == "check") return check_scenarios(*options, terminal);
  }
  if (!options) terminal.err << "compliance: " << options.error().text() << "\n";
  terminal.err << kComplianceHelp;
  return kUsage;
}

}  // namespace kw::cli
