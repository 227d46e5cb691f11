#pragma once
// Verdict is the outcome of an offline check as it is filed: what was checked, with which key, when, and the result in
// plain words, in Chinese and English, or as JSON.
#include <iosfwd>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"

namespace kw::cli {

/// One line of a verdict: its name in JSON and in both languages, and what stands there.
struct VerdictFact {
  std::string_view key, english, chinese;
  std::string value;
};

/// One of several things that were looked at, each with its own outcome: a file of a report, a proof.
struct VerdictPart {
  std::string what;
  bool good = false;
  std::string detail;
};

struct Verdict {
  std::string_view kind;  // "ledger", "bundle", "receipt", "vault-file", "report"
  std::string path;
  std::string key;  // SM3 of the trusted key's SubjectPublicKeyInfo, hex
  Timestamp time;
  std::string_view fault = "none";       // a code; "none" where everything is as it was signed
  std::optional<std::uint64_t> index{};  // the entry that the fault is about
  std::string detail{};                  // one line for an operator
  std::vector<VerdictFact> facts{};
  std::vector<VerdictPart> parts{};
  [[nodiscard]] bool good() const noexcept { return fault == "none"; }
};

/// print_verdict writes the text that is filed: every line in Chinese and English.
void print_verdict(std::ostream& out, const Verdict& verdict);
/// print_verdict_json writes one JSON object, facts under their keys.
void print_verdict_json(std::ostream& out, const Verdict& verdict);

}  // namespace kw::cli
