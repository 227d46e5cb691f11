#include "device/egress/clipboard.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace kw::device {
namespace {

constexpr std::array<std::string_view, kSelections> kClipboardSelections = {"clipboard", "primary", "secondary"};
constexpr std::array<std::string_view, 5> kClipboardReasons = {"marked", "unreadable", "always", "idle", "session"};
constexpr std::array<std::string_view, 3> kClipboardOutcomes = {"observed", "cleared", "failed"};
constexpr std::array<std::string_view, 4> kClipboardKinds = {"watching", "alive", "told", "trouble"};
constexpr std::string_view kClipboardStar = "★";
constexpr std::size_t kMostClipboardDetail = 96, kMostClipboardWords = 64;

template <class Enum, std::size_t N>
Result<Enum> clipboard_word(std::string_view text, const std::array<std::string_view, N>& words) {
  const auto at = std::ranges::find(words, text);
  if (at == words.end()) return fail(Errc::malformed, "clipboard: unknown word");
  return static_cast<Enum>(at - words.begin());
}

/// Takes what stands before the next blank off `rest`.
std::string_view clipboard_part(std::string_view& rest) {
  const auto blank = std::min(rest.find(' '), rest.size());
  const auto out = rest.substr(0, blank);
  rest.remove_prefix(std::min(blank + 1, rest.size()));
  return out;
}

/// One line, whatever comes: blanks make no difference to a marking.
std::string clipboard_line(std::string_view text) {
  auto out = clean_text(text, kMostClipboardDetail);
  std::ranges::replace(out, '\n', ' ');
  return out;
}

template <class Number>
Result<Number> clipboard_number(std::string_view text) {
  Number out = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (problem != std::errc() || end != text.data() + text.size()) return fail(Errc::malformed, "clipboard: no number");
  return out;
}

}  // namespace

std::string_view name(Selection selection) noexcept {
  return kClipboardSelections.at(static_cast<std::size_t>(selection));
}
std::string_view name(ClipboardReason reason) noexcept {
  return kClipboardReasons.at(static_cast<std::size_t>(reason));
}

ClipboardReading read_clipboard(ByteView content, std::span<const std::string> words) {
  constexpr Budget kLittle{std::size_t{4} << 20, std::size_t{1} << 20, 256, 2};
  if (content.size() > kMostClipboard) return {DocumentVerdict::unreadable, "too large", content.size()};
  auto reading = read_document(content, words, kLittle);
  // The star ends the rule; the period behind it is the document's own.
  if (const auto star = reading.detail.find(kClipboardStar);
      reading.verdict == DocumentVerdict::marked && star != std::string::npos)
    reading.detail.resize(star + kClipboardStar.size());
  return {reading.verdict, std::move(reading.detail), content.size()};
}

// ---- messages ---------------------------------------------------------------------------------------------------

std::string clipboard_rules_text(const ClipboardRules& rules) {
  std::string out = "rules " + std::to_string(int{rules.enforce}) + " " + std::to_string(int{rules.always}) + " " +
                    std::to_string(int{rules.refuse_unreadable}) + " " + std::to_string(rules.idle_seconds) + "\n";
  for (std::size_t i = 0; i < std::min(rules.words.size(), kMostClipboardWords); ++i)
    out += clipboard_line(rules.words[i]) + "\n";
  return out;
}

Result<ClipboardRules> parse_clipboard_rules(std::string_view text) {
  if (text.size() > kMostClipboardText) return fail(Errc::too_large, "clipboard: rules");
  if (!text.ends_with('\n')) return fail(Errc::malformed, "clipboard: rules");
  auto first = text.substr(0, text.find('\n'));
  text.remove_prefix(first.size() + 1);
  if (clipboard_part(first) != "rules") return fail(Errc::malformed, "clipboard: rules");
  ClipboardRules out;
  for (bool* flag : {&out.enforce, &out.always, &out.refuse_unreadable}) {
    const auto word = clipboard_part(first);
    if (word != "0" && word != "1") return fail(Errc::malformed, "clipboard: rules");
    *flag = word == "1";
  }
  KW_TRY(out.idle_seconds, clipboard_number<std::uint32_t>(first));
  while (!text.empty()) {
    const auto word = text.substr(0, text.find('\n'));
    text.remove_prefix(word.size() + 1);
    if (word.empty() || word.size() > kMostClipboardDetail || out.words.size() == kMostClipboardWords ||
        clean_text(word, kMostClipboardDetail) != word)
      return fail(Errc::malformed, "clipboard: word");
    out.words.emplace_back(word);
  }
  return out;
}

std::string clipboard_news_text(const ClipboardNews& news) {
  std::string out(kClipboardKinds.at(static_cast<std::size_t>(news.kind)));
  if (news.kind == ClipboardNews::Kind::told)
    out += " " + std::string(name(news.selection)) + " " + std::string(name(news.reason)) + " " +
           std::string(kClipboardOutcomes.at(static_cast<std::size_t>(news.outcome))) + " " +
           std::to_string(news.octets);
  if (news.kind == ClipboardNews::Kind::told || news.kind == ClipboardNews::Kind::trouble)
    out += " " + clipboard_line(news.detail);
  return out + "\n";
}

Result<ClipboardNews> parse_clipboard_news(std::string_view text) {
  if (text.size() > kMostClipboardText) return fail(Errc::too_large, "clipboard: news");
  if (!text.ends_with('\n') || text.find('\n') + 1 != text.size()) return fail(Errc::malformed, "clipboard: news");
  text.remove_suffix(1);
  ClipboardNews out;
  KW_TRY(out.kind, clipboard_word<ClipboardNews::Kind>(clipboard_part(text), kClipboardKinds));
  if (out.kind == ClipboardNews::Kind::told) {
    KW_TRY(out.selection, clipboard_word<Selection>(clipboard_part(text), kClipboardSelections));
    KW_TRY(out.reason, clipboard_word<ClipboardReason>(clipboard_part(text), kClipboardReasons));
    KW_TRY(out.outcome, clipboard_word<ClipboardOutcome>(clipboard_part(text), kClipboardOutcomes));
    KW_TRY(out.octets, clipboard_number<std::uint64_t>(clipboard_part(text)));
  }
  if (out.kind == ClipboardNews::Kind::told || out.kind == ClipboardNews::Kind::trouble)
    out.detail = clean_text(text, kMostClipboardDetail);
  else if (!text.empty())
    return fail(Errc::malformed, "clipboard: news");
  return out;
}

// ---- engine -----------------------------------------------------------------------------------------------------

void ClipboardEngine::owned(Selection selection, Duration now) {
  auto& one = of(selection);
  one.state = State::waiting;
  one.since = now;
  one.octets = 0;
  one.at = one.read ? std::max(now, *one.read + kPause) : now;
}

void ClipboardEngine::emptied(Selection selection) { of(selection).state = State::empty; }

void ClipboardEngine::leave(Selection selection, ClipboardReason reason, bool clear, std::string detail) {
  auto& one = of(selection);
  one.state = State::left;
  const auto outcome = clear ? ClipboardOutcome::cleared : ClipboardOutcome::observed;
  steps_.push_back({clear ? ClipboardStep::What::clear : ClipboardStep::What::tell,
                    {ClipboardNews::Kind::told, selection, reason, outcome, one.octets, std::move(detail)}});
}

void ClipboardEngine::judged(Selection selection, const ClipboardReading& reading, Duration now) {
  auto& one = of(selection);
  if (one.state != State::reading) return;
  one.octets = reading.octets;
  if (reading.verdict == DocumentVerdict::marked)
    return leave(selection, ClipboardReason::marked, rules_.enforce, reading.detail);
  const bool unread = reading.verdict == DocumentVerdict::unreadable;
  if (unread) leave(selection, ClipboardReason::unreadable, rules_.enforce && rules_.refuse_unreadable, reading.detail);
  if (unread && rules_.refuse_unreadable) return;
  one.state = rules_.idle_seconds == 0 ? State::left : State::lying;
  one.at = std::max(now, one.since + std::chrono::seconds(rules_.idle_seconds));
}

void ClipboardEngine::session_ended() {
  for (std::size_t i = 0; i < kSelections; ++i)
    if (all_.at(i).state != State::empty) leave(static_cast<Selection>(i), ClipboardReason::session, rules_.enforce, {});
}

std::vector<ClipboardStep> ClipboardEngine::due(Duration now, const std::function<Duration()>& idle) {
  for (std::size_t i = 0; i < kSelections; ++i) {
    const auto selection = static_cast<Selection>(i);
    auto& one = all_.at(i);
    if (one.state == State::waiting && now >= one.at) {
      one.read = now;
      if (rules_.always) {
        leave(selection, ClipboardReason::always, rules_.enforce, {});
      } else {
        one.state = State::reading;
        ClipboardStep read;
        read.news.selection = selection;
        steps_.push_back(std::move(read));
      }
    } else if (one.state == State::lying && now >= one.at) {
      const Duration asked = std::chrono::seconds(rules_.idle_seconds);
      const auto quiet = std::min(now - one.since, idle());
      if (quiet >= asked)
        leave(selection, ClipboardReason::idle, rules_.enforce, {});
      else
        one.at = now + (asked - quiet);
    }
  }
  return std::exchange(steps_, {});
}

std::optional<Duration> ClipboardEngine::next() const {
  std::optional<Duration> out;
  if (!steps_.empty()) return Duration{0};
  for (const auto& one : all_)
    if (one.state == State::waiting || one.state == State::lying) out = out ? std::min(*out, one.at) : one.at;
  return out;
}

}  // namespace kw::device
