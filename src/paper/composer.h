#pragma once
// Composer is what the chapters of a report share while they are composed. Internal to src/paper.
#include "paper/compose.h"
#include "paper/words.h"

namespace kw::paper {

struct Composer {
  const report::Model& model;
  const report::Summary& summary;
  const Language language;
  const PageLimits& limits;
  Document out{};

  [[nodiscard]] bool chinese() const noexcept { return language == Language::zh; }
  /// say picks the language.
  [[nodiscard]] std::string say(std::string_view zh, std::string_view en) const {
    return std::string(chinese() ? zh : en);
  }
  [[nodiscard]] std::string say(const report::Words& words) const { return chinese() ? words.zh : words.en; }
  void add(Block block) { out.blocks.push_back(std::move(block)); }
  void heading(int level, std::string text, bool on_new_page = false) {
    add(Heading{level, std::move(text), on_new_page});
  }
  void text(std::string words, Paragraph::Style style = Paragraph::Style::body) {
    add(Paragraph{std::move(words), style});
  }
  [[nodiscard]] Cell status_cell(compliance::Status status) const {
    return {marked(language, status), tone_of(status), false, true};
  }
  /// "× 12  ○ 3": the counts by status that are not zero.
  [[nodiscard]] std::string counts_text(const std::array<std::uint64_t, compliance::kStatuses>& count) const;
  /// The value, event or record that a reason rests on, and its age; empty where there is nothing to tell.
  [[nodiscard]] std::string seen_text(const report::Rule& rule, const compliance::Reason& reason) const;
  /// What a check looks at, how it came out, and at the first subject with which value.
  [[nodiscard]] std::string reason_text(const report::Rule& rule, const report::ReasonGroup& group,
                                        std::uint64_t of) const;
  /// "12, 40 等 6 条": places in the ledger.
  [[nodiscard]] std::string proofs_text(std::vector<std::uint64_t> indices, std::size_t most = 3) const;
  [[nodiscard]] std::string subject_name(const report::Subject& subject) const;
};

/// Every place of the ledger that lines of this rule refer to, in order, each once.
[[nodiscard]] std::vector<std::uint64_t> proofs_of_rule(const report::Model& model, std::uint16_t rule);

void compose_cover(Composer& to);
void compose_scope(Composer& to);
void compose_conclusions(Composer& to);
void compose_clauses(Composer& to);
void compose_findings(Composer& to);
void compose_annexes(Composer& to);

}  // namespace kw::paper
