#pragma once
// word_for, mark_of and their kin name what a report shows in Chinese and English: statuses, severities, reasons,
// times.
//
// Times are China Standard Time (UTC+8), which has no summer time. PURE; any thread.
#include "compliance/score.h"
#include "paper/document.h"

namespace kw::paper {

[[nodiscard]] std::string_view word_for(Language language, compliance::Status status) noexcept;
[[nodiscard]] std::string_view word_for(Language language, compliance::Severity severity) noexcept;
[[nodiscard]] std::string_view word_for(Language language, compliance::Modality modality) noexcept;
[[nodiscard]] std::string_view word_for(Language language, compliance::Scope scope) noexcept;
[[nodiscard]] std::string_view word_for(Language language, compliance::Why why) noexcept;
/// The word for a role of schemas/permissions.json; the code itself where it is another.
[[nodiscard]] std::string role_word(Language language, std::string_view role);
/// A sign that tells statuses apart without colour: ● ◎ △ × ○ －, which fonts of Chinese have.
[[nodiscard]] std::string_view mark_of(compliance::Status status) noexcept;
[[nodiscard]] Tone tone_of(compliance::Status status) noexcept;
/// "● 符合（测量）"
[[nodiscard]] std::string marked(Language language, compliance::Status status);
/// What compliance::text_of says of a comparison, in the language: "为 up, ready", "不大于 7".
[[nodiscard]] std::string asked_text(Language language, std::string_view asked);
/// "总体要求" of chapter "5"; empty for chapters that this program does not know.
[[nodiscard]] std::string_view chapter_title(Language language, std::string_view chapter) noexcept;

[[nodiscard]] std::string day_text(Language language, Timestamp at);
[[nodiscard]] std::string minute_text(Timestamp at);  // "2026-11-27 08:15"
/// "3 小时", "12 days": the largest unit of which there are two, or minutes.
[[nodiscard]] std::string age_text(Language language, Duration age);
/// "93.45%"; "—" where nothing applies.
[[nodiscard]] std::string percent_text(std::optional<std::uint64_t> hundredths);

}  // namespace kw::paper
