#include "compliance/words.h"

#include <algorithm>
#include <array>

namespace kw::compliance {
namespace {

constexpr std::array<std::string_view, kStatuses> kStatusNames{"met_measured", "met_attested",   "partly",
                                                               "not_met",      "not_applicable", "unknown"};
constexpr std::array<std::string_view, 4> kModalityNames{"shall", "shall_not", "should", "informative"};
constexpr std::array<std::string_view, 5> kSeverityNames{"none", "minor", "ordinary", "serious", "critical"};
constexpr std::array<std::string_view, 3> kScopeNames{"device", "site", "platform"};
constexpr std::array<std::string_view, 8> kKindNames{"device",   "server", "data",         "network",
                                                     "hardware", "site",   "organisation", "none"};

template <class Word, std::size_t N>
std::optional<Word> word_named(const std::array<std::string_view, N>& names, std::string_view word) noexcept {
  const auto found = std::ranges::find(names, word);
  if (found == names.end()) return std::nullopt;
  return static_cast<Word>(found - names.begin());
}

}  // namespace

std::string_view name(Status of) noexcept { return kStatusNames.at(static_cast<std::size_t>(of)); }
int urgency(Status of) noexcept {
  switch (of) {
    case Status::not_met:
      return 0;
    case Status::unknown:
      return 1;
    case Status::partly:
      return 2;
    case Status::met_attested:
    case Status::met_measured:
      return 3;
    case Status::not_applicable:
      break;
  }
  return 4;
}
std::string_view name(Modality of) noexcept { return kModalityNames.at(static_cast<std::size_t>(of)); }
std::string_view name(Severity of) noexcept { return kSeverityNames.at(static_cast<std::size_t>(of)); }
std::string_view name(Scope of) noexcept { return kScopeNames.at(static_cast<std::size_t>(of)); }
std::string_view name(Kind of) noexcept { return kKindNames.at(static_cast<std::size_t>(of)); }
std::optional<Status> parse_status(std::string_view word) noexcept { return word_named<Status>(kStatusNames, word); }
std::optional<Modality> parse_modality(std::string_view word) noexcept {
  return word_named<Modality>(kModalityNames, word);
}
std::optional<Severity> parse_severity(std::string_view word) noexcept {
  return word_named<Severity>(kSeverityNames, word);
}
std::optional<Scope> parse_scope(std::string_view word) noexcept { return word_named<Scope>(kScopeNames, word); }
std::optional<Kind> parse_kind(std::string_view word) noexcept { return word_named<Kind>(kKindNames, word); }

}  // namespace kw::compliance
