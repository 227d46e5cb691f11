#pragma once
// TomlSection reads one table of a TOML file; every error names the key, and finish() refuses keys that nobody read.
//
//   TomlSection from(&table, "trust.");     // null: a table that is not there, and whose keys keep what they had
//   KW_CHECK(from.text("ca", out.ca));
//   KW_CHECK(from.finish());
//
// Errors: Errc::invalid with the key's place. The table must outlive the section. PURE; not thread-safe.
#include <toml++/toml.h>

#include <map>
#include <set>
#include <vector>

#include "base/result.h"

namespace kw::config {

class TomlSection {
 public:
  TomlSection(const toml::table* table, std::string where) : table_(table), where_(std::move(where)) {}

  [[nodiscard]] bool has(std::string_view key) const { return table_ != nullptr && table_->contains(key); }
  Result<> text(std::string_view key, std::string& to, std::size_t most = 512, std::size_t least = 0) {
    const auto* node = find(key);
    if (node == nullptr) return {};
    const auto value = node->value_exact<std::string>();
    if (!value) return wrong(key, "text expected");
    if (value->size() < least || value->size() > most)
      return wrong(key, std::to_string(least) + " to " + std::to_string(most) + " octets");
    for (const char c : *value) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return wrong(key, "control character");
    }
    to = *value;
    return {};
  }
  Result<> flag(std::string_view key, bool& to) {
    const auto* node = find(key);
    if (node == nullptr) return {};
    const auto value = node->value_exact<bool>();
    if (!value) return wrong(key, "true or false expected");
    to = *value;
    return {};
  }
  template <class T>
  Result<> number(std::string_view key, std::int64_t least, std::int64_t most, T& to) {
    const auto* node = find(key);
    if (node == nullptr) return {};
    const auto value = node->value_exact<std::int64_t>();
    if (!value || *value < least || *value > most)
      return wrong(key, std::to_string(least) + " to " + std::to_string(most));
    to = static_cast<T>(*value);
    return {};
  }
  Result<> texts(std::string_view key, std::vector<std::string>& to, std::size_t most) {
    const auto* node = find(key);
    if (node == nullptr) return {};
    if (!node->is_array() || node->as_array()->size() > most)
      return wrong(key, "list of at most " + std::to_string(most));
    for (const auto& item : *node->as_array()) {
      const auto value = item.value_exact<std::string>();
      if (!value || value->empty() || value->size() > 128) return wrong(key, "texts of 1 to 128 octets");
      to.push_back(*value);
    }
    return {};
  }
  /// pairs reads a table of texts; keys and values of at most 128 octets.
  Result<> pairs(std::string_view key, std::map<std::string, std::string>& to, std::size_t most) {
    const auto* node = find(key);
    if (node == nullptr) return {};
    if (!node->is_table() || node->as_table()->size() > most)
      return wrong(key, "table of at most " + std::to_string(most));
    for (const auto& [name, item] : *node->as_table()) {
      const auto value = item.value_exact<std::string>();
      if (!value || value->size() > 128 || name.str().size() > 128) return wrong(key, "texts of at most 128 octets");
      to.emplace(std::string(name.str()), *value);
    }
    return {};
  }
  Result<TomlSection> section(std::string_view key) {
    const auto* node = find(key);
    if (node != nullptr && !node->is_table()) return wrong(key, "section expected");
    return TomlSection(node == nullptr ? nullptr : node->as_table(), where_ + std::string(key) + ".");
  }
  Result<std::vector<TomlSection>> sections(std::string_view key, std::size_t most) {
    std::vector<TomlSection> out;
    const auto* node = find(key);
    if (node == nullptr) return out;
    if (!node->is_array() || node->as_array()->size() > most) return wrong(key, "at most " + std::to_string(most));
    for (const auto& item : *node->as_array()) {
      if (!item.is_table()) return wrong(key, "sections expected");
      out.emplace_back(item.as_table(), where_ + std::string(key) + "[" + std::to_string(out.size()) + "].");
    }
    return out;
  }
  Result<> finish() const {
    if (table_ == nullptr) return {};
    for (const auto& [key, value] : *table_) {
      if (!read_.contains(std::string(key.str()))) return wrong(key.str(), "unknown key");
    }
    return {};
  }
  [[nodiscard]] tl::unexpected<Error> wrong(std::string_view key, std::string_view what) const {
    return fail(Errc::invalid, where_ + std::string(key.substr(0, 64)) + ": " + std::string(what));
  }

 private:
  const toml::node* find(std::string_view key) {
    read_.insert(std::string(key));
    return table_ == nullptr ? nullptr : table_->get(key);
  }
  const toml::table* table_;
  std::string where_;
  std::set<std::string> read_;
};

}  // namespace kw::config
