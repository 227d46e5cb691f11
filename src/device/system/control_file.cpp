#include "device/system/control_file.h"

#include <array>
#include <charconv>
#include <string>

namespace kw::device {
namespace {

constexpr std::size_t kMostFields = 64;  // of a paragraph; Packages has about twenty

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

bool digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// weight: a tilde sorts before everything, even the end; then the end, letters, and the rest.
int weight(std::string_view text) noexcept {
  if (text.empty() || digit(text.front())) return 0;
  const char c = text.front();
  if (c == '~') return -1;
  return letter(c) ? static_cast<unsigned char>(c) : static_cast<unsigned char>(c) + 256;
}

int compare_part(std::string_view a, std::string_view b) noexcept {
  while (!a.empty() || !b.empty()) {
    while ((!a.empty() && !digit(a.front())) || (!b.empty() && !digit(b.front()))) {
      const int left = weight(a), right = weight(b);
      if (left != right) return left < right ? -1 : 1;
      a.remove_prefix(a.empty() ? 0 : 1);
      b.remove_prefix(b.empty() ? 0 : 1);
    }
    while (!a.empty() && a.front() == '0') a.remove_prefix(1);
    while (!b.empty() && b.front() == '0') b.remove_prefix(1);
    int first = 0;
    while (!a.empty() && digit(a.front()) && !b.empty() && digit(b.front())) {
      if (first == 0 && a.front() != b.front()) first = a.front() < b.front() ? -1 : 1;
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
    if (!a.empty() && digit(a.front())) return 1;  // more digits
    if (!b.empty() && digit(b.front())) return -1;
    if (first != 0) return first;
  }
  return 0;
}

struct Version {
  std::string_view epoch, upstream, revision;
};
Version parts_of(std::string_view text) noexcept {
  Version out;
  if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    out.epoch = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  const auto dash = text.rfind('-');
  out.upstream = text.substr(0, dash);
  if (dash != std::string_view::npos) out.revision = text.substr(dash + 1);
  return out;
}

bool number(std::string_view text, int& out) {
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), out);
  return wrong == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string_view Paragraph::get(std::string_view name) const noexcept {
  for (const auto& [key, value] : fields_)
    if (key == name) return value;
  return {};
}

const Paragraph* ControlFile::next() {
  paragraph_.fields_.clear();
  while (!rest_.empty()) {
    const auto end = rest_.find('\n');
    const auto line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (trim(line).empty()) {
      if (!paragraph_.empty()) return &paragraph_;
      continue;
    }
    if (line.front() == ' ' || line.front() == '\t' || line.front() == '#' || line.starts_with("-----")) continue;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || paragraph_.fields_.size() >= kMostFields) continue;
    // The armour's own header ends at an empty line and holds nothing that anybody asks for.
    if (line.starts_with("Hash:")) continue;
    paragraph_.fields_.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1)));
  }
  return paragraph_.empty() ? nullptr : &paragraph_;
}

int compare_versions(std::string_view a, std::string_view b) noexcept {
  const auto left = parts_of(a), right = parts_of(b);
  if (const int by = compare_part(left.epoch, right.epoch); by != 0) return by;
  if (const int by = compare_part(left.upstream, right.upstream); by != 0) return by;
  return compare_part(left.revision, right.revision);
}

Result<Timestamp> parse_mail_date(std::string_view text) {
  const auto wrong = [&] { return fail(Errc::malformed, "date"); };
  text = trim(text);
  if (const auto comma = text.find(','); comma != std::string_view::npos) text = trim(text.substr(comma + 1));
  std::array<std::string_view, 5> words;  // day, month, year, time, zone
  for (auto& word : words) {
    const auto blank = text.find(' ');
    word = text.substr(0, blank);
    text = trim(text.substr(word.size()));
  }
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto month = words[1].size() == 3 ? kMonths.find(words[1]) : std::string_view::npos;
  int day = 0, year = 0;
  if (!number(words[0], day) || day < 1 || !number(words[2], year) || month == std::string_view::npos || month % 3 != 0)
    return wrong();
  if (words[4] != "UTC" && words[4] != "GMT" && words[4] != "+0000") return wrong();
  const auto two = [](std::size_t n) { return std::string(n < 10 ? "0" : "") + std::to_string(n); };
  return from_rfc3339(std::to_string(year) + "-" + two(month / 3 + 1) + "-" + two(static_cast<std::size_t>(day)) + "T" +
                      std::string(words[3].size() == 7 ? "0" : "") + std::string(words[3]) + "Z");
}

}  // namespace kw::device
