#include "export/profile_problem.h"

#include <toml++/toml.h>

#include <charconv>

namespace kw::exports {
namespace {

/// step goes from a table to its member "name" or "name[2]"; null where there is none.
const toml::node* step(const toml::node& from, std::string_view part) {
  const auto bracket = part.find('[');
  const auto* table = from.as_table();
  const auto* member = table == nullptr ? nullptr : table->get(part.substr(0, bracket));
  if (member == nullptr || bracket == std::string_view::npos) return member;
  std::size_t index = 0;
  const auto digits = part.substr(bracket + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), index);
  const auto* array = member->as_array();
  return array == nullptr ? member : array->get(index);
}

unsigned line_of(const toml::table& root, std::string_view key) {
  const toml::node* at = &root;
  unsigned line = 0;
  while (!key.empty()) {
    const auto end = std::min(key.find('.'), key.size());
    at = step(*at, key.substr(0, end));
    if (at == nullptr) break;
    if (at->source().begin.line > 0) line = at->source().begin.line;
    key.remove_prefix(std::min(end + 1, key.size()));
  }
  return line;
}

}  // namespace

ProfileProblem locate_problem(std::string_view text, const Error& error) {
  if (text.size() > kMostProfile) return {0, {}, error.text()};
  try {
    const auto root = toml::parse(text);
    const std::string_view detail = error.detail();
    const auto colon = detail.find(": ");
    if (error.code() != Errc::invalid || colon == std::string_view::npos) return {0, {}, error.text()};
    const auto key = detail.substr(0, colon);
    return {line_of(root, key), std::string(key), std::string(detail.substr(colon + 2))};
  } catch (const toml::parse_error& problem) {
    return {problem.source().begin.line, {}, std::string(problem.description())};
  }
}

}  // namespace kw::exports
