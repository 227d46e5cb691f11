#pragma once
// comma_list writes words one after the other with ", " between them, as lists stand in the audit and in answers.
#include <string>

namespace kw {

/// comma_list takes anything that holds texts.
template <class Words>
[[nodiscard]] std::string comma_list(const Words& words) {
  std::string out;
  for (const auto& word : words) {
    if (!out.empty()) out += ", ";
    out += word;
  }
  return out;
}

}  // namespace kw
