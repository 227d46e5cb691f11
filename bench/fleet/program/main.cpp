// kioskward-fleet: many simulated kiosks in one process, over real TLCP. A bench and a demo's city; never shipped.
//
//   kioskward-fleet --scenario FILE --server HOST:PORT --ca FILE --tokens FILE|- [--seconds N] [--report N]
//                   [--per-second N] [--speed N] [--reconnect] [--seed N]
//   kioskward-fleet --check FILE     reads a scenario and says what is in it
//
// Figures go to standard output, a line of JSON each --report seconds and at the end; what happens goes to standard
// error. Exit codes: 0 good, 2 wrong use, 1 anything else.
#include <charconv>
#include <csignal>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>

#include "bench/fleet/fleet.h"
#include "platform/linux/process_memory.h"
#include "platform/linux/spdlog_log.h"

namespace {

using namespace kw;

constexpr std::size_t kMostFile = fleet::kMostScenario + 1;

Result<std::string> read_all(std::istream& in, const std::string& name) {
  std::string out;
  for (char c = 0; out.size() < kMostFile && in.get(c);) out.push_back(c);
  if (in.bad() || (out.empty() && !in.eof())) return fail(Errc::io, name);
  return out;
}
Result<std::string> read_file(const std::string& path) {
  if (path == "-") return read_all(std::cin, "standard input");
  std::ifstream in(path, std::ios::binary);
  return read_all(in, path);
}

struct Words {
  std::map<std::string, std::string, std::less<>> given;
  bool reconnect = false;

  Result<std::string> text(const std::string& key) const {
    const auto at = given.find(key);
    return at == given.end() ? Result<std::string>(fail(Errc::invalid, "--" + key + " is missing")) : at->second;
  }
  Result<std::uint64_t> number(const std::string& key, std::uint64_t otherwise, std::uint64_t least,
                               std::uint64_t most) const {
    const auto at = given.find(key);
    if (at == given.end()) return otherwise;
    std::uint64_t value = 0;
    const auto& word = at->second;
    const auto [end, ec] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (ec != std::errc() || end != word.data() + word.size() || value < least || value > most)
      return fail(Errc::invalid, "--" + key + ": " + std::to_string(least) + " to " + std::to_string(most));
    return value;
  }
};

Result<Words> read_words(const std::vector<std::string>& words) {
  static const std::set<std::string_view> kKeys{"scenario", "server",     "ca",    "tokens", "seconds",
                                                "report",   "per-second", "speed", "seed",   "check"};
  Words out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--reconnect") {
      out.reconnect = true;
      continue;
    }
    if (!words[i].starts_with("--") || !kKeys.contains(std::string_view(words[i]).substr(2)) || i + 1 == words.size())
      return fail(Errc::invalid, words[i]);
    out.given[words[i].substr(2)] = words[i + 1];
    ++i;
  }
  return out;
}

Result<> check(const std::string& path) {
  KW_TRY(const auto text, read_file(path));
  KW_TRY(const auto city, fleet::parse_scenario(text));
  std::size_t kiosks = 0, real = 0, deeds = 0;
  for (const auto& site : city.sites) {
    for (const auto& kiosk : site.kiosks) {
      ++kiosks;
      real += kiosk.real ? 1 : 0;
      deeds += kiosk.deeds.size();
    }
  }
  std::cout << city.sites.size() << " sites, " << kiosks << " kiosks, " << real << " of them real, " << deeds
            << " deeds\n";
  return {};
}

Result<> run(const Words& words, Log& log) {
  if (words.given.contains("check")) return check(words.given.at("check"));
  fleet::FleetOptions options;
  KW_TRY(const auto server, words.text("server"));
  KW_TRY(options.server, parse_host_port(server));
  KW_TRY(const auto ca, words.text("ca"));
  KW_TRY(options.ca_pem, read_file(ca));
  KW_TRY(const auto scenario, words.text("scenario"));
  KW_TRY(const auto scenario_text, read_file(scenario));
  KW_TRY(auto city, fleet::parse_scenario(scenario_text));
  KW_TRY(city.seed, words.number("seed", city.seed, 0, UINT64_MAX));
  KW_TRY(const auto tokens_name, words.text("tokens"));
  KW_TRY(const auto tokens_text, read_file(tokens_name));
  KW_TRY(auto tokens, fleet::parse_tokens(tokens_text));
  KW_TRY(const auto seconds, words.number("seconds", 0, 1, 604'800));
  KW_TRY(const auto report, words.number("report", 5, 1, 3600));
  KW_TRY(const auto per_second, words.number("per-second", options.per_second, 1, fleet::kMostKiosks));
  KW_TRY(const auto speed, words.number("speed", 1, 1, 86'400));
  options.seconds = fleet::Seconds(seconds);
  options.report_every = fleet::Seconds(report);
  options.per_second = static_cast<unsigned>(per_second);
  options.speed = static_cast<double>(speed);
  options.reconnect = words.reconnect;
  options.report = [](const std::string& line) { std::cout << line << std::endl; };
  fleet::Fleet fleet(std::move(options), std::move(city), std::move(tokens), log);
  return fleet.run();
}

}  // namespace

int main(int argc, char** argv) {
  platform::keep_heap_small();
  std::signal(SIGPIPE, SIG_IGN);
  const auto log = platform::SpdlogLog::to_stderr();
  if (!log) return 1;
  auto words = read_words({argv + 1, argv + argc});
  const Result<> done = words ? run(*words, **log) : Result<>(words.error());
  if (done) return 0;
  std::cerr << "kioskward-fleet: " << done.error().text() << std::endl;
  return done.code() == Errc::invalid ? 2 : 1;
}
