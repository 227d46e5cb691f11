#pragma once
// printable makes text that came from elsewhere harmless on a terminal; TextTable aligns columns of it.
//
// PURE and thread-safe.
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace kw::cli {

/// printable replaces what could steer a terminal or hide a text by an escape: control characters, invisible and
/// direction-changing ones (Unicode Cf), and octets that are no UTF-8.
[[nodiscard]] std::string printable(std::string_view text);
/// display_width is the number of terminal columns of printable UTF-8: two for East Asian wide characters, none for
/// combining ones.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// A table whose columns are as wide as their widest cell. Cells must be printable.
class TextTable {
 public:
  using Row = std::vector<std::string>;
  explicit TextTable(Row head) { add(std::move(head)); }
  TextTable() = default;
  void add(Row row) { rows_.push_back(std::move(row)); }
  void print(std::ostream& out, std::string_view indent = {}) const;

 private:
  std::vector<Row> rows_;
};

}  // namespace kw::cli
