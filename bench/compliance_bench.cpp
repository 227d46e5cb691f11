// links: compliance
// Prints how long one core judges a fleet against the shipped catalogue of DB4403/T 503.7: everything, one changed fact
// at every kiosk, one changed fact at one kiosk, and the fleet's score with what would raise it most. Medians of five.
// `--smoke` shows that it works.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "compliance/dependencies.h"
#include "compliance/score.h"
#include "compliance/testing/fleet.h"

namespace {

using kw::Timestamp;
namespace compliance = kw::compliance;

const Timestamp kNow = Timestamp::from_seconds(1'800'000'000);

template <class Work>
double median_seconds(int times, Work work) {
  std::vector<double> all;
  for (int i = 0; i < times; ++i) {
    const auto from = std::chrono::steady_clock::now();
    work();
    all.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count());
  }
  std::ranges::sort(all);
  return all[all.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const bool smoke = argc > 1 && std::strcmp(argv[1], "--smoke") == 0;
  const std::size_t fleet = smoke ? 20 : 10'000;
  const auto rules = compliance::testing::shipped_requirements();
  const compliance::Dependencies index(rules);
  std::vector<compliance::testing::Kiosk> kiosks;
  for (std::size_t i = 0; i < fleet; ++i) kiosks.push_back(compliance::testing::make_kiosk(rules, i, kNow));

  compliance::Score whole;
  const auto all = median_seconds(5, [&] {
    whole = {};
    std::vector<compliance::Verdict> verdicts(rules.size());
    for (const auto& kiosk : kiosks) {
      for (std::size_t r = 0; r < rules.size(); ++r)
        verdicts[r] = compliance::evaluate(rules[r], kiosk.facts, kiosk.evidences, kNow);
      whole += compliance::score(rules, verdicts);
    }
  });
  std::printf("%zu kiosks x %zu requirements: %.3f s, %.2f us each\n", fleet, rules.size(), all,
              all * 1e6 / static_cast<double>(fleet * rules.size()));

  std::vector<compliance::Board> boards;
  for (auto& kiosk : kiosks) boards.emplace_back(index, kiosk.facts, kiosk.evidences, kNow);
  std::size_t judged = 0;
  int turn = 0;
  const auto changed = [&] {
    return compliance::Fact{.key = "policy.mode.network",
                            .value = ++turn % 2 == 0 ? "enforce" : "watch",
                            .time = kNow,
                            .source = "platform"};
  };
  const auto one_fact = median_seconds(5, [&] {
    const auto fact = changed();
    judged = 0;
    for (auto& board : boards) judged += board.put(fact, kNow);
  });
  std::printf("one changed fact at all of them: %.3f ms, %zu requirements judged anew\n", one_fact * 1e3, judged);
  const auto one_kiosk = median_seconds(smoke ? 5 : 1001, [&] { boards[0].put(changed(), kNow); });
  std::printf("one changed fact at one of them: %.4f ms\n", one_kiosk * 1e3);

  std::size_t first = 0;
  const auto raise = median_seconds(5, [&] {
    std::vector<compliance::Verdicts> views;
    for (const auto& board : boards) views.push_back(board.verdicts());
    const auto raises = compliance::would_raise(rules, views);
    first = raises.empty() ? rules.size() : raises[0].requirement;
  });
  std::printf("what would raise the score most: %.3f ms\n", raise * 1e3);
  const auto percent = whole.percent_hundredths();
  if (!percent || first == rules.size() || judged == 0) return 1;
  std::printf("score %.2f %%; first to mend: %s\n", static_cast<double>(*percent) / 100, rules[first].id.c_str());
  for (std::size_t i = 0; i < whole.count.size(); ++i)
    std::printf("  %-15s %llu\n", std::string(name(static_cast<compliance::Status>(i))).c_str(),
                static_cast<unsigned long long>(whole.count.at(i)));
  // every status but the one that two persons have to declare comes up, or the fleet above is no test
  for (const auto status : {compliance::Status::met_measured, compliance::Status::met_attested,
                            compliance::Status::partly, compliance::Status::not_met, compliance::Status::unknown})
    if (whole.count.at(static_cast<std::size_t>(status)) == 0) return 1;
  return 0;
}
