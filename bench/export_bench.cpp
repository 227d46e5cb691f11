// links: server export store ledger
// export_bench sends a ledger on disk to one receiver of each kind on loopback, with the shipped profiles, and measures
// entries per second from the start to the last confirmation: syslog over TLS, files for a gate, an HTTP bridge.
//
// Usage: export_bench [--smoke] [--entries N] [DIRECTORY]. Default: 100,000 entries to syslog and bridge and a tenth of
// them to the gate, in the current directory, in one of its own that is removed at the end. Receivers run beside it in
// this process; the gate's unpacks, decodes and digests each batch.
#include <fstream>
#include <future>
#include <regex>
#include <sstream>

#include "crypto/random.h"
#include "schema/codec.h"
#include "server/export_service.h"
#include "store/ledger/ledger_writer.h"
#include "store/sqlite/sqlite_store.h"
#include "tests/support/police_desk.h"
#include "tls_sink.h"

namespace {

using namespace kw;
using namespace kw::bench;
constexpr std::size_t kAppend = 512;

/// Entries as a platform has them: about 250 octets, a few types.
Bytes entry_of(std::uint64_t i) {
  server::v1::AuditEntry out;
  out.set_id(std::string(16, static_cast<char>(i)));
  out.set_type(i % 3 == 0 ? "device.online" : i % 3 == 1 ? "admin.login" : "policy.applied");
  out.set_result("success");
  out.set_severity(server::v1::INFO);
  out.set_time_ns(static_cast<std::int64_t>(1'700'000'000'000'000'000 + i * 1'000'000));
  out.set_received_ns(out.time_ns());
  out.set_person("secadmin");
  out.set_role("security");
  (*out.mutable_params())["reason"] = "entry " + std::to_string(i) + " of a bench, with some words in it";
  (*out.mutable_params())["address"] = "10.66." + std::to_string(i % 256) + ".2";
  return schema::serialise(out);
}

void fill(const std::filesystem::path& directory, std::uint64_t entries, store::FileOps& files) {
  auto writer = need(store::LedgerWriter::open(directory, {.origin = "bench", .key = {}}, files));
  for (std::uint64_t i = 0; i < entries;) {
    std::vector<Bytes> batch;
    for (; batch.size() < kAppend && i < entries; ++i) batch.push_back(entry_of(i));
    std::promise<Result<std::uint64_t>> done;
    writer->append_all(std::move(batch), [&](Result<std::uint64_t> first) { done.set_value(std::move(first)); });
    need(done.get_future().get());
  }
}

std::string shipped(const std::string& name, const std::string& address, const std::string& ca = {}) {
  std::ifstream file(std::string(KW_SOURCE_DIR) + "/packaging/export/" + name + ".toml");
  std::stringstream text;
  text << file.rdbuf();
  auto out = std::regex_replace(text.str(), std::regex("address = \"[^\"]*\""), "address = \"" + address + "\"");
  if (!ca.empty())
    out = std::regex_replace(out, std::regex("ca = \"[^\"]*\""), "ca = \"" + ca + "\"\nserver_name = \"log.test\"");
  return out;
}

class Ledger {
 public:
  Ledger(const std::filesystem::path& directory, std::uint64_t entries) : directory_(directory), entries_(entries) {
    std::filesystem::create_directories(directory);
    fill(directory / "ledger", entries, files_);
    reader_ = need(store::LedgerReader::open(directory / "ledger"));
  }
  /// measure runs one target until it has everything; `meanwhile` is done again and again.
  void measure(const std::string& words, const std::string& profile, const std::function<void()>& meanwhile = {}) {
    const Scratch place(directory_, "target");
    std::filesystem::create_directories(place.path / "profiles");
    std::ofstream(place.path / "profiles" / "one.toml") << profile;
    auto store = need(store::SqliteStore::open((place.path / "main.db").string()));
    if (!need(store->seal_rows(SecretBytes(Bytes(32, 7)), false)).empty()) die(Error(Errc::internal, "seals"));
    server::Changes changes(*store, clock_, random_);
    server::ExportService service(changes, *reader_, log_);
    server::ExportPlaces places;
    places.directory = place.path / "profiles";
    need(service.open(places, exports::identity_of("bench", bytes_of("key"))));
    const auto start = SteadyClock::now();
    service.start();
    server::ExportStatus status;
    do {
      if (meanwhile) meanwhile();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // the receivers have the processor meanwhile
      status = need(service.list()).front();
      if (seconds_since(start) > 600) die(Error(Errc::timeout, status.stored.last_error));
    } while (status.stored.cursor < entries_);
    const auto took = seconds_since(start);
    service.stop();
    if (status.stored.sent < entries_ || status.stored.refused > 0)
      die(Error(Errc::internal, "not everything arrived"));
    std::printf("%-34s %9.0f entries/s   (%llu entries, %zu a batch, %.2f s)\n", words.c_str(),
                static_cast<double>(entries_) / took, static_cast<unsigned long long>(entries_),
                static_cast<std::size_t>(status.batch), took);
    std::fflush(stdout);
  }
  [[nodiscard]] std::uint64_t entries() const { return entries_; }

 private:
  std::filesystem::path directory_;
  std::uint64_t entries_;
  store::PosixFileOps files_;
  std::unique_ptr<store::LedgerReader> reader_;
  WallClock clock_;
  crypto::SystemRandom random_;
  NullLog log_;
};

void run(const std::filesystem::path& parent, std::uint64_t entries) {
  const Scratch scratch(parent, "export-bench");
  {
    Ledger ledger(scratch.path / "long", entries);
    TlsSink sink(scratch.path);
    ledger.measure("syslog over TLS 1.3",
                   shipped("syslog-tls", "tls://127.0.0.1:" + std::to_string(sink.port()), sink.certificate()));
    if (sink.octets() < entries * 100) die(Error(Errc::internal, "the receiver has not read it"));
    std::atomic<std::uint64_t> lines = 0;
    kw::testing::HttpFace bridge([&](const std::string&, const std::string& body) {
      lines += static_cast<std::uint64_t>(std::count(body.begin(), body.end(), '\n'));
      return std::optional(kw::testing::http_answer(204, ""));
    });
    const auto address = "http://127.0.0.1:" + std::to_string(bridge.port()) + "/ingest";
    ledger.measure("HTTP bridge, JSON Lines", shipped("jsonl-post", address));
    if (lines < entries) die(Error(Errc::internal, "the bridge has not read it"));
    ledger.measure("HTTP bridge, CEF", shipped("cef-post", address));
  }
  Ledger ledger(scratch.path / "short", std::max<std::uint64_t>(entries / 10, 1000));
  kw::testing::PoliceDesk desk;
  kw::testing::GateFace gate(desk, scratch.path / "gate");
  ledger.measure("files for a gate, GB18030 XML", shipped("police-gate", gate.address()), [&] { gate.serve_once(); });
  if (desk.kept() < ledger.entries() || desk.twice() > 0) die(Error(Errc::internal, "the desk has others"));
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t entries = 100'000;
  std::filesystem::path parent = ".";
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--smoke") {
      entries = 3'000;
    } else if (word == "--entries" && i + 1 < argc) {
      entries = std::strtoull(argv[++i], nullptr, 10);
    } else if (word.starts_with('-')) {
      std::fprintf(stderr, "usage: export_bench [--smoke] [--entries N] [DIRECTORY]\n");
      return 2;
    } else {
      parent = word;
    }
  }
  run(std::filesystem::absolute(parent),
      std::max<std::uint64_t>(entries, 1000));  // a file address has no relative ones
  return 0;
}
