// links: landing patterns
// Prints what one core searches in a second of processor time: the landing scanner by each sieve that runs here, and
// vectorscan with rules for the same numbers and markings beside it, which neither asks check digits nor what stands
// around. Over log lines, Chinese log lines, random octets, and text that is half digits. `--smoke` shows that it
// works.
#include <cstdio>
#include <cstring>
#include <ctime>
#include <random>
#include <string>

#include "landing/scanner.h"
#include "patterns/database.h"

namespace {

using kw::Bytes;
namespace landing = kw::landing;
namespace patterns = kw::patterns;

constexpr std::string_view kSameRules = R"(
[[rule]]
name = "id-number"
pattern = "[1-9][0-9]{5}(18|19|20)[0-9]{9}[0-9Xx]"
[[rule]]
name = "phone"
pattern = "1[3-9][0-9]{9}"
[[rule]]
name = "bank-card"
pattern = "[3-6][0-9]{15,18}"
[[rule]]
name = "marking"
pattern = "(绝密|机密|秘密)★"
)";

bool smoke = false;
std::mt19937 engine(1);

std::string number(std::size_t digits) {
  std::string out;
  for (std::size_t i = 0; i < digits; ++i) out += static_cast<char>('0' + engine() % 10);
  return out;
}
template <class Line>
Bytes text_of_lines(std::size_t size, Line line) {
  std::string out;
  while (out.size() < size) out += line();
  return kw::copy(kw::bytes_of(out).first(size));
}
std::string log_line() {
  return "2026-11-26T22:56:08." + number(6) + "Z [info] link: device 0192" + number(4) + "ab" + number(6) +
         "c7 sent event sequence=" + number(7) + " octets=" + number(3) + " took=" + number(2) + "us\n";
}
std::string chinese_line() {
  return "2026-11-26 22:56:08." + number(3) + " 信息 终端 " + number(5) +
         " 上报事件，类型：非法外联，处置：已阻断，密码策略未变更，序号 " + number(7) + "\n";
}
std::string digit_line() { return number(1 + engine() % 24) + " x" + number(1 + engine() % 12) + ","; }

/// GB/s of processor time; `work` searches `size` octets and says how many hits there were.
template <class Work>
void measure(const char* text, std::string_view name, std::size_t size, Work work) {
  work();  // memory and caches
  const std::clock_t start = std::clock();
  std::size_t times = 0, hits = 0;
  double seconds = 0;
  do {
    hits = work();
    ++times;
    seconds = static_cast<double>(std::clock() - start + 1) / CLOCKS_PER_SEC;
  } while (!smoke && seconds < 0.5);
  std::printf("%-14s %-12s %8.2f GB/s %8zu hits\n", text, std::string(name).c_str(),
              static_cast<double>(size) * static_cast<double>(times) / seconds / 1e9, hits);
}

}  // namespace

int main(int argc, char** argv) {
  smoke = argc > 1 && std::strcmp(argv[1], "--smoke") == 0;
  const std::size_t size = smoke ? 256 * 1024 : 8 * 1024 * 1024;
  const auto rules = patterns::parse_pattern_rules(kSameRules);
  if (!rules) return 1;
  const auto database = patterns::PatternDatabase::compile(*rules);
  if (!database) return 1;
  Bytes random(size);
  for (auto& octet : random) octet = static_cast<kw::Byte>(engine());
  const struct {
    const char* name;
    Bytes octets;
  } texts[]{{"log", text_of_lines(size, log_line)},
            {"chinese log", text_of_lines(size, chinese_line)},
            {"random", std::move(random)},
            {"digits", text_of_lines(size, digit_line)}};
  bool good = true;
  for (const auto& text : texts) {
    std::uint64_t first = 0;
    for (const auto& sieve : landing::sieves()) {
      std::uint64_t hits = 0;
      measure(text.name, sieve.name, size, [&] {
        landing::Scanner scan(nullptr, sieve);
        for (std::size_t at = 0; at < size; at += 64 * 1024) scan.put(kw::ByteView(text.octets).subspan(at, 64 * 1024));
        const auto report = scan.finish();
        hits = report ? report->hits.size() + report->more : 0;
        good = good && report.has_value();
        return hits;
      });
      if (sieve.name == landing::best_sieve().name) first = hits;
      good = good && hits == first;  // every sieve finds the same
    }
    measure(text.name, "vectorscan", size, [&] {
      auto stream = patterns::PatternStream::open(*database);
      std::vector<landing::Hit> hits;
      for (std::size_t at = 0; stream && at < size; at += 64 * 1024)
        good = good && stream->put(kw::ByteView(text.octets).subspan(at, 64 * 1024), hits).has_value();
      good = good && stream && stream->finish(hits).has_value();
      return hits.size();
    });
  }
  std::printf("vectorscan's database: %zu KiB\n", database->octets() / 1024);
  return good ? 0 : 1;
}
