#include "device/host/command_text.h"

#include <algorithm>

namespace kw::device {
namespace {

constexpr std::size_t kLongestWord = 64, kMostDigits = 4;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string shown(std::string_view word) {
  if (word.find('@') != std::string_view::npos) return "<address>";
  std::string rest;
  if (const auto query = word.find('?');
      word.find("://") != std::string_view::npos && query != std::string_view::npos) {
    word = word.substr(0, query);
    rest = "?...";
  }
  if (word.size() > kLongestWord) {
    word = word.substr(0, kLongestWord);
    rest = "...";
  }
  std::string out;
  for (std::size_t at = 0; at < word.size();) {
    if (is_digit(word[at])) {
      const auto end = std::find_if_not(word.begin() + static_cast<std::ptrdiff_t>(at), word.end(), is_digit);
      const auto run = static_cast<std::size_t>(end - word.begin()) - at;
      if (run > kMostDigits)
        out += '#';
      else
        out += word.substr(at, run);
      at += run;
      continue;
    }
    const char c = word[at++];
    const bool plain = c >= ' ' && c < 0x7f;
    if (plain || out.empty() || out.back() != '?') out += plain ? c : '?';
  }
  return out + rest;
}

}  // namespace

std::string command_text(std::string_view arguments) {
  std::string out;
  while (!arguments.empty() && out.size() < kMostCommand) {
    const auto end = std::min(arguments.find('\0'), arguments.size());
    if (!out.empty()) out += ' ';
    out += shown(arguments.substr(0, end));
    arguments.remove_prefix(std::min(end + 1, arguments.size()));
  }
  if (out.size() > kMostCommand) out.resize(kMostCommand);
  return out;
}

}  // namespace kw::device
