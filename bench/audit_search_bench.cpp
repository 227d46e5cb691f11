// links: store
// audit_search_bench builds an audit index of a fleet's size and measures searches in it: the first page of 50, the worst of
// many kinds of question; medians and worst of 11 runs.
//
// Usage: audit_search_bench [--smoke] [--entries N] [DIRECTORY]. Default: 10,000,000 entries (about 200 MB) in the current
// directory, in one of its own that is removed at the end.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "store/audit/index_set.h"
#include "store/sqlite/sqlite_store.h"

namespace {

using namespace kw;
using SteadyClock = std::chrono::steady_clock;
constexpr int kRuns = 11;
constexpr std::uint64_t kDevices = 10'000, kSites = 1'500, kTypes = 180;

double milliseconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double, std::milli>(SteadyClock::now() - start).count();
}
[[noreturn]] void end(const Error& error) {
  std::fprintf(stderr, "%s\n", error.text().c_str());
  std::exit(1);
}
/// A number that follows from i and looks like nothing.
std::uint64_t mixed(std::uint64_t i) {
  i = (i ^ (i >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  i = (i ^ (i >> 27U)) * 0x94d049bb133111ebULL;
  return i ^ (i >> 31U);
}
template <class AnyId>
AnyId id_of(std::uint64_t number) {
  Bytes octets(16);
  for (int i = 0; i < 8; ++i) octets[static_cast<std::size_t>(i)] = static_cast<Byte>(number >> (8 * i));
  return *AnyId::from_bytes(octets);
}
store::AuditRow row_of(std::uint64_t i) {
  const auto dice = mixed(i);
  store::AuditRow out;
  out.index = i;
  out.time = Timestamp{static_cast<std::int64_t>(1'700'000'000'000'000'000 + i * 150'000'000)};
  const auto kind = (dice % 100 < 60) ? dice % 5 : dice % kTypes;  // a few types are most of it
  out.type = "event.kind" + std::to_string(kind);
  const auto device = 1 + (dice >> 8U) % kDevices;
  out.device = id_of<DeviceId>(device);
  out.site = id_of<SiteId>(1 + device % kSites);
  if ((dice >> 20U) % 20 == 0) out.person = "staff" + std::to_string((dice >> 24U) % 300);
  out.result = (dice >> 33U) % 10 == 0 ? "blocked" : kind == 7 ? "refused" : "success";
  out.severity = kind == 7 ? 5 : 1 + static_cast<int>((dice >> 40U) % 3);
  if ((dice >> 44U) % 10 == 0) out.trace = Bytes(16, static_cast<Byte>(dice >> 50U));
  return out;
}

struct Question {
  const char* words;
  store::AuditQuery query;
};

void ask(store::SqliteStore& store, const Question& question) {
  std::vector<double> times;
  std::size_t found = 0;
  for (int run = 0; run < kRuns; ++run) {
    const auto start = SteadyClock::now();
    const auto page = store.read([&](auto& r) { return r.audit().search(question.query); });
    times.push_back(milliseconds_since(start));
    if (!page) end(page.error());
    found = page->size();
  }
  std::ranges::sort(times);
  std::printf("%-58s %8.2f ms  %8.2f ms  %4zu\n", question.words, times[kRuns / 2], times.back(), found);
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t entries = 10'000'000;
  std::filesystem::path where = ".";
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--smoke")
      entries = 2 * store::IndexSet::kBlock + 1000;
    else if (word == "--entries" && i + 1 < argc)
      entries = std::strtoull(argv[++i], nullptr, 10);
    else
      where = word;
  }
  const auto directory = where / ("audit_search_bench." + std::to_string(::getpid()));
  std::filesystem::create_directories(directory);
  auto opened = store::SqliteStore::open((directory / "index.db").string());
  if (!opened) end(opened.error());
  auto& store = **opened;
  const auto start = SteadyClock::now();
  for (std::uint64_t i = 0; i < entries;) {
    const auto written = store.write([&](store::Repositories& r) -> Result<> {
      for (const auto batch_end = std::min(entries, i + 8192); i < batch_end; ++i) KW_CHECK(r.audit().insert(row_of(i)));
      return {};
    });
    if (!written) end(written.error());
  }
  const auto seconds = milliseconds_since(start) / 1000;
  std::uintmax_t octets = 0;
  for (const auto& file : std::filesystem::directory_iterator(directory)) octets += file.file_size();
  std::printf("%llu entries indexed at %.0f/s, %.1f octets each\n", static_cast<unsigned long long>(entries),
              static_cast<double>(entries) / seconds, static_cast<double>(octets) / static_cast<double>(entries));
  std::printf("%-58s %11s  %11s  %4s\n", "first page of", "median", "worst", "rows");
  const auto middle = row_of(entries / 2);
  const std::vector<Question> questions{
      {"everything", {}},
      {"a frequent type", {.type = "event.kind1"}},
      {"a rare type", {.type = "event.kind170"}},
      {"one device", {.device = id_of<DeviceId>(77)}},
      {"one device and a rare type", {.type = "event.kind170", .device = id_of<DeviceId>(77)}},
      {"one site, serious and above", {.site = id_of<SiteId>(9), .least_severity = 4}},
      {"a person, refused", {.person = "staff17", .result = "refused"}},
      {"two frequent values that never meet", {.type = "event.kind7", .result = "success"}},
      {"a result nobody has", {.result = "observed"}},
      {"a trace", {.trace = Bytes(16, 3)}},
      {"one hour, a year ago or so", {.from = middle.time, .to = middle.time + std::chrono::hours(1)}},
      {"one hour, one device", {.device = id_of<DeviceId>(77), .from = middle.time, .to = middle.time + std::chrono::hours(1)}},
      {"three filters from the middle on", {.before = entries / 2, .type = "event.kind2", .result = "blocked", .least_severity = 3}},
  };
  for (const auto& question : questions) ask(store, question);
  opened->reset();
  std::filesystem::remove_all(directory);
  return 0;
}
