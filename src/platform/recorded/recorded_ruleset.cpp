#include "platform/recorded/recorded_ruleset.h"

#include <algorithm>
#include <sstream>

namespace kw::platform {
namespace {

std::string key_of(const std::string& family, const std::string& table) { return family + " " + table; }

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n,;");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\n,;") - first + 1));
}

// The text between the brace at `open` and its partner; npos-free: nullopt where none closes it.
std::optional<std::string_view> block_at(std::string_view text, std::size_t open) {
  int depth = 0;
  for (auto at = open; at < text.size(); ++at) {
    if (text[at] == '{') ++depth;
    if (text[at] == '}' && --depth == 0) return text.substr(open + 1, at - open - 1);
  }
  return std::nullopt;
}

// The block of `word name { … }` inside a table's text.
std::optional<std::string_view> named_block(std::string_view text, const std::string& word, const std::string& name) {
  for (auto at = text.find(word + " " + name); at != std::string_view::npos;
       at = text.find(word + " " + name, at + 1)) {
    const auto open = text.find_first_not_of(" \t\n", at + word.size() + 1 + name.size());
    if (open != std::string_view::npos && text[open] == '{') return block_at(text, open);
  }
  return std::nullopt;
}

std::vector<std::string> counter_names(std::string_view text) {
  std::vector<std::string> out;
  constexpr std::string_view kWord = "counter ";
  for (auto at = text.find(kWord); at != std::string_view::npos; at = text.find(kWord, at + 1)) {
    std::istringstream words{std::string(text.substr(at + kWord.size(), 160))};
    std::string name, brace;
    if (words >> name >> brace && brace.starts_with("{")) out.push_back(name);
  }
  return out;
}

}  // namespace

Result<RecordedRuleset::Tables> RecordedRuleset::replay(Tables tables, const std::string& script) {
  const std::string_view text = script;
  for (std::size_t at = text.find_first_not_of(" \t\n;"); at != std::string_view::npos;
       at = text.find_first_not_of(" \t\n;", at)) {
    const auto end = std::min(text.find_first_of("{\n;", at), text.size());
    std::istringstream words{std::string(text.substr(at, end - at))};
    std::string first, second, third, fourth;
    words >> first >> second >> third >> fourth;
    at = end;
    if (first.starts_with("#")) {
      at = std::min(text.find('\n', at), text.size());
    } else if (first == "flush" && second == "ruleset") {
      tables.clear();
    } else if (first == "delete" && second == "table") {
      if (tables.erase(key_of(third, fourth)) == 0) return fail(Errc::invalid, "no table " + fourth + " to delete");
    } else if (first == "add" && second == "set") {  // declares; one that exists stays as it is
      if (!tables.contains(key_of(third, fourth))) return fail(Errc::invalid, "no table " + fourth);
      if (at < text.size() && text[at] == '{') {
        const auto block = block_at(text, at);
        if (!block) return fail(Errc::invalid, "a brace is not closed");
        at += block->size() + 2;
      }
    } else if (first == "flush" && second == "set") {
      std::string set;
      words >> set;
      const auto found = tables.find(key_of(third, fourth));
      if (found == tables.end()) return fail(Errc::invalid, "no table " + fourth);
      found->second.added.erase(set);
    } else if ((first == "table" && fourth.empty()) || (first == "add" && second == "table")) {
      const auto key = first == "table" ? key_of(second, third) : key_of(third, fourth);
      auto& table = tables[key];
      if (at < text.size() && text[at] == '{') {
        const auto block = block_at(text, at);
        if (!block) return fail(Errc::invalid, "a brace is not closed");
        if (!trimmed(*block).empty()) table.parts.emplace_back(*block);
        at += block->size() + 2;
      }
    } else {
      return fail(Errc::invalid, "not understood: " + first + " " + second);
    }
  }
  return tables;
}

Result<> RecordedRuleset::apply(const std::string& script) {
  const std::lock_guard lock(mutex_);
  if (next_error_) return tl::unexpected<Error>(*std::exchange(next_error_, std::nullopt));
  if (every_error_) return tl::unexpected<Error>(*every_error_);
  KW_TRY(tables_, replay(tables_, script));
  scripts_.push_back(script);
  ++generation_;
  return {};
}

Result<RecordedRuleset::Table> RecordedRuleset::find(const std::string& family, const std::string& table) const {
  const std::lock_guard lock(mutex_);
  const auto found = tables_.find(key_of(family, table));
  if (found == tables_.end()) return fail(Errc::not_found, "table " + table);
  return found->second;
}

Result<std::string> RecordedRuleset::read_back(const std::string& family, const std::string& table) {
  KW_TRY(const auto found, find(family, table));
  std::string out = "table " + family + " " + table + " {\n";
  for (const auto& part : found.parts) out += trimmed(part) + "\n";
  return out + "}\n";
}

Result<std::vector<device::RulesetPort::Counter>> RecordedRuleset::counters(const std::string& family,
                                                                            const std::string& table) {
  KW_TRY(const auto found, find(family, table));
  std::vector<Counter> out;
  for (const auto& part : found.parts)
    for (const auto& name : counter_names(part)) {
      const auto counted = found.counted.find(name);
      out.push_back(counted != found.counted.end() ? counted->second : Counter{name, 0, 0});
    }
  return out;
}

Result<std::uint64_t> RecordedRuleset::generation() {
  const std::lock_guard lock(mutex_);
  return generation_;
}

Result<std::vector<std::string>> RecordedRuleset::set_elements(const std::string& family, const std::string& table,
                                                               const std::string& set) {
  KW_TRY(const auto found, find(family, table));
  for (const auto& part : found.parts) {
    const auto block = named_block(part, "set", set);
    if (!block) continue;
    std::vector<std::string> out;
    if (const auto at = block->find("elements"); at != std::string_view::npos) {
      const auto written = block_at(*block, block->find('{', at));
      std::istringstream list{std::string(written.value_or(""))};
      for (std::string one; std::getline(list, one, ',');)
        if (auto element = trimmed(one); !element.empty()) out.push_back(std::move(element));
    }
    if (const auto more = found.added.find(set); more != found.added.end())
      out.insert(out.end(), more->second.begin(), more->second.end());
    return out;
  }
  return fail(Errc::not_found, "set " + set);
}

void RecordedRuleset::fail_next(Error error) {
  const std::lock_guard lock(mutex_);
  next_error_ = std::move(error);
}
void RecordedRuleset::fail_always(std::optional<Error> error) {
  const std::lock_guard lock(mutex_);
  every_error_ = std::move(error);
}
void RecordedRuleset::set_counter(const std::string& family, const std::string& table, Counter counter) {
  const std::lock_guard lock(mutex_);
  tables_[key_of(family, table)].counted[counter.name] = counter;
}
void RecordedRuleset::add_element(const std::string& family, const std::string& table, const std::string& set,
                                  const std::string& element) {
  const std::lock_guard lock(mutex_);
  tables_[key_of(family, table)].added[set].push_back(element);
}
void RecordedRuleset::flush_ruleset() {
  const std::lock_guard lock(mutex_);
  tables_.clear();
  ++generation_;
}
std::vector<std::string> RecordedRuleset::scripts() const {
  const std::lock_guard lock(mutex_);
  return scripts_;
}

}  // namespace kw::platform
