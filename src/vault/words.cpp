#include "vault/words.h"

#include <array>

namespace kw::vault {
namespace {

constexpr std::array<std::string_view, 6> kClassWords = {"authentication", "business", "audit",
                                                         "configuration",  "video",    "personal"};

constexpr std::array<std::string_view, 7> kUseWords = {"wrapping", "column", "record", "file",
                                                       "session",  "index",  "rows"};

}  // namespace

std::string_view name(KeyUse use) noexcept { return kUseWords[static_cast<std::size_t>(use) - 1]; }

std::string_view name(DataClass data_class) noexcept { return kClassWords[static_cast<std::size_t>(data_class) - 1]; }

std::optional<DataClass> class_of(std::string_view word) noexcept {
  for (std::size_t i = 0; i < kClassWords.size(); ++i)
    if (kClassWords[i] == word) return static_cast<DataClass>(i + 1);
  return std::nullopt;
}

}  // namespace kw::vault
