#include "masking/candidates.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <set>

namespace kw::masking {
namespace {

using identifiers::CheckRule;

constexpr std::size_t kMostModulus = 31, kMostCases = 100'000, kMostSteps = 1'000'000;

/// Values of what has been looked at so far, by the residue that they add; and cases that are equal in it, with their
/// number.
using ByResidue = std::array<Count, kMostModulus>;
using Cases = std::map<ByResidue, Count>;

std::vector<std::string> dates_between(int first_year, int last_year) {
  std::vector<std::string> out;
  using namespace std::chrono;
  const auto end = sys_days(year(last_year) / December / 31);
  for (auto day = sys_days(year(first_year) / January / 1); day <= end; day += days(1)) {
    const year_month_day date(day);
    const auto padded = [](unsigned value, std::size_t width) {
      auto text = std::to_string(value);
      return std::string(width - std::min(width, text.size()), '0') + text;
    };
    out.push_back(padded(static_cast<unsigned>(static_cast<int>(date.year())), 4) +
                  padded(static_cast<unsigned>(date.month()), 2) + padded(static_cast<unsigned>(date.day()), 2));
  }
  return out;
}

const std::vector<std::string>& values_of(Part::Kind kind, const Model& model) {
  switch (kind) {
    case Part::Kind::region:
      return model.regions;
    case Part::Kind::province:
      return model.provinces;
    case Part::Kind::date:
      return model.dates;
    default:
      return model.short_dates;
  }
}

/// cases_of parts a part's values by what is seen of them.
Cases cases_of(const Part& part, std::size_t at, const Shape& shape, const Shown& shown, const Model& model) {
  const auto modulus = identifiers::modulus(shape.rule);
  std::map<std::u32string, ByResidue> looks;
  const auto take = [&](std::u32string_view value) {
    std::u32string look;
    unsigned sum = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (shown.test(at + i)) look += value[i];
      sum += identifiers::residue(shape.rule, at + i, shape.size, value[i]).value_or(0);
    }
    auto& there = looks.try_emplace(std::move(look)).first->second;
    there[sum % modulus] += 1;
  };
  if (part.kind == Part::Kind::letter) {
    for (const char32_t c : part.letters) take({&c, 1});
  } else {
    for (const auto& value : values_of(part.kind, model)) take(std::u32string(value.begin(), value.end()));
  }
  Cases out;
  for (const auto& [look, by_residue] : looks) out[by_residue] += 1;
  return out;
}

ByResidue convolve(const ByResidue& a, const ByResidue& b, unsigned modulus) {
  ByResidue out{};
  for (unsigned i = 0; i < modulus; ++i) {
    if (a[i] == 0) continue;
    for (unsigned j = 0; j < modulus; ++j) out[(i + j) % modulus] = add(out[(i + j) % modulus], multiply(a[i], b[j]));
  }
  return out;
}

}  // namespace

std::string text_of_count(Count count) {
  if (count == kMostCount) return "2^128";
  std::string out;
  int digits = 0;
  do {
    if (digits++ % 3 == 0 && digits > 1) out += ',';
    out += static_cast<char>('0' + static_cast<int>(count % 10));
    count /= 10;
  } while (count > 0);
  std::ranges::reverse(out);
  return out;
}

Model make_model(std::vector<std::string> regions, int first_year, int last_year) {
  std::set<std::string> provinces, short_dates;
  for (const auto& region : regions) provinces.insert(region.substr(0, 2));
  Model out;
  std::ranges::sort(regions);
  out.regions = std::move(regions);
  out.provinces.assign(provinces.begin(), provinces.end());
  out.dates = dates_between(first_year, last_year);
  for (const auto& date : out.dates) short_dates.insert(date.substr(2));
  out.short_dates.assign(short_dates.begin(), short_dates.end());
  return out;
}

Result<Candidates> count_candidates(const Shape& shape, const Shown& shown, const Model& model) {
  const auto modulus = identifiers::modulus(shape.rule);
  Cases cases;
  ByResidue nothing{};
  nothing[0] = 1;
  cases[nothing] = 1;
  std::size_t at = 0;
  for (const auto& part : shape.parts) {
    const auto more = cases_of(part, at, shape, shown, model);
    at += part.size;
    if (cases.size() * more.size() > kMostSteps) return fail(Errc::too_large, "mask: too many cases to count");
    Cases next;
    for (const auto& [before, times] : cases) {
      for (const auto& [here, times_here] : more) {
        auto& count = next[convolve(before, here, modulus)];
        count = add(count, multiply(times, times_here));
      }
      if (next.size() > kMostCases) return fail(Errc::too_large, "mask: too many cases to count");
    }
    cases = std::move(next);
  }
  Candidates out;
  const auto target = identifiers::target(shape.rule) % modulus;
  for (const auto& [by_residue, times] : cases) {
    const auto fitting = by_residue[target];
    if (fitting == 0) continue;
    out.fewest = out.looks == 0 ? fitting : std::min(out.fewest, fitting);
    out.values = add(out.values, multiply(fitting, times));
    out.looks = add(out.looks, times);
  }
  if (out.looks == 0) return fail(Errc::invalid, "shape: the model knows no value of it");
  return out;
}

}  // namespace kw::masking
